"""Whether this machine has an openssl that verifies Ed25519 from a file, as the specification and README.txt ask: version 3 or newer."""

import re
import shutil
import subprocess

import pytest


def _major() -> int:
    if shutil.which("openssl") is None:
        return 0
    said = subprocess.run(["openssl", "version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"OpenSSL (\d+)\.", said)
    return int(found[1]) if found else 0


needs_openssl = pytest.mark.skipif(_major() < 3, reason="this machine has no openssl 3")
