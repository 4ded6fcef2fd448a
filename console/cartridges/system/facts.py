"""The live state as facts. Pure: state and two clocks in, facts out."""

from console.chassis.facts import Fact
from console.model.cells import age, number, since_us, size, uptime
from console.model.integrity import cosigned, verdict
from console.model.safe_text import safe_line
from console.model.state import Load, ToteboxState
from protocol.schema import StatusBody
from protocol.schema.numbers import Grade, Log

_GRADE = {
    Grade.KERNEL: ("▣ kernel: no overwrite", "good"),
    Grade.PROCESS: ("▤ process: one writer", "notice"),
    Grade.NONE: ("□ none: not enforced", "warn"),
}


def log_facts(totebox: ToteboxState, present_us: int) -> list[Fact]:
    """The sizes of both logs, and what this console checked of them."""
    status = totebox.status
    if status is None:
        return [Fact("log", "nothing has been told yet", "muted")]
    grade, tone = _GRADE[status.grade]
    state = ("✓ takes records", "good") if not status.read_only else (f"✗ {safe_line(status.read_only)}", "warn")
    vouched = cosigned(totebox.integrity, present_us)
    sealed = since_us(status.checkpoint_time_us, present_us)
    return [
        Fact("records", f"{number(status.tree_size)} entries", "title"),
        Fact("root", status.root.hex()),
        Fact("checkpoint", _ago(sealed) if sealed is not None else "of an unknown time"),
        Fact("history", *_consistent(totebox, Log.RECORDS)),
        Fact("audit", f"{number(status.audit_size)} rows", "title"),
        Fact("audit root", status.audit_root.hex()),
        Fact("audit history", *_consistent(totebox, Log.AUDIT)),
        Fact("verified", *verdict(totebox, present_us)),
        *([Fact("witness", vouched)] if vouched else []),
        Fact("enforcement", grade, tone),
        Fact("writing", *state),
        Fact("vault", size(status.vault_bytes)),
    ]


def host_facts(totebox: ToteboxState, now: float) -> list[Fact]:
    """The machine, the load, and the age of all this. Stale values are grey and marked as stale."""
    status, load = totebox.status, totebox.load
    if status is None or load is None:
        return [Fact("host", "nothing has been told yet", "muted")]
    facts = _host(status, load)
    if totebox.is_stale(now):
        facts = [Fact(fact.label, fact.value, "stale") for fact in facts]
    return [*facts, Fact("told", *_freshness(totebox, now))]


def terminal_facts(sent_bytes: int) -> list[Fact]:
    """How much the console wrote to its terminal, in steps of ten thousand bytes, because drawing the figure must not
    change it.
    """
    return [Fact("terminal", f"{size(sent_bytes // 10_000 * 10_000)} sent")] if sent_bytes else []


def _host(status: StatusBody, load: Load) -> list[Fact]:
    busy = "warn" if status.gate_queue > 50 else ""
    return [
        Fact("entity", f"{safe_line(status.entity)} ({safe_line(status.entity_kind)})", "title"),
        Fact("lifecycle", safe_line(status.lifecycle)),
        Fact("tier", status.tier.value),
        Fact("up", f"{uptime(status.uptime_s)}   version {safe_line(status.version)}"),
        Fact("sessions", f"{status.sessions} open"),
        Fact("waiting", f"gate {status.gate_queue}  intake {status.intake}  drops {status.drops}", busy),
        Fact("cpu", f"{_gauge(load.cpu_permille, 1000)} {load.cpu_permille // 10}%"),
        Fact("memory", size(load.memory_bytes)),
        Fact("disk", *_disk(status, load)),
    ]


def _disk(status: StatusBody, load: Load) -> tuple[str, str]:
    used = max(0, status.disk_total_bytes - load.disk_free_bytes)
    text = f"{_gauge(used, status.disk_total_bytes)} {size(load.disk_free_bytes)} free"
    scarce = status.disk_total_bytes and status.disk_free_bytes * 20 < status.disk_total_bytes
    return text, "warn" if scarce else ""


def _gauge(part: int, whole: int) -> str:
    """Ten cells; anything above zero fills at least one."""
    full = 0 if whole <= 0 or part <= 0 else max(1, min(10, part * 10 // whole))
    return "■" * full + "·" * (10 - full)


def _consistent(totebox: ToteboxState, log: Log) -> tuple[str, str]:
    head = totebox.heads.get(log)
    if head is None:
        return "not checked in this session", "muted"
    if head.alarm:
        return f"✗ {safe_line(head.alarm)}", "bad"
    vouched = f", cosigned at {number(head.cosigned)}" if head.cosigned else ""
    return f"✓ consistent at {number(head.tree_size)}{vouched}", "good"


def _freshness(totebox: ToteboxState, now: float) -> tuple[str, str]:
    if totebox.is_stale(now):
        since = totebox.alive_at if totebox.alive_at is not None else totebox.link_since
        return f"◐ stale, last alive {_ago(now - since)}", "warn"
    lost = totebox.dropped.count
    return (f"● live   {number(lost)} dropped" if lost else "● live"), "good"


def _ago(seconds: float) -> str:
    text = age(seconds)
    return "now" if text == "now" else f"{text} ago"


PROVED = frozenset({"history", "audit history"})
"""Facts about the logs that this console itself proved."""


def greyed(facts: list[Fact]) -> list[Fact]:
    """Facts as last known. A contradiction that this console proved holds with or without a link, and stays red."""
    return [
        fact if fact.label in PROVED and fact.tone == "bad" else Fact(fact.label, fact.value, "stale") for fact in facts
    ]


BRIEF = frozenset({"root", "audit root", "witness", "lifecycle", "tier"})
"""Facts that a small terminal leaves out."""


def brief(facts: list[Fact]) -> list[Fact]:
    return [fact for fact in facts if fact.label not in BRIEF]
