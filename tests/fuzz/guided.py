"""`python -m tests.fuzz.guided NAME [-max_total_time=60 ...]`: one target under Atheris, led by what of `protocol` it covers."""

import sys

import atheris

with atheris.instrument_imports(include=["protocol"]):
    from tests.fuzz.targets import TARGETS, tried


def main() -> None:
    """Until its options say that it is enough, or something but a PspError leaves."""
    name, *options = sys.argv[1:]

    def one(data: bytes) -> None:
        tried(TARGETS[name], data)

    atheris.Setup([sys.argv[0], *options], one)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
