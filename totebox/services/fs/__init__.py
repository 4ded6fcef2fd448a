"""service-fs: the only one that writes the disk, by the writer process (`totebox.writer`).

The package itself imports nothing, so that the writer stays small: `SPEC` is made when it is asked for.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from totebox.services.fs.spec import SPEC as SPEC


def __getattr__(name: str) -> object:
    if name == "SPEC":
        from totebox.services.fs.spec import SPEC

        return SPEC
    raise AttributeError(name)
