"""`elsewhere serve` under load and under attack, over loopback, beside a bare loop.

    python benchmarks/measure_serving.py

The clients share the machine's cores with the server, so what they cost is in its figures; ratios
are to a loop in one process over the same files, without HTTP, in batches as large as there are
clients, 16 at most.
"""

import argparse
import http.client
import io
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import zlib
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from time import perf_counter, process_time, sleep

import numpy as np
import torch
from PIL import Image

import elsewhere
from elsewhere.bundle import save_bundle
from elsewhere.data.inputs import load_images
from elsewhere.drawn.birds import species
from elsewhere.drawn.layouts.birds import Birds, draw_numbered
from record import record

REQUESTS = {1: 500, 8: 2_500, 32: 7_000}
EDGE = "edge-of-a-part"
HEADERS = {"content-type": f"multipart/form-data; boundary={EDGE}"}


def draw_files(count: int) -> list[bytes]:
    files = []
    for number in range(count):
        bird = draw_numbered(species(8)[number % 8], "test", number, Birds(species=8, size=320))
        buffer = io.BytesIO()
        Image.fromarray(bird.image).save(buffer, "JPEG", quality=90)
        files.append(buffer.getvalue())
    return files


def save_model(folder: Path) -> Path:
    torch.manual_seed(0)
    made = elsewhere.Preprocessing((144, 144), (128, 128))
    network = elsewhere.AttentionNetwork(
        elsewhere.SmallResNet(), heads=8, classes=8, preprocessing=made
    )
    save_bundle(network, folder)
    return folder


def body_of(content: bytes, name: str = "a.jpg") -> bytes:
    head = f'--{EDGE}\r\ncontent-disposition: form-data; name="image"; filename="{name}"\r\n\r\n'
    return head.encode() + content + f"\r\n--{EDGE}--\r\n".encode()


class Server:
    """The verb in a process of its own."""

    def __init__(self, model: Path) -> None:
        words = [sys.executable, "-m", "elsewhere", "serve", str(model), "--port=0"]
        self.process = subprocess.Popen(words, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        found = re.search(r"http://([\d.]+):(\d+)/", self.process.stdout.readline())
        assert found is not None
        self.place = found[1], int(found[2])

    def memory(self) -> float:
        """Resident megabytes."""
        text = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", text)[1]) / 1024  # type: ignore[index]

    def seconds(self) -> float:
        """Of processors, since it began."""
        words = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def alive(self) -> bool:
        return self.process.poll() is None

    def end(self) -> int:
        self.process.terminate()
        return self.process.wait(60)


def bare_loop(
    model: elsewhere.Model, files: list[bytes], count: int, batch_size: int
) -> tuple[float, float]:
    """Images a second, and milliseconds of a processor an image."""
    started, worked = perf_counter(), process_time()
    for start in range(0, count, batch_size):
        rows = range(start, min(start + batch_size, count))
        batch = [files[row % len(files)] for row in rows]
        with torch.inference_mode():
            model.network(load_images(batch, model.preprocessing)).logits.softmax(1).topk(5)
    return count / (perf_counter() - started), 1000 * (process_time() - worked) / count


def load(server: Server, files: list[bytes], clients: int, requests: int) -> dict:
    bodies, failures = [body_of(file) for file in files], []
    times = np.zeros(requests)

    def ask(rows: range) -> None:
        connection = http.client.HTTPConnection(*server.place, timeout=120)
        for row in rows:
            started = perf_counter()
            connection.request("POST", "/predict", bodies[row % len(bodies)], HEADERS)
            answer = connection.getresponse()
            if answer.status != 200 or b"predictions" not in answer.read():
                failures.append(answer.status)
            times[row] = perf_counter() - started

    started, worked = perf_counter(), server.seconds()
    with ThreadPoolExecutor(clients) as several:
        list(several.map(ask, [range(n, requests, clients) for n in range(clients)]))
    seconds = perf_counter() - started
    p50, p99 = (1000 * np.quantile(times, (0.5, 0.99))).tolist()
    return {
        "clients": clients, "requests": requests, "failures": len(failures),
        "per_second": round(requests / seconds, 1), "p50_ms": round(p50, 1),
        "p99_ms": round(p99, 1),
        "server_cpu_ms": round(1000 * (server.seconds() - worked) / requests, 2),
    }  # fmt: skip


@cache
def png_of(width: int, height: int, mode: str = "RGB") -> bytes:
    """A PNG of one colour, small however many pixels it has."""
    buffer = io.BytesIO()
    Image.new(mode, (width, height)).save(buffer, "PNG")
    return buffer.getvalue()


def promising(width: int, height: int) -> bytes:
    """A PNG whose header promises so many pixels, with those of another one behind it."""
    small = png_of(64, 64)
    head = width.to_bytes(4, "big") + height.to_bytes(4, "big") + small[24:29]
    checked = zlib.crc32(b"IHDR" + head).to_bytes(4, "big")
    return small[:16] + head + checked + small[33:]


def hostile(kind: str, files: list[bytes], draw: random.Random) -> tuple[bytes, dict]:
    """Body and headers of a request that nobody should send."""
    file = draw.choice(files)
    match kind:
        case "bomb":
            content = png_of(10_000, 10_000)
        case "huge size":
            content = promising(draw.choice([5_000, 20_000, 2**31 - 1]), 9_000)
        case "truncated":
            content = file[: draw.randrange(len(file))]
        case "garbled":
            content = bytearray(file)
            for _ in range(40):
                content[draw.randrange(len(content))] = draw.randrange(256)
            content = bytes(content)
        case "wrong kind":
            content = draw.choice([b"%PDF-1.7\n", b"<svg/>", b"GIF89a", b"II*\0", b"PK\3\4", b"\0"])
            content += draw.randbytes(draw.randrange(2_000))
        case "too large":
            return b"x", HEADERS | {"content-length": str(10**10)}
        case "no form":
            return draw.randbytes(draw.randrange(3_000)), HEADERS
        case _:
            return file, {"content-type": draw.choice(["image/jpeg", "text/plain", "", "a/b; c"])}
    name = draw.choice(["a.jpg", "../../etc/passwd", "\x00", "x" * 3_000])
    return body_of(content, name), HEADERS


KINDS = ["bomb", "huge size", "truncated", "garbled", "wrong kind", "too large", "no form", "type"]


def attack(server: Server, files: list[bytes], count: int, slow: int) -> dict:
    sockets = [creep(server) for _ in range(slow)]
    before, statuses, memory = server.memory(), {}, []
    lock = threading.Lock()

    def ask(seed: int) -> None:
        draw = random.Random(seed)
        kind = KINDS[seed % len(KINDS)]
        body, headers = hostile(kind, files, draw)
        connection = http.client.HTTPConnection(*server.place, timeout=120)
        try:
            connection.request("POST", "/predict", body, headers)
            status = str(connection.getresponse().status)
        except OSError as error:
            status = type(error).__name__
        connection.close()
        with lock:
            told = statuses.setdefault(kind, {})
            told[status] = told.get(status, 0) + 1
        if seed % 500 == 0:
            memory.append(round(server.memory(), 1))

    with ThreadPoolExecutor(16) as several:
        list(several.map(ask, range(count - slow)))
    statuses["slow"] = {}
    for each in sockets:
        told = finished(each)
        statuses["slow"][told] = statuses["slow"].get(told, 0) + 1
    return {
        "uploads": count, "answers": statuses, "alive": server.alive(),
        "memory_before_mb": round(before, 1), "memory_meanwhile_mb": memory,
        "memory_after_mb": round(server.memory(), 1),
    }  # fmt: skip


def creep(server: Server) -> socket.socket:
    """Somebody who begins to send and never ends."""
    slow = socket.create_connection(server.place, timeout=60)
    slow.sendall(
        b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 90000\r\n"
        + f"Content-Type: {HEADERS['content-type']}\r\n\r\n--".encode()
    )
    return slow


def finished(slow: socket.socket) -> str:
    try:
        told = slow.recv(100)
    except OSError as error:
        return type(error).__name__
    return told.split(b" ")[1].decode() if b" " in told else "closed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--share", type=float, default=1.0, help="of all requests [1.0]")
    options = parser.parse_args()
    torch.set_num_threads(1)
    files = draw_files(64)
    with tempfile.TemporaryDirectory() as folder:
        place = save_model(Path(folder) / "model")
        model = elsewhere.open_model(place, "cpu")
        server = Server(place)
        load(server, files, 4, 64)
        measured = []
        for clients, requests in REQUESTS.items():
            size = min(clients, 16)
            before = bare_loop(model, files, 512, size)
            one = load(server, files, clients, round(requests * options.share))
            after = bare_loop(model, files, 512, size)  # on both sides: others work here
            rate, work = ((one + other) / 2 for one, other in zip(before, after, strict=True))
            one |= {
                "bare_loop_per_second": round(rate, 1), "bare_loop_cpu_ms": round(work, 2),
                "of_bare_loop": round(one["per_second"] / rate, 3),
                "cpu_of_bare_loop": round(one["server_cpu_ms"] / work, 3),
            }  # fmt: skip
            measured.append(one)
            print(one, flush=True)
        attacked = attack(server, files, round(10_000 * options.share), 200)
        again = load(server, files, 8, 64)
        sleep(1)
        attacked |= {"answers_after": 64 - again["failures"], "status_at_end": server.end()}
        print(attacked)
    payload = {
        "how": "loopback, OMP_NUM_THREADS=1, clients in one Python process on the same two cores; "
        "JPEG files of 320 x 320, SmallResNet at 128 x 128",
        "load": measured, "hostile": attacked,
    }  # fmt: skip
    print(record("serving", payload))


if __name__ == "__main__":
    main()
