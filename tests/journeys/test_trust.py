"""Who may, with real daemons and real programs: capabilities, requests, revocation, hardware keys."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from time import monotonic

import pytest

from tests.patience import PROGRAM_S, WAIT_S

BESIDE = Path(sys.executable).parent
MINUTES = "# Minutes of the board\n\nPresent: Jane Doe.\n"


class House:
    """A Totebox that serves, and consoles that are directories."""

    def __init__(self, home: Path) -> None:
        self.home, self.box = home, home / "acme"
        (home / "run").mkdir(mode=0o700)
        names = {"XDG_DATA_HOME": "data", "XDG_CONFIG_HOME": "config", "XDG_RUNTIME_DIR": "run", "HOME": ""}
        self.environ = {**os.environ, **{name: str(home / place) for name, place in names.items()}}
        self.uri = f"unix:{home}/run/s"
        self.ticket = self.totebox(
            "init", self.box, "--entity", "Acme Holdings", "--kind", "corporation", "--address", self.uri
        )
        command = [str(BESIDE / "os-totebox"), "serve", str(self.box), "--listen", self.uri]
        self.daemon = subprocess.Popen(command, env=self.environ, stdout=subprocess.PIPE, text=True)
        assert self.daemon.stdout is not None and self.daemon.stdout.readline().startswith("ready")

    def totebox(self, *words: object) -> str:
        return self._run("os-totebox", *words).stdout.strip()

    def console(self, name: str, *words: object, fails: bool = False) -> str:
        """`os-console` as device `name`."""
        done = self._run("os-console", "--keyring", self.home / name, *words, fails=fails)
        return (done.stdout if not fails else done.stdout + done.stderr).strip()

    def asked(self, name: str, *words: object, fails: bool = False) -> dict[str, object]:
        """`os-console run ... --json` as device `name`."""
        text = self.console(name, "run", *words, "--json", "--timeout", WAIT_S, fails=fails)
        found = json.loads(text)
        assert isinstance(found, dict)
        return found

    def start(self, name: str, *words: object) -> "subprocess.Popen[str]":
        command = [str(BESIDE / "os-console"), "--keyring", str(self.home / name), *map(str, words)]
        return subprocess.Popen(command, env=self.environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def rows(self, name: str, table: str, *words: object) -> list[dict[str, object]]:
        found = self.asked(name, "list", table, *words)
        columns, rows = found["columns"], found["rows"]
        assert isinstance(columns, list) and isinstance(rows, list)
        return [dict(zip((column["name"] for column in columns), row, strict=True)) for row in rows]

    def pair(self, name: str, role: str) -> None:
        ticket = self.totebox("pair", self.box, "--role", role, "--label", name, "--address", self.uri)
        self.console(name, "pair", ticket)

    def _run(self, program: str, *words: object, fails: bool = False) -> "subprocess.CompletedProcess[str]":
        command = [str(BESIDE / program), *map(str, words)]
        done = subprocess.run(command, env=self.environ, capture_output=True, text=True, timeout=PROGRAM_S, check=False)
        assert fails == (done.returncode != 0), f"{words}: {done.returncode} {done.stdout} {done.stderr}"
        return done

    def stop(self) -> None:
        self.daemon.terminate()
        self.daemon.communicate(timeout=PROGRAM_S)


@pytest.fixture
def house(short_dir: Path) -> Iterator[House]:
    found = House(short_dir)
    found.console("desk", "pair", found.ticket)
    yield found
    found.stop()


def test_an_orchestrator_reads_one_row_for_an_hour(house: House) -> None:
    """Because a console attenuated its own pairing for it; it can reach nothing else with it, and nobody else can use it."""
    house.pair("hub", "interface")
    house.pair("thief", "interface")
    refused = house.asked("hub", "list", "fs.entries", fails=True)["refusal"]
    assert isinstance(refused, dict) and refused["code"] == "NOT_PERMITTED"

    hub = house.console("hub", "key")
    chain = house.console("desk", "grant", "--to", hub, "--verbs", "list,read,prove", "--rows", "0", "--for", "1h")
    kept = house.home / "chain"
    kept.write_text(chain)

    listed = house.asked("hub", "list", "fs.entries", "--capability", f"@{kept}")
    rows = listed["rows"]
    assert isinstance(rows, list) and [row[0] for row in rows] == [0]
    assert house.asked("hub", "prove", "0", "--capability", chain)["holds"] is True
    for outside in (("read", "1", "--out", house.home / "x"), ("prove", "1"), ("prove", "0", "audit"), ("verify",)):
        refused = house.asked("hub", *outside, "--capability", chain, fails=True)["refusal"]
        assert isinstance(refused, dict) and refused["code"] == "NOT_PERMITTED", refused
    stolen = house.asked("thief", "list", "fs.entries", "--capability", chain, fails=True)["refusal"]
    assert isinstance(stolen, dict) and "not to this device" in str(stolen["reason"])

    used = [row for row in house.rows("desk", "gate.capabilities") if row["used"]]
    assert [(row["state"], row["verbs"], row["rows"]) for row in used] == [("live", "prove, list, read", "0-0")]
    said = [row for row in house.rows("desk", "audit.log", "kind:COMMAND") if str(used[0]["id"]) in str(row["detail"])]
    assert {row["actor"] for row in said} == {used[0]["holder"]} and str(used[0]["by"]) in str(said[0]["detail"])

    house.console("desk", "revoke", str(used[0]["id"])[:16], "done")
    refused = house.asked("hub", "list", "fs.entries", "--capability", chain, fails=True)["refusal"]
    assert isinstance(refused, dict) and refused["code"] == "REVOKED"


def test_columns_of_a_service_by_label(house: House) -> None:
    """An ADMIN console names the device by its label; the columns that were not lent are not sent."""
    house.pair("hub", "interface")
    words = ("--verbs", "list", "--service", "fs", "--columns", "index,service", "--for", "30m")
    chain = house.console("desk", "grant", "--to", house_label(house, "hub"), *words)
    listed = house.asked("hub", "list", "fs.entries", "--capability", chain)
    columns = listed["columns"]
    assert isinstance(columns, list) and [column["name"] for column in columns] == ["index", "service"]
    refused = house.asked("hub", "list", "audit.log", "--capability", chain, fails=True)["refusal"]
    assert isinstance(refused, dict) and "outside" in str(refused["reason"])


def test_rows_that_agree_with_a_term(house: House) -> None:
    """The table looks only among them; a table that cannot be asked so is outside, and so are a record's bytes."""
    house.pair("hub", "interface")
    words = ("--verbs", "list,read", "--where", "kind:STARTED", "--for", "30m")
    chain = house.console("desk", "grant", "--to", house_label(house, "hub"), *words)
    listed = house.asked("hub", "list", "audit.log", "--capability", chain)
    rows, names = listed["rows"], [column["name"] for column in listed["columns"]]
    assert rows and {row[names.index("kind")] for row in rows} == {"STARTED"}
    assert not house.asked("hub", "list", "audit.log", "kind:PAIRED", "--capability", chain)["rows"]
    for outside in (("list", "gate.capabilities"), ("read", "1", "--out", house.home / "x")):
        refused = house.asked("hub", *outside, "--capability", chain, fails=True)["refusal"]
        assert isinstance(refused, dict) and refused["code"] == "NOT_PERMITTED", refused


def house_label(house: House, name: str) -> str:
    """The fingerprint under which the Totebox knows device `name`."""
    key = house.console(name, "key")
    (row,) = [row for row in house.rows("desk", "gate.pairings") if row["role"] == "INTERFACE"]
    assert key.startswith("psp-key:1:")
    return str(row["fingerprint"])


def test_a_device_without_a_ticket_is_approved_on_its_three_words(house: House) -> None:
    """Both sides show the same words; the operator approves with another role than was wished; the device is told."""
    asking = house.start("guest", "request", house.uri, "--role", "admin")
    assert asking.stdout is not None
    words = next(line.split()[-1] for line in asking.stdout if line.startswith("compare"))
    (row,) = [row for row in house.rows("desk", "gate.pairings") if row["state"] == "pending"]
    assert row["words"] == words and re.fullmatch(r"[a-z]+-[a-z]+-[a-z]+", words)
    assert words in house.totebox("pairings", house.box)
    wrong = house.asked("desk", "pair.approve", row["fingerprint"], "other-three-words", "user", fails=True)["refusal"]
    assert isinstance(wrong, dict) and wrong["code"] == "CONFLICT"
    house.console("desk", "run", "pair.approve", row["fingerprint"], words, "user")
    out, err = asking.communicate(timeout=PROGRAM_S)
    assert asking.returncode == 0 and "USER" in out, err
    assert house.rows("guest", "fs.entries")


def test_a_device_is_denied_on_the_host_and_told(house: House) -> None:
    """`os-totebox pairings DIR deny WORDS`: the waiting program says denied, and the audit log has both rows."""
    asking = house.start("guest", "request", house.uri)
    assert asking.stdout is not None
    words = next(line.split()[-1] for line in asking.stdout if line.startswith("compare"))
    # The console prints the words before the Totebox has written the request down.
    assert wait(lambda: words in house.totebox("pairings", house.box))
    house.totebox("pairings", house.box, "deny", words, "not today")
    _, err = asking.communicate(timeout=PROGRAM_S)
    assert asking.returncode != 0 and "denied" in err
    assert wait(lambda: {"REQUESTED", "DENIED"} <= {str(row["kind"]) for row in house.rows("desk", "audit.log")})
    assert "denied" in house.console("guest", "run", "status", fails=True)


def test_a_request_that_is_left_is_completed_later(house: House) -> None:
    """The device does not wait; approved on the host, its next command finds itself paired."""
    said = house.console("guest", "request", house.uri, "--no-wait")
    words = next(line.split()[-1] for line in said.splitlines() if line.startswith("compare"))
    assert "waits for an operator" in house.console("guest", "run", "status", fails=True)
    house.totebox("pairings", house.box, "approve", words, "user")
    assert wait(lambda: "PAIRED" in {str(row["kind"]) for row in house.rows("desk", "audit.log")})
    assert house.rows("guest", "fs.entries")


def test_a_role_can_need_hardware_keys(house: House) -> None:
    """Unmarked keys of that role get no session and are told why; a marked one does."""
    house.pair("reader", "user")
    house.console("desk", "run", "pair.require", "user", "hardware")
    assert "hardware" in house.console("reader", "run", "list", "fs.entries", fails=True)
    (row,) = [row for row in house.rows("desk", "gate.pairings") if row["role"] == "USER"]
    assert row["required"] is True and row["hardware"] is False
    house.console("desk", "run", "pair.mark", row["fingerprint"], "hardware")
    assert house.rows("reader", "fs.entries")
    locked = house.asked("desk", "pair.require", "admin", "hardware", fails=True)["refusal"]
    assert isinstance(locked, dict) and "lock itself out" in str(locked["reason"])
    kinds = {str(row["kind"]) for row in house.rows("desk", "audit.log")}
    assert {"REQUIRED", "MARKED"} <= kinds


def test_a_device_is_called_what_an_admin_says(house: House) -> None:
    """`os-console run pair.name` and, on the host, `os-totebox pairings DIR name`: both are rows NAMED, and the table shows the newest."""
    house.pair("reader", "user")
    (row,) = [row for row in house.rows("desk", "gate.pairings") if row["role"] == "USER"]
    said, name = row["said"], str(row["fingerprint"])
    assert row["label"] == "reader" != said  # the ticket's label, below the name that an ADMIN gives later
    refused = house.asked("reader", "pair.name", name, "boss", fails=True)["refusal"]
    assert isinstance(refused, dict) and refused["code"] == "NOT_PERMITTED"
    house.console("desk", "run", "pair.name", name, "front", "desk")
    (row,) = [row for row in house.rows("desk", "gate.pairings") if row["role"] == "USER"]
    assert (row["label"], row["said"]) == ("front desk", said)
    house.totebox("pairings", house.box, "name", name, "the", "counter")
    assert "the counter" in house.totebox("pairings", house.box)
    assert wait(lambda: [row["kind"] for row in house.rows("desk", "audit.log")].count("NAMED") == 2)
    (row,) = [row for row in house.rows("desk", "gate.pairings") if row["role"] == "USER"]
    assert (row["label"], row["said"]) == ("the counter", said)


def wait(holds) -> bool:
    """Until it holds; each look is a program of its own, so nothing sleeps."""
    deadline = monotonic() + WAIT_S
    while monotonic() < deadline:
        if holds():
            return True
    return False
