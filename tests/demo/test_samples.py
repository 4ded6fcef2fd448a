"""The demo's documents are the same every time, and extraction claims in them exactly what their decisions name."""

import hashlib
import re
from pathlib import Path

import pytest

from console.demo.samples import DECISIONS, SLUGS, Entity, Sample, entities, verdicts
from totebox.reference.chart import KINDS, load_chart
from totebox.services.extraction.claims import claims
from totebox.services.extraction.dictionary import load_dictionary
from totebox.services.extraction.limits import DEFAULT_LIMITS
from totebox.services.extraction.suggest import suggest
from totebox.services.extraction.worker import read

ALL = [(entity, sample) for entity in entities() for sample in entity.samples]
each = pytest.mark.parametrize(
    ("entity", "sample"), ALL, ids=[f"{entity.slug}/{sample.file}" for entity, sample in ALL]
)
CHOSEN_BY_A_PERSON = {"complaint-vaccine-record.eml", "offer-without-prejudice.eml"}
"""Where a person routes otherwise than the keywords suggest."""


@each
def test_claims_are_exactly_the_decided_ones(entity: Entity, sample: Sample, tmp_path: Path) -> None:
    """No more, no fewer, no others, in this order; and the account is in the entity's chart."""
    path = tmp_path / "staged"
    path.write_bytes(sample.make())
    document = read(path, DEFAULT_LIMITS)
    assert not document.trouble
    found = claims(document, load_dictionary(None))
    expected = verdicts(entity.slug, sample.file)
    assert [(claim.attribute, claim.value) for claim in found] == [(one.attribute, one.value) for one in expected]
    chart = load_chart(entity.kind)
    assert chart.account(sample.account) is not None
    suggested = suggest(chart, document, sample.file).account
    assert (suggested == sample.account) == (sample.file not in CHOSEN_BY_A_PERSON)


@each
def test_a_document_is_the_same_every_time(entity: Entity, sample: Sample) -> None:
    """The same bytes, so that a second run finds them sealed."""
    assert hashlib.sha256(sample.make()).digest() == hashlib.sha256(sample.make()).digest()


def test_there_is_one_entity_a_deployment_pattern() -> None:
    """Six, each on a chart of its own."""
    assert sorted(entity.kind for entity in entities()) == sorted(KINDS)
    assert all(3 <= len(entity.samples) <= 5 for entity in entities())


def test_every_format_is_there() -> None:
    """PDF, DOCX, XLSX, EML, CSV and Markdown."""
    assert {Path(sample.file).suffix for _, sample in ALL} == {".pdf", ".docx", ".xlsx", ".eml", ".csv", ".md"}


def test_one_document_corrects_another() -> None:
    """And comes after it."""
    for entity, sample in ALL:
        if sample.supersedes:
            files = [one.file for one in entity.samples]
            assert files.index(sample.supersedes) < files.index(sample.file)
    assert sum(bool(sample.supersedes) for _, sample in ALL) == 1


def test_somebody_says_no() -> None:
    """A demo in which everything is approved shows no gate."""
    answers = [one.yes for entity, sample in ALL for one in verdicts(entity.slug, sample.file)]
    assert answers.count(False) >= 5


def test_no_decisions_lie_about() -> None:
    """Each decisions file belongs to a document."""
    named = {f"{entity.slug}/{sample.file}.csv" for entity, sample in ALL}
    assert {path.relative_to(DECISIONS).as_posix() for path in DECISIONS.rglob("*.csv")} == named
    assert {path.name for path in DECISIONS.iterdir()} == set(SLUGS)


@each
def test_nobody_real_is_written_to(entity: Entity, sample: Sample) -> None:
    """Addresses end in `.example`."""
    for one in verdicts(entity.slug, sample.file):
        assert one.attribute != "email" or re.search(r"\.example$", one.value)
