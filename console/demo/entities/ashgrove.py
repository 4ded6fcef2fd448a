"""Ashgrove Family Office: trustees' minutes, a portfolio valuation, a housekeeper's contract, a payment instruction."""

from decimal import Decimal

from console.demo.paper import (
    Bullets,
    FixedLines,
    Heading,
    HorizontalRule,
    PaperTable,
    Para,
    SignatureGap,
    WorkbookSheet,
    mail,
    pdf,
    word,
    workbook,
)
from console.demo.samples import Entity, Sample


def trustee_minutes() -> bytes:
    return pdf(
        "THE ASHGROVE SETTLEMENT",
        (
            Heading("Minutes of a trustees' meeting", 1),
            Para("Held at Ashgrove House on 12 February 2026."),
            FixedLines(
                (
                    "Chair: Philippa Ashgrove",
                    "Trustees: Philippa Ashgrove; Sir Montague Leigh; Bertrand Kessler",
                    "In attendance: Nathalie Roux, Bookkeeper",
                )
            ),
            Heading("1. Distribution"),
            Para(
                "The trustees considered the letter of wishes of 3 May 2019 and the needs of the beneficiaries. IT WAS RESOLVED to "
                "distribute GBP 35,000.00 to Cosima Ashgrove for her studies, in two halves on 1 April 2026 and 1 October 2026."
            ),
            Heading("2. Investments"),
            Para(
                "The portfolio held with Banque Vauclair SA stood at CHF 4,812,350.00 on 31 January 2026. The trustees confirmed the "
                "mandate of Lennox Ferrier Investment Management Ltd and asked that the holding in Northlight Minerals Corp be "
                "reported apart, it having been subscribed through Ashgrove Holdings Ltd."
            ),
            Heading("3. Tax"),
            Para(
                "Mrs Roux reported that the trust return for the year to 5 April 2025 was filed on 19 January 2026 and that HM Revenue "
                "& Customs had acknowledged payment of GBP 18,244.60."
            ),
            Heading("4. The Hollis portrait"),
            Para(
                "The gallery had asked for the loan of the portrait by Adelaide Hollis until 30 November 2026. Insured value "
                "GBP 220,000.00. Agreed, subject to the gallery's indemnity."
            ),
            HorizontalRule(),
            SignatureGap(),
            FixedLines(("Signed: Philippa Ashgrove, Chair", "Date: 26 February 2026")),
        ),
        title="Minutes of a trustees' meeting",
        footer="The Ashgrove Settlement",
    )


def portfolio() -> bytes:
    head = ("Holding", "ISIN", "Units", "Price", "Market value", "Currency", "Share of portfolio")
    rows = (
        (
            "Lennox Ferrier Global Equity Fund",
            "IE00DEMO0014",
            18_400,
            Decimal("112.40"),
            Decimal("2068160.00"),
            "CHF",
            "43.0 %",
        ),
        (
            "Swiss Confederation 1.5 % 2032",
            "CH00DEMO0321",
            1_200_000,
            Decimal("1.01"),
            Decimal("1212000.00"),
            "CHF",
            "25.2 %",
        ),
        ("Alpenrose Pharma AG", "CH00DEMO0777", 6_150, Decimal("141.20"), Decimal("868380.00"), "CHF", "18.0 %"),
        ("Tideline Infrastructure plc", "GB00DEMO0458", 90_000, Decimal("4.31"), Decimal("387900.00"), "CHF", "8.1 %"),
        ("Cash", "", 1, Decimal("275910.00"), Decimal("275910.00"), "CHF", "5.7 %"),
    )
    above = (
        "Valuation of portfolio 7710-A at 2026-01-31",
        "Custodian: Banque Vauclair SA",
        "Total market value CHF 4,812,350.00",
    )
    return workbook((WorkbookSheet("Valuation", (head, *rows), above),))


def contract() -> bytes:
    return word(
        "Ashgrove Family Office",
        (
            Heading("Contract of employment", 1),
            PaperTable(
                (
                    ("Employer", "Ashgrove Holdings Ltd"),
                    ("Employee", "Mariana Teixeira"),
                    ("Post", "Housekeeper, Ashgrove House, live-in"),
                    ("Begins", "2 March 2026"),
                    ("Salary", "£34,800.00 a year, paid monthly"),
                    ("Holiday", "30 days and public holidays"),
                    ("Notice period", "Two months on either side"),
                )
            ),
            Heading("Duties"),
            Bullets(
                (
                    "Running of the house, linen, stores and the two cleaners",
                    "Keeping of the household ledger, with receipts, monthly to the office",
                    "Opening and closing of the house when the family travels",
                )
            ),
            Heading("Probation and pension"),
            Para(
                "Probation ends on 1 September 2026. The Employee is enrolled in the scheme of Beacon Workplace Pensions Ltd from the "
                "first day."
            ),
            Heading("Confidence"),
            Para("What is seen and heard in the house stays in the house, during the employment and after it."),
            FixedLines(
                (
                    "Signed: Philippa Ashgrove",
                    "for Ashgrove Holdings Ltd",
                    "",
                    "Signed: Mariana Teixeira",
                    "Dated: 18 February 2026",
                )
            ),
        ),
        title="Contract of employment, housekeeper",
    )


def payment() -> bytes:
    return mail(
        "Nathalie Roux <office@ashgrove.example>",
        "Private Clients <payments@vauclair.example>",
        "Payment instruction 2026-011",
        "Fri, 27 Mar 2026 10:30:00 +0100",
        """Dear Monsieur Delacroix-Perrin,

please transfer on 1 April 2026 from the settlement's account:

  Amount: GBP 17,500.00
  Beneficiary: Cosima Ashgrove
  Beneficiary bank: First Caledonian Bank
  IBAN: GB29 NWBK 6016 1331 9268 19
  Reference: studies, first half

The resolution of 12 February 2026 is with you. Please ring me back before you release it, on
+44 131 496 0471 and on no other number.

Kind regards,
Nathalie Roux
Ashgrove Family Office
""",
        cc="Bertrand Kessler <b.kessler@kesslernotaires.example>",
        html="""<html><head><title>Payment</title></head><body><p>Dear Monsieur Delacroix-Perrin,</p>
<p>please transfer on 1 April 2026 from the settlement's account.</p><img src="https://pixel.example/o.gif" width="1"></body></html>""",
    )


ENTITY = Entity(
    "ashgrove",
    "Ashgrove Family Office",
    "family-office",
    (
        Sample("trustees-minutes-2026-02-12.pdf", trustee_minutes, "5120"),
        Sample("portfolio-7710-A-2026-01.xlsx", portfolio, "5200"),
        Sample("employment-housekeeper.docx", contract, "5500"),
        Sample("payment-instruction-2026-011.eml", payment, "5310"),
    ),
)
