"""One thread works, on what is asked together, and leaves nobody without an answer."""

import threading
from time import sleep

import pytest

from elsewhere.errors import DataError
from elsewhere.serving.batching import Worker
from elsewhere.serving.limits import Refused


def see(true):
    """Wait until something is so, but not for ever."""
    for _ in range(2000):
        if true():
            return
        sleep(0.01)
    raise TimeoutError


class Gate:
    """Work that waits until it is let go, and remembers what came together."""

    def __init__(self):
        self.open, self.batches, self.threads = threading.Event(), [], set()

    def double(self, items):
        assert self.open.wait(20)
        self.batches.append(list(items))
        self.threads.add(threading.current_thread().name)
        return [2 * item for item in items]

    def negate(self, items):
        self.batches.append(list(items))
        return [-item for item in items]


def test_what_waits_is_looked_at_together_and_in_order():
    gate, worker = Gate(), Worker(most=4, patience=0.0)
    first = worker.ask(gate.double, 0)
    several = [worker.ask(gate.double, item) for item in range(1, 7)]
    other = worker.ask(gate.negate, 7)
    last = worker.ask(gate.double, 8)
    gate.open.set()
    assert [each.result(20) for each in (first, *several, other, last)] == [
        0, 2, 4, 6, 8, 10, 12, -7, 16,
    ]  # fmt: skip
    assert [item for batch in gate.batches for item in batch] == list(range(9))
    assert max(map(len, gate.batches)) == 4
    assert [7] in gate.batches
    assert len(gate.threads) == 1
    worker.close()


def test_an_error_comes_to_whoever_asked_and_the_next_is_answered():
    def work(items):
        if "bad" in items:
            raise MemoryError("too much")
        return [DataError("broken") if item == "broken" else item for item in items]

    worker = Worker(most=1)
    with pytest.raises(MemoryError):
        worker.ask(work, "bad").result(20)
    with pytest.raises(DataError, match="broken"):
        worker.ask(work, "broken").result(20)
    assert worker.ask(work, "good").result(20) == "good"
    worker.close()


def test_whoever_comes_when_too_many_wait_is_told_so():
    gate, worker = Gate(), Worker(most=1, waiting=2)
    worker.ask(gate.double, 0)
    see(lambda: not worker.waiting)
    waiting = [worker.ask(gate.double, item) for item in (1, 2)]
    with pytest.raises(Refused, match="waiting") as refused:
        worker.ask(gate.double, 3)
    assert refused.value.status == 503
    gate.open.set()
    assert [each.result(20) for each in waiting] == [2, 4]
    worker.close()


def test_closing_answers_what_waits_and_takes_nothing_more():
    gate, worker = Gate(), Worker(most=2)
    asked = [worker.ask(gate.double, item) for item in range(5)]
    closing = threading.Thread(target=worker.close)
    closing.start()
    see(lambda: worker._closed)
    with pytest.raises(Refused, match="shutting down"):
        worker.ask(gate.double, 9)
    gate.open.set()
    closing.join(20)
    assert [each.result(0) for each in asked] == [0, 2, 4, 6, 8]


def test_an_answer_nobody_waits_for_any_more_is_not_worked_out():
    gate, worker = Gate(), Worker(most=1)
    worker.ask(gate.double, 0)
    gone, kept = worker.ask(gate.double, 1), worker.ask(gate.double, 2)
    assert gone.cancel()
    gate.open.set()
    assert kept.result(20) == 4
    assert gate.batches == [[0], [2]]
    worker.close()


def test_requests_that_come_together_share_a_batch(client, birds, picture):
    from concurrent.futures import ThreadPoolExecutor

    asking = client(birds, batch=8)
    held = threading.Event()
    blocked = asking.app.state.desk.alone(lambda: held.wait(20))
    with ThreadPoolExecutor(8) as several:

        def ask(top):
            return asking.post(f"/predict?top={top}", files={"image": ("a.png", picture)}).json()

        answers = [several.submit(ask, 1 + number % 3) for number in range(8)]
        see(lambda: asking.app.state.desk.worker.waiting == 8)
        held.set()
        assert [len(each.result()["predictions"]) for each in answers] == [1, 2, 3, 1, 2, 3, 1, 2]
    assert blocked.result()
    text = asking.get("/metrics").text
    assert 'elsewhere_batch_images_bucket{le="4.0"} 1.0' in text
    assert 'elsewhere_batch_images_bucket{le="8.0"} 2.0' in text
