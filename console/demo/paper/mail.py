"""Mail messages as a server delivers them."""

from collections.abc import Sequence
from email.message import EmailMessage
from email.policy import SMTP


def mail(
    sender: str,
    to: str,
    subject: str,
    date: str,
    body: str,
    *,
    cc: str = "",
    html: str = "",
    attachments: Sequence[tuple[str, str, bytes]] = (),
) -> bytes:
    """One message. `date` is written as in mail (`Tue, 03 Feb 2026 09:12:00 +0000`); attachments are (name, type, bytes)."""
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"] = sender, to
    if cc:
        message["Cc"] = cc
    message["Subject"], message["Date"] = subject, date
    number = sum(map(ord, subject + date))
    message["Message-ID"] = f"<{number:x}.{len(body):x}@{sender.rsplit('@', 1)[1].rstrip('>')}>"
    message.set_content(body)
    if html:
        message.add_alternative(html, subtype="html")
    for name, kind, data in attachments:
        main, sub = kind.split("/")
        message.add_attachment(data, maintype=main, subtype=sub, filename=name)
    if message.is_multipart():
        _settle(message, f"=_part_{number:x}_")
    return message.as_bytes()


def _settle(message: EmailMessage, boundary: str) -> None:
    """Set the boundary, which would be drawn at random otherwise."""
    for count, part in enumerate(message.walk()):
        if part.is_multipart():
            part.set_boundary(f"{boundary}{count}")
