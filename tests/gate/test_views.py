"""The gate's own tables say what there is, and when there is more than they show."""

from totebox.gate.views import findings_page
from totebox.vault.api import Finding


def damage(number: int, text: str = "bytes") -> Finding:
    return Finding("damage", f"assets/x/{number}", number, 0, "a hash", text, "mend it")


def test_findings_that_fit_are_shown() -> None:
    """Each is a row, and nothing is said of more; a clean vault has no row."""
    page = findings_page([damage(1), damage(2)], 2)
    assert (page.more, [row[1] for row in page.table.rows]) == (False, ["assets/x/1", "assets/x/2"])
    assert findings_page([], 2).table.rows == ()


def test_findings_that_do_not_fit_are_counted() -> None:
    """The last row says how many there are besides those above it, and where they can be seen."""
    page = findings_page([damage(number) for number in range(10)], 4)
    assert page.more and [row[1] for row in page.table.rows] == ["assets/x/0", "assets/x/1", "assets/x/2", ""]
    severity, *_, found, remedy = page.table.rows[-1]
    assert (severity, found) == ("damage", "7 more") and "os-totebox verify" in str(remedy)


def test_long_findings_are_cut_to_a_page() -> None:
    """The room of a page counts, not the rows alone."""
    page = findings_page([damage(number, "x" * 400) for number in range(4_096)], 4_096)
    shown = len(page.table.rows) - 1
    assert page.more and 0 < shown < 4_096 and page.table.rows[-1][5] == f"{4_096 - shown} more"
