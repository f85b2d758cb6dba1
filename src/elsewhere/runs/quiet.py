"""Letting through what a person should read while a run is made, and nothing else."""

import logging
import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from elsewhere.errors import one_line, plain

_CHATTER = ("lightning.pytorch", "lightning.fabric", "lightning", "httpx", "timm")


@contextmanager
def quiet_libraries() -> Iterator[None]:
    """Silence the chatter of libraries while the block runs; our own warnings are a line each.

    Errors still get through. What was set before is set again afterwards.
    """
    levels = dict.fromkeys(_CHATTER, logging.ERROR) | {"huggingface_hub": logging.CRITICAL}
    before = {name: logging.getLogger(name).level for name in levels}
    # of several processes, the first speaks
    first = os.environ.get("LOCAL_RANK", "0") == "0"
    with warnings.catch_warnings(), _as_lines(logging.WARNING if first else logging.ERROR):
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        for module in ("lightning", "torch", "torchmetrics", "timm", "jsonargparse"):
            warnings.filterwarnings("ignore", module=rf"{module}\b.*")
        warnings.showwarning = _show
        if not first:
            warnings.simplefilter("ignore")
        try:
            yield
        finally:
            for name, level in before.items():
                logging.getLogger(name).setLevel(level)


@contextmanager
def _as_lines(level: int) -> Iterator[None]:
    """Print what this package logs, unless somebody takes care of it already."""
    logger = logging.getLogger("elsewhere")
    if logger.hasHandlers():
        yield
        return
    handler = logging.StreamHandler()
    handler.setFormatter(_PlainFormatter("elsewhere: %(message)s"))
    handler.setLevel(level)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


class _PlainFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return plain(super().format(record))


def _show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if not issubclass(category, DeprecationWarning | FutureWarning):
        sys.stderr.write(f"elsewhere: {one_line(str(message))}\n")
