"""Serves the Totebox at DIR with the tests' hostile program in the place of the reader: `python DIR`."""

import sys
from dataclasses import replace
from pathlib import Path

from totebox.config import Settings, places_of
from totebox.daemon.main import run
from totebox.daemon.programs import PROGRAMS

if __name__ == "__main__":
    reader = replace(PROGRAMS.reader, module="tests.services.extraction.hostile")
    run(
        Settings(places_of(Path(sys.argv[1]))),
        lambda uri: print(f"ready {uri}", flush=True),  # noqa: T201 (it stands in for `os-totebox serve`)
        lambda text: print(text, file=sys.stderr, flush=True),  # noqa: T201
        replace(PROGRAMS, reader=reader),
    )
