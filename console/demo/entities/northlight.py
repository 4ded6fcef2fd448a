"""Northlight Minerals Corp: a public-company reporting issuer. A news release, board minutes, a laboratory's assays, a register, a mail."""

from datetime import date
from decimal import Decimal

from console.demo.paper import (
    Bullets,
    FixedLines,
    Heading,
    HorizontalRule,
    PaperTable,
    Para,
    WorkbookSheet,
    comma_separated,
    mail,
    pdf,
    word,
    workbook,
)
from console.demo.samples import Entity, Sample


def news_release() -> bytes:
    return pdf(
        "NORTHLIGHT MINERALS CORP",
        (
            Heading("Northlight intersects 41.2 metres of 1.86% copper at Skarn Lake", 1),
            FixedLines(
                ("News release 2026-03", "For immediate release", "Vancouver, British Columbia, 17 February 2026")
            ),
            Para(
                "Northlight Minerals Corp. announces assays from the first four holes of its winter drill programme at the Skarn "
                "Lake project in northwestern British Columbia. Hole SL-26-014 cut 41.2 metres of 1.86% copper and 0.44 g/t gold "
                "from 118.6 metres, the longest intercept on the project to date."
            ),
            PaperTable(
                (
                    ("Hole", "From (m)", "To (m)", "Length (m)", "Cu (%)", "Au (g/t)"),
                    ("SL-26-012", "86.4", "97.1", "10.7", "0.92", "0.18"),
                    ("SL-26-013", "no significant values", "", "", "", ""),
                    ("SL-26-014", "118.6", "159.8", "41.2", "1.86", "0.44"),
                    ("SL-26-015", "131.0", "148.5", "17.5", "1.31", "0.29"),
                ),
                (20, 24, 14, 16, 13, 13),
                (1, 2, 3, 4, 5),
            ),
            Para(
                '"Hole 14 steps out 90 metres from anything we had drilled," said Catherine Delorme, President. "The system is open '
                'to the north-east, and that is where the rig is going."'
            ),
            Heading("Programme and funding"),
            Para(
                "The programme of 6,500 metres is drilled by Taku Ridge Drilling Ltd. and is funded from the private placement of "
                "C$4.2 million that closed on 12 December 2025. A further six holes are at the laboratory."
            ),
            Heading("Sampling"),
            Para(
                "Half core was sampled at intervals of 1.5 metres. Samples were prepared and assayed by Bering Analytical "
                "Laboratories in Whitehorse. Blanks, duplicates and standards make up 12% of the samples sent."
            ),
            Heading("Qualified person"),
            Para(
                "The technical content of this news release was reviewed and approved by Dr. Anders Lindqvist, P.Geo., a qualified "
                "person under National Instrument 43-101."
            ),
            Heading("About the company"),
            Para(
                "Northlight explores for copper and gold in British Columbia. Its shares trade on the TSX Venture Exchange."
            ),
            HorizontalRule(),
            FixedLines(
                (
                    "Contact: Priya Raghunathan, Investor Relations",
                    "ir@northlightminerals.example",
                    "+1 604 555 0142",
                )
            ),
            Para(
                "This release contains forward-looking statements. Neither the exchange nor its regulation services provider accepts "
                "responsibility for its adequacy or accuracy."
            ),
        ),
        title="News release 2026-03",
        footer="Northlight Minerals Corp. - News release 2026-03",
    )


def board_minutes() -> bytes:
    return word(
        "Northlight Minerals Corp.",
        (
            Heading("Minutes of a meeting of the Board of Directors", 1),
            Para("Held by video conference on 3 February 2026, beginning at 09:00 Pacific time."),
            FixedLines(
                (
                    "Chair: Walter Brandvold",
                    "Present: Catherine Delorme, Hugh Ashcombe, Mei-Ling Zhou",
                    "In attendance: Anders Lindqvist (Vice President Exploration), Tomás Ibarra (Chief Financial Officer)",
                    "Secretary: Fiona Kerr",
                )
            ),
            Heading("Call to order"),
            Para("The Chair declared that notice had been given and that a quorum was present."),
            Heading("Disclosure of assays"),
            Para(
                "The directors reviewed draft assays for four holes. They agreed that the results are material, that the blackout begun "
                "on 28 January 2026 continues until two trading days after release, and that Ms. Raghunathan coordinate release with "
                "the TSX Venture Exchange."
            ),
            Heading("Budget"),
            Para(
                "Mr. Ibarra presented a cash position of C$5,318,400.00 at 31 January 2026. RESOLVED that the second phase of drilling "
                "be approved at a cost not above C$1,950,000.00, the contract with Taku Ridge Drilling Ltd. to be extended to "
                "30 June 2026."
            ),
            Heading("Stock options"),
            Para(
                "RESOLVED that 250,000 options be granted to Mr. Ibarra at an exercise price of C$0.42, expiring 3 February 2031."
            ),
            Heading("Auditor"),
            Para(
                "RESOLVED that Quill Hartmann LLP be proposed as auditor at the annual general meeting on 18 June 2026."
            ),
            Bullets(("Fiona Kerr to circulate the draft information circular by 17 April 2026",)),
            Para("The meeting adjourned at 10:25."),
        ),
        title="Minutes of the Board, 3 February 2026",
    )


def assays() -> bytes:
    head = (
        "certificate",
        "received",
        "reported",
        "sample",
        "hole",
        "from_m",
        "to_m",
        "cu_pct",
        "au_gpt",
        "method",
        "analyst",
    )
    rows = [head]
    values = (
        (118.6, 1.42, 0.31),
        (120.1, 1.77, 0.40),
        (121.6, 2.05, 0.52),
        (123.1, 2.31, 0.61),
        (124.6, 1.94, 0.47),
        (126.1, 1.66, 0.38),
    )
    for number, (start, copper, gold) in enumerate(values):
        rows.append(
            (
                "BAL-26-0217", "2026-01-19", "2026-02-02", f"N{40611 + number}", "SL-26-014", f"{start:.1f}", f"{start + 1.5:.1f}",
                f"{copper:.2f}", f"{gold:.2f}", "ICP-62 / FA-30", "R. Castellane",
            )
        )  # fmt: skip
    return comma_separated(rows)


def subscribers() -> bytes:
    head = ("Subscriber", "Units", "Price (CAD)", "Proceeds", "Hold until", "Contact")
    rows = (
        ("Copperline Resources Fund LP", 4_000_000, Decimal("0.35"), "CAD 1,400,000.00", date(2026, 4, 13), "closings@copperline.example"),
        ("Ashgrove Holdings Ltd", 3_000_000, Decimal("0.35"), "CAD 1,050,000.00", date(2026, 4, 13), "trustees@ashgrove.example"),
        ("Lindqvist, Anders", 200_000, Decimal("0.35"), "CAD 70,000.00", date(2026, 4, 13), "a.lindqvist@northlightminerals.example"),
        ("Fjordgate Capital AG", 4_800_000, Decimal("0.35"), "CAD 1,680,000.00", date(2026, 4, 13), "settlement@fjordgate.example"),
    )  # fmt: skip
    above = ("Private placement of units, closed 12 December 2025", "Finder: Granville Harbour Securities Inc")
    return workbook((WorkbookSheet("Subscribers", (head, *rows), above),))


def transfer_agent() -> bytes:
    return mail(
        "Desmond Achterberg <d.achterberg@pacifictransfer.example>",
        "Fiona Kerr <f.kerr@northlightminerals.example>",
        "Record date and mailing of proxy materials",
        "Wed, 11 Mar 2026 16:05:00 -0800",
        """Dear Fiona,

We confirm our appointment as transfer agent and scrutineer for your annual general meeting:

  Meeting date: 18 June 2026
  Record date: 4 May 2026
  Last day to mail to registered holders: 21 May 2026

Our fee for the mailing is C$6,475.00 plus postage at cost. Please let us have the final
information circular in electronic form by 8 May 2026.

For anything urgent ring +1 604 555 0177.

Sincerely,
Desmond Achterberg
Pacific Transfer Corporation
""",
    )


ENTITY = Entity(
    "northlight",
    "Northlight Minerals Corp",
    "public-issuer",
    (
        Sample("board-minutes-2026-02-03.docx", board_minutes, "2200"),
        Sample("certificate-BAL-26-0217.csv", assays, "2330"),
        Sample("news-release-2026-03.pdf", news_release, "2000"),
        Sample("private-placement-subscribers.xlsx", subscribers, "2040"),
        Sample("record-date.eml", transfer_agent, "2230"),
    ),
)
