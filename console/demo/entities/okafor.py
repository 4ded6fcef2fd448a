"""The Okafor Household: a boiler invoice, a warranty, a school's letter, a year of bills, an insurance renewal."""

from console.demo.paper import (
    FixedLines,
    Heading,
    HorizontalRule,
    PaperTable,
    Para,
    comma_separated,
    mail,
    markdown,
    pdf,
    word,
)
from console.demo.samples import Entity, Sample


def boiler() -> bytes:
    return pdf(
        "BRIGHTWATER HEATING LTD",
        (
            Heading("Invoice 20611", 1),
            FixedLines(("Customer: Mr Chidi Okafor", "27 Larch Avenue", "Date: 15 January 2026")),
            PaperTable(
                (
                    ("Work", "Hours", "Price"),
                    ("Call-out, emergency, evening of 11 January 2026", "", "GBP 95.00"),
                    ("Replace diverter valve, boiler model HX-24", "2.5", "GBP 187.50"),
                    ("Parts: valve kit 7718, serial number 44-1093", "", "GBP 142.80"),
                    ("VAT at 20 %", "", "GBP 85.06"),
                    ("To pay", "", "GBP 510.36"),
                ),
                (60, 12, 28),
                (1, 2),
            ),
            Para("Please pay by 29 January 2026 to IBAN GB82 WEST 1234 5698 7654 32, with the number of the invoice."),
            Para("Our work is guaranteed for twelve months. The parts carry the manufacturer's warranty of two years."),
            HorizontalRule(),
            FixedLines(("Engineer: Declan Rooney", "office@brightwaterheating.example", "+44 161 496 0904")),
        ),
        title="Invoice 20611",
        footer="Brightwater Heating Ltd",
    )


def warranty() -> bytes:
    return markdown(
        """
# Warranty: washing machine

- Manufacturer: Nordvask AB
- Model number: NV-8420, serial number 2511-88-03417
- Bought: 28 November 2025 at Tidy Electricals Ltd, for £549.00
- Registered owner: Ngozi Okafor
- Cover ends: 27 November 2030

The guarantee covers parts and labour for five years when the machine is registered within
thirty days. It was registered on 2 December 2025; the confirmation went to
ngozi.okafor@postbox.example. Keep the receipt.

For a repair write to service@nordvask.example with the serial number and a photograph.
"""
    )


def school() -> bytes:
    return word(
        "Larch Avenue Primary School",
        (
            Para("23 January 2026"),
            Para("Dear Mr and Mrs Okafor,"),
            Heading("Year 5 trip to the maritime museum"),
            Para(
                "On 11 March 2026 the pupils of Year 5 will visit the maritime museum at Portwall. The coach of Merriday Coaches Ltd "
                "leaves at 8.15 and is back by 16.30. Adaeze will need a packed lunch and a warm coat."
            ),
            Para(
                "The trip costs £14.50 for each child. Please return the form below with the money by 20 February 2026. If this is "
                "difficult, speak to me or to the office at office@larchavenue.example, and nobody else need know."
            ),
            FixedLines(("Yours sincerely,", "", "Bronwen Pryce", "Headteacher")),
            PaperTable((("Child", "Class", "Teacher"), ("Adaeze Okafor", "5P", "Miss Keira Sandford"))),
        ),
        title="Year 5 trip",
    )


def bills() -> bytes:
    months = (
        ("2026-01-05", "412", "GBP 128.77"),
        ("2026-02-05", "388", "GBP 121.26"),
        ("2026-03-05", "301", "GBP 94.08"),
    )
    head = ("date", "supplier", "meter", "reading_kwh", "amount", "paid_by")
    return comma_separated(
        [head, *((day, "Fenland Power Ltd", "E-2291-07", used, amount, "direct debit") for day, used, amount in months)]
    )


def renewal() -> bytes:
    return mail(
        "Castellan Home <renewals@castellan.example>",
        "Ngozi Okafor <ngozi.okafor@postbox.example>",
        "Your home insurance renews on 1 April 2026",
        "Mon, 02 Mar 2026 07:00:00 +0000",
        """Dear Mrs Okafor,

your home insurance with Castellan Mutual Insurance plc, policy CMI-HOME-553120, ends on
31 March 2026. Unless you tell us otherwise we renew it:

  Premium for the year: £318.40 (last year £296.15)
  Contents: £60,000.00
  Buildings cover: £410,000.00
  Excess for each claim: £250.00

You can cancel free of charge until 15 April 2026. Telephone +44 20 7946 0990.

Kind regards,
Castellan Home
""",
    )


ENTITY = Entity(
    "okafor",
    "The Okafor Household",
    "household",
    (
        Sample("invoice-20611-boiler.pdf", boiler, "6010"),
        Sample("warranty-washing-machine.md", warranty, "6200"),
        Sample("school-trip-year-5.docx", school, "6300"),
        Sample("electricity-2026.csv", bills, "6020"),
        Sample("home-insurance-renewal.eml", renewal, "6400"),
    ),
)
