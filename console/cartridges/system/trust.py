"""F11's commands about trust: pairings, hardware keys, grants, and their ends."""

from collections.abc import Mapping

from console.cartridges.system.grant_form import Lending, Wished
from console.cartridges.system.rows import capability_rows
from console.chassis.cartridge import Cartridge
from console.chassis.columns import Row
from console.chassis.dialog import TextDialog
from console.chassis.keys import Danger
from console.chassis.table import LedgerTable
from console.errors import ConsoleError
from console.model.grants import first_id, key_of
from console.model.link import Lent
from console.model.safe_text import safe_line
from console.model.tables import Record, records
from protocol.schema import (
    CapRevoke,
    DeviceKey,
    PairApprove,
    PairDeny,
    PairMark,
    PairName,
    PairRequire,
    PairRevoke,
    Refusal,
    Table,
)
from protocol.schema.numbers import Role, Severity
from protocol.schema.terms import decode_terms, term_text

DONE: Mapping[str, str] = {
    "revoke": "revoked",
    "end": "capability revoked",
    "approve": "paired",
    "deny": "denied",
    "mark": "marked",
    "name": "renamed",
    "require": "required",
    "cosign": "heads cosigned",
}
"""The notice for the receipt of each command."""


class Trust:
    """The commands that change who may do what. They act on the row under the cursor of one of two lists.

    Args:
        pane: asks the Totebox and the person; its methods receive the answers.
        pairings: the list of devices. capabilities: the list of capabilities.
    """

    def __init__(self, pane: Cartridge, pairings: LedgerTable, capabilities: LedgerTable) -> None:
        self._pane, self._pairing_list, self._capability_list = pane, pairings, capabilities
        self._devices: dict[str, Record] = {}
        self._capabilities: dict[str, Record] = {}
        self._handed: dict[str, str] = {}
        """To whom this console granted what was minted, in this run: the device's label by the capability's id."""

    def know_devices(self, table: Table) -> None:
        """Remember the rows of `gate.pairings`."""
        self._devices = {record.text("fingerprint"): record for record in records(table)}

    def know_capabilities(self, table: Table) -> None:
        """Remember the rows of `gate.capabilities`."""
        self._capabilities = {record.data("id").hex(): record for record in records(table)}

    def forget(self) -> None:
        """Another Totebox is active: forget the devices and capabilities of the old one."""
        self._devices, self._capabilities = {}, {}

    # What the cursor is on.

    @property
    def _on_capabilities(self) -> bool:
        return self._capability_list.has_focus

    def device(self) -> tuple[Row | None, str, Record | None]:
        """The row under the cursor, its state, and the record of the device."""
        row = self._pairing_list.cursor_row
        record = self._devices.get(str(row.id)) if row is not None else None
        return row, record.text("state") if record else "", record

    def _unlinked(self) -> str:
        totebox = self._pane.totebox
        return "" if totebox is not None and totebox.is_linked else "there is no link"

    # Pairings.

    def why_not_revoke(self) -> str:
        if self._on_capabilities:
            row = self._capability_list.cursor_row
            ended = row is not None and row.tone == "muted"
            return "no capability is chosen" if row is None else "it has ended already" if ended else self._unlinked()
        row, state, record = self.device()
        if row is None:
            return "no pairing is chosen"
        if state == "pending":
            return "it is not paired yet: deny it"
        if record is not None and self._is_last_admin(record):
            return "it is the last ADMIN pairing; on the host: os-totebox pairings DIR --revoke F --last"
        return "it is revoked already" if row.tone == "muted" else self._unlinked()

    def revoke(self) -> None:
        if self._on_capabilities:
            self._end_capability()
            return
        row, _, record = self.device()
        if row is None:
            return
        fingerprint = str(row.id)
        name = "   ".join(safe_line(str(cell)) for cell in (row.cells[1], row.cells[3]))
        question, danger = (
            "End this pairing? Its live sessions are cut; what it did stays in the ledger.",
            Danger.CONFIRM,
        )
        if fingerprint == self._pane.desk.fingerprint():
            question = "End THIS DEVICE'S OWN pairing? It is cut off, and dials again only when it is paired anew. Type its name."
            name, danger = (
                safe_line(record.text("label") if record else "").strip() or safe_line(fingerprint),
                Danger.TYPED,
            )
        revoke = PairRevoke(fingerprint, "revoked at F11")
        self._pane.confirm(
            question, danger, lambda: self._pane.ask("revoke", revoke), name=name, detail=safe_line(fingerprint)
        )

    def _is_last_admin(self, record: Record) -> bool:
        """Whether this is the last ADMIN pairing. The Totebox refuses that too; here the person learns it before the
        command is sent.
        """
        admins = [
            one for one in self._devices.values() if one.text("state") == "paired" and one.text("role") == "ADMIN"
        ]
        return len(admins) == 1 and admins[0].text("fingerprint") == record.text("fingerprint")

    def why_nobody_asks(self) -> str:
        _, state, _ = self.device()
        return self._unlinked() if state == "pending" else "the cursor is on no device that asks"

    def approve(self) -> None:
        from console.cartridges.system.ticket_form import Issue

        _, _, record = self.device()
        if record is None:
            return
        name, words = record.text("fingerprint"), record.text("words")

        def chosen(wanted: tuple[Role, str, str] | None) -> None:
            if wanted is not None:
                self._pane.confirm(
                    f"Does its screen show exactly these words? Then it is paired as {wanted[0].name}.",
                    Danger.CONFIRM,
                    lambda: self._pane.ask("approve", PairApprove(name, words, wanted[0], wanted[2])),
                    name=safe_line(words),
                    detail=f"{safe_line(record.text('label'))}\n{safe_line(name)}",
                )

        self._pane.desk.show_dialog(Issue(safe_line(record.text("label")), wished_role(record)), chosen)

    def deny(self) -> None:
        _, _, record = self.device()
        if record is None:
            return
        name = record.text("fingerprint")
        self._pane.confirm(
            "Turn this device away? It is told so.",
            Danger.CONFIRM,
            lambda: self._pane.ask("deny", PairDeny(name, "denied at F11")),
            name=safe_line(record.text("words")),
            detail=f"{safe_line(record.text('label'))}\n{safe_line(name)}",
        )

    def why_not_mark(self) -> str:
        _, state, _ = self.device()
        return self._unlinked() if state == "paired" else "the cursor is on no paired device"

    def mark(self) -> None:
        _, _, record = self.device()
        if record is None:
            return
        name, hardware = record.text("fingerprint"), not record.flag("hardware")
        does = "Have you seen that this key lives in hardware?" if hardware else "Take the hardware mark back?"
        self._pane.confirm(
            does,
            Danger.CONFIRM,
            lambda: self._pane.ask("mark", PairMark(name, hardware)),
            name=safe_line(record.text("label")),
            detail=safe_line(name),
        )

    def why_not_require(self) -> str:
        return self._unlinked() or ("" if self._devices else "who is paired was not told yet")

    def require(self) -> None:
        from console.cartridges.system.hardware_form import Needs, Require

        needs = {role: Needs(role, self._devices.values()) for role in sorted(Role, reverse=True)}

        def chosen(wanted: tuple[Role, bool] | None) -> None:
            if wanted is None:
                return
            role, hardware = wanted
            unmarked = len(needs[role].unmarked)
            ends = f" {unmarked} paired without one: their sessions end." if hardware and unmarked else ""
            does = (
                f"{role.name} needs a key in hardware from now on?{ends}"
                if hardware
                else f"Any key will do for {role.name}?"
            )
            self._pane.confirm(
                does, Danger.CONFIRM, lambda: self._pane.ask("require", PairRequire(role, hardware)), name=role.name
            )

        self._pane.desk.show_dialog(Require(needs.values()), chosen)

    def why_not_name(self) -> str:
        _, state, _ = self.device()
        return self._unlinked() if state == "paired" else "the cursor is on no paired device"

    def name(self) -> None:
        """`pair.name`: give the device under the cursor a name."""
        from console.cartridges.system.naming import Naming

        _, _, record = self.device()
        if record is None:
            return
        name, said = record.text("fingerprint"), safe_line(record.text("said"))

        def named(label: str | None) -> None:
            if label:
                self._pane.ask("name", PairName(name, label))

        self._pane.desk.show_dialog(Naming(self.label_of(name), said), named)

    # Capabilities.

    def why_not_grant(self) -> str:
        _, state, record = self.device()
        if record is None or state != "paired":
            return "the cursor is on no paired device"
        return "it is this device" if record.text("fingerprint") == self._pane.desk.fingerprint() else self._unlinked()

    def grant(self) -> None:
        _, _, record = self.device()
        if record is not None:
            self._lend(record, "")

    def why_not_attenuate(self) -> str:
        row = self._capability_list.cursor_row
        record = self._capabilities.get(str(row.id)) if row is not None else None
        if record is None or record.text("state") != "live":
            return "the cursor is on no live capability"
        if record.text("holder") != self._pane.desk.fingerprint():
            return "another device holds it"
        if not record.count("depth"):
            return "it may not be handed on"
        return self._unlinked() or ("" if self._others() else "no other device is paired")

    def attenuate(self) -> None:
        from console.cartridges.system.grant_form import Choose

        row = self._capability_list.cursor_row
        record = self._capabilities.get(str(row.id)) if row is not None else None
        if record is None:
            return
        chain = record.text("chain")

        def chosen(name: str | None) -> None:
            if name is not None:
                self._lend(self._devices[name], chain)

        self._pane.desk.show_dialog(Choose([(name, record.text("label")) for name, record in self._others()]), chosen)

    def _others(self) -> list[tuple[str, Record]]:
        mine = self._pane.desk.fingerprint()
        return [(name, row) for name, row in self._devices.items() if row.text("state") == "paired" and name != mine]

    def _lend(self, record: Record, chain: str) -> None:
        try:
            holder = key_of(record)
        except ConsoleError as error:
            self._pane.notice(str(error), Severity.WARNING, holds=self._pane.while_active())
            return
        label, name = safe_line(record.text("label")), safe_line(record.text("fingerprint"))

        def wished(said: Wished | None) -> None:
            if said is not None:
                self._confirm_lending(said, holder, chain, label or name, name)

        self._pane.desk.show_dialog(Lending(label or name, self._services), wished)

    @property
    def _services(self) -> tuple[str, ...]:
        """The services that the Totebox reports."""
        totebox = self._pane.totebox
        return tuple(each.name for each in totebox.status.services) if totebox and totebox.status else ()

    def _confirm_lending(self, said: Wished, holder: DeviceKey, chain: str, label: str, name: str) -> None:
        wish = said.grant
        rows = (
            "every row" if wish.first_row == 0 and wish.last_row >> 63 else f"rows {wish.first_row} to {wish.last_row}"
        )
        columns = f", columns {', '.join(wish.columns)}" if wish.columns else ""
        terms = f", with {' '.join(map(term_text, decode_terms(wish.terms)))}" if wish.terms else ""
        verbs = ", ".join(verb.title for verb in wish.verbs)
        self._pane.confirm(
            f"Hand this on for {said.lifetime}? {verbs}: {wish.service or 'every service'}, {rows}{columns}{terms}.",
            Danger.CONFIRM,
            lambda: self._pane.lend("lend", wish, holder, chain),
            name=label,
            detail=name,
        )

    def lent(self, key: str, lent: Lent | Refusal) -> None:
        if isinstance(lent, Refusal):
            self._pane.refused(lent)
            return
        name = self.label_of(lent.holder)
        self._handed[first_id(lent.text)] = name
        lines = [lent.text[at : at + 60] for at in range(0, len(lent.text), 60)]
        said = [f"Given to {name}, {safe_line(lent.holder)}.", "Only that device can use it; y copies it.", "", *lines]
        self._pane.desk.show_dialog(TextDialog("CAPABILITY", "\n".join(said), copy=lent.text))

    def label_of(self, fingerprint: str) -> str:
        """The name of a device; the short form of its fingerprint where it is not paired."""
        record = self._devices.get(fingerprint)
        label = safe_line(record.text("label")).strip() if record is not None else ""
        return label or safe_line(fingerprint)

    def capability_rows(self) -> list[Row]:
        """Rows of the list of capabilities, with whom this console handed them on to."""
        known = {name: self.label_of(name) for name in self._devices}
        return capability_rows(self._capabilities.values(), self._handed, known)

    def _end_capability(self) -> None:
        row = self._capability_list.cursor_row
        if row is None:
            return
        id_ = bytes.fromhex(str(row.id))
        self._pane.confirm(
            "End this capability, and every one that was made of it?",
            Danger.CONFIRM,
            lambda: self._pane.ask("end", CapRevoke(id_, "revoked at F11")),
            name=safe_line(str(row.cells[0])),
            detail=id_.hex(),
        )


def wished_role(record: Record) -> Role | None:
    """The role that a device asks for; None where this console does not know that role."""
    return Role.__members__.get(record.text("role"))
