"""INTEGRITY and LOAD, the two panels of F11, as lines of a given width. Pure.

What does not fit is left out by its priority, the least important first; `0` reads all of it in full.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from console.cartridges.system.facts import consistency, enforcement, freshness, gauge, writing
from console.chassis.facts import Line
from console.chassis.segments import crop
from console.model.cells import age, number, since_us, size, uptime
from console.model.integrity import broken, since, verdict
from console.model.load_history import about_bytes, cpu_line, memory_line, rate_text, rtt_line, rtt_text
from console.model.safe_text import safe_line
from console.model.state import Load, ToteboxState
from protocol.schema import StatusBody
from protocol.schema.numbers import Log, Verdict

GAP = 2
LABEL = 9
WIDE, NARROW = 84, 48
"""Cells of a panel from which a line of the last hour has a cell for two minutes, and for five; below it one for ten."""
_CELLS = (30, 12, 6)
_LOADED = 50
"""Commands that wait at the gate, from which the figure is a warning."""


@dataclass(frozen=True, slots=True)
class PanelPart:
    """Pieces of (tone, text) that stay together; the largest priority is left out first, 0 never."""

    pieces: Line
    priority: int = 0

    @property
    def width(self) -> int:
        return sum(cell_len(text) for _, text in self.pieces)


def part(priority: int, *pieces: tuple[str, str]) -> PanelPart:
    return PanelPart(tuple(pieces), priority)


def fitted(parts: Sequence[PanelPart], width: int) -> Line:
    """The parts that fit into `width` cells, GAP cells apart; what must stay and does not fit is cut at its end."""
    kept = [each for each in parts if each.width]
    while len(kept) > 1 and sum(each.width + GAP for each in kept) - GAP > width:
        worst = max(reversed(kept), key=lambda each: each.priority)
        if worst.priority == 0:
            break
        kept.remove(worst)
    line: list[tuple[str, str]] = []
    for each in kept:
        line += [("", " " * GAP)] if line else []
        line += each.pieces
    while line and (over := sum(cell_len(text) for _, text in line) - width) > 0:
        tone, text = line.pop()
        if cell_len(text) > over:
            line.append((tone, crop(text, cell_len(text) - over)))
    return tuple(line)


def greyed(lines: Sequence[Line]) -> list[Line]:
    """Lines as last told. What this console proved against a log stands with or without a link, and stays red."""
    return [tuple((tone if tone == "bad" else "stale", text) for tone, text in each) for each in lines]


def integrity_title(totebox: ToteboxState | None, present_us: int) -> str:
    """What the newest verification found, in a few words."""
    if totebox is None:
        return "INTEGRITY"
    body, word = totebox.integrity, broken(totebox)
    if word:
        return f"INTEGRITY  ✗ {word}"
    if body is None or body.verdict is Verdict.UNVERIFIED:
        return "INTEGRITY  never verified" if body is not None else "INTEGRITY"
    return f"INTEGRITY  ✓ {since(body.time_us, present_us)}"


def integrity_lines(totebox: ToteboxState, now: float, present_us: int, own: str, width: int) -> list[Line]:
    """Both logs, the verdict, who cosigned, and what the kernel enforces. `own`: this console's device."""
    status = totebox.status
    if status is None:
        return [(("muted", "nothing has been told yet"),)]
    sizes = [number(status.tree_size), number(status.audit_size)]
    columns = max(map(len, sizes))
    lines = [
        _log(totebox, log, f"{said:>{columns}}", root, width)
        for log, said, root in zip(Log, sizes, (status.root, status.audit_root), strict=True)
    ]
    said, tone = verdict(totebox, present_us, own)
    lines.append(fitted([part(0, _label("verified"), (tone, said))], width))
    mine = [number(head.cosigned) for head in totebox.heads.values() if head.cosigned]
    here = part(0, ("", f"by this console at {', '.join(mine)}")) if mine else part(0)
    told = part(0, *_cosigners(totebox, present_us)) if totebox.cosigners or not mine else part(0)
    lines.append(
        fitted(
            [part(0, _label("cosigned"), *told.pieces, *((("", "  "),) if told.width and mine else ()), *here.pieces)],
            width,
        )
    )
    sealed = since_us(status.checkpoint_time_us, present_us)
    checkpoint = _ago(sealed) if sealed is not None else "of an unknown time"
    vault = part(1, ("label", "vault "), ("", size(status.vault_bytes)))
    lines.append(fitted([part(0, _label("sealed"), ("", checkpoint)), part(0, _turned(writing(status))), vault], width))
    lines.append(fitted([part(0, _label("enforced"), _turned(enforcement(status)))], width))
    return greyed(lines) if totebox.is_stale(now) else lines


def _log(totebox: ToteboxState, log: Log, entries: str, root: bytes, width: int) -> Line:
    head = totebox.heads.get(log)
    text, tone = consistency(head)
    brief = "✓ consistent" if head is not None and not head.alarm else text
    more = [part(4, ("label", f"at {number(head.tree_size)}"))] if head is not None and not head.alarm else []
    name = "records" if log is Log.RECORDS else "audit"
    return fitted(
        [
            part(0, _label(name), ("title", entries)),
            part(3, ("label", "root "), ("", f"{root.hex()[:8]}…")),
            part(0, (tone, brief)),
            *more,
        ],
        width,
    )


def _cosigners(totebox: ToteboxState, present_us: int) -> list[tuple[str, str]]:
    """How many witnesses there are that were told of, and when each cosigned last."""
    found = totebox.cosigners
    if not found:
        return [("muted", "no cosignature known here")]
    each = ", ".join(f"{safe_line(one.witness)} {since(one.time_us, present_us)}" for one in found)
    return [("", f"by {len(found)}: {each}")]


def load_lines(totebox: ToteboxState, now: float, sent_bytes: int, width: int) -> list[Line]:
    """The last hour in figures; what waits; how long it runs; how fresh all this is.

    Args:
        now: the console's monotonic clock, seconds.
        sent_bytes: what was written to the terminal; 0 where there is none.
    """
    status, load = totebox.status, totebox.load
    if status is None or load is None:
        return [(("muted", "nothing has been told yet"),)]
    count = _CELLS[0] if width >= WIDE else _CELLS[1] if width >= NARROW else _CELLS[2]
    lines = _hour(totebox, status, load, now, count, width)
    busy = "warn" if status.gate_queue > _LOADED else ""
    lines.append(
        fitted(
            [
                part(0, _short("work"), (busy, f"{status.sessions} open")),
                part(1, ("label", "gate "), (busy, str(status.gate_queue))),
                part(2, ("label", "intake "), (busy, str(status.intake))),
                part(3, ("label", "drops "), (busy, str(status.drops))),
            ],
            width,
        )
    )
    lines.append(
        fitted(
            [
                part(0, _short("up"), ("", uptime(status.uptime_s))),
                part(2, ("label", "version "), ("", safe_line(status.version))),
                part(1, ("", f"{safe_line(status.lifecycle)}, {status.tier.value}")),
            ],
            width,
        )
    )
    lines = greyed(lines) if totebox.is_stale(now) else lines
    fresh, tone = freshness(totebox, now)
    terminal = part(1, ("label", "terminal "), ("", about_bytes(sent_bytes))) if sent_bytes else part(1)
    return [*lines, fitted([part(0, _short("told"), (tone, fresh)), terminal], width)]


def _hour(totebox: ToteboxState, status: StatusBody, load: Load, now: float, count: int, width: int) -> list[Line]:
    history = totebox.history
    used = max(0, status.disk_total_bytes - load.disk_free_bytes)
    scarce = status.disk_total_bytes and status.disk_free_bytes * 20 < status.disk_total_bytes
    half = (width - GAP) // 2
    cpu = (_short("cpu"), ("notice", cpu_line(history, now, count)), ("", f" {load.cpu_permille // 10}%"))
    memory = (_short("mem"), ("notice", memory_line(history, now, count)), ("", f" {size(load.memory_bytes)}"))
    disk = (_short("disk"), ("", gauge(used, status.disk_total_bytes, min(10, count))),
            ("warn" if scarce else "", f" {size(load.disk_free_bytes)}{' free' * (width >= NARROW)}"))  # fmt: skip
    rtt = (_short("rtt"), ("notice", rtt_line(history, now, count)), ("", f" {rtt_text(history) or '-'}"))
    rate = rate_text(history)
    moved = about_bytes(history.session_bytes) if history.session_bytes else "not counted"
    link = (_short("link"), ("", f"{rate}   " if rate else ""), ("", f"{moved} this session"))
    return [
        fitted([PanelPart(_padded(cpu, half)), PanelPart(memory)], width),
        fitted([PanelPart(_padded(disk, half)), PanelPart(rtt)], width),
        fitted([PanelPart(link)], width),
    ]


def _padded(pieces: Line, width: int) -> Line:
    gone = width - sum(cell_len(text) for _, text in pieces)
    return (*pieces, ("", " " * gone)) if gone > 0 else pieces


def _turned(said: tuple[str, str]) -> tuple[str, str]:
    """(tone, text) of (text, tone)."""
    return said[1], said[0]


def _label(name: str) -> tuple[str, str]:
    return ("label", f"{name:<{LABEL}}")


def _short(name: str) -> tuple[str, str]:
    return ("label", f"{name:<5}")


def _ago(seconds: float) -> str:
    text = age(seconds)
    return "now" if text == "now" else f"{text} ago"
