"""No network: whatever asks for the address of another machine is refused, and remembered."""

import os
import socket
import tempfile
import traceback
from pathlib import Path

_OWN = {None, "", "localhost", "127.0.0.1", "::1", "0.0.0.0", "::"}
_asked = Path(tempfile.gettempdir(), f"asked-{os.getpid()}.txt")  # forked processes write here, too
_ask = socket.getaddrinfo


def refuse_other_machines() -> None:
    """From now on, in this process and those that are forked from it."""

    def ask(host, *given, **named):
        name = host.decode() if isinstance(host, bytes) else host
        if name in _OWN:
            return _ask(host, *given, **named)
        with _asked.open("a") as file:
            file.write(f"{name}\n{''.join(traceback.format_stack(limit=60))}\n")
        raise socket.gaierror(f"{name}: tests have no network")

    socket.getaddrinfo = ask


def require_that_nobody_asked() -> None:
    """Raise where another machine was asked for, and say by whom."""
    if _asked.exists():
        told = _asked.read_text()
        _asked.unlink()
        raise AssertionError(told)
