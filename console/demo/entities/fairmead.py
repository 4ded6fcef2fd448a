"""Fairmead Medical Practice: a referral, laboratory results, practice minutes, an invoice register. All people are invented."""

from datetime import date
from decimal import Decimal

from console.demo.paper import FixedLines, Heading, PaperTable, Para, WorkbookSheet, mail, markdown, pdf, word, workbook
from console.demo.samples import Entity, Sample


def referral() -> bytes:
    return word(
        "Fairmead Medical Practice",
        (
            FixedLines(
                (
                    "Fairmead Medical Practice",
                    "2 Orchard Lane, Fairmead",
                    "Telephone +44 161 496 0210",
                    "reception@fairmead.example",
                )
            ),
            Para("13 January 2026"),
            FixedLines(("Dr Helena Brandt", "Consultant Cardiologist", "St Aldhelm's Hospital")),
            Heading("Referral to cardiology: outpatient, soon", 2),
            PaperTable(
                (
                    ("Patient", "Rosalind Achebe"),
                    ("Date of birth", "7 September 1961"),
                    ("Referring GP", "Dr Imran Siddiqui"),
                    ("Address", "41 Tannery Row, Fairmead"),
                )
            ),
            Para("Dear Dr Brandt,"),
            Para(
                "Thank you for seeing this patient, who has had six weeks of palpitations on climbing stairs, without chest pain or "
                "loss of consciousness. Blood pressure today was 148/86 and the pulse irregular at 92. An ECG on 9 January 2026 "
                "showed atrial ectopics; serum potassium and thyroid function were normal."
            ),
            Para(
                "She takes amlodipine 5 mg once daily. Her brother had a stroke at sixty-two. I would be grateful for an ambulatory "
                "recording and your opinion on anticoagulation."
            ),
            Para("She has consented to this referral and to a copy being sent to her."),
            FixedLines(("Yours sincerely,", "", "Dr Imran Siddiqui", "Partner, Fairmead Medical Practice")),
        ),
        title="Referral to cardiology",
    )


def laboratory() -> bytes:
    return pdf(
        "COUNTY PATHOLOGY PARTNERSHIP",
        (
            Heading("Laboratory report 26-004417", 1),
            FixedLines(
                (
                    "Patient: Rosalind Achebe",
                    "Requested by: Dr Imran Siddiqui, Fairmead Medical Practice",
                    "Specimen: serum and EDTA blood, taken 2026-01-08",
                    "Reported: 2026-01-09",
                )
            ),
            PaperTable(
                (
                    ("Test", "Result", "Reference range", "Remark"),
                    ("Haemoglobin", "131 g/L", "115 - 165", ""),
                    ("Serum potassium", "4.3 mmol/L", "3.5 - 5.3", ""),
                    ("Serum sodium", "139 mmol/L", "133 - 146", ""),
                    ("TSH", "2.1 mU/L", "0.3 - 4.2", ""),
                    ("Total cholesterol", "6.1 mmol/L", "below 5.0", "raised"),
                    ("NT-proBNP", "212 ng/L", "below 400", ""),
                ),
                (30, 22, 28, 20),
            ),
            Para(
                "Cholesterol is raised; a fasting lipid profile is suggested. All other values are within the reference range."
            ),
            FixedLines(
                (
                    "Authorised by: Dr Beatrix Ollerton, Consultant",
                    "Duty biochemist: +44 161 496 0388",
                    "results@countypathology.example",
                )
            ),
        ),
        title="Laboratory report 26-004417",
    )


def practice_minutes() -> bytes:
    return markdown(
        """
# Practice meeting, 22 January 2026

Chair: Dr Imran Siddiqui

Present: Dr Imran Siddiqui, Dr Wilhelmina Oduya, Nurse Grace Pemberton, Colm Donnelly (practice manager)

Apologies: Dr Farah Nazari

## Significant event

A vaccine fridge was found at 11 degrees on 12 January 2026 after a power cut. Forty-two doses were
quarantined. Root cause: the alarm dials a number that nobody answers at night. Colm Donnelly to have
Halden Refrigeration Ltd fit a second probe and a mobile alarm; quoted £685.00.

## Inspection

The Care Quality Commission will visit on 24 February 2026. Dr Oduya leads. The statement of purpose
is to be brought up to date by 6 February 2026.

## Premises

The lease of the annexe ends on 30 September 2026. The landlord, Orchard Lane Estates LLP, asks £21,500.00
a year for a further five years. Partners to decide in March.

## Actions

| Action | Who | By |
| --- | --- | --- |
| Second fridge probe and mobile alarm | Colm Donnelly | 2026-01-30 |
| Statement of purpose | Wilhelmina Oduya | 2026-02-06 |
| Infection control audit | Grace Pemberton | 2026-02-13 |
"""
    )


def invoices() -> bytes:
    head = ("Invoice", "Date", "Payer", "Service", "Amount", "Paid on")
    rows = (
        (
            "FMP-2026-001",
            date(2026, 1, 6),
            "Northern Shield Insurance plc",
            "Medical report",
            "GBP 128.00",
            date(2026, 1, 20),
        ),
        ("FMP-2026-002", date(2026, 1, 8), "Mr Gareth Whitlock", "Travel vaccination", "GBP 74.50", date(2026, 1, 8)),
        (
            "FMP-2026-003",
            date(2026, 1, 15),
            "Mrs Yewande Balogun",
            "Private certificate",
            "GBP 35.00",
            date(2026, 1, 15),
        ),
        ("FMP-2026-004", date(2026, 1, 19), "Castellan Mutual Insurance plc", "Medical report", "GBP 128.00", None),
        ("FMP-2026-005", date(2026, 1, 27), "Pemberton Haulage Ltd", "Driver medicals, 4", "GBP 460.00", None),
    )
    above = ("Register of private fee invoices, January 2026",)
    book = (
        WorkbookSheet("Invoices", (head, *rows), above),
        WorkbookSheet("Totals", (("Month", "Invoiced", "Open"), ("January", Decimal("825.50"), Decimal("588.00")))),
    )
    return workbook(book)


def complaint() -> bytes:
    return mail(
        '"Whitlock, Gareth" <gareth.whitlock@postbox.example>',
        "Practice Manager <manager@fairmead.example>",
        "Complaint: wrong vaccine recorded",
        "Thu, 05 Feb 2026 19:22:00 +0000",
        """Dear Mr Donnelly,

On 8 January 2026 I paid £74.50 for a hepatitis A vaccination at the practice. My record, which I
looked at on 3 February 2026, says typhoid. The nurse was kind and I do not want anybody in
trouble, but I fly on 1 March 2026 and need to know what I was given.

Please ring me on +44 161 496 0755 after five.

Yours sincerely,
Gareth Whitlock
""",
    )


ENTITY = Entity(
    "fairmead",
    "Fairmead Medical Practice",
    "medical-practice",
    (
        Sample("laboratory-report-26-004417.pdf", laboratory, "3200"),
        Sample("referral-cardiology.docx", referral, "3100"),
        Sample("practice-meeting-2026-01-22.md", practice_minutes, "3400"),
        Sample("private-fees-2026-01.xlsx", invoices, "3300"),
        Sample("complaint-vaccine-record.eml", complaint, "3020"),
    ),
)
