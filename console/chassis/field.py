"""A field in a pane, and which keys it leaves to the chassis."""

from textual.widgets import Input


class PaneField(Input):
    """A field that has the focus when its screen opens: a colon in it, while it is empty, opens the command line."""

    def check_consume_key(self, key: str, character: str | None) -> bool:
        if key == "colon" and not self.value:
            return False
        return super().check_consume_key(key, character)
