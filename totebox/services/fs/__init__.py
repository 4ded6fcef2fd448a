"""service-fs: the only service that writes records to the disk, through the writer process (`totebox.writer`).

The package itself imports nothing, so that the writer stays small: `SPEC` is made when it is first used.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from totebox.services.fs.spec import SPEC as SPEC


def __getattr__(name: str) -> object:
    if name == "SPEC":
        from totebox.services.fs.spec import SPEC

        return SPEC
    raise AttributeError(name)
