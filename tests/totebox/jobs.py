"""Runs verbs of `os-totebox` one after another, each in a process of its own with a bound on its time and memory.

    python jobs.py          one JSON job a line on stdin: {"words": [...]}; one JSON answer a line on stdout

The processes are forked from this one, which has imported what verbs need: the program's start is paid once. `serve` is sent SIGTERM
when it says that it is ready.
"""

import json
import os
import resource
import signal
import sys
import tempfile

MEMORY_BYTES, PATIENCE_S = 1 << 30, 90


def run(words: list[str]) -> dict[str, object]:
    with tempfile.TemporaryFile() as said:
        seen, told = os.pipe()
        pid = os.fork()
        if pid == 0:
            os.close(seen)
            _become(words, told, said.fileno())
        os.close(told)
        out = bytearray()
        stopped = False
        while piece := os.read(seen, 65_536):
            out += piece
            if words[0] == "serve" and b"ready " in out and not stopped:
                os.kill(pid, signal.SIGTERM)
                stopped = True
        os.close(seen)
        _, status, usage = os.wait4(pid, 0)
        said.seek(0)
        errors = said.read().decode("utf-8", "replace")
    ended = os.waitstatus_to_exitcode(status)
    return {"status": ended, "out": out.decode("utf-8", "replace"), "errors": errors, "peak_kib": usage.ru_maxrss}


def _become(words: list[str], told: int, said: int) -> None:
    status = 99
    try:
        os.dup2(told, 1)
        os.dup2(said, 2)
        os.close(told)
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        signal.alarm(PATIENCE_S)
        from totebox.cli.main import main

        status = main(words)
        sys.stdout.flush()
        sys.stderr.flush()
    except SystemExit as ended:
        status = int(str(ended.code or 0))
    except BaseException as fault:  # noqa: BLE001  the root of a process
        os.write(2, f"nobody caught {fault!r}\n".encode())
    finally:
        os._exit(status)


def main() -> None:
    import totebox.cli.host_pairings
    import totebox.cli.main
    import totebox.cli.reports
    import totebox.daemon.main
    import totebox.hardening.administration
    import totebox.vault.life.export
    import totebox.vault.life.rotation

    assert totebox
    for line in sys.stdin:
        answer = run(json.loads(line)["words"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
