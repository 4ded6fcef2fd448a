"""The names of a mail's attachments in its text."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.worker import read


@pytest.mark.parametrize(("length", "shown"), [(255, 255), (256, 255)])
def test_an_attachments_name_has_255_characters_at_most(length: int, shown: int, tmp_path: Path) -> None:
    """A longer one is cut, and its type and size follow."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@x.example", "b@x.example", "s"
    message.set_content("words")
    message.add_attachment(b"x", maintype="image", subtype="png", filename="n" * length)
    path = tmp_path / "document"
    path.write_bytes(message.as_bytes())
    assert f"- Attachment: {'n' * shown} (image/png, 1 bytes)" in read(path, DEFAULT_LIMITS).text
