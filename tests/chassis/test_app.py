"""The shell as a whole: keys, command line, banner, notices, dialogs."""

import asyncio
from pathlib import Path

import pytest
from textual.widgets import Input

from console.chassis.commandline import CommandLine
from console.chassis.crash import report
from console.chassis.dialog import TextDialog
from console.chassis.notice import DONE, NoticeLine
from console.model.events import Answer
from console.model.safe_text import escaped
from protocol.schema import Arguments
from protocol.schema.numbers import Role, Severity
from tests.chassis.fake_totebox import FakeTotebox, furnish
from tests.chassis.stage import stage

pytestmark = pytest.mark.anyio


async def test_one_pairing_opens_on_the_ledger() -> None:
    """With one pairing the console opens on F8, which shows the audit log."""
    async with stage() as it:
        assert "F8 LEDGER" in it.rows[0]
        assert "COMMAND LEDGER" in it.screen


async def test_f_keys_change_the_pane() -> None:
    """F11 opens SYSTEM, F8 goes back."""
    async with stage() as it:
        await it.press("f11")
        assert "F11 SYSTEM" in it.rows[0]
        await it.press("f8")
        assert "F8 LEDGER" in it.rows[0]


async def test_a_missing_key_says_why() -> None:
    """A key without a cartridge opens nothing and gives its reason in one line."""
    async with stage() as it:
        await it.press("f6")
        assert "F8 LEDGER" in it.rows[0]
        assert "this Totebox runs no bookkeeping service" in it.screen


async def test_missing_keys_read_without_colour() -> None:
    """On the strip what is missing is in small letters, what is there in capitals."""
    async with stage() as it:
        strip = it.rows[-2]
        assert "6bookkeeper" in strip
        assert "8LEDGER" in strip


@pytest.mark.parametrize(
    ("typed", "shown"), [("11", "F11 SYSTEM"), ("system", "F11 SYSTEM"), ("pairings", "F11 SYSTEM")]
)
async def test_the_command_line_reaches_every_key(typed: str, shown: str) -> None:
    """`:11` and `:system` reach what a terminal's own F-keys may hide."""
    async with stage() as it:
        await it.press("colon", *typed, "enter")
        await it.wait(lambda: shown in it.rows[0])


async def test_the_cursor_of_a_field_stands_still() -> None:
    """Nothing blinks: an idle screen is not painted, and a picture does not depend on when it was taken."""
    async with stage() as it:
        await it.press("colon", *"bi")
        field = it.app.focused
        assert isinstance(field, Input) and not field.cursor_blink and field._cursor_visible


async def test_the_command_line_says_what_go_will_do() -> None:
    """Each completion names its kind and what GO will do, before it is done."""
    async with stage() as it:
        await it.press("colon", *"export")
        assert "Write what the list shows as CSV and JSON." in it.screen


async def test_a_command_of_another_screen_is_found_with_its_way() -> None:
    """`:revoke` anywhere names F11 and the key there, and goes to that screen; nothing is done by going."""
    async with stage(start="f8") as it:
        await it.press("colon", *"revoke")
        assert "F11 x" in it.screen and "go to F11 SYSTEM; there x:" in it.screen
        await it.press("enter")
        await it.wait(lambda: "F11 SYSTEM" in it.rows[0])


async def test_a_key_that_means_nothing_is_told() -> None:
    """A key without a command says so, and where the keys are listed; what is pressed is not interpreted."""
    async with stage(start="f8") as it:
        await it.press("circumflex_accent")
        assert "^ does nothing here; ? lists the keys" in it.screen


async def test_a_word_that_means_nothing_is_told() -> None:
    """Where nothing fits what is typed the list says so."""
    async with stage(60, 20) as it:
        await it.press("colon", *"xyzzy")
        assert "nothing by this name" in it.screen


async def test_escape_returns_to_the_pane_with_its_focus() -> None:
    """Esc leaves the command line; the list has the keys again."""
    async with stage() as it:
        focused = it.app.focused
        await it.press("colon", "x", "escape")
        assert it.app.focused is focused
        assert not it.app.query_one(CommandLine).is_entered


async def test_a_role_too_small_dims_the_key() -> None:
    """A device with INTERFACE is told that F8 needs USER."""

    def interface(box: FakeTotebox) -> None:
        box.role = Role.INTERFACE
        furnish(box)

    async with stage(start="f11", furnished=interface) as it:
        await it.press("f8")
        assert "needs the role USER, this device has INTERFACE" in it.screen


@pytest.mark.parametrize("width", [120, 80, 60])
async def test_a_lost_link_is_a_banner_with_a_retry_clock(width: int) -> None:
    """At any width it counts down and says how old the screen is; the reason follows; what is known stays on the screen."""
    async with stage(width, 24) as it:
        it.box.down("nobody listens at unix:/run/user/1000/totebox/326e17326d56ec14.sock", retry_in=4.0)
        await it.settle()
        assert "✗ LINK LOST  next try in 4s  what you see is seconds old" in it.rows[1]
        assert "nobody listens at" in it.rows[1] or width == 60
        it.pass_s(3)
        await it.settle()
        assert "next try in 1s" in it.rows[1]
        assert "COMMAND LEDGER" in it.screen
        assert "✗ LOST" in it.rows[-1]


async def test_a_console_that_asked_too_much_says_when_it_goes_on() -> None:
    """After a TOO_MANY the banner counts the wait down, and then it is gone."""
    async with stage(120, 24) as it:
        it.box.backed_off(for_s=3.0)
        await it.settle()
        assert "ASKED TOO MUCH  it goes on in 3s" in it.rows[1]
        it.pass_s(4)
        it.box.echo()
        await it.settle()
        assert "ASKED TOO MUCH" not in it.screen


async def test_silence_is_shown_after_three_beats() -> None:
    """A link on which nothing comes back is stale after three seconds, before it is lost."""
    async with stage() as it:
        it.box.echo()
        it.pass_s(2.5)
        await it.settle()
        assert "● LINKED" in it.rows[-1]
        it.pass_s(1)
        await it.settle()
        assert "◐ STALE" in it.rows[-1]
        assert "NO ANSWER for" in it.rows[1]


async def test_an_alarm_names_itself() -> None:
    """A checkpoint that does not extend what was seen is a red line that stays."""
    from console.model.events import HeadChecked

    async with stage() as it:
        it.app.mailbox(HeadChecked("acme", False, 3, bytes(32), b"", "tree of 3 is older than what was seen", 1.0))
        await it.settle()
        assert "✗ ALARM  tree of 3 is older than what was seen" in it.rows[1]
        assert "✗ ALARM" in it.rows[-1]


async def test_f1_says_more_about_a_notice() -> None:
    """An error is one line; F1 opens its detail, and F1 without one opens help."""
    async with stage() as it:
        it.app.say("the disk is full", Severity.WARNING, "Make room, then press v.", DONE)
        await it.press("f1")
        assert "Make room, then press v." in it.screen
        await it.press("escape")
        await it.press("f1")
        assert "F1 HELP" in it.rows[0]


async def test_escape_takes_a_notice_away() -> None:
    """Esc in a pane takes the notice off the screen."""
    async with stage() as it:
        it.app.say("look", Severity.ALARM, "", DONE)
        await it.press("escape")
        assert not it.app.query_one(NoticeLine).is_shown


async def test_markup_and_escapes_from_outside_are_text() -> None:
    """A hostile reason is drawn as it is written, its control characters replaced."""
    async with stage() as it:
        it.box.down("[red]x[/] \x1b[2Jgone\u202e")
        await it.settle()
        assert "[red]x[/] �[2Jgone�" in it.rows[1]


async def test_what_is_copied_moves_no_terminal() -> None:
    """A copy holds no escape, C1 or direction character, whoever gives it to the clipboard."""
    async with stage() as it:
        it.app.copy_to_clipboard("ls\x1b[201~\r\u202e\x9d\tend")
        assert it.app.clipboard == "ls�[201~��\tend"


async def test_a_title_from_outside_is_text() -> None:
    """Markup in it is drawn as it is written, and wrong markup ends nothing."""
    async with stage() as it:
        it.app.push_screen(TextDialog("[/wrong][red]\x1b", "[/wrong] \x9b"))
        await it.settle()
        assert any("[/wrong][red]�" in row for row in it.rows) and any("[/wrong] �" in row for row in it.rows)


async def test_a_crash_report_moves_no_terminal() -> None:
    """A fault may quote a stranger; the report is read in a terminal."""
    text = report(ValueError("\x1b]0;x\x07\u202e"), "ledger", "2026")
    assert escaped(text, keep="\n") == text


async def test_back_returns_to_where_one_was() -> None:
    """`[` goes back through the keys that were visited."""
    async with stage() as it:
        await it.press("f11", "f1")
        await it.press("f8", "left_square_bracket")
        await it.wait(lambda: "F1 HELP" in it.rows[0])


async def test_pause_freezes_the_view_and_counts() -> None:
    """Space freezes what panes see; what arrives is counted, and shown when one goes on."""
    async with stage() as it:
        await it.press("space")
        it.box.audited("COMMAND", "verify the books")
        await it.settle()
        assert "PAUSED +1" in it.rows[0]
        assert "verify the books" not in it.screen
        await it.press("space")
        assert "verify the books" in it.screen


async def test_the_keys_list_finds_by_word_and_by_key() -> None:
    """`?` lists what can be done; a word or a key narrows it; Enter does it."""
    async with stage() as it:
        await it.press("question_mark", *"ctrl+t")
        assert "Change between dark, light" in it.screen
        assert "Open the command line" not in it.screen
        await it.press("enter")
        assert it.app.theme == "light"


async def test_paste_goes_to_the_command_line() -> None:
    """A paste outside F12 lands in the command line as one line."""
    from textual import events

    async with stage() as it:
        it.app.post_message(events.Paste("lease\nof 12"))
        await it.settle()
        assert it.app.query_one(CommandLine).input.value == "lease of 12"


async def test_export_writes_what_is_shown(tmp_path: Path) -> None:
    """Ctrl+E writes the rows that pass the filter, in their order, as CSV and JSON."""
    async with stage(reports=tmp_path) as it:
        await it.press("slash", *"kind=refused", "enter", "ctrl+e")
        (csv_file,) = tmp_path.glob("*.csv")
        lines = csv_file.read_text().splitlines()
        assert lines[0].startswith("index,time,kind")
        assert len(lines) - 1 == sum("REFUSED" in row for row in it.rows)
        assert len(list(tmp_path.glob("*.json"))) == 1


async def test_another_totebox_is_addressed_by_name() -> None:
    """With two pairings the command line makes the other one active, and the status names it."""
    async with stage(names=("acme", "birch"), start="f8") as it:
        await it.press("colon", *"birch", "enter")
        await it.wait(lambda: it.app.ledger.active == "birch")
        assert it.rows[0].startswith(" : birch › F8 LEDGER")


async def test_a_remapped_key_works_and_f12_cannot_be_given_away() -> None:
    """Settings give a command another key; F12 stays the Input Machine."""
    from console.chassis.anchor import keyboard
    from console.chassis.keys import ANYWHERE
    from console.errors import ConfigError

    async with stage(keymap={"theme": "ctrl+y"}) as it:
        await it.press("ctrl+y")
        assert it.app.theme == "light"
    with pytest.raises(ConfigError, match="F12 is the Input Machine"):
        keyboard(ANYWHERE, [], {"theme": "f12"})
    with pytest.raises(ConfigError, match="F12 is the Input Machine"):
        keyboard(ANYWHERE, [], {"theme": "ctrl+y,f12"})


@pytest.mark.parametrize(
    ("keymap", "both"),
    [
        ({"theme": "slash"}, "theme and list.filter"),
        ({"ledger.reload": "j"}, "list.move and ledger.reload"),
        ({"ledger.reload": "w", "ledger.prove": "w"}, "both want w"),
        ({"copy": "colon"}, "go and copy"),
    ],
)
async def test_remapped_keys_that_clash_are_said_before_the_screen_opens(keymap: dict[str, str], both: str) -> None:
    """Two commands of one screen that want one key, a list's own included, are a mistake in the settings, and no crash."""
    from console.errors import ConfigError

    with pytest.raises(ConfigError, match=both):
        async with stage(keymap=keymap):
            pass


async def test_nothing_new_draws_nothing() -> None:
    """A paint with nothing new marks nothing for drawing: an idle console writes no bytes."""
    async with stage() as it:
        it.pass_s(1, alive=True)
        await it.settle()
        seen: list[object] = []
        for widget in it.app.screen.walk_children():
            widget.refresh = lambda *a, _w=widget, **k: seen.append(_w) or _w  # type: ignore[method-assign]
        it.pass_s(1, alive=True)
        it.pass_s(1, alive=True)
        assert seen == []


@pytest.mark.parametrize("size", [(60, 20), (80, 24), (120, 36), (200, 60)])
@pytest.mark.parametrize("key", ["f1", "f8", "f11"])
async def test_every_size_is_usable(size: tuple[int, int], key: str) -> None:
    """No size says too small: place, list and status are there from 60x20 on."""
    async with stage(*size, start=key) as it:
        assert f"{key.upper()} " in it.rows[0]
        assert "LINKED" in it.rows[-1]
        assert len(it.rows) == size[1]
        assert all(len(row) <= size[0] for row in it.rows)


async def test_every_theme_can_be_worn() -> None:
    """Dark, light, contrast and the terminal's own colours, one after another, on a screen that stands."""
    async with stage() as it:
        before = it.rows[1:-3]
        for name in ("light", "contrast", "ansi", "dark"):
            await it.press("ctrl+t")
            assert it.app.theme == name and it.rows[1:-3] == before
        it.app.theme = "ansi"
        await it.settle()
        assert it.app.native_ansi_color, "its colours are left to the terminal"


async def test_ctrl_c_twice_closes() -> None:
    """Once it says how to leave, since it may have been meant for a selection; again within three seconds it leaves."""
    async with stage() as it:
        await it.press("ctrl+c")
        assert "Ctrl+C again closes the console" in it.screen
        it.pass_s(4)
        await it.press("ctrl+c")
        assert it.app.is_running and not it.app._exit
        await it.press("ctrl+c")
        assert it.app._exit


async def test_an_answer_that_comes_while_the_console_closes_ends_quietly() -> None:
    """The lists of a pane go before the pane does; what is asked for until then is dropped, not a crash."""
    late, leaving = list[str](), asyncio.Event()

    class Late(FakeTotebox):
        async def ask(self, key: str, arguments: Arguments, once: bytes = b"") -> Answer:
            if key.endswith("/pairings"):
                late.append(key)
                await leaving.wait()
                while it.app.query("#system-pairings"):  # noqa: ASYNC110  nothing tells when a list is taken off the screen
                    await asyncio.sleep(0)
            return await super().ask(key, arguments, once)

    async with stage(start="f8", make=Late) as it:
        await it.pilot.press("f11")
        leaving.set()
    assert late and not it.app.is_running


async def test_a_screen_that_is_asked_for_twice_is_made_once() -> None:
    """Enter pressed twice: whoever comes while a pane is being made finds it whole, and Back leads to where one was."""
    async with stage(start="f10", names=("acme", "birch")) as it:
        it.app.open_cartridge("ledger", {})
        it.app.open_cartridge("ledger", {})
        await it.wait(lambda: "F8 LEDGER" in it.rows[0])
        await it.press("left_square_bracket")
        assert "F10 FLEET" in it.rows[0]


@pytest.mark.parametrize("pane", ["help", "people", "minutebook", "ledger", "system", "input"])
async def test_the_console_may_close_while_a_pane_is_made(pane: str) -> None:
    """At any step of it: nothing is looked for that has gone, and no crash is reported."""
    for steps in (0, 3, 21, 36):
        async with stage(start="f10", names=("acme", "birch")) as it:
            it.app.open_cartridge(pane, {})
            for _ in range(steps):
                await asyncio.sleep(0)
        assert not it.app.is_running and it.app._crash_report is None


@pytest.mark.parametrize(
    ("width", "crumbs"),
    [(120, "harbour-row-properties › F8 LEDGER"), (80, "harbour-row… › F8 LEDGER"), (60, "harbour-row… › F8 LEDGER")],
)
async def test_a_narrow_line_cuts_the_totebox_before_the_screen(width: int, crumbs: str) -> None:
    """Whose screen it is stands on a narrow line, too: the name is cut, and the screen is not."""
    async with stage(width, 24, start="f8", names=("harbour-row-properties", "birch")) as it:
        assert it.rows[0].startswith(f" : {crumbs}  ")
