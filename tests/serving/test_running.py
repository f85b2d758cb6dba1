"""The verb itself, over loopback: what it says, how it ends, what slow senders meet."""

import socket
import threading
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


def test_a_slow_sender_is_cut_off(birds):
    import uvicorn

    from elsewhere.serving import Limits, address, listen, service

    limits = Limits(seconds=0.3)
    with listen("127.0.0.1", 0) as listening:
        config = uvicorn.Config(service(birds, limits=limits), log_level="error", lifespan="on")
        server = uvicorn.Server(config)
        server.capture_signals = lambda: socket.socket()  # not in the main thread
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        place = urlsplit(address(listening))
        with socket.create_connection((place.hostname, place.port)) as slow:
            started = monotonic()
            slow.sendall(b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000\r\n"
                         b"Content-Type: multipart/form-data; boundary=x\r\n\r\n--x")  # fmt: skip
            slow.settimeout(20)
            assert slow.recv(1000).startswith(b"HTTP/1.1 408 ")
            assert monotonic() - started < 10
        assert httpx.get(place.geturl() + "health").status_code == 200
        server.should_exit = True
        thread.join(20)


FORM = {"content-type": "multipart/form-data; boundary=edge"}


def form(picture: bytes) -> bytes:
    head = b'--edge\r\ncontent-disposition: form-data; name="image"; filename="a.png"\r\n\r\n'
    return head + picture + b"\r\n--edge--\r\n"
