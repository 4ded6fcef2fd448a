"""The kinds of audit rows. Nobody, ADMIN included, can switch one off."""

KINDS = {
    "CREATED": "the vault was made",
    "SESSION_OPEN": "a paired device opened a session",
    "SESSION_CLOSE": "a session ended",
    "COMMAND": "a command is carried out",
    "REFUSED": "a command was not carried out, or a handshake was turned away",
    "RECORD_VERIFIED": "a person said yes to a claim",
    "RECORD_REJECTED": "a person said no to a claim",
    "RECORD_SKIPPED": "a person left a claim undecided",
    "ABANDONED": "a document left F12 without becoming a record",
    "TICKET": "os-totebox issued a ticket on the host",
    "PAIRED": "a device was paired",
    "REVOKED": "a pairing was ended",
    "CHECKPOINT": "a checkpoint was signed or witnessed",
    "AUDIT_CLEAN": "a verification found nothing",
    "AUDIT_FINDING": "a verification found something",
    "CLOCK": "the clock stepped back",
    "TORN": "recovery took ownership of what a crash tore",
    "MODEL_CALL": "a language model was called",
    "STARTED": "the daemon recovered and serves",
    "STOPPED": "the daemon stops in good order",
}
