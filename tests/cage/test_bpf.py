"""The assembled programs judge as their rules say, on synthetic calls, without a kernel."""

import struct
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from totebox.cage import kernel, policy
from totebox.cage.bpf import ALLOW, KILL, Check, Rule, assemble, refuse
from totebox.cage.profiles import DAEMON, PROFILES, READER, REFUSED, VERIFIER, WRITER, Profile, calls

HERE, ELSEWHERE = kernel.ARCHITECTURES["x86_64"], kernel.ARCHITECTURES["aarch64"]
NO, UNKNOWN = refuse(1), refuse(38)


OURS = 4_711
"""The process that the programs are made for."""


def program_of(profile: Profile, machine: str = "x86_64") -> bytes:
    return policy.program(profile, machine, OURS)


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
    program, table = program_of(WRITER, machine), kernel.numbers(machine)
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
    assert judge(program_of(WRITER, machine), number, (0,) * 6, architecture) == NO
    assert judge(program_of(WRITER, machine), number, ((1 << 64) - 1,) * 6, architecture) == NO


@pytest.mark.parametrize("machine", kernel.ARCHITECTURES)
@pytest.mark.parametrize("kind", PROFILES)
def test_a_call_is_named_refused_or_absent(machine: str, kind: str) -> None:
    """What a row allows passes, what is refused by name fails with EPERM, and all else looks absent: no call passes that nobody names."""
    program, table = program_of(PROFILES[kind], machine), kernel.numbers(machine)
    passing = set(PROFILES[kind].calls.split())
    for name, number in table.items():
        found = judge(program, number, (0xBAD,) * 6, kernel.ARCHITECTURES[machine])
        if name in passing:
            assert found == ALLOW, name
        elif name in REFUSED.split():
            assert found in (NO, ALLOW) if name in calls(kind) else found == NO, name
        elif name not in calls(kind):
            assert found == UNKNOWN, name


def test_every_name_is_known() -> None:
    """A name that the table of numbers does not have would be left out unseen; one of the two machines has each."""
    known = {name for machine in kernel.ARCHITECTURES for name in kernel.numbers(machine)}
    assert {name for kind in PROFILES for name in calls(kind)} | set(REFUSED.split()) <= known


@pytest.mark.parametrize("kind", PROFILES)
def test_signals_and_limits_are_its_own(kind: str) -> None:
    """Of every kind: kill, tgkill, tkill and queued signals name this process, prlimit64 nobody else; other pidfd calls are refused."""
    program, table = program_of(PROFILES[kind]), kernel.numbers("x86_64")
    for name in ("kill", "tgkill", "tkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
        others = (1, OURS + 1, 0, 0xFFFFFFFF, (1 << 64) - 1)
        assert judge(program, table[name], (OURS,)) == ALLOW
        assert {judge(program, table[name], (other,)) for other in others} == {NO}, name
    assert judge(program, table["prlimit64"], (0, 7, 0)) == ALLOW
    assert judge(program, table["prlimit64"], (1, 7, 0)) == judge(program, table["prlimit64"], (OURS, 0, 99)) == NO
    assert judge(program, table["pidfd_send_signal"], ()) == judge(program, table["pidfd_open"], ()) == NO


def test_threads_and_forks() -> None:
    """A thread with no new namespace passes everywhere; a process only of the verifier, and never with a namespace of its own."""
    table = kernel.numbers("x86_64")
    thread, process, spaces = 0x3D0F00, 0x1200011, [1 << bit for bit in (17, 25, 26, 27, 28, 29, 30)]
    for profile in PROFILES.values():
        program = program_of(profile)
        assert judge(program, table["clone"], (thread,)) == ALLOW
        assert {
            judge(program, table["clone"], (flags | space,)) for flags in (thread, process) for space in spaces
        } == {NO}
        assert judge(program, table["clone"], (process,)) == (ALLOW if profile is VERIFIER else NO)
        assert judge(program, table["clone3"], ()) == UNKNOWN


def test_the_daemon_speaks_first_to_nobody() -> None:
    """No socket, no address on sendto, no fast open; a pair of its own."""
    program, table = program_of(DAEMON), kernel.numbers("x86_64")
    for family, kind in ((1, 1), (2, 1), (10, 1), (2, 2), (2, 3), (16, 3), (1, 2), (40, 1)):
        assert judge(program, table["socket"], (family, kind)) == NO
    sends = [(0, 0, 0, 0, 0), (0, 0, 0, 0, 1 << 40), (0, 0, 0, 0x20000000, 0)]
    assert [judge(program, table["sendto"], send) for send in sends] == [ALLOW, NO, NO]
    assert [judge(program, table["socketpair"], pair) for pair in ((1, 1), (1, 0x80001), (2, 1))] == [ALLOW, ALLOW, NO]


def test_only_what_is_private_of_a_process_may_be_set() -> None:
    """prctl sets a thread's name; not dumpable, not a new keyring, not the speculation or the tracer."""
    table = kernel.numbers("x86_64")
    for profile in PROFILES.values():
        passed = {option for option in range(80) if judge(program_of(profile), table["prctl"], (option, 1)) == ALLOW}
        assert passed == {15, 16}


def test_fcntl_and_ioctl_ask() -> None:
    """No F_SETFL, F_SETOWN, F_SETSIG, F_NOTIFY or lease; of ioctl neither TIOCSTI nor anything of a file system, a disk or a network."""
    table = kernel.numbers("x86_64")
    for profile in PROFILES.values():
        program = program_of(profile)
        commands = {command for command in range(1100) if judge(program, table["fcntl"], (0, command)) == ALLOW}
        assert commands == {0, 1, 2, 3, 5, 6, 7, 36, 37, 38, 1030}
        for command in (0x5412, 0x541C, 0x40086602, 0x8910, 0x8927, 0x5452, 0x8901):
            assert judge(program, table["ioctl"], (0, command)) == NO


def test_with_the_log_what_nobody_names_passes_and_is_told() -> None:
    """And what is refused by name stays refused."""
    program, table = policy.program(READER, "x86_64", OURS, log=True), kernel.numbers("x86_64")
    assert judge(program, table["getpriority"]) == policy.LOG != UNKNOWN
    assert judge(program, table["unlink"]) == judge(program, table["bpf"]) == NO
