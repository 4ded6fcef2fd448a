"""What a reader process may not do, and which library it reads a PDF with."""

import subprocess
import sys
from pathlib import Path

from fpdf import FPDF

LIMITED = """
import resource
from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.worker import restrain
restrain(DEFAULT_LIMITS)
print(resource.getrlimit(resource.RLIMIT_FSIZE), resource.getrlimit(resource.RLIMIT_CORE))
"""
READ = """
import sys
from pathlib import Path
from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.worker import read
print("words" in read(Path(sys.argv[1]), DEFAULT_LIMITS).text, "pypdf" in sys.modules)
"""
CAGED = """
import sys
from pathlib import Path
from protocol.schema.numbers import Grade
from totebox.cage.grade import EnforcedGrade
from totebox.cage.profiles import PROFILES
from totebox.process.surroundings import Surroundings
from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.worker import AnswerWriter, work

class Shown(Surroundings):
    def settle(self):
        return EnforcedGrade(Grade.KERNEL, "", is_caged=True)

    def shut_in(self, places, **how):
        print([(str(path), access.name) for path, access in places.items()])

where = Shown(None, Grade.KERNEL, PROFILES["reader"], False, ())
work({"limits": DEFAULT_LIMITS.to_json()}, Path(sys.argv[1]), where, AnswerWriter(lambda frame: print("sent")))
"""


def said(program: str, *words: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", program, *words], check=True, stdin=subprocess.DEVNULL, capture_output=True, text=True
    ).stdout.strip()


def test_a_reader_writes_no_byte_to_a_file() -> None:
    """Neither a file nor a core may grow, and neither limit can be raised by a process without privileges."""
    assert said(LIMITED) == "(0, 0) (0, 0)"


def test_a_pdf_that_pdfium_reads_is_read_by_it_alone(tmp_path: Path) -> None:
    """The second library is loaded only where the first finds no text."""
    pdf = FPDF()
    pdf.set_font("Helvetica", size=12)
    for text, name in (("words", "written"), ("", "blank")):
        pdf.add_page()
        if text:
            pdf.multi_cell(0, 6, text)
        (tmp_path / name).write_bytes(bytes(pdf.output()))
        pdf = FPDF()
    assert said(READ, str(tmp_path / "written")) == "True False"
    assert said(READ, str(tmp_path / "blank")) == "False True"


def test_a_reader_is_shut_in_before_it_says_a_word_of_the_document(tmp_path: Path) -> None:
    """In a cage that shows it the document, to be read, and nothing else."""
    path = tmp_path / "document"
    path.write_bytes(b"words")
    first, *answers = said(CAGED, str(path)).splitlines()
    assert first == str([(str(path), "READ")]) and set(answers) == {"sent"}
