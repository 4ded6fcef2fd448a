"""Blocks as a PDF, where fpdf2 is installed: the extra `pdf`, which only writers of PDF files need."""

from collections.abc import Sequence
from importlib.util import find_spec

from console.demo.paper.blocks import Block
from console.errors import DemoError


def need_fpdf() -> None:
    """Raises DemoError, which names the extra, where fpdf2 is not installed."""
    if find_spec("fpdf") is None:
        raise DemoError(
            "the demo writes PDF files with fpdf2, which is not installed here; install the extra `pdf`: "
            "pip install 'totebox[pdf]' (`make venv` does)"
        )


def pdf(letterhead: str, blocks: Sequence[Block], *, title: str, footer: str = "") -> bytes:
    """The document's bytes: the same for the same blocks. Raises DemoError where fpdf2 is not installed."""
    need_fpdf()
    from console.demo.paper.press import press

    return press(letterhead, blocks, title=title, footer=footer)
