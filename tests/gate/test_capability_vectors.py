"""The frozen refusals of capabilities, one and more for each rule, as this gate answers them."""

import json
from pathlib import Path

import pytest

from protocol.schema import Command, Refusal
from protocol.schema.numbers import RefusalCode, Role
from protocol.trust.capability import decode_body
from protocol.wire.codec import decode

pytestmark = pytest.mark.anyio
GIVEN = json.loads(
    (Path(__file__).parents[1] / "vectors" / "psp-1-joined" / "capability-refusals.json").read_text(encoding="utf-8")
)
SAYS = {
    1: "the capability does not hold",
    2: "not to this device",
    3: "is not paired",
    4: "was revoked",
    5: "clock says",
    6: " is ",
    7: "",
}
"""What the reason of each rule holds."""


@pytest.mark.parametrize("case", GIVEN["cases"], ids=lambda case: f"{case['rule']} {case['what']}")
async def test_the_gate_refuses_by_the_rule(room, case) -> None:
    """With the stated code; the one chain that breaks no rule is taken."""
    room.enrolled()
    devices = {4: room.reader, 5: room.probe}
    assert [(one["device"], Role(one["role"])) for one in GIVEN["pairings"]] == [
        (number, pairing.role) for number, pairing in devices.items()
    ]
    room.clock.us = case.get("now_us", GIVEN["now_us"])
    if "revoked" in case:
        room.gate.capabilities.book.revoke(
            bytes.fromhex(case["revoked"]), "admin", "2027-01-15T08:00:00.000000Z", "over"
        )
    command = decode(bytes.fromhex(case["command"]))
    assert isinstance(command, Command)
    reply = room.answers()
    await room.gate.command(command, room.peer(devices[case.get("peer", GIVEN["peer"])]), reply)
    (answer,) = reply.said
    if case["code"] is None:
        assert not isinstance(answer, Refusal) and decode_body(command.capability[-1].body).holder == room.probe.key
    else:
        assert isinstance(answer, Refusal) and answer.code is RefusalCode(case["code"]), answer
        assert SAYS[case["rule"]] in answer.reason
