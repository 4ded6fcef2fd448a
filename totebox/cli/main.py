"""os-totebox: one verb, then DIR. Nothing heavy is imported before a verb needs it.

Exit status: 0 done (verify: clean); 1 verify has findings, or check-proof could not verify; 2 an error, told in one
line on stderr; 75 the daemon ended because one of its processes was killed, and can be started again.
"""

import argparse
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

from totebox.cli.terminal import (
    can_say,
    clear_bar,
    close_quietly,
    complain,
    complain_of,
    draw_bar,
    is_watched,
    log_to_stderr,
    say,
    say_bytes,
    say_json,
)
from totebox.files.entrance import read_given

OURS = "PointSav Protocol"
CLEAN, FINDINGS, FAILED = 0, 1, 2
PAGE_MODE = 0o644
EXAMPLES = {
    "init": 'acme --entity "Acme Holdings" --kind corporation',
    "serve": "acme --listen tcp:192.0.2.7:4711",
    "carry": "acme",
    "pair": "acme --role input --label desk",
    "pairings": "acme approve acid-acorn-actor input",
    "verify": "acme --card card.txt",
    "export": "acme --tlog tiles",
    "card": "acme --pdf card.pdf > card.txt",
    "copy": "acme records",
    "hand-over": "acme 7 lease",
    "prove": "acme 7 > lease.tlog-proof",
    "move": "acme",
    "rotate": "acme",
    "restore": "acme --checkpoint newest",
    "harden": "acme",
    "soften": "acme",
    "timestamp": "acme --request head.tsq",
    "seal-secret": "acme",
    "open-secret": "acme",
    "status": "acme",
    "doctor": "acme",
    "check-proof": "lease.tlog-proof lease.pdf --vkey acme-1f2e3d4c+0a1b2c3d+AZ...",
}
"""What follows the verb in the example that its help ends with."""
ROLES = ("admin", "input", "user", "interface")
PERSON_HELP = "who will use the device; it stands in the audit log and can never be erased"


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; returns the exit status."""
    shadow = shadowed()
    if shadow:
        return _complain(shadow)
    arguments = _parser().parse_args(argv)
    return _guarded(arguments)


def shadowed() -> str:
    """'' where the package `protocol` is ours; else what happened and what to do."""
    import protocol

    if getattr(protocol, "PSP_NAME", "") == OURS:
        return ""
    where = getattr(protocol, "__file__", None) or next(iter(getattr(protocol, "__path__", ())), "an unknown place")
    return (
        f"another package named `protocol` shadows ours (found at {where}); "
        "install totebox in an environment of its own: python3 -m venv ENV && ENV/bin/pip install totebox"
    )


def _guarded(arguments: argparse.Namespace) -> int:
    verb: Callable[[argparse.Namespace], int] = arguments.run
    try:
        return verb(arguments)
    except BrokenPipeError:
        close_quietly()
        return FAILED
    except KeyboardInterrupt:
        return _complain("interrupted")
    except (Exception, BaseExceptionGroup) as fault:  # noqa: BLE001  the root of every verb
        from totebox.cli.faults import foreseen, said

        if verb is _serve and not foreseen(fault):
            complain_of(fault)  # a daemon's messages go to a log
        return _complain(*said(fault, getattr(arguments, "dir", None)))


def _complain(text: str, status: int = FAILED) -> int:
    complain(f"os-totebox: {text}")
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="os-totebox", description="One entity's Totebox: an append-only vault and the daemon that serves it."
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = verbs.add_parser(name, help=text, description=text[0].upper() + text[1:] + ".", epilog=_example(name))
        sub.set_defaults(run=run)
        sub.add_argument("dir", metavar="DIR", type=Path)
        return sub

    made = verb("init", _init, "make a Totebox in DIR and print its first ticket (role ADMIN)")
    made.add_argument("--entity", required=True, metavar="NAME", help="whose records these are")
    made.add_argument(
        "--kind",
        required=True,
        metavar="KIND",
        help="person, company, property, practice, firm, office, household, ...",
    )
    made.add_argument("--address", metavar="URI", help="the address in the ticket: unix:, tcp:, tls: or ssh:")
    made.add_argument("--person", default="", metavar="NAME", help=f"of the first ticket: {PERSON_HELP}")
    served = verb("serve", _serve, "serve DIR until SIGTERM; print `ready URI` once it listens")
    listens = "unix:/PATH, tcp:HOST:PORT or tls:HOST:PORT, more than once if wanted"
    served.add_argument("--listen", action="append", metavar="URI", help=listens)
    served.add_argument(
        "--tier",
        choices=("zero-compute", "relay", "sovereign-iron"),
        help="the compute tier; by default what the hardware suggests",
    )
    served.add_argument(
        "--grade",
        choices=("kernel", "process", "none"),
        default="kernel",
        help="how strictly the kernel confines the writer; a grade below what the kernel can do is reported",
    )
    log_help = "allow system calls that no cage names; the kernel's log lists them"
    served.add_argument("--cage-log", action="store_true", help=log_help)
    served.add_argument(
        "--tls-cert", type=Path, metavar="FILE", help="PEM certificate with its chain, for tls: addresses"
    )
    served.add_argument("--tls-key", type=Path, metavar="FILE", help="its key, PEM")
    verb("carry", _carry, "connect stdin and stdout to the daemon of DIR; `ssh:` addresses run this at the far end")
    paired = verb("pair", _pair, "issue a ticket; the daemon may run meanwhile")
    paired.add_argument("--role", required=True, metavar="ROLE", help=", ".join(ROLES))
    paired.add_argument("--label", default="", help="the name of the device here")
    paired.add_argument("--person", default="", metavar="NAME", help=PERSON_HELP)
    paired.add_argument("--address", metavar="URI", help="the address in the ticket, if not the daemon's first one")
    listed = verb(
        "pairings", _pairings, "list paired devices and requests; approve, deny, revoke, name, mark, unmark, require"
    )
    listed.add_argument(
        "action", nargs="?", choices=("approve", "deny", "revoke", "name", "mark", "unmark", "require", "release")
    )
    listed.add_argument(
        "words",
        nargs="*",
        metavar="WORD",
        help="approve WORDS|FINGERPRINT ROLE; deny and revoke FINGERPRINT [REASON]; name FINGERPRINT NAME; mark and unmark "
        "FINGERPRINT (a key in hardware); require and release ROLE (marked keys)",
    )
    listed.add_argument("--revoke", metavar="FINGERPRINT", help="end this pairing, and its sessions within a second")
    listed.add_argument("--reason", default="", help="the reason, for the log")
    listed.add_argument("--person", default="", metavar="NAME", help=f"with approve: {PERSON_HELP}")
    listed.add_argument("--last", action="store_true", help="do it even if no ADMIN is left afterwards")
    checked = verb("verify", _verify, "verify the whole vault from its bytes")
    checked.add_argument("--json", action="store_true", help="the report as JSON on stdout")
    checked.add_argument("--vkey", metavar="KEY", help="the record log's verifier key, from outside")
    checked.add_argument("--checkpoint", type=Path, metavar="FILE", help="a checkpoint that was seen before")
    checked.add_argument("--card", type=Path, metavar="FILE", help="a card of this vault that was kept elsewhere")
    checked.add_argument(
        "--resume",
        type=Path,
        metavar="FILE",
        help="write the progress to FILE, and continue from there after an interruption",
    )
    checked.add_argument(
        "--record", action="store_true", help="write the verdict into the audit log; for the vault's owner"
    )
    exported = verb("export", _export, "write a C2SP tlog-tiles tree that any verifier reads")
    exported.add_argument("--tlog", required=True, type=Path, metavar="OUT", help="a directory that does not exist yet")
    card = verb("card", _card, "print the vault card: one page to keep elsewhere, with which `verify --card` compares")
    card.add_argument(
        "--pdf", type=Path, metavar="FILE", help="write the page as PDF too, to a file that does not exist yet"
    )
    copied = verb("copy", _copy, "write the record alone to OUT, verified, with a manifest; no key is in it")
    copied.add_argument("out", metavar="OUT", type=Path, help="a directory that does not exist yet")
    given = verb(
        "hand-over", _hand_over, "write one record to OUT, with its proof, its approval and a script that checks them"
    )
    given.add_argument("index", metavar="INDEX", type=int, help="the record's entry")
    given.add_argument("out", metavar="OUT", type=Path, help="a directory that does not exist yet")
    proved = verb("prove", _prove, "write the inclusion proof of one record to stdout")
    proved.add_argument("index", metavar="INDEX", type=int)
    verb("move", _move, "make this copy the vault's home; the old copy serves reads only from then on")
    verb("rotate", _rotate, "give both logs another key; the old one signs the entry that says so")
    restored = verb(
        "restore", _restore, "continue an old copy, or a vault whose key is lost, with another key and origin"
    )
    restored.add_argument(
        "--checkpoint", type=Path, metavar="FILE", help="the newest checkpoint that was seen elsewhere"
    )
    verb("harden", _harden, "add a second wall (chattr): not even root can remove, rename or change a record")
    verb("soften", _soften, "remove the second wall")
    stamped = verb("timestamp", _timestamp, "have an authority sign that the newest head exists (RFC 3161), by files")
    way = stamped.add_mutually_exclusive_group(required=True)
    way.add_argument("--request", type=Path, metavar="OUT", help="write the request to a file that does not exist yet")
    way.add_argument(
        "--reply", type=Path, metavar="FILE", help="check the authority's reply and keep it; the vault is stopped"
    )
    stamped.add_argument("--log", choices=("records", "audit"), default="records", help="whose head the request is for")
    stamped.add_argument(
        "--authority", type=Path, metavar="FILE", help="PEM certificates of authorities that you trust"
    )
    for name, run, text in (
        ("seal-secret", _seal_secret, "put the keys of a stopped vault under a passphrase, to carry it elsewhere"),
        ("open-secret", _open_secret, "take them out again"),
    ):
        sealed = verb(name, run, text)
        sealed.add_argument(
            "--passphrase-fd",
            type=int,
            metavar="N",
            help="read the passphrase from this descriptor, up to the end of its first line; else it is asked for at the terminal",
        )
    verb("status", _status, "print the state of the vault in a few lines")
    verb("doctor", _doctor, "look for faults, and say what to do about each")
    needs_none = "check a proof and its record; needs no vault"
    proof = verbs.add_parser("check-proof", help=needs_none, epilog=_example("check-proof"))
    proof.add_argument("proof", metavar="FILE", type=Path)
    proof.add_argument("record", metavar="RECORD", type=Path)
    proof.add_argument("--vkey", required=True, metavar="KEY")
    proof.set_defaults(run=_check_proof)
    return parser


def _example(name: str) -> str:
    return f"example: os-totebox {name} {EXAMPLES[name]}"


def _init(arguments: argparse.Namespace) -> int:
    from totebox.clock import now_text
    from totebox.config import default_uri, entity_kind
    from totebox.daemon.roster import contents_of
    from totebox.services import ROSTER
    from totebox.vault.life.creation import create

    kind, contents = entity_kind(arguments.kind), contents_of(ROSTER)
    identity = create(arguments.dir, arguments.entity, kind, entropy=os.urandom, now=now_text(), contents=contents)
    complain(f"{identity.entity} ({identity.kind}) is at {arguments.dir}, log {identity.origin}")
    _print_ticket(arguments.dir, "admin", "", arguments.address or default_uri(arguments.dir), arguments.person)
    complain(f"now run: os-totebox serve {arguments.dir}")
    return CLEAN


def _serve(arguments: argparse.Namespace) -> int:
    from protocol.schema.numbers import Grade, Tier
    from totebox.config import Settings, checked_listen, hardware_tier, places_of
    from totebox.daemon.main import run
    from totebox.vault.life.home import check_open

    log_to_stderr()
    check_open(places_of(arguments.dir).root)
    tier = Tier(arguments.tier) if arguments.tier else hardware_tier()
    listen = tuple(checked_listen(uri) for uri in arguments.listen or ())
    certificate, grade = _certificate(arguments, listen), Grade(arguments.grade)
    settings = Settings(places_of(arguments.dir), listen, tier, grade, arguments.cage_log, certificate)
    run(settings, lambda uri: say(f"ready {uri}"), lambda text: complain(f"os-totebox: {text}"))
    return CLEAN


def _certificate(arguments: argparse.Namespace, listen: tuple[str, ...]) -> tuple[Path, Path] | None:
    from totebox.errors import ConfigError

    given: tuple[Path | None, Path | None] = (arguments.tls_cert, arguments.tls_key)
    certificate, key = given
    if certificate and key:
        return certificate, key
    if certificate or key or any(uri.startswith("tls:") for uri in listen):
        raise ConfigError(
            "tls: needs both --tls-cert FILE and --tls-key FILE; or put a TLS proxy before a tcp: address"
        )
    return None


def _carry(arguments: argparse.Namespace) -> int:
    from totebox.cli.carry import carry

    carry(arguments.dir)
    return CLEAN


def _pair(arguments: argparse.Namespace) -> int:
    from totebox.config import default_uri, dialled, listening, places_of

    places = places_of(arguments.dir)
    uris = listening(places)
    address = arguments.address or (dialled(uris[0]) if uris else default_uri(places.root))
    if not uris:
        complain(f"nobody serves {arguments.dir} now; run: os-totebox serve {arguments.dir}")
    _print_ticket(places.root, arguments.role, arguments.label, address, arguments.person)
    return CLEAN


def _print_ticket(root: Path, role_word: str, label: str, address: str, person: str) -> None:
    from totebox.cli.host_pairings import issue_locally, role_of

    issued = issue_locally(root, role_of(role_word), label, address, person)
    say(issued.text)
    complain(f"role {issued.role.name}, single use, until {issued.expires}; on the console: os-console pair TICKET")
    if sys.stdout.isatty():
        import segno

        segno.make(issued.text, error="l").terminal(compact=True)


def _pairings(arguments: argparse.Namespace) -> int:
    from totebox.cli.host_pairings import change_locally, pairing_lines, revoke_locally
    from totebox.config import places_of

    places = places_of(arguments.dir)
    if arguments.action:
        change_locally(places.root, arguments.action, arguments.words, last=arguments.last, person=arguments.person)
    if arguments.revoke:
        revoke_locally(places.root, arguments.revoke, arguments.reason, last=arguments.last)
    for line in pairing_lines(places.root):
        say(line)
    return CLEAN


def _verify(arguments: argparse.Namespace) -> int:
    from totebox.cli.recording import check_owner, record_verdict
    from totebox.cli.reports import report_json, report_lines, verify_vault

    check_owner(arguments.dir, arguments.record)
    watched, resume = is_watched(), arguments.resume
    draw = draw_bar if watched else None
    try:
        try:
            report = verify_vault(
                arguments.dir, arguments.vkey, arguments.checkpoint, draw, resume, card=arguments.card
            )
        finally:
            clear_bar()  # the next message begins its own line, after the bar
    except KeyboardInterrupt:
        again = "run the same command again, it goes on" if resume else "with --resume FILE it could go on"
        return _complain(f"interrupted; {again} from there")
    if arguments.json:
        say_json(report_json(report))
    else:
        for line in report_lines(report):
            say(line)
    if arguments.record:
        complain(record_verdict(arguments.dir, report))
    return report.exit_status


def _export(arguments: argparse.Namespace) -> int:
    from totebox.config import places_of
    from totebox.vault.life.export import export_tlog

    export_tlog(places_of(arguments.dir).root, arguments.tlog)
    complain(f"{arguments.tlog}: checkpoint and tiles; check it with any C2SP tlog-tiles verifier")
    return CLEAN


def _card(arguments: argparse.Namespace) -> int:
    from totebox.cli.card_page import BLOCKS, check_place, modules_of, page_lines, page_pdf
    from totebox.clock import now_text
    from totebox.config import places_of
    from totebox.gate.names import safe_text
    from totebox.vault.disk.durable import Disk
    from totebox.vault.life.card import make_card

    root, pdf = places_of(arguments.dir).root, arguments.pdf and arguments.pdf.absolute()
    card = make_card(root, now_text()[:10])
    text = "".join(safe_text(line) + "\n" for line in card.text().splitlines())
    modules = modules_of(text)
    if pdf is not None:
        check_place(root, pdf)
        Disk(pdf.parent).seal(pdf.name, (page_pdf(text, modules),), PAGE_MODE)
    for line in page_lines(text, modules if can_say(BLOCKS) else (), is_screen=sys.stdout.isatty()):
        say(line)
    complain("keep it where the vault is not; a newer one says more")
    return CLEAN


def _copy(arguments: argparse.Namespace) -> int:
    from totebox.cage.privileges import as_owner
    from totebox.cli.reports import progress_bar, report_lines
    from totebox.clock import now_text
    from totebox.config import places_of
    from totebox.hardening.administration import loosen
    from totebox.vault.life.record_copy import MANIFEST, copy_record, drain

    root, out = places_of(arguments.dir).root, arguments.out.absolute()
    loosen(root)
    with as_owner(root):
        if drain(root, now_text):
            complain("what the write-ahead log held was written into the files of the record first")
    try:
        copied = copy_record(root, out, entropy=os.urandom, progress=progress_bar(draw_bar) if is_watched() else None)
    finally:
        clear_bar()
    for line in report_lines(copied.report):
        say(line)
    if copied.report.findings:
        return _complain(f"nothing was handed over; the findings are those of {copied.place}", FINDINGS)
    complain(f"{copied.files} files, {copied.bytes} bytes; to check them: cd {out} && sha256sum -c {MANIFEST}")
    return CLEAN


def _hand_over(arguments: argparse.Namespace) -> int:
    from totebox.config import places_of
    from totebox.vault.life.hand_over import hand_over

    root, out = places_of(arguments.dir).root, arguments.out.absolute()
    handed = hand_over(root, arguments.index, out, entropy=os.urandom)
    witnesses = f", cosigned by {handed.cosignatures}" if handed.cosignatures else ""
    say(
        f"{out}: entry {handed.entry.index}, {handed.entry.subject}, under the head of size {handed.tree_size}{witnesses}"
    )
    complain(f"to check it: sh {out}/CHECK.sh VKEY, where VKEY is on the vault card")
    return CLEAN


def _prove(arguments: argparse.Namespace) -> int:
    from totebox.config import places_of
    from totebox.vault.life.export import prove, signer_of

    root = places_of(arguments.dir).root
    proof = prove(root, arguments.index)
    say_bytes(proof)
    complain(f"os-totebox check-proof FILE RECORD --vkey {signer_of(root, proof)}")
    return CLEAN


def _check_proof(arguments: argparse.Namespace) -> int:
    from totebox.errors import VaultError
    from totebox.vault.life.export import check_proof

    try:
        say(check_proof(read_given(arguments.proof), arguments.record, arguments.vkey))
    except VaultError as error:
        return _complain(str(error), FINDINGS)
    return CLEAN


def _move(arguments: argparse.Namespace) -> int:
    from totebox.config import places_of
    from totebox.hardening.administration import walls_trouble
    from totebox.vault.life.move import move

    say(move(places_of(arguments.dir).root))
    lost = walls_trouble(places_of(arguments.dir).root)
    if lost:
        complain(lost)
    return CLEAN


def _rotate(arguments: argparse.Namespace) -> int:
    from totebox.clock import now_text
    from totebox.config import places_of
    from totebox.hardening.administration import loosen
    from totebox.vault.life.rotation import rotate

    loosen(places_of(arguments.dir).root)
    turned = rotate(places_of(arguments.dir).root, entropy=os.urandom, now=now_text)
    say(f"entry {turned.entry} hands {turned.origin} over to {turned.vkey}; back up secret/ now")
    complain("whoever follows the log follows the key; a vkey that was noted by hand still verifies")
    return CLEAN


def _restore(arguments: argparse.Namespace) -> int:
    from totebox.clock import now_text
    from totebox.config import places_of
    from totebox.hardening.administration import loosen
    from totebox.vault.life.rotation import restore
    from totebox.vault.log.keys import make_missing

    loosen(places_of(arguments.dir).root)
    note = read_given(arguments.checkpoint) if arguments.checkpoint else None
    made = make_missing(places_of(arguments.dir).root, os.urandom)
    turned = restore(places_of(arguments.dir).root, entropy=os.urandom, now=now_text, checkpoint=note)
    say(f"entry {turned.entry} begins {turned.origin}; vkey {turned.vkey}; back up secret/ now")
    if made:
        complain(f"made anew, because they were lost: {', '.join(made)}")
    complain("consoles that knew the old log warn until each is paired again: os-totebox pair DIR --role ROLE")
    return CLEAN


def _harden(arguments: argparse.Namespace) -> int:
    from totebox.hardening.administration import harden

    return _wall(arguments, harden)


def _soften(arguments: argparse.Namespace) -> int:
    from totebox.hardening.administration import soften

    return _wall(arguments, soften)


def _wall(arguments: argparse.Namespace, change: Callable[[Path, Callable[[], str]], list[str]]) -> int:
    from totebox.clock import now_text
    from totebox.config import places_of

    for line in change(places_of(arguments.dir).root, now_text):
        say(line)
    return CLEAN


def _timestamp(arguments: argparse.Namespace) -> int:
    from totebox.config import places_of
    from totebox.vault.life.creation import load_identity

    root = places_of(arguments.dir).root
    load_identity(root)
    return _ask_time(root, arguments) if arguments.request else _keep_time(root, arguments)


def _ask_time(root: Path, arguments: argparse.Namespace) -> int:
    from totebox.cli.card_page import check_place
    from totebox.vault.disk.durable import Disk
    from totebox.vault.life.timestamps import request_of

    out = arguments.request.absolute()
    check_place(root, out)
    size, request = request_of(root, arguments.log)
    Disk(out.parent).seal(out.name, (request,), PAGE_MODE)
    say(f"{out}: request for the head of size {size} of the log of {arguments.log}")
    complain(f"send it to an authority (RFC 3161), then: os-totebox timestamp {root} --reply FILE")
    return CLEAN


def _keep_time(root: Path, arguments: argparse.Namespace) -> int:
    from totebox.cage.privileges import as_owner
    from totebox.cli.timestamp_check import check_reply
    from totebox.clock import now_text
    from totebox.files.entrance import read_file
    from totebox.hardening.administration import loosen
    from totebox.vault.life.timestamps import attach, stamped_head
    from totebox.vault.log.journal import NOTE_BYTES
    from totebox.vault.log.timestamp_reply import MOST_BYTES, checkpoint_of

    reply = read_given(arguments.reply, MOST_BYTES)
    log, size, _ = stamped_head(root, reply)
    head = read_file(root, checkpoint_of(log, size), NOTE_BYTES)
    checked = check_reply(reply, head, arguments.authority)
    loosen(root)
    with as_owner(root):
        stamped = attach(root, reply, now_text)
    say(
        f"entry {stamped.entry.index}: the head of size {size} of the log of {log} was stamped at {stamped.time}; {checked}"
    )
    return CLEAN


def _seal_secret(arguments: argparse.Namespace) -> int:
    from totebox.cage.privileges import as_owner
    from totebox.cli.passphrase import passphrase_of
    from totebox.config import places_of
    from totebox.vault.life.secret_seal import check_sealable, seal_secret

    root = places_of(arguments.dir).root
    check_sealable(root)
    words = passphrase_of(arguments.passphrase_fd, twice=True)
    with as_owner(root):
        count = seal_secret(root, words, entropy=os.urandom)
    say(
        f"{count} files of {root} are sealed in secret/sealed; without the passphrase nobody can open them again, you included"
    )
    complain(f"nothing is served meanwhile; to go on, here or elsewhere: os-totebox open-secret {root}")
    return CLEAN


def _open_secret(arguments: argparse.Namespace) -> int:
    from totebox.cage.privileges import as_owner
    from totebox.cli.passphrase import passphrase_of
    from totebox.config import places_of
    from totebox.vault.life.secret_seal import check_openable, open_secret

    root = places_of(arguments.dir).root
    check_openable(root)
    words = passphrase_of(arguments.passphrase_fd, twice=False)
    with as_owner(root):
        count = open_secret(root, words)
    say(f"{count} files are in secret/ again")
    return CLEAN


def _status(arguments: argparse.Namespace) -> int:
    from totebox.cli.reports import status_lines

    for line in status_lines(arguments.dir):
        say(line)
    return CLEAN


def _doctor(arguments: argparse.Namespace) -> int:
    from totebox.cli.reports import doctor_lines
    from totebox.process.interpreter import warn

    lines, healthy = doctor_lines(arguments.dir)
    warn("os-totebox: ")
    for line in lines:
        say(line)
    return CLEAN if healthy else FINDINGS


if __name__ == "__main__":
    sys.exit(main())
