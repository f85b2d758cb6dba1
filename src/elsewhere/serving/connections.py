"""Connections whose requests begin in time, and with a head of bounded size.

uvicorn bounds neither how long a head may take nor how long the rest of a body may, that nobody
waits for any more: whoever holds such connections open keeps others out.
"""

import asyncio
import json
import socket
import sys

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_BYTES = 2**14
"""Of a head that has not come whole at once."""


def timely(limit: float) -> type[asyncio.Protocol]:
    """The protocol for uvicorn, with so many seconds for a head."""

    class Timely(TimelyProtocol):
        seconds = limit

    return Timely


class TimelyProtocol(H11Protocol):
    """uvicorn's connection, ended where it stays without a request.

    At most `seconds` pass from a connection's beginning, or its last answer, to the end of the next
    request's head.
    """

    seconds: float
    _waiting: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head."""
        super().connection_made(transport)
        # an answer goes out in two parts; the second must not wait until the first has arrived
        transport.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._wait()

    def data_received(self, data: bytes) -> None:
        """Wait no more once a head is whole; single bytes buy no time."""
        super().data_received(data)
        if self._answering:
            self._stop_waiting()

    def on_response_complete(self) -> None:
        """Begin to wait for the next head, if that is not there yet."""
        super().on_response_complete()
        if not self._answering:
            self._wait()

    def connection_lost(self, exc: Exception | None) -> None:
        """Wait for nothing more."""
        self._stop_waiting()
        super().connection_lost(exc)

    def send_400_response(self, msg: str) -> None:
        """Say what is wrong with a head as the service says everything, and hang up."""
        status = getattr(sys.exception(), "error_status_hint", 400)
        too_large = f"a head of more than {HEAD_BYTES:,} bytes"
        self._refuse(status, too_large if status == 431 else msg)

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _wait(self) -> None:
        self._stop_waiting()
        self._waiting = self.loop.call_later(self.seconds, self._end)

    def _stop_waiting(self) -> None:
        if self._waiting is not None:
            self._waiting.cancel()
            self._waiting = None

    def _end(self) -> None:
        if self.transport.is_closing():
            return
        if self.conn.our_state is h11.IDLE and self.conn.trailing_data[0]:
            self._refuse(408, f"no whole head within {self.seconds:g} seconds")
        else:
            self.transport.close()

    def _refuse(self, status: int, line: str) -> None:
        if self.conn.our_state not in (h11.IDLE, h11.SEND_RESPONSE):  # it has its answer
            self.transport.close()
            return
        body = json.dumps({"error": line}).encode()
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
            (b"connection", b"close"),
        ]
        for event in (
            h11.Response(status_code=status, headers=headers),
            h11.Data(data=body),
            h11.EndOfMessage(),
        ):
            self.transport.write(self.conn.send(event) or b"")
        self.transport.close()
