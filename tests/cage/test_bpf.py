"""The assembled programs judge as their rules say, on synthetic calls, without a kernel."""

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totebox.cage import kernel, service, writer
from totebox.cage.bpf import ALLOW, KILL, Check, Rule, assemble, refuse

HERE, ELSEWHERE = kernel.ARCHITECTURES["x86_64"], kernel.ARCHITECTURES["aarch64"]
NO, UNKNOWN = refuse(1), refuse(38)


def named(words: str) -> list[str]:
    return words.split()


def judge(program: bytes, number: int, arguments: Sequence[int] = (), architecture: int = HERE) -> int:
    """Interpret `program` as the kernel does."""
    words = [value & (1 << 64) - 1 for value in (*arguments, *([0] * (6 - len(arguments))))]
    data = struct.pack("=IIQ6Q", number, architecture, 0, *words)
    steps = list(struct.iter_unpack("=HBBI", program))
    accumulator, at = 0, 0
    while True:
        code, if_true, if_false, k = steps[at]
        at += 1
        match code:
            case 0x20:
                [accumulator] = struct.unpack_from("=I", data, k)
            case 0x54:
                accumulator &= k
            case 0x15:
                at += if_true if accumulator == k else if_false
            case 0x35:
                at += if_true if accumulator >= k else if_false
            case 0x06:
                return k
            case _:
                raise AssertionError(f"no such instruction: {code:#x}")


def built(*rules: Rule) -> bytes:
    return assemble(HERE, rules, NO, unknown_from=470, unknown=UNKNOWN)


def test_a_foreign_architecture_ends_the_process() -> None:
    """The same number means another call there."""
    assert judge(built(Rule(5, ALLOW)), 5, architecture=ELSEWHERE) == KILL


def test_what_no_rule_names_gets_the_default() -> None:
    """An unnamed call is refused; a newer one looks absent, and so does the x32 table."""
    program = built(Rule(5, ALLOW))
    assert [judge(program, n) for n in (5, 6, 469, 470, 0x40000005)] == [ALLOW, NO, NO, UNKNOWN, UNKNOWN]


def test_the_first_rule_that_holds_wins() -> None:
    """Rules of one number are tried in order."""
    program = built(Rule(5, refuse(2), (Check(0, 0xFF, 7),)), Rule(5, refuse(3), (Check(1, 1, 1),)), Rule(5, ALLOW))
    assert [judge(program, 5, a) for a in ((7, 1), (8, 1), (8, 0))] == [refuse(2), refuse(3), ALLOW]


def test_all_checks_of_a_rule_must_hold() -> None:
    """Two checks are a conjunction; when neither rule holds the default is given."""
    program = built(Rule(5, ALLOW, (Check(0, 0xF, 1), Check(5, 0xF0, 0x20))))
    assert [judge(program, 5, (a, 0, 0, 0, 0, b)) for a, b in ((1, 0x2F), (1, 0x10), (2, 0x2F))] == [ALLOW, NO, NO]


@given(st.integers(0, (1 << 64) - 1), st.integers(0, (1 << 64) - 1), st.integers(0, 5))
def test_a_check_sees_all_64_bits(value: int, mask: int, position: int) -> None:
    """`argument & mask == value` for any mask, both halves."""
    program = built(Rule(5, ALLOW, (Check(position, mask, value & mask),)))
    for argument in (value, value ^ 1, value ^ 1 << 63, 0):
        expected = ALLOW if argument & mask == value & mask else NO
        assert judge(program, 5, (*([0] * position), argument)) == expected


def test_what_the_kernel_would_reject_is_rejected_here() -> None:
    """A jump over more than 255 instructions and a program over 4,096 are errors, not surprises."""
    many = tuple(Check(0, 0xFF, n) for n in range(90))
    with pytest.raises(ValueError, match="longest is 255"):
        built(Rule(5, ALLOW, many))
    with pytest.raises(ValueError, match="the kernel takes 4096"):
        built(*(Rule(n, ALLOW) for n in range(3000)))


@pytest.mark.parametrize("machine", kernel.ARCHITECTURES)
def test_the_writers_opens(machine: str) -> None:
    """Of all combinations of the flags that matter, four openings pass: read, append, create to append, nameless."""
    program, table = writer.program(machine), kernel.numbers(machine)
    flags = (0o1, 0o2, 0o100, 0o200, 0o1000, 0o2000, 0o20000000)
    passed = set()
    for choice in range(1 << len(flags)):
        word = sum(flag for bit, flag in enumerate(flags) if choice >> bit & 1)
        if judge(program, table["openat"], (0, 0, word), kernel.ARCHITECTURES[machine]) == ALLOW:
            passed.add(word & ~0o200)
    assert passed == {0, 0o2000, 0o2001, 0o2101, 0o20002001}
    exclusive = judge(program, table["openat"], (0, 0, 0o2101), kernel.ARCHITECTURES[machine])
    assert exclusive == NO, "O_CREAT without O_EXCL"


@pytest.mark.parametrize("machine", kernel.ARCHITECTURES)
@pytest.mark.parametrize(
    "name",
    named("""unlinkat renameat2 truncate ftruncate fallocate pwrite64 pwritev pwritev2 openat2 open_by_handle_at io_uring_setup
    io_submit ptrace execve execveat mknodat symlinkat fchmodat fchownat utimensat setxattr fsetxattr copy_file_range splice
    sendfile socket connect mount unshare setns bpf userfaultfd process_vm_writev memfd_create remap_file_pages shmat
    pkey_mprotect kill swapon"""),
)
def test_the_writer_is_refused(machine: str, name: str) -> None:
    """A call that destroys, escapes or speaks to others is refused whatever its arguments."""
    number, architecture = kernel.numbers(machine)[name], kernel.ARCHITECTURES[machine]
    assert judge(writer.program(machine), number, (0,) * 6, architecture) == NO
    assert judge(writer.program(machine), number, ((1 << 64) - 1,) * 6, architecture) == NO


@pytest.mark.parametrize("machine", kernel.ARCHITECTURES)
@pytest.mark.parametrize("name", named(" ".join(service.REFUSED)))
def test_the_service_is_refused(machine: str, name: str) -> None:
    """Each named call is refused to the service wherever the machine has it."""
    table, architecture = kernel.numbers(machine), kernel.ARCHITECTURES[machine]
    if name not in table:
        pytest.skip(f"{machine} has no {name}")
    assert judge(service.program(machine), table[name], (), architecture) == NO


def test_the_service_speaks_first_to_nobody() -> None:
    """No datagram socket, no raw one, no address on sendto, no fast open."""
    program, table = service.program("x86_64"), kernel.numbers("x86_64")
    sockets = {(1, 1): ALLOW, (2, 0x80001): ALLOW, (10, 0x801): ALLOW, (2, 2): NO, (2, 3): NO, (16, 3): NO, (1, 2): NO}
    assert {key: judge(program, table["socket"], key) for key in sockets} == sockets
    sends = [(0, 0, 0, 0, 0), (0, 0, 0, 0, 1 << 40), (0, 0, 0, 0x20000000, 0)]
    assert [judge(program, table["sendto"], send) for send in sends] == [ALLOW, NO, NO]
    assert [judge(program, table["sendmsg"], (0, 0, flag)) for flag in (0, 0x20000000)] == [ALLOW, NO]
