"""A ZIP with the same members in the same order and a fixed time, so that the same document has the same hash."""

import io
import re
import zipfile

MOMENT = (2026, 1, 5, 9, 0, 0)
STAMP = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(</)")


def settled(data: bytes) -> bytes:
    """`data`, an Office file, with every time in it set to one moment."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for member in source.infolist():
            content = STAMP.sub(rb"\g<1>2026-01-05T09:00:00Z\g<2>", source.read(member))
            info = zipfile.ZipInfo(member.filename, MOMENT)
            info.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(info, content)
    return out.getvalue()
