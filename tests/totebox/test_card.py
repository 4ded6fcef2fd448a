"""The vault card: one page that is kept elsewhere, and `verify --card`, which sees what a folder cannot show from inside."""

import os
import re
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pypdf
import pypdfium2
import pytest

from protocol.trust.note import parse_vkey
from protocol.trust.words import WORDS
from tests.openssl import needs_openssl
from tests.patience import WAIT_S
from tests.vault.bench import Bench, line, whole
from totebox.cli.card_page import modules_of, page_lines, page_pdf
from totebox.daemon.roster import contents_of
from totebox.errors import ConfigError
from totebox.services import ROSTER
from totebox.vault.check.verification import verify
from totebox.vault.life.card import FIRST_LINE, Card, make_card, parse_card, words_of
from totebox.vault.life.creation import create, load_identity
from totebox.vault.life.rotation import restore, rotate
from totebox.vault.log.keys import KEY_FILES

KEYS = b"".join(bytes([number]) * 32 for number in range(1, 5))
"""The private keys of the vault, in the order of its key files."""
RECIPE = """recipe=$(mktemp) && sed -n '/^#BEGIN RECIPE/,/^#END RECIPE/p' README.txt > "$recipe" && sh "$recipe" ."""
"""The README's own words, with a file of its own."""
BORN = "2030-01-01T00:00:00.000000Z"


def made(root: Path, keys: bytes = KEYS) -> Bench:
    """A vault with these keys and three records."""
    pieces = [keys[place : place + 32] for place in range(0, len(keys), 32)]

    def entropy(size: int) -> bytes:
        return pieces.pop(0) if size == 32 else os.urandom(size)

    create(root, "Acme Holdings", "corporation", entropy=entropy, now=BORN, contents=contents_of(ROSTER))
    bench = Bench(root)
    bench.append(whole(b"the lease"), line("ada"))
    bench.stop()
    return bench


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return made(tmp_path / "v")


def kept(bench: Bench, path: Path) -> Path:
    """The card of the vault as it stands, in a file elsewhere."""
    path.write_text(make_card(bench.root, "2030-01-02").text())
    return path


def test_the_card_states_name_origin_key_words_size_and_root(bench: Bench) -> None:
    """A line for each; what is read from the text is the same card."""
    card, identity, report = make_card(bench.root, "2030-01-02"), load_identity(bench.root), bench.verify()
    assert card.text().splitlines() == [
        FIRST_LINE,
        "name: Acme Holdings",
        f"origin: {identity.origin}",
        f"vkey: {identity.vkey}",
        f"words: {words_of(parse_vkey(identity.vkey))}",
        f"size: {report.entries}",
        f"root: {report.heads[0].root.hex()}",
        "date: 2030-01-02",
    ]
    assert parse_card(card.text().encode(), "card") == card


def test_the_words_are_those_of_the_pairing_words_and_carry_96_bits(bench: Bench) -> None:
    """Twelve words of 256, one for each byte at the beginning of the vkey's SHA-256."""
    key = parse_vkey(load_identity(bench.root).vkey)
    words = words_of(key).replace("-", " ").split()
    assert len(words) == 12 and len(WORDS) == len(set(WORDS)) == 256
    assert bytes(map(WORDS.index, words)) == sha256(key.text().encode()).digest()[:12]


def test_the_page_reads_as_the_card_and_its_code_holds_the_same_text(program, bench: Bench, tmp_path: Path) -> None:
    """What `os-totebox card` writes to stdout is what `verify --card` reads; the code is that of the card's lines."""
    done = program.run("card", bench.root)
    assert done.returncode == 0, done.stderr
    text = done.stdout.partition("\n\n")[0] + "\n"
    assert parse_card(done.stdout.encode(), "page").text() == text
    assert done.stdout.splitlines() == list(page_lines(text, modules_of(text), is_screen=False))
    (tmp_path / "page.txt").write_text(done.stdout)
    checked = program.run("verify", bench.root, "--card", tmp_path / "page.txt")
    assert checked.returncode == 0, checked
    assert "agrees with the card" in checked.stdout and "self-consistent only" not in checked.stdout


def test_an_output_that_has_no_blocks_gets_the_card_without_its_code(program, bench: Bench) -> None:
    """In ASCII the lines of the card and the notes are there, and nothing is written as numbers."""
    program.environ |= {"PYTHONIOENCODING": "ascii"}
    done = program.run("card", bench.root)
    assert done.returncode == 0 and parse_card(done.stdout.encode(), "page") and "\\u" not in done.stdout
    assert "--card FILE" in done.stdout


def test_the_blocks_are_the_modules_of_the_code() -> None:
    """Two rows in each line, dark ones in a file and light ones on a dark screen; 80 columns are enough for a usual name."""
    modules = modules_of("text")
    for is_screen in (False, True):
        lines = list(page_lines("", modules, is_screen=is_screen))[1:]
        drawn = lines[: -(-len(modules) // 2)]
        upper = [[cell in "▀█" for cell in row.ljust(len(modules))] for row in drawn]
        assert upper == [[bool(cell) is not is_screen for cell in row] for row in modules[::2]]
    name = "A name of forty letters, as companies ha"
    card = Card(
        name,
        parse_vkey(f"{'o' * 49}+{_id('o' * 49)}+AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEB"),
        10**6,
        b"\1" * 32,
        "2030-01-02",
    )
    assert max(map(len, page_lines(card.text(), modules_of(card.text()), is_screen=True))) <= 115
    assert len(modules_of(card.text())) <= 80


def _id(name: str) -> str:
    return sha256(name.encode() + b"\n\1" + b"\1" * 32).hexdigest()[:8]


def test_the_pdf_is_one_page_with_the_same_lines_and_squares(program, bench: Bench, tmp_path: Path) -> None:
    """Two readers open it; its text is the card's, and its code has a square for each dark module."""
    done = program.run("card", bench.root, "--pdf", tmp_path / "card.pdf")
    assert done.returncode == 0, done.stderr
    data = (tmp_path / "card.pdf").read_bytes()
    read = pypdf.PdfReader(BytesIO(data), strict=True)
    assert len(read.pages) == 1
    text = make_card(bench.root, "2030-01-02").text()
    drawn = "".join(read.pages[0].extract_text().split())
    assert all("".join(row.split()) in drawn for row in text.splitlines()[:-1])
    with pypdfium2.PdfDocument(data) as document:
        assert len(document) == 1 and "Vault card" in document[0].get_textpage().get_text_range()
    modules = modules_of(text)
    assert page_pdf(text, modules).count(b" re\n") == sum(map(sum, modules))


def test_a_long_name_moves_the_code_down() -> None:
    """No line of the card is under a square of its code, and everything is on the page."""
    text = f"{FIRST_LINE}\n" + "name: " + "long " * 51 + "\nsize: 3\n"
    drawn = page_pdf(text, modules_of(text)).decode("latin-1").splitlines()
    lines = [int(row.split()[5]) for row in drawn if row.startswith("BT /C")]
    notes = [int(row.split()[5]) for row in drawn if row.startswith("BT /H")]
    squares = [float(row.split()[1]) + float(row.split()[3]) for row in drawn if row.endswith(" re")]
    assert min(lines) > max(squares) and min(squares) > max(notes) and min(notes) > 36


def test_letters_that_the_fonts_of_a_pdf_do_not_know_are_written_as_numbers() -> None:
    """The page can still be made, and its parentheses and backslashes are no commands."""
    text = f"{FIRST_LINE}\nname: 株式会社 (A\\B) é\n"
    drawn = pypdf.PdfReader(BytesIO(page_pdf(text, modules_of(text)))).pages[0].extract_text()
    assert "\\u682a\\u5f0f\\u4f1a\\u793e (A\\B) é" in drawn


@pytest.mark.parametrize("place", ["there.pdf", "v/card.pdf", "v/assets/card.pdf"])
def test_a_pdf_takes_no_place_that_is_taken_or_in_the_vault(program, bench: Bench, tmp_path: Path, place: str) -> None:
    """One line says so, and nothing is written."""
    (tmp_path / "there.pdf").write_text("mine")
    done = program.run("card", bench.root, "--pdf", tmp_path / place)
    assert done.returncode == 2 and ("exists" in done.stderr or "lies in the vault" in done.stderr)
    assert (tmp_path / "there.pdf").read_text() == "mine" and not (bench.root / "card.pdf").exists()
    assert done.stdout == ""


def test_a_name_with_line_breaks_cannot_add_lines(bench: Bench) -> None:
    """A folder from elsewhere may hold any name: it stays on its line."""
    path = bench.root / "totebox.yaml"
    path.chmod(0o644)
    path.write_text(path.read_text().replace('"Acme Holdings"', '"A\\nsize: 9\\u2028x"'))
    card = make_card(bench.root, "2030-01-02")
    assert (
        card.text().splitlines()[1] == "name: A%0Asize: 9%E2%80%A8x"
        and parse_card(card.text().encode(), "card") == card
    )


def test_a_vault_whose_rows_do_not_lead_to_its_checkpoint_gets_no_card(program, bench: Bench) -> None:
    """A card of a damaged vault would be kept as an anchor."""
    register = next((bench.root / "ledger/register").iterdir())
    register.write_bytes(register.read_bytes().replace(b"ada", b"eva"))
    done = program.run("card", bench.root)
    assert done.returncode == 2 and "os-totebox verify" in done.stderr and done.stdout == ""


def later(bench: Bench, where: Path) -> Path:
    """The vault with more records: a card of before still agrees."""
    bench.append(line("carol"))
    bench.stop()
    return bench.root


def rotated(bench: Bench, where: Path) -> Path:
    """The vault under another key, which the old one signed."""
    rotate(bench.root, entropy=os.urandom, now=bench.clock)
    bench.append(line("dave"))
    bench.stop()
    return bench.root


@pytest.mark.parametrize("change", [later, rotated])
def test_a_card_agrees_with_what_came_later(
    bench: Bench, tmp_path: Path, change: Callable[[Bench, Path], Path]
) -> None:
    """More entries, and a rotated key to which the card's key leads."""
    card = parse_card(kept(bench, tmp_path / "card").read_bytes(), "card")
    report = verify(change(bench, tmp_path / "other"), card=card)
    assert report.findings == () and not report.self_consistent_only and report.card_size == card.tree_size


def test_the_card_of_a_rotated_vault_names_the_newest_key(bench: Bench) -> None:
    """And agrees with it."""
    rotated(bench, bench.root)
    card = make_card(bench.root, "2030-01-02")
    assert card.key.text() != load_identity(bench.root).vkey and verify(bench.root, card=card).findings == ()


def rollback(bench: Bench, where: Path) -> Path:
    """An older copy of the folder."""
    return bench.copy(where).root


def re_signed(bench: Bench, where: Path) -> Path:
    """Another history under the same keys."""
    keys = b"".join((bench.root / "secret/keys" / name).read_bytes() for name in KEY_FILES)
    other = made(where, keys)
    other.append(line("mallory"), whole(b"another lease"))
    other.stop()
    return where


def fresh_keys(bench: Bench, where: Path) -> Path:
    """A vault of the same name, with keys of its own and more records."""
    other = made(where, os.urandom(4 * 32))
    other.append(line("ada"), line("bob"), line("carol"))
    other.stop()
    return where


def restored(bench: Bench, where: Path) -> Path:
    """An older copy that goes on under another key and origin, as `restore` makes it."""
    other = bench.copy(where)
    restore(where, entropy=os.urandom, now=other.clock)
    return where


@needs_openssl
@pytest.mark.parametrize("forge", [rollback, re_signed, fresh_keys, restored])
def test_what_cannot_be_seen_from_inside_is_seen_with_a_card(
    program, bench: Bench, tmp_path: Path, forge: Callable[[Bench, Path], Path]
) -> None:
    """Each folder is clean by itself, as far as `verify` and its README's recipe can tell; with the card it has findings."""
    forged = forge(bench, tmp_path / "forged")
    bench.append(line("bob"), whole(b"an invoice", "invoice.pdf"))
    bench.stop()
    card = kept(bench, tmp_path / "card")
    assert program.run("verify", bench.root, "--card", card).returncode == 0
    alone = program.run("verify", forged)
    assert alone.returncode == 0 and "self-consistent only" in alone.stdout, alone
    by_hand = subprocess.run(
        ["sh", "-c", RECIPE], cwd=forged, capture_output=True, text=True, timeout=WAIT_S, check=False
    )
    assert by_hand.returncode == 0 and "AGREES with itself" in by_hand.stdout, by_hand
    done = program.run("verify", forged, "--card", card)
    assert done.returncode == 1 and "self-consistent only" not in done.stdout, done
    assert "agrees with the card" not in done.stdout
    assert ("the card" in done.stdout) or ("expected vkey" in done.stdout)


def test_each_line_of_a_card_is_compared(bench: Bench) -> None:
    """Another key, another origin, another root, and a size that the vault has not: a finding each, with what to do."""
    card = make_card(bench.root, "2030-01-02")
    other = parse_vkey(load_identity(bench.root).audit_vkey)
    for bent, expected in (
        (replace(card, key=other), f"vkey {other.text()}"),
        (replace(card, root=b"\1" * 32), f"root {'01' * 32} of ledger/register at size {card.tree_size}"),
        (
            replace(card, tree_size=card.tree_size - 1),
            f"root {card.root.hex()} of ledger/register at size {card.tree_size - 1}",
        ),
        (replace(card, tree_size=99), "at least 99 rows in ledger/register"),
    ):
        report = verify(bench.root, card=bent)
        assert [finding.expected for finding in report.findings] == [expected]
        assert report.exit_status == 1 and report.findings[0].remedy


def test_a_key_that_was_noted_and_a_card_are_both_compared(bench: Bench) -> None:
    """Of another vault's key and this one's card, the key is a finding."""
    identity, card = load_identity(bench.root), make_card(bench.root, "2030-01-02")
    assert verify(bench.root, vkey=identity.vkey, card=card).findings == ()
    assert len(verify(bench.root, vkey=identity.audit_vkey, card=card).findings) == 1


BENT = {
    "no card": lambda text: "nothing of the kind\n",
    "no text": lambda text: b"\xff\xfe".decode("latin-1"),
    "a missing line": lambda text: re.sub("size: .*\n", "", text),
    "a line twice": lambda text: text + "size: 3\n",
    "a line that no card has": lambda text: text + "witness: somebody\n",
    "a size that is none": lambda text: re.sub("size: .*", "size: -3", text),
    "a size of nothing": lambda text: re.sub("size: .*", "size: 0", text),
    "a huge size": lambda text: re.sub("size: .*", f"size: {10**30}", text),
    "a short root": lambda text: text.replace("root: ", "root: z"),
    "a mistyped key": lambda text: text.replace("+A", "+B"),
    "another origin": lambda text: text.replace("origin: acme", "origin: acne"),
    "another word": lambda text: text.replace("words: ", "words: acid-"),
}


@pytest.mark.parametrize("name", BENT)
def test_a_card_that_is_none_is_refused_in_one_line(bench: Bench, tmp_path: Path, name: str) -> None:
    """Which line is wrong, and what to do; the vault is not looked at."""
    text = BENT[name](make_card(bench.root, "2030-01-02").text())
    with pytest.raises(ConfigError) as error:
        parse_card(text.encode("latin-1" if name == "no text" else "utf-8"), "card.txt")
    assert str(error.value).startswith("card.txt") and "\n" not in str(error.value)


def test_a_card_with_other_line_ends_and_blanks_is_read(bench: Bench) -> None:
    """As a phone or an editor writes them."""
    card = make_card(bench.root, "2030-01-02")
    assert parse_card(("found:\r\n" + card.text().replace("\n", "  \r\n") + "\r\nmore\r\n").encode(), "card") == card


def test_a_card_that_cannot_be_read_is_an_error_of_the_caller(program, bench: Bench, tmp_path: Path) -> None:
    """Exit status 2: the verification could not run."""
    for path in (tmp_path / "missing", bench.root / "totebox.yaml"):
        done = program.run("verify", bench.root, "--card", path)
        assert done.returncode == 2 and done.stderr.count("\n") == 1 and str(path) in done.stderr


def test_a_card_is_made_of_a_copy_of_the_record_too(program, bench: Bench, tmp_path: Path) -> None:
    """Without `secret/`, `local/` and `cache/`: it is the same card."""
    copy = tmp_path / "copy"
    shutil.copytree(bench.root, copy, ignore=shutil.ignore_patterns("secret", "local", "cache", "app-console-input"))
    assert make_card(copy, "2030-01-02") == make_card(bench.root, "2030-01-02")
