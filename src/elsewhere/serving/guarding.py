"""What stands before every route: who may ask, how much may be sent, how long it may take."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable, MutableMapping
from ipaddress import ip_address
from time import monotonic
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import cookie_parser
from starlette.responses import JSONResponse, RedirectResponse, Response

from elsewhere.serving.limits import Limits
from elsewhere.serving.metrics import Metrics

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

COOKIE = "elsewhere_token"


def is_loopback(host: str) -> bool:
    """Whether a name or address is of this machine alone."""
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _host_of(address: str) -> str:
    """The name in an address; empty where there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:  # no address at all
        return ""


def _is_of(origin: str, host: str) -> bool:
    """Whether a page comes from a host."""
    try:
        return urlsplit(origin).netloc == host
    except ValueError:
        return False


class Guard:
    """Lets in whoever has the token; without one, only what this machine itself asks.

    Without one, requests have to use a name of this machine. Pages of other sites are kept out,
    since a browser sends what they ask for with its owner's rights. A request is cut off where it
    sends more than the limits take, or too slowly.
    """

    def __init__(self, app: App, limits: Limits, token: str | None, metrics: Metrics) -> None:
        self.app, self.limits, self.token, self.metrics = app, limits, token, metrics

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let a request in, or answer why not."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            return  # no route here speaks anything else
        started, status = monotonic(), 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            refusal = self._refusal(scope)
            if refusal is not None:
                await refusal(scope, receive, watched)
            else:
                await self.app(scope, _bounded(receive, self.limits), watched)
        finally:
            path = getattr(scope.get("route"), "path", "other") or "other"
            self.metrics.count_request(path, status, monotonic() - started)

    def _refusal(self, scope: Message) -> Response | None:
        headers = Headers(scope=scope)
        host = headers.get("host", "")
        if self.token is None and not is_loopback(_host_of(f"//{host}")):
            return refuse(421, "asked by another name than localhost; start it with --token")
        origin = headers.get("origin")
        if origin is not None and not _is_of(origin, host):
            return refuse(403, "asked by a page of another site")
        if self.token is not None and not self._known(headers):
            return self._let_in(scope) or refuse(401, "send Authorization: Bearer TOKEN", True)
        length = headers.get("content-length", "0")
        if length.isdigit() and int(length) > self.limits.body_bytes:
            line = f"{int(length):,} bytes, more than the {self.limits.body_bytes:,} taken here"
            return refuse(413, line)
        return None

    def _known(self, headers: Headers) -> bool:
        scheme, _, shown = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return self._is_token(shown.strip())
        return self._is_token(cookie_parser(headers.get("cookie", "")).get(COOKIE, ""))

    def _is_token(self, shown: str) -> bool:
        return hmac.compare_digest(shown.encode(), (self.token or "").encode())

    def _let_in(self, scope: Message) -> Response | None:
        """A browser shows the token once, in the address, and keeps it as a cookie."""
        asked = dict(parse_qsl(scope.get("query_string", b"").decode("latin-1")))
        if scope["method"] != "GET" or not self._is_token(asked.pop("token", "")):
            return None
        rest = f"?{urlencode(asked)}" if asked else ""
        path = scope["path"].lstrip("/")  # with two slashes it would be another host's address
        answer = RedirectResponse(f"/{path}{rest}", status_code=303)
        answer.set_cookie(COOKIE, self.token or "", httponly=True, samesite="strict")
        return answer


def refuse(status: int, line: str, ask: bool = False) -> Response:
    """Why there is no answer, as JSON."""
    headers = {"WWW-Authenticate": "Bearer"} if ask else {}
    if status == 503:
        headers["Retry-After"] = "1"
    return JSONResponse({"error": line}, status, headers)


def _bounded(receive: Receive, limits: Limits) -> Receive:
    """The same request, cut off where it is too large or too slow."""
    seen, whole, until = 0, False, monotonic() + limits.seconds

    async def bounded() -> Message:
        nonlocal seen, whole
        if whole:
            return await receive()
        try:
            message = await asyncio.wait_for(receive(), until - monotonic())
        except TimeoutError as error:
            line = f"not sent within {limits.seconds:g} seconds"
            raise HTTPException(408, line) from error
        seen += len(message.get("body", b""))
        whole = not message.get("more_body", False)
        if seen > limits.body_bytes:
            raise HTTPException(413, f"more than the {limits.body_bytes:,} bytes taken here")
        return message

    return bounded
