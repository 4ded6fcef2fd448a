"""Documents a person would recognise, one of each kind that F12 reads."""

from console.demo.paper import (
    FixedLines,
    Heading,
    Para,
    WorkbookSheet,
    comma_separated,
    mail,
    markdown,
    pdf,
    word,
    workbook,
)

MINUTES = markdown(
    """
# Minutes of the board of Acme Holdings Ltd

Present: Ms Karin Lindqvist (chair), karin.lindqvist@acme.example

It was resolved on 12 March 2026 to approve the annual accounts.
"""
)

CORRECTED = MINUTES.replace(b"annual accounts", b"annual accounts and the lighthouse budget")


def papers() -> dict[str, bytes]:
    """By file name: PDF, DOCX, XLSX, EML, Markdown and CSV."""
    bought = comma_separated((("date", "item", "price"), ("2026-01-09", "Binding twine", "GBP 4.20")))
    return {
        "lease.pdf": pdf(
            "WHARF STREET LETTINGS LTD",
            (Heading("Lease of Unit 3", 1), FixedLines(("Tenant: Mr Ole Brandt", "From 1 February 2026"))),
            title="Lease",
            footer="page",
        ),
        "letter.docx": word("Brandt & Sons", (Para("Dear Mrs Ada Byron,"), Para("please call us.")), title="Letter"),
        "rents.xlsx": workbook((WorkbookSheet("Rents", (("Unit", "Rent"), ("3", "GBP 1,200.00"))),)),
        "heating.eml": mail(
            "Ole Brandt <ole@brandt.example>",
            "desk@acme.example",
            "The heating",
            "Tue, 03 Feb 2026 09:12:00 +0000",
            "It is cold on the first floor.\n",
        ),
        "minutes.md": MINUTES,
        "bought.csv": bought,
    }
