"""Classic-BPF programs that filter system calls, assembled from rules. Pure: nothing here makes a system call.

One instruction, 8 bytes in the host's byte order:   u16 code | u8 jump if true | u8 jump if false | u32 k
The input of a program (struct seccomp_data):        u32 number | u32 architecture | u64 address | 6 x u64 arguments

A program reads registers only, never memory. It sees a path as a pointer, so rules can test flags and not names.
"""

import struct
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby

ALLOW = 0x7FFF0000
KILL = 0x80000000
"""The verdict that ends the whole process. It is given for another architecture word, whose numbers mean other calls."""

LOAD, AND, EQUAL, AT_LEAST, RETURN = 0x20, 0x54, 0x15, 0x35, 0x06
NUMBER, ARCHITECTURE, ARGUMENTS = 0, 4, 16
LONGEST_JUMP = 255
LONGEST_PROGRAM = 4096


def refuse(errno: int) -> int:
    """The verdict that fails the call with `errno` (1 to 4095)."""
    return 0x00050000 | errno


@dataclass(frozen=True, slots=True)
class Check:
    """Holds when `arguments[position] & mask == value`. The mask is up to 64 bits wide."""

    position: int
    mask: int
    value: int


@dataclass(frozen=True, slots=True)
class Rule:
    """Gives `verdict` on call `number` when every check holds. Of several rules, the first that holds decides."""

    number: int
    verdict: int
    checks: tuple[Check, ...] = ()


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction. Jumps count the instructions to skip, 0 to 255."""

    code: int
    k: int
    if_true: int = 0
    if_false: int = 0

    def packed(self) -> bytes:
        return struct.pack("=HBBI", self.code, self.if_true, self.if_false, self.k)


def assemble(architecture: int, rules: Sequence[Rule], default: int, *, unknown_from: int, unknown: int) -> bytes:
    """The program of `rules`: first the architecture word, then the number, then arguments.

    Args:
        architecture: the AUDIT_ARCH word; any other ends the process.
        rules: the rules; those of one number must be adjacent.
        default: the verdict when no rule holds.
        unknown_from: the first of the numbers that are unknown calls (and, on x86_64, the x32 table).
        unknown: the verdict on unknown calls.
    """
    steps = [
        Instruction(LOAD, ARCHITECTURE),
        Instruction(EQUAL, architecture, if_true=1),
        Instruction(RETURN, KILL),
        Instruction(LOAD, NUMBER),
        Instruction(AT_LEAST, unknown_from, if_false=1),
        Instruction(RETURN, unknown),
    ]
    for number, alike in groupby(rules, key=lambda rule: rule.number):
        body = _body(list(alike), default)
        steps += [Instruction(EQUAL, number, if_false=_jump(len(body))), *body]
    steps.append(Instruction(RETURN, default))
    if len(steps) > LONGEST_PROGRAM:
        raise ValueError(f"{len(steps)} instructions; the kernel takes {LONGEST_PROGRAM}")
    return b"".join(step.packed() for step in steps)


def _body(rules: Sequence[Rule], default: int) -> list[Instruction]:
    """The instructions that try `rules`, all of one number, in order.

    They end in a verdict, since the checks overwrite the loaded number.
    """
    steps: list[Instruction] = []
    for rule in rules:
        words = [word for check in rule.checks for word in _words(check)]
        for left, (offset, mask, value) in zip(range(len(words) - 1, -1, -1), words, strict=True):
            steps += [
                Instruction(LOAD, offset),
                Instruction(AND, mask),
                Instruction(EQUAL, value, if_false=_jump(left * 3 + 1)),
            ]
        steps.append(Instruction(RETURN, rule.verdict))
    if rules[-1].checks:
        steps.append(Instruction(RETURN, default))
    return steps


def _words(check: Check) -> list[tuple[int, int, int]]:
    """The 32-bit comparisons (offset, mask, value) of one check. A half whose mask is 0 needs no comparison."""
    start = ARGUMENTS + 8 * check.position
    low, high = (start, start + 4) if sys.byteorder == "little" else (start + 4, start)
    halves = [(low, check.mask & 0xFFFFFFFF, check.value & 0xFFFFFFFF), (high, check.mask >> 32, check.value >> 32)]
    return [half for half in halves if half[1]]


def _jump(length: int) -> int:
    if length > LONGEST_JUMP:
        raise ValueError(f"a jump over {length} instructions; the longest is {LONGEST_JUMP}")
    return length
