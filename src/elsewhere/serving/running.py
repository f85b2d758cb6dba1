"""Running a service until a signal ends it: what was begun is finished."""

import logging
import re
import secrets
import socket
from typing import Any

import uvicorn

from elsewhere.errors import ConfigError
from elsewhere.serving.guarding import is_loopback

GRACE = 30
_SHORTEST, _TOKEN = 16, re.compile(r"[A-Za-z0-9_-]+")


def token_for(host: str, token: str | None) -> str | None:
    """What requests have to show: what was given, or made where others may reach the service.

    Raises:
        ConfigError: a token that is too short, or cannot stand in a header.
    """
    if token is None:
        return None if is_loopback(host) else secrets.token_urlsafe(24)
    if len(token) < _SHORTEST or not _TOKEN.fullmatch(token):
        raise ConfigError(
            f"--token: {_SHORTEST} or more letters, digits, - and _; without it one is made"
        )
    return token


def listen(host: str, port: int) -> socket.socket:
    """A socket that waits for connections.

    Raises:
        ConfigError: there is no such address here, or the port is taken.
    """
    if not host.strip():
        raise ConfigError("--host names no address; 0.0.0.0 is every one of this machine")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family, backlog=2048)
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        raise ConfigError(f"--host {host} --port {port}: {why}; name others") from error


def address(listening: socket.socket) -> str:
    """Where a browser finds it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"


def run(app: Any, listening: socket.socket, connections: int, grace: int = GRACE) -> None:
    """Serve until SIGTERM or Ctrl-C; requests that have begun are answered, a second one ends them.

    Args:
        app: an ASGI application.
        listening: as `listen` makes it.
        connections: at the same time; more are told to come again.
        grace: seconds that requests have for their end.
    """
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,  # who asks about what is nobody's business
        server_header=False,
        limit_concurrency=connections,
        timeout_graceful_shutdown=grace,
        lifespan="on",
    )
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # the sender is told
    server = uvicorn.Server(config)
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        if not server.should_exit or server.force_exit:
            raise
