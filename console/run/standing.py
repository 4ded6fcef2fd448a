"""The integrity of a Totebox for the headless twin: as data and as lines of text."""

from dataclasses import asdict

from console.model.integrity import broken, cosigned, findings, verdict
from console.model.state import ToteboxState


def standing(totebox: ToteboxState, present_us: int) -> tuple[dict[str, object], list[str]]:
    """What the Totebox reported, what this console proved against it, and every finding in full."""
    body, found, word = totebox.integrity, findings(totebox), broken(totebox)
    data: dict[str, object] = {"state": word or "sound", "verdict": None, "findings": [asdict(each) for each in found]}
    if body is not None:
        data |= {
            "verdict": body.verdict.name.lower(),
            "scope": body.scope.name.lower(),
            "time_us": body.time_us,
            "by": body.by,
            "total": body.total,
            "audit_index": body.audit_index,
            "cosigned": asdict(body.cosigned) if body.cosigned else None,
        }
    lines = [f"verified {verdict(totebox, present_us)[0]}"]
    if vouched := cosigned(body, present_us):
        lines.append(f"cosigned by {vouched}")
    if word:
        lines.append(f"✗ {word}")
    for each in found:
        lines.append(f"  {each.severity}")
        lines += [f"    {label:<10}  {text}" for label, text in each.lines]
    return data, lines
