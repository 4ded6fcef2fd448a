"""What the archive of the tests holds: a few documents, the people in them, and files in the drop folder."""

from protocol.schema import Cell
from tests.cartridges.archive import FOUND, LEASE, Archive
from tests.chassis.declared import declared, table_of
from tests.chassis.fake_totebox import FINGERPRINT, add_row


def stock(box: Archive) -> None:
    """A few documents, the people in them, and files in the drop folder."""
    box.known()
    add_row(box.audit, kind="CREATED", actor="local", subject="Acme Holdings")
    add_row(
        box.records,
        service="fs",
        kind="identity",
        subject="Acme Holdings",
        path="totebox.yaml",
        length="300",
        sha256="00" * 32,
    )
    first = box.keep("lease-hafenstrasse.pdf", b"%PDF lease one", LEASE, time="2026-11-20T09:12:00.000000Z")
    box.keep(
        "board-minutes-2026-10.docx",
        b"PK minutes",
        "# Minutes\n\nAda Okafor chairs.\n",
        account="2100",
        time="2026-11-20T10:00:00.000000Z",
    )
    box.keep(
        "invoices-2026.xlsx",
        b"PK invoices",
        "| Invoice | Amount |\n| --- | --- |\n",
        account="1200",
        time="2026-11-21T08:30:00.000000Z",
    )
    box.keep("lease-hafenstrasse.pdf", b"%PDF lease two", LEASE, supersedes=first, time="2026-11-21T16:40:00.000000Z")
    box.keep("scan-0047.pdf", b"%PDF scan", "", account="1100", time="2026-11-22T01:15:00.000000Z")
    ada, karin, north = (
        "5b6f0d0e-6a1e-5c7f-9a55-2f7a3f0b1c11",
        "0c9e3a52-3a3e-5e8b-8e5b-98f0d1f6a202",
        "b7f1c6d0-11f5-5a0e-b4a4-6d3c1a9e7303",
    )
    box.tables["people.anchors"] = declared(
        "people.anchors",
        ("anchor", "name", "type", "claims", "first", "last", "conflict"),
        [
            (ada, "Ada Okafor", "Person", 4, "2026-11-20T09:12:00Z", "2026-11-21T16:40:00Z", True),
            (karin, "Karin Lindqvist", "Person", 2, "2026-11-20T09:12:00Z", "2026-11-20T09:12:00Z", False),
            (north, "Northwind Estates GmbH", "Company", 2, "2026-11-20T09:12:00Z", "2026-11-21T16:40:00Z", False),
        ],
    )

    def claim(
        index: int, anchor: str, attribute: str, value: str, line: int, excerpt: str, status: str = "verified"
    ) -> dict[str, Cell]:
        return {
            "index": index, "anchor": anchor, "attribute": attribute, "value": value, "source": first, "line": line,
            "page": 1, "excerpt": excerpt, "status": status, "actor": FINGERPRINT, "time": "2026-11-20T09:12:00Z",
        }  # fmt: skip

    box.tables["people.claims"] = table_of(
        "people.claims",
        [
            claim(20, ada, "person", "Ada Okafor", 4, FOUND[2][4]),
            claim(21, ada, "email", "ada.okafor@acme.example", 4, "Ms. Ada Okafor, ⟦ada.okafor@acme.example⟧."),
            claim(22, ada, "phone", "+49 40 7654321", 8, "call Ms. Okafor at ⟦+49 40 7654321⟧"),
            claim(23, ada, "phone", "+49 40 1234567", 8, "or ⟦+49 40 1234567⟧.", "rejected"),
            claim(26, ada, "phone", "+44 20 7946 0000", 3, "in London ⟦+44 20 7946 0000⟧"),
            claim(24, karin, "person", "Karin Lindqvist", 3, FOUND[1][4]),
            claim(25, karin, "email", "k.lindqvist@northwind.example", 8, FOUND[6][4]),
            claim(27, north, "organisation", "Northwind Estates GmbH", 3, FOUND[0][4]),
        ],
    )
    box.drops = {
        b"letter-of-notice.eml": b"From: a@example\n\nNotice.",
        "Übergabe Protokoll.pdf".encode(): b"%PDF drop",
    }
    box.up()
    box.tell_status(drops=2)
