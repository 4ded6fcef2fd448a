"""`os-console`: the command line. Loads no Textual and no cryptography before it is needed."""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from console.errors import ConsoleError
from console.terminal import complain, complain_text, is_watched, say, say_json, say_text

if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace, _SubParsersAction

    from console.config import Config
    from console.link.keyring import Keyring

SPLASH = "Command Ledger"
EPILOG = """\
Without a command, the console opens. With no Totebox paired it offers to create one on this computer.
Settings: $XDG_CONFIG_HOME/totebox/console.toml. Keys and pairings: $XDG_DATA_HOME/totebox/console."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit status: 0 done, 1 refused or found, 2 could not."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        _check_protocol()
        if words[:1] == ["demo"]:
            return _demo(words[1:])
        return _carried_out(words)
    except ConsoleError as error:
        return _failed(str(error), error.code, error.exit_status)
    except Exception as error:  # noqa: BLE001  the root of every verb
        if (code := _protocol_code(error)) is None:
            return _crashed(error)
        return _failed(str(error), code, 2)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def _carried_out(words: list[str]) -> int:
    if not words:
        # the most frequent start needs no argparse
        return _opened(None, None, assume_yes=False)
    parser, known = _parser()
    _check_verb(words, known)
    arguments = parser.parse_args(words)
    verb: Callable[[Namespace], int] = arguments.verb
    return verb(arguments)


def _check_verb(words: list[str], known: Sequence[str]) -> None:
    """Check that the first word is a verb.

    Raises:
        ConsoleError: it is none; the message names the verbs.
    """
    left = iter(words)
    for word in left:
        if word in ("--keyring", "--config"):
            next(left, "")
        elif not word.startswith("-"):
            break
    else:
        return
    if word not in known:
        from difflib import get_close_matches

        near = get_close_matches(word, known, 1)
        hint = f"did you mean {near[0]!r}? " if near else ""
        raise ConsoleError(
            f"there is no verb {word!r}; {hint}there are: {', '.join(known)} (os-console --help says what each does)"
        )


def _failed(text: str, code: str, status: int) -> int:
    complain(f"os-console: {text} [{code}]")
    return status


def _crashed(error: Exception) -> int:
    """Report a fault of this program. Its traceback may contain text from outside, so it is made safe like every other
    text.
    """
    import traceback

    complain_text("".join(traceback.format_exception(error)).rstrip("\n"))
    return 1


def _protocol_code(error: Exception) -> str | None:
    """The code of an error of the protocol's tree; None for any other."""
    from protocol.errors import PspError

    return error.code if isinstance(error, PspError) else None


def _check_protocol() -> None:
    """Check that no other package named `protocol` stands before ours on the path.

    Raises:
        ConsoleError: there is one.
    """
    import protocol

    if getattr(protocol, "PSP_NAME", None) != "PointSav Protocol":
        where = getattr(protocol, "__file__", None) or next(iter(getattr(protocol, "__path__", ["nowhere"])))
        raise ConsoleError(
            f"another package named `protocol` is in the way: {where}; "
            "install totebox into an environment of its own, or uninstall the other one"
        )


def _parser() -> "tuple[ArgumentParser, Sequence[str]]":
    """The parser, and the verbs that it knows."""
    from argparse import ArgumentParser, RawDescriptionHelpFormatter

    parser = ArgumentParser(
        prog="os-console",
        description="The Command Ledger: one keyboard for your Toteboxes.",
        epilog=EPILOG,
        formatter_class=RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--keyring", type=Path, metavar="DIR", help="keys and pairings of another console")
    parser.add_argument("--config", type=Path, metavar="FILE", help="another settings file")
    parser.add_argument("--yes", action="store_true", help="create or start the local Totebox without asking")
    parser.set_defaults(verb=_open)
    verbs = parser.add_subparsers(title="to do", metavar="")

    pair = verbs.add_parser("pair", help="pair a Totebox with the ticket that it printed")
    pair.add_argument("ticket", metavar="TICKET", nargs="+", help="as it was printed; blanks and case do not matter")
    pair.add_argument("--name", default="", help="what to call it here (else its entity's name)")
    pair.set_defaults(verb=_pair)

    request = verbs.add_parser(
        "request", help="ask a Totebox to be paired, without a ticket; an operator compares words"
    )
    request.add_argument("uri", metavar="URI", help="unix:/PATH, tcp:HOST:PORT or tls:HOST:PORT")
    request.add_argument("--role", default="user", metavar="ROLE", help="admin, input, user or interface (the wish)")
    request.add_argument("--name", default="", help="what to call it here (else its entity's name)")
    request.add_argument("--no-wait", action="store_true", help="leave the request and end")
    request.set_defaults(verb=_request)

    key = verbs.add_parser("key", help="print this console's public device key, to be named in a grant")
    key.set_defaults(verb=_key)

    _grant_parsers(verbs)

    pairings = verbs.add_parser("pairings", help="list the Toteboxes this console is paired with")
    pairings.add_argument("--json", action="store_true")
    pairings.set_defaults(verb=_pairings)

    move = verbs.add_parser("move", help="set the address of a paired Totebox")
    move.add_argument("name", metavar="NAME")
    move.add_argument(
        "uri", metavar="URI", help="unix:/PATH, tcp:HOST:PORT, tls:HOST:PORT or ssh:[USER@]HOST[:PORT]/DIR"
    )
    move.set_defaults(verb=_move)

    fleet = verbs.add_parser("fleet", help="open on the fleet screen (F10)")
    fleet.set_defaults(verb=_open_fleet)

    run = verbs.add_parser("run", help="run one command without a screen (run help lists them)")
    run.add_argument("id", metavar="ID")
    run.add_argument("words", metavar="ARG", nargs="*")
    run.add_argument("--totebox", default="", metavar="NAME", help="which one, where several are paired")
    run.add_argument("--out", type=Path, metavar="FILE", help="where a record is saved (never over a file)")
    run.add_argument("--limit", type=int, default=200, metavar="N", help="the most rows to print (0: all)")
    run.add_argument(
        "--as-of",
        default="",
        metavar="TIME",
        help="as it was known then: 2026, 2026-11, 2026-11-20 or a time of RFC 3339",
    )
    person_help = "pair.issue, pair.approve: who will use the device; never erased from the Totebox's log"
    run.add_argument("--person", default="", metavar="NAME", help=person_help)
    run.add_argument("--timeout", type=float, default=20.0, metavar="S", help="seconds to wait for the Totebox")
    run.add_argument("--capability", default="", metavar="TEXT", help="use this capability (@FILE reads it)")
    run.add_argument("--json", action="store_true", help="one JSON object instead of text")
    run.set_defaults(verb=_run)

    verbs.add_parser("demo", help="six Toteboxes with sample records (demo --help)", add_help=False)

    config = verbs.add_parser("config", help="print the settings in force")
    config.add_argument("--schema", action="store_true", help="print the JSON schema of the file instead")
    config.set_defaults(verb=_config)
    return parser, list(verbs.choices)


def _grant_parsers(verbs: "_SubParsersAction[ArgumentParser]") -> None:
    grant = verbs.add_parser("grant", help="hand a part of this console's pairing to another device, for a time")
    grant.add_argument("--to", required=True, metavar="DEVICE", help="its label, fingerprint or psp-key:...")
    grant.add_argument("--verbs", default="list,read,prove,head", metavar="LIST", help="what it may do (list,read,...)")
    grant.add_argument("--service", default="", metavar="NAME", help="records and tables of this service alone")
    grant.add_argument("--rows", default="", metavar="A[-B]", help="these rows of the record log alone")
    grant.add_argument("--columns", default="", metavar="LIST", help="these columns of tables alone; opens no record")
    grant.add_argument("--where", default="", metavar="TERMS", help="rows of tables with state:live name:A* index:>12")
    grant.add_argument("--for", dest="lifetime", default="1h", metavar="TIME", help="30m, 1h, 7d; at most 366d")
    grant.add_argument("--onward", type=int, default=0, metavar="N", help="how often it may be handed on (0 to 2)")
    grant.add_argument(
        "--from", dest="chain", default="", metavar="TEXT", help="narrow this capability (@FILE reads it)"
    )
    grants = verbs.add_parser("grants", help="list the capabilities that concern this console")
    revoke = verbs.add_parser("revoke", help="end a capability, and every one that was made of it")
    revoke.add_argument("id", metavar="ID", help="the beginning of its id, as `grants` shows it")
    revoke.add_argument("reason", metavar="REASON", nargs="*")
    for each in (grant, grants, revoke):
        each.add_argument("--totebox", default="", metavar="NAME", help="which one, where several are paired")
        each.add_argument("--timeout", type=float, default=20.0, metavar="S", help="seconds to wait for the Totebox")
        each.add_argument("--json", action="store_true", help="one JSON object instead of text")
    grant.set_defaults(verb=_grant, action="grant")
    grants.set_defaults(verb=_grant, action="grants")
    revoke.set_defaults(verb=_grant, action="revoke")


def _settings(arguments: "Namespace") -> "Config":
    return _configured(arguments.config)


def _configured(file: Path | None) -> "Config":
    from console.config import load
    from console.places import config_file

    return load(file or config_file(os.environ))


def _keyring(arguments: "Namespace") -> "Keyring":
    return _ring(arguments.keyring, _settings(arguments))


def _ring(directory: Path | None, config: "Config") -> "Keyring":
    from console.link.keyring import Keyring
    from console.places import keyring_dir

    agent_key = config.agent_key if config.binder == "agent" else None
    return Keyring(directory or keyring_dir(os.environ), agent_key=agent_key)


def _open(arguments: "Namespace") -> int:
    return _opened(arguments.keyring, arguments.config, assume_yes=arguments.yes)


def _open_fleet(arguments: "Namespace") -> int:
    return _opened(arguments.keyring, arguments.config, assume_yes=arguments.yes, first_key="f10")


def _opened(keyring: Path | None, config: Path | None, *, assume_yes: bool, first_key: str = "") -> int:
    if is_watched():
        # before the heavy imports, so that a person sees at once that something happens
        say(SPLASH)
    # What a start imports and builds is never garbage, and collecting it costs a quarter of the time to the first
    # picture. `console.app.opening` switches collection on again after that.
    gc.disable()
    from console.app.opening import open_console

    settings = _configured(config)
    return open_console(
        _ring(keyring, settings), settings, demo=lambda: _demo([]), assume_yes=assume_yes, first_key=first_key
    )


def _pair(arguments: "Namespace") -> int:
    from console.config import device_label
    from console.setup.enrolment import enrol, told

    keyring = _keyring(arguments)
    pairing = enrol(" ".join(arguments.ticket), keyring, device_label(_settings(arguments)), arguments.name)
    say(*told(pairing, keyring))
    return 0


def _request(arguments: "Namespace") -> int:
    from console.config import device_label
    from console.run.headless import role_of
    from console.setup.enrolment import request_pairing, told

    keyring, label = _keyring(arguments), device_label(_settings(arguments))
    pairing = request_pairing(
        arguments.uri, keyring, role_of(arguments.role), label, arguments.name, say, wait=not arguments.no_wait
    )
    if pairing is not None:
        say(*told(pairing, keyring))
    return 0


def _key(arguments: "Namespace") -> int:
    from protocol.trust.keys import key_text

    say(key_text(_keyring(arguments).binder().key))
    return 0


def _grant(arguments: "Namespace") -> int:
    from console.setup.grants import run

    return run(arguments, _keyring(arguments), _settings(arguments))


def _pairings(arguments: "Namespace") -> int:
    from console.setup.enrolment import listed, listing

    if arguments.json:
        say_json(listed(_keyring(arguments)), indent=2)
    else:
        say(*listing(_keyring(arguments)))
    return 0


def _move(arguments: "Namespace") -> int:
    from console.setup.enrolment import move

    say(move(_keyring(arguments), arguments.name, arguments.uri))
    return 0


def _run(arguments: "Namespace") -> int:
    from console.run.headless import run

    return run(arguments, _keyring(arguments), _settings(arguments))


def _config(arguments: "Namespace") -> int:
    from console.config import as_toml, schema

    say_text(schema() if arguments.schema else as_toml(_settings(arguments)).removesuffix("\n"))
    return 0


def _demo(words: list[str]) -> int:
    from console.demo.driver import main as demo

    return demo(words)


if __name__ == "__main__":
    sys.exit(main())
