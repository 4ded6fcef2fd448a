"""The console's error tree, split by whose fault it is. Each class has a stable code and an exit status."""


class ConsoleError(Exception):
    """Something went wrong. The message says what, where, and what to do next."""

    code = "console"
    exit_status = 2


class ConfigError(ConsoleError):
    """The configuration has a mistake: file, line and key are named."""

    code = "config"


class PairingError(ConsoleError):
    """Pairing did not happen; the ticket is unused unless the message says otherwise."""

    code = "pairing"


class LinkDown(ConsoleError):
    """There is no session with this Totebox now; the command was not sent, or its outcome is unknown."""

    code = "link-down"


class AgentError(ConsoleError):
    """The ssh-agent that holds the device key is away, has no such key, or refused to sign."""

    code = "agent"


class SourceError(ConsoleError):
    """A file on this host cannot be taken: missing, a directory, unreadable, or it changed while it was read."""

    code = "source"


class LocalToteboxError(ConsoleError):
    """The local Totebox could not be created or started."""

    code = "local-totebox"


class DemoError(ConsoleError):
    """The demo does not run as it is written down; the message says where it differs."""

    code = "demo"
