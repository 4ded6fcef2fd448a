"""Documents that no reader gets text from: locked, too big inside, or made to be read for ever."""

import io
import zipfile

from fpdf import FPDF

from tests.journeys.papers import papers


def encrypted() -> bytes:
    pdf = FPDF()
    pdf.add_page()
    pdf.set_font("Helvetica", size=12)
    pdf.cell(text="secret")
    pdf.set_encryption(owner_password="o", user_password="u")
    return bytes(pdf.output())


def bomb() -> bytes:
    """A Word file of a few hundred kilobytes whose body would unpack to 200 MB."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(papers()["letter.docx"])) as whole, zipfile.ZipFile(out, "w") as packed:
        for member in whole.namelist():
            data = bytes(200_000_000) if member == "word/document.xml" else whole.read(member)
            packed.writestr(member, data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def endless() -> bytes:
    """A PDF of two kilobytes that draws itself ten times, twelve levels deep: a reader would never come back."""
    deep = 12
    bodies = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 200] /Contents 4 0 R /Resources"
        b" << /Font << /F 5 0 R >> /XObject << /X 6 0 R >> >> >>",
        _stream(b"/X Do", b""),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    for level in range(deep):
        inner = f"/XObject << /X {7 + level} 0 R >>".encode() if level < deep - 1 else b""
        draws = b"/X Do " * 10 if level < deep - 1 else b"BT /F 9 Tf 9 9 Td (again and again) Tj ET"
        form = b"/Type /XObject /Subtype /Form /BBox [0 0 200 200] /Resources << /Font << /F 5 0 R >> " + inner + b" >>"
        bodies.append(_stream(draws, form))
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(bodies, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    begin = len(out)
    head = b"xref\n0 %d\n0000000000 65535 f \n" % (len(bodies) + 1)
    return bytes(
        out + head + table + b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(bodies) + 1, begin)
    )


def _stream(data: bytes, words: bytes) -> bytes:
    return b"<< /Length %d %s >>\nstream\n%s\nendstream" % (len(data), words, data)
