"""The keyboard: which cartridge is on which key, and the reason where there is none."""

from importlib import import_module
from importlib.util import find_spec
from typing import NamedTuple

from console.chassis.cartridge import CartridgeSpec


class Slot(NamedTuple):
    """One F-key: the cartridge's title on the strip, the package that exports its SPEC, and why it may be missing."""

    title: str
    package: str
    absent: str


KEYBOARD: dict[str, Slot] = {
    "f1": Slot("HELP", "console.cartridges.help", ""),
    "f2": Slot("PEOPLE", "console.cartridges.people", "service-people has no screen in this installation"),
    "f3": Slot("EMAIL", "console.cartridges.email", "this Totebox runs no mail service"),
    "f4": Slot("CONTENT", "console.cartridges.content", "this Totebox runs no content service"),
    "f5": Slot("MINUTEBOOK", "console.cartridges.minutebook", "service-minutebook has no screen in this installation"),
    "f6": Slot("BOOKKEEPER", "console.cartridges.bookkeeper", "this Totebox runs no bookkeeping service"),
    "f7": Slot("SEARCH", "console.cartridges.search", "search across services is not installed; F5 searches documents"),
    "f8": Slot("LEDGER", "console.cartridges.ledger", ""),
    "f9": Slot("MODELS", "console.cartridges.slm", "no language model is attached; nothing needs one"),
    "f10": Slot("FLEET", "console.fleet", "the fleet view is not installed"),
    "f11": Slot("SYSTEM", "console.cartridges.system", ""),
    "f12": Slot("INPUT", "console.cartridges.input", "the Input Machine is not installed"),
}


def load(key: str) -> CartridgeSpec | None:
    """The SPEC of the cartridge on `key`; None when its package is missing. Imports it (costs milliseconds)."""
    slot = KEYBOARD[key]
    try:
        if find_spec(slot.package) is None:
            return None
    except ModuleNotFoundError:
        return None
    return getattr(import_module(slot.package), "SPEC", None)
