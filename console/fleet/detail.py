"""Texts of the fleet screen about one Totebox, and about the pulse, as lines. Pure."""

from console.fleet.condition import condition_of, why
from console.fleet.grid import aged
from console.fleet.pulse import Pulse, heard, rate, sparkline
from console.fleet.sheet import SheetLine
from console.model.cells import age, number, since_us, size, uptime
from console.model.integrity import cosigned, findings, verdict
from console.model.state import Load, Model, ToteboxState
from protocol.schema import StatusBody
from protocol.schema.numbers import Log


def detail(totebox: ToteboxState | None, now: float, today_us: int, active: bool, own: str = "") -> list[SheetLine]:
    """Everything a person asks first about the Totebox under the cursor; `own` is the fingerprint of this console's device."""
    if totebox is None:
        return [SheetLine("", "no Totebox is paired yet", "title"), SheetLine("pair one", "os-console pair TICKET")]
    condition = condition_of(totebox, now)
    reason = why(totebox, condition, now)
    lines = [SheetLine("", totebox.entity, "title")]
    lines.append(
        SheetLine("state", f"{condition.glyph} {condition.word}" + (f": {reason}" if reason else ""), condition.tone)
    )
    if totebox.retry_at is not None and totebox.retry_at > now:
        lines.append(SheetLine("next try", f"in {totebox.retry_at - now:.0f} s, number {totebox.losses + 1}"))
    bound = totebox.bound
    lines += [
        SheetLine("name here", totebox.name + ("  (active)" if active else "")),
        SheetLine("kind", bound.kind if bound else "not yet known"),
        SheetLine("role", totebox.role.name if totebox.role else "not yet known"),
        SheetLine("address", totebox.uri),
        SheetLine("carrier", totebox.carrier or "none"),
    ]
    if bound:
        lines.append(SheetLine("log", bound.origin))
    if totebox.status and totebox.load:
        lines += _figures(totebox.status, totebox.load, today_us, "" if not totebox.is_stale(now) else "stale")
    told = _integrity(totebox, today_us, own)
    lines += _greyed(told) if totebox.is_stale(now) else told
    checked = _checked(totebox)
    lines += _greyed(checked) if totebox.is_stale(now) else checked
    if totebox.dropped.count:
        tone = "stale" if totebox.is_stale(now) else "warn"
        lines.append(SheetLine("dropped", f"{number(totebox.dropped.count)} messages of telemetry", tone))
    return lines


def _greyed(entries: list[SheetLine]) -> list[SheetLine]:
    """The facts as last known, in grey. What speaks against a Totebox holds with or without a link, and stays red;
    headings keep their tone.
    """
    return [each if each.tone in ("bad", "title") else SheetLine(each.label, each.text, "stale") for each in entries]


def _figures(status: StatusBody, load: Load, today_us: int, tone: str) -> list[SheetLine]:
    seconds = since_us(status.checkpoint_time_us, today_us)
    sealed = _ago(aged(seconds)) if seconds is not None else "at an unknown time"
    used = max(0, status.disk_total_bytes - load.disk_free_bytes)
    disk = f"{size(load.disk_free_bytes)} free" + (
        f" ({100 * used // status.disk_total_bytes}% used)" if status.disk_total_bytes else ""
    )
    lines = [
        SheetLine("", "FIGURES" if not tone else "FIGURES, AS LAST HEARD", "title"),
        SheetLine("entries", f"{number(status.tree_size)}, sealed {sealed}", tone),
        SheetLine("root", f"{status.root.hex()[:16]}…", tone),
        SheetLine("audit log", number(status.audit_size), tone),
        SheetLine("grade", f"{status.grade.value}, {status.tier.value}", tone),
        SheetLine("lifecycle", status.lifecycle, tone),
        SheetLine(
            "sessions",
            f"{status.sessions}, queue {status.gate_queue}, intake {status.intake}, drops {status.drops}",
            tone,
        ),
        SheetLine("memory", f"{size(load.memory_bytes)}, CPU {load.cpu_permille // 10}%", tone),
        SheetLine("vault", f"{size(status.vault_bytes)}, disk {disk}", tone),
        SheetLine("running", uptime(status.uptime_s), tone),
    ]
    if status.services:
        lines.append(
            SheetLine("services", ", ".join(_service(each.name, each.state) for each in status.services), tone)
        )
    return lines


def _ago(sealed: int) -> str:
    words = age(sealed)
    return "just now" if words == "now" else f"{words} ago"


def _service(name: str, state: str) -> str:
    return name if state == "running" else f"{name} ({state})"


def _checked(totebox: ToteboxState) -> list[SheetLine]:
    """What this console itself has proved about the logs."""
    lines = []
    for log in Log:
        head = totebox.heads.get(log)
        if head is not None:
            name = "records" if log is Log.RECORDS else "audit"
            vouched = f", cosigned at {number(head.cosigned)}" if head.cosigned else ""
            text = head.alarm or f"consistent with what was seen, up to {number(head.tree_size)}{vouched}"
            lines.append(SheetLine(name, text, "bad" if head.alarm else "good"))
    if totebox.trouble:
        lines.append(SheetLine("trouble", totebox.trouble, "bad"))
    return [SheetLine("", "CHECKED BY THIS CONSOLE", "title"), *lines] if lines else []


def pulse_lines(model: Model, pulse: Pulse, selected: ToteboxState | None, now: float, width: int) -> list[SheetLine]:
    """Entries a second, and how many Toteboxes answer."""
    room = max(10, width - 14)
    lines = [
        SheetLine("all", sparkline(pulse.over_all(), room), "good"),
        SheetLine("", rate(pulse.over_all()), "muted"),
    ]
    if selected is not None:
        samples = pulse.of(selected.id)
        own = "stale" if selected.is_stale(now) else "notice"
        lines += [SheetLine("this one", sparkline(samples, room), own), SheetLine("", rate(samples), "muted")]
    echo = heard(model.toteboxes.values(), now)
    tone = "good" if echo.fresh == echo.known else "warn"
    lines.append(SheetLine("heard", f"{echo.fresh} of {echo.known} within 3 s", tone))
    lines += [SheetLine("silent", f"{name}, last echo {_echo(quiet)}", "warn") for name, quiet in echo.silent]
    return lines


def _integrity(totebox: ToteboxState, today_us: int, own: str) -> list[SheetLine]:
    """What its newest verification found, in full, and who cosigned its logs last."""
    if totebox.integrity is None and not totebox.contradictions:
        return []
    lines = [SheetLine("", "INTEGRITY", "title"), SheetLine("verified", *verdict(totebox, today_us, own))]
    if vouched := cosigned(totebox.integrity, today_us):
        lines.append(SheetLine("cosigned", vouched))
    for finding in findings(totebox):
        lines.append(SheetLine(finding.severity[:10], finding.brief, "bad"))
    return lines


def _echo(quiet: str) -> str:
    return quiet if quiet == "never" else "under 10 s ago" if quiet == "now" else f"{quiet} ago"
