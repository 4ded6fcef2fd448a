"""A command in one line, as the audit log keeps it: what was asked, never the document's contents nor a secret."""

from protocol.schema import (
    Abandon,
    Arguments,
    CapGrant,
    CapRevoke,
    Confirm,
    Cosign,
    Decide,
    Head,
    List,
    Offer,
    PairApprove,
    PairDeny,
    PairIssue,
    PairMark,
    PairRequire,
    PairRevoke,
    Prove,
    Read,
    Route,
    Subscribe,
    Take,
    Verify,
)
from totebox.gate.names import safe_name


def describe(arguments: Arguments) -> str:
    """One line about `arguments`."""
    match arguments:
        case Head():
            return f"{arguments.log.name.lower()} seen {arguments.seen_size}"
        case Prove():
            return f"{arguments.log.name.lower()} leaf {arguments.index}"
        case Verify():
            return "the whole vault"
        case Cosign():
            return f"a head of {arguments.log.name.lower()} by {safe_name(arguments.vkey.partition('+')[0].encode())}"
        case List():
            as_of = f" as of {arguments.as_of}" if arguments.as_of else ""
            return f"{arguments.table}{' ' if arguments.query else ''}{arguments.query}{as_of}"
        case Read():
            return f"record {arguments.index} from byte {arguments.offset}"
        case Offer():
            return f"{safe_name(arguments.name)}, {arguments.size} bytes, sha256 {arguments.sha256.hex()}"
        case Take():
            return f"{safe_name(arguments.name)} from the drop folder"
        case Route():
            return f"{arguments.intake} to account {arguments.account}, service {arguments.service}"
        case Decide() | Confirm() | Abandon():
            return arguments.intake
        case PairIssue():
            return f"ticket for {arguments.role.name} {arguments.label}".rstrip()
        case PairRevoke() | PairDeny():
            return arguments.fingerprint
        case PairApprove():
            return f"{arguments.fingerprint} as {arguments.role.name}, words {arguments.words}"
        case PairMark():
            return f"{arguments.fingerprint} {'in hardware' if arguments.hardware else 'not in hardware'}"
        case PairRequire():
            return f"{arguments.role.name} {'with hardware keys alone' if arguments.hardware else 'with any key'}"
        case CapGrant():
            return f"{', '.join(verb.title for verb in arguments.verbs)} for {arguments.lifetime_s} s"
        case CapRevoke():
            return arguments.id.hex()
        case Subscribe():
            return ", ".join(since.topic.name.lower() for since in arguments.topics)


def question(arguments: Arguments) -> str:
    """What is asked, the same in each repetition: the table and its query whatever page, the record from whatever byte, the log."""
    match arguments:
        case Head():
            return arguments.log.name.lower()
        case Read():
            return f"record {arguments.index}"
        case _:
            return describe(arguments)
