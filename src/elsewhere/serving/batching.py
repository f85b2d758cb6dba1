"""One thread owns the model; whoever asks waits in its queue, and is looked at with others."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from time import monotonic
from typing import Any, NamedTuple

from elsewhere.serving.limits import Refused

Work = Callable[[Sequence[Any]], Sequence[Any]]
"""From some things to as many answers, in order; an answer that is an error is raised."""


class _Asked(NamedTuple):
    work: Work
    item: Any
    answer: "Future[Any]"


class Worker:
    """A thread that answers, several at once where they ask for the same.

    At most `most` things are looked at together; the first of them waits `patience` seconds for
    more, and at most `waiting` wait. `told` hears of every batch how many it held.
    """

    def __init__(
        self,
        most: int = 16,
        patience: float = 0.002,
        waiting: int = 256,
        told: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._most, self._patience, self._told = most, patience, told
        self._queue: queue.Queue[_Asked | None] = queue.Queue(waiting)
        self._kept: _Asked | None = None
        self._lock, self._closed = threading.Lock(), False
        self._thread = threading.Thread(target=self._run, name="elsewhere-worker", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """Things that nobody has looked at yet."""
        return self._queue.qsize() + (self._kept is not None)

    def ask(self, work: Work, item: Any) -> "Future[Any]":
        """Let something be done, together with what others ask of the same `work`."""
        asked = _Asked(work, item, Future())
        with self._lock:
            if self._closed:
                raise Refused(503, "the service is shutting down")
            try:
                self._queue.put_nowait(asked)
            except queue.Full as error:
                raise Refused(503, "too many requests are waiting; come again soon") from error
        return asked.answer

    def close(self) -> None:
        """Take nothing more, answer what waits, and end."""
        with self._lock:
            first, self._closed = not self._closed, True
        if first:
            self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (batch := self._gather()) is not None:
            self._told(len(batch))
            wanted = [one for one in batch if one.answer.set_running_or_notify_cancel()]
            if wanted:
                _answer(wanted)

    def _gather(self) -> list[_Asked] | None:
        """What is done next, together; None at the end."""
        first = self._kept or self._queue.get()
        self._kept = None
        if first is None:
            return None
        batch, until = [first], monotonic() + self._patience
        while len(batch) < self._most:
            try:
                following = self._queue.get(timeout=max(until - monotonic(), 0))
            except queue.Empty:
                break
            if following is None:
                self._queue.put(None)
                break
            if following.work != first.work:
                self._kept = following
                break
            batch.append(following)
        return batch


def _answer(batch: Sequence[_Asked]) -> None:
    try:
        answers = batch[0].work([one.item for one in batch])
        for one, answer in zip(batch, answers, strict=True):
            if isinstance(answer, Exception):
                one.answer.set_exception(answer)
            else:
                one.answer.set_result(answer)
    except BaseException as error:
        for one in batch:
            if not one.answer.done():
                one.answer.set_exception(error)
