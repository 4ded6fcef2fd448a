"""One table says where everything in a vault lies; code and documentation are held against it."""

from fnmatch import fnmatchcase
from pathlib import Path

from tests.vault.bench import Bench, line, whole
from totebox.vault.places import FOLDERS, PLACES, Holding, table_lines


def rows_of(path: str) -> list[str]:
    """The rows that `path` has: its own, or that of a folder above it."""
    own = [place.path for place in PLACES if not place.is_folder and fnmatchcase(path, place.path)]
    return own or [place.path for place in PLACES if place.is_folder and f"{path}/".startswith(place.path)]


def test_the_readme_shows_the_table(project: Path) -> None:
    """Line for line."""
    text = (project / "totebox/README.md").read_text()
    assert "\n".join(table_lines()) in text


def test_every_file_of_a_vault_has_a_row(bench: Bench) -> None:
    """Records, secrets, local state, cache: nothing that the vault made is in no row."""
    bench.append(whole(b"a"), line("ada"))
    bench.stop()
    made = [path.relative_to(bench.root).as_posix() for path in bench.root.rglob("*") if path.is_file()]
    assert made and not [path for path in made if not rows_of(path)]


def test_every_folder_of_a_new_vault_has_a_row() -> None:
    """Or leads to one."""
    above = {parent.as_posix() for place in PLACES for parent in Path(place.name).parents}
    assert not [folder for folder in FOLDERS if not rows_of(folder) and folder not in above]


def test_no_process_in_a_cage_writes_a_secret_but_its_own_books() -> None:
    """The daemon writes pairings and capabilities; no key file is written by anything but the command line."""
    keys = [place for place in PLACES if place.path.startswith("secret/keys/")]
    assert keys and {process.value for place in keys for process in place.writes} == {"command line"}


def test_new_files_are_private_unless_they_are_records(bench: Bench) -> None:
    """0600 beside the records; sealed files 0444; what grows 0644."""
    bench.append(whole(b"a"), line("ada"))
    bench.stop()
    modes = {}
    for path in bench.root.rglob("*"):
        if path.is_file():
            name = path.relative_to(bench.root).as_posix()
            expected = [place.mode for place in PLACES if place.path in rows_of(name)[:1]]
            mode = path.stat().st_mode & 0o777
            if name.startswith("assets/"):
                expected = [0o644 if path.suffix == ".csv" and not path.parent.name.isdecimal() else 0o444]
            modes[name] = (mode, expected[0])
    assert not {name: found for name, found in modes.items() if found[0] != found[1]}
    assert {Holding.RECORD, Holding.SECRET} <= {place.kind for place in PLACES}
