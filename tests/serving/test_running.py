"""The verb itself, over loopback: what it says, how it ends, what slow senders meet."""

import socket
import threading
from contextlib import suppress
from time import monotonic, sleep
from urllib.parse import urlsplit

import httpx
import pytest
from tests.serving.running import serving

from elsewhere.cli import main


def test_what_has_begun_is_answered_before_it_ends(made, tmp_path, picture):
    with serving(["serve", str(made / "birds"), "--batch=1"], tmp_path / "said") as served:
        assert served.address.startswith("http://127.0.0.1:")
        answers = []

        def ask():
            slow = httpx.post(served.address + "predict", content=body(), headers=FORM, timeout=60)
            answers.append(slow)

        begun = threading.Event()

        def body():
            whole = form(picture)
            yield whole[:100]
            begun.set()
            sleep(1)
            yield whole[100:]

        asking = threading.Thread(target=ask)
        asking.start()
        assert begun.wait(20)
        sleep(0.2)
        served.process.terminate()
        asking.join(30)
        assert [answer.status_code for answer in answers] == [200]
        assert len(answers[0].json()["predictions"]) == 3
        assert served.end() == 0
        assert served.errors == ""
        with pytest.raises(httpx.ConnectError):
            httpx.get(served.address + "health")


def test_ports_addresses_and_options_that_cannot_be_are_one_line(made, capsys):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for words, says in (
            ([f"--port={port}"], "in use"),
            (["--host=192.0.2.1"], "192.0.2.1"),
            (["--port=70000"], "65535"),
            (["--token=x"], "--token"),
            ([f"--keep={made / 'birds' / 'bundle.json'}"], "--keep"),
            ([f"--keep={made / 'birds' / 'bundle.json' / 'kept'}"], "--keep"),
        ):
            assert main(["serve", str(made / "birds"), *words]) == 2
            error = capsys.readouterr().err
            assert says in error
            assert error.count("\n") == 1


def test_on_the_network_a_token_is_made_and_asked_for(made, tmp_path, picture):
    words = ["serve", str(made / "birds"), "--host=0.0.0.0"]
    with serving(words, tmp_path / "said") as served:
        found = served.printed(r"token.*: (\S{20,})")
        here = f"http://127.0.0.1:{urlsplit(served.address).port}/health"
        assert httpx.get(here).status_code == 401
        shown = {"authorization": f"Bearer {found[1]}"}
        assert httpx.get(here, headers=shown).json()["status"] == "ok"


@pytest.fixture(scope="module")
def hasty(birds):
    """Where a service listens that gives senders 0.3 seconds."""
    import uvicorn

    from elsewhere.serving import Limits, address, listen, service
    from elsewhere.serving.running import configure

    limits = Limits(seconds=0.3)
    with listen("127.0.0.1", 0) as listening:
        server = uvicorn.Server(configure(service(birds, limits=limits), limits))
        server.capture_signals = lambda: socket.socket()  # not in the main thread
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        yield urlsplit(address(listening))
        server.should_exit = True
        thread.join(20)


HEAD = (
    b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
    b"Content-Type: multipart/form-data; boundary=x\r\n\r\n"
)
ASK = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


def dripped(place, first, drops, times=200):
    """What comes back, and after how long, where bytes follow one by one, 0.05 seconds apart."""
    heard = b""
    with socket.create_connection((place.hostname, place.port)) as slow:
        started = monotonic()
        slow.settimeout(0.05)
        slow.sendall(first)
        for _ in range(times):
            try:
                part = slow.recv(2**16)
            except TimeoutError:
                with suppress(ConnectionError):  # what came before the end can still be read
                    slow.sendall(drops)
            except ConnectionResetError:  # the end, while a byte was on its way
                break
            else:
                heard += part
                if not part:
                    break
        return heard, monotonic() - started


@pytest.mark.parametrize(
    ("first", "drops", "status"),
    [
        (b"", b"", b""),
        (b"G", b"E", b"HTTP/1.1 408 "),
        (HEAD[:-2], b"a: b\r\n", b"HTTP/1.1 408 "),
        (HEAD + b"--x\r\n", b"a", b"HTTP/1.1 408 "),
        (ASK, b"a", b"HTTP/1.1 200 "),  # the head of a second request
        (HEAD.replace(b"localhost", b"elsewhere"), b"x", b"HTTP/1.1 421 "),  # a body nobody reads
    ],
)
def test_a_slow_sender_is_cut_off(hasty, first, drops, status):
    heard, seconds = dripped(hasty, first, drops)
    assert heard.startswith(status)
    assert heard != b"" or status == b""
    assert seconds < 5
    if first in (b"G", HEAD[:-2]):
        assert b'{"error": "no whole head within 0.3 seconds"}' in heard
    assert httpx.get(hasty.geturl() + "health").status_code == 200


def test_a_broken_body_after_the_answer_is_silent(hasty, caplog):
    head = HEAD.replace(b"localhost", b"elsewhere").replace(
        b"Content-Length: 1000", b"Transfer-Encoding: chunked"
    )
    heard, _ = dripped(hasty, head, b"zz\r\n")
    assert heard.startswith(b"HTTP/1.1 421 ")
    assert caplog.text == ""


def test_a_head_too_large_is_cut_off(hasty):
    large = b"GET /health HTTP/1.1\r\nHost: localhost\r\nx: " + b"x" * 17_000
    heard, _ = dripped(hasty, large, b"x")
    assert heard.startswith(b"HTTP/1.1 431 ")
    assert b'{"error": "a head of more than 16,384 bytes"}' in heard
    assert dripped(hasty, b"no request\r\n\r\n", b"")[0].startswith(b"HTTP/1.1 400 ")


def test_no_part_of_an_answer_waits_for_another(hasty, monkeypatch):
    from elsewhere.serving.connections import TimelyProtocol

    made, undelayed = TimelyProtocol.connection_made, []

    def watched(connection, transport):
        made(connection, transport)
        opened = transport.get_extra_info("socket")
        undelayed.append(bool(opened.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))

    monkeypatch.setattr(TimelyProtocol, "connection_made", watched)
    assert httpx.get(hasty.geturl() + "health").status_code == 200
    assert undelayed == [True]


def test_who_asks_in_time_keeps_the_connection(hasty):
    with httpx.Client(base_url=hasty.geturl()) as asking:
        for _ in range(3):
            assert asking.get("health").status_code == 200
            sleep(0.15)


FORM = {"content-type": "multipart/form-data; boundary=edge"}


def form(picture: bytes) -> bytes:
    head = b'--edge\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    return head + picture + b"\r\n--edge--\r\n"
