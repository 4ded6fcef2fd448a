"""The live state as facts, in full. Pure: state and two clocks in, facts out."""

from console.chassis.facts import Fact
from console.model.cells import age, number, since_us, size, uptime
from console.model.integrity import cosigned, verdict
from console.model.load_history import about_bytes
from console.model.safe_text import safe_line
from console.model.state import Load, LogHead, ToteboxState
from protocol.schema import StatusBody
from protocol.schema.numbers import Grade, Log

_GRADE = {
    Grade.KERNEL: ("▣ kernel: no overwrite", "good"),
    Grade.PROCESS: ("▤ process: one writer", "notice"),
    Grade.NONE: ("□ none: not enforced", "warn"),
}


def log_facts(totebox: ToteboxState, present_us: int, own: str = "") -> list[Fact]:
    """Where both logs stand, and what this console checked of them. `own`: the fingerprint of this console's device."""
    status = totebox.status
    if status is None:
        return [Fact("log", "nothing has been told yet", "muted")]
    vouched = cosigned(totebox.integrity, present_us)
    sealed = since_us(status.checkpoint_time_us, present_us)
    return [
        Fact("records", f"{number(status.tree_size)} entries", "title"),
        Fact("root", status.root.hex()),
        Fact("checkpoint", _ago(sealed) if sealed is not None else "of an unknown time"),
        Fact("history", *consistency(totebox.heads.get(Log.RECORDS))),
        Fact("audit", f"{number(status.audit_size)} rows", "title"),
        Fact("audit root", status.audit_root.hex()),
        Fact("audit history", *consistency(totebox.heads.get(Log.AUDIT))),
        Fact("verified", *verdict(totebox, present_us, own)),
        *([Fact("witness", vouched)] if vouched else []),
        Fact("enforcement", *enforcement(status)),
        Fact("writing", *writing(status)),
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
    return [*facts, Fact("told", *freshness(totebox, now))]


def enforcement(status: StatusBody) -> tuple[str, str]:
    """How hard append-only is enforced, in words, and their tone."""
    return _GRADE[status.grade]


def writing(status: StatusBody) -> tuple[str, str]:
    """Whether it takes records, else why not, and the tone."""
    return (f"✗ {safe_line(status.read_only)}", "warn") if status.read_only else ("✓ takes records", "good")


def terminal_facts(sent_bytes: int) -> list[Fact]:
    """What the console wrote to its terminal, in steps: to draw the figure hardly changes it."""
    return [Fact("terminal", f"{about_bytes(sent_bytes)} sent")] if sent_bytes else []


def _host(status: StatusBody, load: Load) -> list[Fact]:
    busy = "warn" if status.gate_queue > 50 else ""
    return [
        Fact("entity", f"{safe_line(status.entity)} ({safe_line(status.entity_kind)})", "title"),
        Fact("lifecycle", safe_line(status.lifecycle)),
        Fact("tier", status.tier.value),
        Fact("up", f"{uptime(status.uptime_s)}   version {safe_line(status.version)}"),
        Fact("sessions", f"{status.sessions} open"),
        Fact("waiting", f"gate {status.gate_queue}  intake {status.intake}  drops {status.drops}", busy),
        Fact("cpu", f"{gauge(load.cpu_permille, 1000)} {load.cpu_permille // 10}%"),
        Fact("memory", size(load.memory_bytes)),
        Fact("disk", *_disk(status, load)),
    ]


def _disk(status: StatusBody, load: Load) -> tuple[str, str]:
    used = max(0, status.disk_total_bytes - load.disk_free_bytes)
    text = f"{gauge(used, status.disk_total_bytes)} {size(load.disk_free_bytes)} free"
    scarce = status.disk_total_bytes and status.disk_free_bytes * 20 < status.disk_total_bytes
    return text, "warn" if scarce else ""


def gauge(part: int, whole: int, cells: int = 10) -> str:
    """A bar of `cells` cells; anything above nothing fills at least one."""
    full = 0 if whole <= 0 or part <= 0 else max(1, min(cells, part * cells // whole))
    return "■" * full + "·" * (cells - full)


def consistency(head: LogHead | None) -> tuple[str, str]:
    """What this console checked of one log in this session, and the tone."""
    if head is None:
        return "not checked in this session", "muted"
    if head.alarm:
        return f"✗ {safe_line(head.alarm)}", "bad"
    vouched = f", cosigned at {number(head.cosigned)}" if head.cosigned else ""
    return f"✓ consistent at {number(head.tree_size)}{vouched}", "good"


def freshness(totebox: ToteboxState, now: float) -> tuple[str, str]:
    """How old all that is known is, and the tone."""
    if totebox.is_stale(now):
        since = totebox.alive_at if totebox.alive_at is not None else totebox.link_since
        return f"◐ stale, last alive {_ago(now - since)}", "warn"
    lost = totebox.dropped.count
    return (f"● live   {number(lost)} dropped" if lost else "● live"), "good"


def _ago(seconds: float) -> str:
    text = age(seconds)
    return "now" if text == "now" else f"{text} ago"
