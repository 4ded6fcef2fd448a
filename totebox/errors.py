"""The Totebox's error tree, split by whose fault it is. Each class has a stable code and an exit status."""


class ToteboxError(Exception):
    """Something went wrong. The message says what, where, and what to do next."""

    code = "totebox"
    exit_status = 2


class ConfigError(ToteboxError):
    """The directory or its settings are not a Totebox this program can serve."""

    code = "config"


class AlreadyServed(ConfigError):
    """Another daemon holds this directory."""

    code = "already-served"


class NewerFormat(ConfigError):
    """The directory was written by a newer version; nothing was touched."""

    code = "newer-format"


class EarlierFormat(ConfigError):
    """The directory was written by a version from before the first release; nothing was touched."""

    code = "earlier-format"


class VaultError(ToteboxError):
    """The vault cannot do what was asked."""

    code = "vault"


class NoSuchEntry(VaultError):
    """The index is not in the log."""

    code = "no-such-entry"


class OnceConflict(VaultError):
    """The idempotency id was used before with other arguments."""

    code = "once-conflict"


class RecordRejected(VaultError):
    """The record breaks a rule of the archive; nothing was written."""

    code = "record-rejected"


class ReadOnly(VaultError):
    """The vault serves reads and takes no writes; the message says why and what to do."""

    code = "read-only"


class DiskFull(VaultError):
    """No space left where the vault lives; nothing was acknowledged."""

    code = "disk-full"


class VaultDamaged(VaultError):
    """Bytes that were acknowledged are missing or differ."""

    code = "damaged"


class ServiceFault(ToteboxError):
    """A service failed at something it should be able to do."""

    code = "service"


class UnreadableDocument(ServiceFault):
    """A document cannot be parsed within its limits; the original can still be sealed."""

    code = "unreadable"


class GateClosed(ToteboxError):
    """The gate does not let this through; the message says why."""

    code = "gate-closed"


class UploadBroken(ToteboxError):
    """An upload stopped before its end; nothing became a record."""

    code = "upload-broken"


class LauncherLost(ToteboxError):
    """The process outside the cages was killed: a writer could not be started again, so the daemon ended in good order."""

    code = "starter-lost"
    exit_status = 75
    """EX_TEMPFAIL of <sysexits.h>: whoever keeps services running starts it again."""


class CageRefused(ToteboxError):
    """The process cannot be shut in as asked: something opened before would escape."""

    code = "cage"
