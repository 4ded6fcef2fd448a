"""Calder & Voss LLP: a law firm. An engagement letter, a witness statement, a disclosure list, a letter from the other side."""

from console.demo.paper import (
    Bullets,
    FixedLines,
    Heading,
    HorizontalRule,
    Para,
    SignatureGap,
    comma_separated,
    mail,
    pdf,
    word,
)
from console.demo.samples import Entity, Sample


def engagement() -> bytes:
    return word(
        "Calder & Voss LLP",
        (
            FixedLines(("Calder & Voss LLP", "9 Chancery Steps, London", "+44 20 7946 0660")),
            Para("6 January 2026"),
            FixedLines(("Ms Odile Tremblay", "Sandpiper Marine Ltd", "Dock 7, Portwall")),
            Para("Dear Ms Tremblay,"),
            Heading("Your claim against Greyfriars Boatyard Ltd"),
            Para(
                "Thank you for instructing us. This engagement letter and our terms of business say what we shall do, who will do it and "
                "what it will cost. We act for Sandpiper Marine Ltd only, and not for you in person."
            ),
            Heading("Who will act for you", 3),
            Bullets(
                (
                    "Eleanor Voss, Partner, supervises the matter",
                    "Rafael Quintero, Associate, has its daily conduct",
                    "Hana Yildirim, Paralegal, keeps the documents",
                )
            ),
            Heading("Scope of work", 3),
            Para(
                "We shall advise on the merits, send a letter before action, and issue proceedings if you so instruct us after 1 March "
                "2026. Advice on tax is outside our retainer."
            ),
            Heading("Charges", 3),
            Para(
                "Our hourly rate for a partner is £390.00 and for an associate £260.00, both without VAT. We estimate £18,000.00 to "
                "the end of disclosure. Please pay £5,000.00 on account to our client account, IBAN GB94 BARC 1020 1530 0934 59."
            ),
            Heading("If you are not content", 3),
            Para(
                "Please write to Eleanor Voss at e.voss@caldervoss.example. We are regulated by the Solicitors Regulation Authority."
            ),
            FixedLines(("Yours sincerely,", "", "Eleanor Voss", "for Calder & Voss LLP")),
        ),
        title="Engagement letter, Sandpiper Marine",
    )


def witness_statement() -> bytes:
    return pdf(
        "IN THE COUNTY COURT AT PORTWALL - CLAIM 26PW00318",
        (
            FixedLines(("Claimant: Sandpiper Marine Ltd", "Defendant: Greyfriars Boatyard Ltd")),
            Heading("First witness statement of Odile Tremblay", 1),
            Para("I, Odile Tremblay, of Dock 7, Portwall, director, say as follows."),
            Para(
                "1. I am a director of the claimant. I make this statement in support of the claim. Where facts are within my knowledge "
                "they are true; where they are not, I name my source."
            ),
            Para(
                "2. On 4 August 2025 I agreed with Mr Leopold Greyfriars, who runs the defendant, that the yard would replace the port "
                "engine of our workboat Dunlin for £62,300.00 and have her ready by 12 September 2025. The order is at pages 1 to 3 of "
                "exhibit OT1."
            ),
            Para(
                "3. The boat was handed back on 30 October 2025. On her second day at sea the engine seized. Our surveyor, Captain "
                "Ruaridh McInnes, found that the cooling circuit had been closed with a transit cap. His report of 18 November 2025 is at "
                "pages 9 to 21."
            ),
            Para(
                "4. We hired a vessel from Estuary Charter Ltd from 3 November 2025 to 19 December 2025 and paid £28,905.00 for her. The "
                "invoices are at pages 22 to 26."
            ),
            Para(
                "5. On 21 November 2025 I spoke with Mr Greyfriars on the telephone. He said that the fitter had left and that he would "
                '"see us right". Nothing was paid.'
            ),
            Heading("Statement of truth"),
            Para(
                "I believe that the facts stated in this witness statement are true. I understand that proceedings for contempt of court "
                "may be brought against anyone who makes a false statement in a document verified by a statement of truth."
            ),
            HorizontalRule(),
            SignatureGap(),
            FixedLines(("Signed: Odile Tremblay", "Dated: 16 March 2026")),
        ),
        title="First witness statement of Odile Tremblay",
        footer="Witness statement - Tremblay 1",
    )


def disclosure() -> bytes:
    head = ("bates", "date", "description", "author", "recipient", "privilege", "custodian")
    client, yard, owner = "Sandpiper Marine Ltd", "Greyfriars Boatyard Ltd", "Odile Tremblay"
    mails = "yard@greyfriars.example", "odile@sandpiper.example"
    return comma_separated(
        (
            head,
            ("SM-0001", "2025-08-04", "Order for port engine, signed", client, yard, "none", owner),
            ("SM-0004", "2025-09-15", "E-mail: delay of delivery", *mails, "none", owner),
            ("SM-0009", "2025-11-18", "Survey report, workboat Dunlin", "Ruaridh McInnes", client, "none", owner),
            ("SM-0022", "2025-12-19", "Invoices for hire of vessel", "Estuary Charter Ltd", client, "none", "accounts"),
            ("SM-0027", "2026-01-06", "Engagement letter", "Calder & Voss LLP", client, "legal advice", "withheld"),
            ("SM-0031", "2026-01-14", "Attendance note of call", "Rafael Quintero", "file", "litigation", "withheld"),
        )
    )


def opponent() -> bytes:
    return mail(
        "Barnaby Holt <b.holt@holtmarchetti.example>",
        "Rafael Quintero <r.quintero@caldervoss.example>",
        "Sandpiper Marine v Greyfriars Boatyard - WITHOUT PREJUDICE SAVE AS TO COSTS",
        "Mon, 30 Mar 2026 15:48:00 +0100",
        """Dear Mr Quintero,

We act for Greyfriars Boatyard Ltd and refer to your letter before action of 26 January 2026.

Our client denies that the transit cap was left by its fitter. It is nevertheless prepared, to
save costs, to pay £40,000.00 in full and final settlement within 21 days, each side to bear its
own costs. The offer is open until 20 April 2026 and lapses then.

If it is not accepted we are instructed to defend and to counterclaim £4,150.00 for storage.

Yours faithfully,
Barnaby Holt
Holt Marchetti Solicitors LLP
""",
        cc="E. Voss <e.voss@caldervoss.example>",
    )


ENTITY = Entity(
    "calder-voss",
    "Calder & Voss LLP",
    "law-firm",
    (
        Sample("engagement-sandpiper-marine.docx", engagement, "4010"),
        Sample("witness-statement-tremblay-1.pdf", witness_statement, "4120"),
        Sample("disclosure-list-26PW00318.csv", disclosure, "4200"),
        Sample("offer-without-prejudice.eml", opponent, "4130"),
    ),
)
