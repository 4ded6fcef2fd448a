"""Harbour Row Properties: a real-property asset manager. A lease, committee minutes, a rent roll and its correction, a tenant's mail."""

from datetime import date
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
from console.demo.paper.sheet import Value
from console.demo.samples import Entity, Sample

LETTERHEAD = "HARBOUR ROW PROPERTIES"


def lease() -> bytes:
    return pdf(
        LETTERHEAD,
        (
            Heading("Lease of Unit 3, 14 Wharf Street", 1),
            Para("This lease is dated 2 February 2026 and is made between the parties named below."),
            Heading("Particulars"),
            FixedLines(
                (
                    "Landlord: Harbour Row Properties Ltd",
                    "Tenant: Bluefin Coffee Roasters Ltd",
                    "Guarantor: Dominic Ferrante",
                    "Managing agent: Tidewater Asset Management LLP",
                )
            ),
            PaperTable(
                (
                    ("Term", "What is agreed"),
                    ("Demise", "Ground floor, Unit 3, 212 square metres, edged red on plan HR-14-3"),
                    ("Term of years", "Ten years from and including 25 March 2026"),
                    ("Yearly rent", "GBP 48,500.00, by equal quarterly payments in advance"),
                    ("Rent deposit", "GBP 12,125.00"),
                    ("Rent review", "25 March 2031, upward or downward, open market"),
                    ("Break clause", "Tenant only, on 24 March 2031, six months' notice"),
                    ("Permitted use", "Cafe, roastery and shop"),
                ),
                (28, 72),
            ),
            Heading("1. The demise and the term"),
            Para(
                "The Landlord lets the premises to the Tenant for the term of years stated above, together with the use in common "
                "of the loading bay on the quay side between seven in the morning and eight in the evening, and subject to the "
                "matters in the registers of title kept by HM Land Registry under title number HRB 20417."
            ),
            Heading("2. Rent and other payments"),
            Para(
                "The Tenant pays the yearly rent to the account of Harbour Row Properties Ltd, IBAN GB33 BUKB 2020 1555 5555 55, on "
                "the usual quarter days without deduction. The first payment, for the period from 25 March 2026, is due on that day. A "
                "service charge of a fair proportion, estimated at GBP 6,840.00 for the first year, is paid with each instalment."
            ),
            Heading("3. Repair and alterations"),
            Para(
                "The Tenant keeps the interior, the shop front and the extraction plant in repair. No structural alteration may be "
                "made. The condition of the premises is recorded in the schedule prepared by Alder & Finch Surveyors LLP dated "
                "19 January 2026, and the Tenant need not give the premises back in a better one."
            ),
            Heading("4. Insurance"),
            Para(
                "The Landlord insures the building with Castellan Mutual Insurance plc against the insured risks for its full "
                "reinstatement cost and three years' loss of rent."
            ),
            Heading("5. Guarantee"),
            Para(
                "The Guarantor guarantees the Tenant's obligations until the earlier of 25 March 2029 and a lawful assignment with an "
                "authorised guarantee agreement. The Guarantor's liability for rent is limited to GBP 48,500.00."
            ),
            Heading("6. Notices"),
            Para(
                "Notices to the Landlord are sent to leasing@harbourrow.example and by post to 14 Wharf Street; notices to the Tenant "
                "to the premises, with a copy to dominic.ferrante@bluefincoffee.example."
            ),
            HorizontalRule(),
            Para("Executed as a deed by the parties on the date at the head of this lease."),
            SignatureGap(),
            FixedLines(
                ("Signed: Marguerite Aldous, Director", "for Harbour Row Properties Ltd", "Witness: Tobias Renn")
            ),
            SignatureGap(),
            FixedLines(
                ("Signed: Dominic Ferrante, Director", "for Bluefin Coffee Roasters Ltd", "Witness: Leila Haddad")
            ),
        ),
        title="Lease of Unit 3, 14 Wharf Street",
        footer="Unit 3, 14 Wharf Street",
    )


def committee_minutes() -> bytes:
    return word(
        "Harbour Row Properties Ltd",
        (
            Heading("Minutes of the Supervisory Board", 1),
            Para("Held at 14 Wharf Street on 20 January 2026 at ten o'clock."),
            PaperTable(
                (
                    ("Present", "Marguerite Aldous, Chair; Julian Okonjo-Bright; Renate Vogel"),
                    ("In attendance", "Samir Patel, Asset Manager; Hollis Grant, Finance Director"),
                    ("Apologies", "Edwin Marsh"),
                )
            ),
            Heading("1. Quorum and minutes"),
            Para(
                "The Chair noted that a quorum was present. The minutes of 14 October 2025 were approved as a correct record."
            ),
            Heading("2. Letting of Unit 3"),
            Para(
                "Mr Patel reported that heads of terms had been agreed with Bluefin Coffee Roasters Ltd at a yearly rent of £48,500.00 "
                "with a deposit of one quarter. IT WAS RESOLVED that the lease be granted and that Ms Aldous execute it."
            ),
            Heading("3. Facade works, quay side"),
            Para(
                "The board considered the tenders for the curtain wall. Keel & Mast Facades GmbH had offered EUR 412,000.00 and "
                "Ramsey Glazing Ltd £398,500.00. IT WAS RESOLVED to appoint Ramsey Glazing Ltd, subject to a thermal report by "
                "Dr Ingeborg Thalmann."
            ),
            Heading("4. Lenders"),
            Para(
                "Mr Grant reported that the loan to value covenant test of Meridian Commercial Bank was met at 31 December 2025, with "
                "interest cover of 2.4 times."
            ),
            Heading("Actions"),
            Bullets(
                (
                    "Samir Patel: instruct solicitors on the lease by 30 January 2026",
                    "Hollis Grant: covenant certificate to the lender by 6 February 2026",
                )
            ),
            Para("There being no further business the meeting closed at 11.40."),
            FixedLines(("Signed: ____________________", "Chair: Marguerite Aldous")),
        ),
        title="Minutes of the Supervisory Board",
    )


ROLL_HEAD = ("Unit", "Tenant", "Lease start", "Lease end", "Passing rent per year", "Arrears", "Contact")


def _unit(unit: str, tenant: str, start: str, end: str, rent: str, arrears: str, contact: str) -> tuple[Value, ...]:
    days = date.fromisoformat(start), date.fromisoformat(end)
    return (unit, tenant, *days, Decimal(rent), Decimal(arrears), f"{contact}.example")


def _rent_roll(bakery: str, as_at: str, note: str) -> bytes:
    rows = (
        _unit("Unit 1", "Larkspur Yoga Ltd", "2023-06-24", "2028-06-23", "31200.00", "0.00", "hello@larkspuryoga"),
        _unit("Unit 2", "Pilot Boat Books LLP", "2021-09-29", "2031-09-28", "27750.00", "0.00", "orders@pilotboat"),
        _unit(
            "Unit 3",
            "Bluefin Coffee Roasters Ltd",
            "2026-03-25",
            "2036-03-24",
            "48500.00",
            "0.00",
            "accounts@bluefincoffee",
        ),
        _unit(
            "Unit 4", "Crumb & Daughter Bakery Ltd", "2022-12-25", "2027-12-24", bakery, "2150.00", "office@crumbbakery"
        ),
        _unit(
            "First floor",
            "Quayside Naval Architects AB",
            "2020-03-25",
            "2030-03-24",
            "96400.00",
            "0.00",
            "finance@quaysidenaval",
        ),
    )
    above = ("Rent roll, 14 Wharf Street", f"As at {as_at}", note)
    return workbook((WorkbookSheet("Rent roll", (ROLL_HEAD, *rows), tuple(line for line in above if line)),))


def rent_roll() -> bytes:
    return _rent_roll("43000.00", "31 March 2026", "")


def rent_roll_corrected() -> bytes:
    return _rent_roll(
        "34000.00",
        "31 March 2026",
        "Corrected on 9 April 2026: passing rent of Unit 4 is GBP 34,000.00 per year",
    )


def tenant_mail() -> bytes:
    return mail(
        "Annika Sjöberg <annika.sjoberg@quaysidenaval.example>",
        "Tenant Desk <desk@harbourrow.example>",
        "Heating on the first floor, again",
        "Tue, 10 Feb 2026 08:41:00 +0000",
        """Dear all,

the heating on the first floor has been off since Friday, the third time this winter. It was
14 degrees at our desks this morning and two of our people have gone home. The service request
of 6 February 2026 has not been answered.

Under clause 4.2 of the lease we may arrange the repair ourselves after five working days and
set the cost off against the rent. Firth Mechanical Services Ltd have quoted £1,860.00 plus VAT
for the circulation pump. We would rather you did it.

Please ring me today on +44 20 7946 0318.

Kind regards,
Annika Sjöberg
Office Manager
Quayside Naval Architects AB
""",
        cc="Samir Patel <samir.patel@harbourrow.example>",
    )


def quotation() -> bytes:
    return pdf(
        "FIRTH MECHANICAL SERVICES LTD",
        (
            FixedLines(("Samir Patel", "Tidewater Asset Management LLP", "14 Wharf Street")),
            Para("16 February 2026"),
            Para("Dear Mr Patel,"),
            Heading("Quotation 4471: circulation pump, first floor, 14 Wharf Street"),
            Para(
                "Thank you for your call of 13 February 2026. We have seen the plant and quote as follows, without VAT."
            ),
            PaperTable(
                (
                    ("Work", "Price"),
                    ("Circulation pump, supply and fit", "GBP 1,420.00"),
                    ("Flushing of the circuit", "GBP 290.00"),
                    ("Commissioning and report", "GBP 150.00"),
                    ("Together", "GBP 1,860.00"),
                ),
                (70, 30),
                (1,),
            ),
            Para("We can begin on 23 February 2026. The price holds until 31 March 2026."),
            FixedLines(
                ("Yours sincerely,", "", "Morag Firth", "morag.firth@firthmechanical.example", "+44 131 496 0512")
            ),
        ),
        title="Quotation 4471",
        footer="Firth Mechanical Services Ltd",
    )


ENTITY = Entity(
    "harbour-row",
    "Harbour Row Properties",
    "real-property",
    (
        Sample("lease-unit-3-wharf-street.pdf", lease, "1110"),
        Sample("supervisory-board-minutes-2026-01-20.docx", committee_minutes, "1510"),
        Sample("rent-roll-2026-q1.xlsx", rent_roll, "1140"),
        Sample("heating-first-floor.eml", tenant_mail, "1120"),
        Sample(
            "rent-roll-2026-q1-corrected.xlsx",
            rent_roll_corrected,
            "1140",
            supersedes="rent-roll-2026-q1.xlsx",
            note="digits of Unit 4 were transposed",
        ),
    ),
    waiting=(Sample("quotation-4471-circulation-pump.pdf", quotation, "1250"),),
)
