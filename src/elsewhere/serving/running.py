"""Running a service until a signal ends it: what was begun is finished."""

import logging
import re
import secrets
import socket

import uvicorn
from fastapi import FastAPI

from elsewhere.errors import ConfigError
from elsewhere.serving.connections import HEAD_BYTES, timely
from elsewhere.serving.guarding import is_loopback
from elsewhere.serving.limits import Limits

GRACE = 30
"""Seconds that requests have for their end."""

_SHORTEST, _TOKEN = 16, re.compile(r"[A-Za-z0-9_-]+")


def token_for(host: str, token: str | None) -> str | None:
    """What requests have to show: what was given, or made where others may reach the service."""
    if token is None:
        return None if is_loopback(host) else secrets.token_urlsafe(24)
    if len(token) < _SHORTEST or not _TOKEN.fullmatch(token):
        raise ConfigError(
            f"--token: {_SHORTEST} or more letters, digits, - and _; without it one is made"
        )
    return token


def listen(host: str, port: int) -> socket.socket:
    """A socket that waits for connections."""
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


def configure(app: FastAPI, limits: Limits) -> uvicorn.Config:
    """How uvicorn serves an application: bounded, and silent about who asks."""
    return uvicorn.Config(
        app,
        http=timely(limits.seconds),
        ws="none",
        h11_max_incomplete_event_size=HEAD_BYTES,
        log_level="error",
        access_log=False,  # who asks about what is nobody's business
        server_header=False,
        limit_concurrency=limits.connections,
        timeout_graceful_shutdown=GRACE,
        lifespan="on",
    )


class Server(uvicorn.Server):
    """uvicorn's server, which ends what would never end by itself before it waits for the rest."""

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Take no more requests, and answer those that have begun."""
        for end in self.config.app.state.endless:  # type: ignore[union-attr]
            end()
        await super().shutdown(sockets)


def run(app: FastAPI, listening: socket.socket, limits: Limits) -> None:
    """Serve until SIGTERM or Ctrl-C; requests that have begun are answered, a second one ends them.

    More connections than the limits take are told to come again.
    """
    logging.getLogger("python_multipart").setLevel(logging.CRITICAL)  # the sender is told
    server = Server(configure(app, limits))
    try:
        server.run(sockets=[listening])
    except KeyboardInterrupt:
        if not server.should_exit or server.force_exit:
            raise
