"""Three words on both screens, by which people see that there is no man in the middle.

    commitment   SHA-256("PSP-commit-1" | handshake hash | authority's nonce)         sent first
    words        SHA-256("PSP-words-1" | handshake hash | authority's nonce | subject's nonce), the first 3 bytes, a word each

Law: the authority commits before it learns the subject's nonce, and reveals after. Without the commitment a man in the middle
could try nonces until both screens agree (24 bits are seconds of work); with it he has one guess in 2^24.
"""

import hashlib
import hmac

NONCE_BYTES = 16

_LIST = """
acid acorn actor adobe agent alarm album amber anchor angle ankle apple apron arrow atlas attic autumn badge
bagel baker bamboo banjo barrel basket beach beacon beaver bell berry birch bishop blanket bottle brass bread
brick bridge bronze bucket butter cabin cactus camel candle canoe canyon carbon carpet castle cedar cellar chalk
cherry chess circus clay clock clover cobra coffee comet copper coral cotton cradle crane crater cricket crystal
cube curtain dagger dairy dancer desert diary dinner doctor dolphin donkey dragon drum eagle easel echo elbow
ember engine ether fabric falcon farmer feather fence fennel fiddle finger flag flute forest fossil fountain fox
galaxy garden garlic ghost ginger glacier glove goblet granite grape gravel guitar gutter hammer harbor harvest
hazel helmet hinge honey horn hotel hunter iceberg igloo indigo iron island ivory jacket jaguar jasmine jelly
jewel jungle juniper kayak kernel kettle kitten ladder lagoon lantern lava lemon leopard lilac linen lizard
lobster locket lotus magnet mango maple marble market meadow melon mirror monkey moss motor museum mustard
napkin nectar needle nickel noodle novel nutmeg oasis oboe ocean olive onion opal orbit orchid otter oxide
oyster paddle palace panda parrot pebble pepper piano pigeon pillow pirate planet plum pocket polar pony poppy
potato prism pumpkin puzzle python quartz quill rabbit radar raft raven ribbon river robin rocket rubber saddle
sailor salmon sandal saturn scarf shadow shovel silver siren sketch sleeve snow sofa spider sponge squash stable
statue storm sugar summit swan tablet tango teapot temple thunder tiger timber tomato tractor trumpet tulip
tunnel turtle umbrella valley
"""

WORDS = tuple(_LIST.split())
"""256, one for each byte; part of the protocol, in this order."""


def commitment(nonce: bytes, handshake_hash: bytes) -> bytes:
    """32 bytes that bind the authority to `nonce` (16 bytes) without showing it."""
    return hashlib.sha256(b"PSP-commit-1" + handshake_hash + nonce).digest()


def check_commitment(committed: bytes, nonce: bytes, handshake_hash: bytes) -> bool:
    """Whether `nonce` is the one that was committed to in this handshake."""
    return hmac.compare_digest(committed, commitment(nonce, handshake_hash))


def three_words(handshake_hash: bytes, authority_nonce: bytes, subject_nonce: bytes) -> str:
    """The three words, joined by hyphens."""
    digest = hashlib.sha256(b"PSP-words-1" + handshake_hash + authority_nonce + subject_nonce).digest()
    return "-".join(WORDS[byte] for byte in digest[:3])
