"""A server as people start it: `elsewhere serve …` in a process of its own, over loopback."""

import re
from contextlib import contextmanager
from pathlib import Path
from time import sleep

from tests.processes import command, ends


class Served:
    """A process that serves.

    Attributes:
        address: where, with a slash at its end.
    """

    def __init__(self, words: list[str], said: Path) -> None:
        self.said = said
        self.process = command([*words, "--port=0"], said)
        self.address = self.printed(r"http://\S+")[0]

    def printed(self, pattern: str) -> re.Match[str]:
        """Wait until it has printed something, as long as it lives."""
        while not (found := re.search(pattern, self.text)):
            assert self.process.is_alive(), self.errors
            sleep(0.02)
        return found

    @property
    def text(self) -> str:
        """What it has printed."""
        return self.said.read_text() if self.said.exists() else ""

    @property
    def errors(self) -> str:
        """What it has complained of."""
        return self.said.with_suffix(".err").read_text()

    def end(self) -> int | None:
        """Ask it to end, as schedulers do, and say its status."""
        self.process.terminate()
        return ends(self.process)[0]


@contextmanager
def serving(words: list[str], said: Path):
    """A server while the block runs."""
    served = Served(words, said)
    try:
        yield served
    finally:
        served.end()
