"""Letting through what a person should read, and nothing else."""

import logging
import os
import sys
import warnings
from typing import Any

from elsewhere.cli.command import one_line


def hush() -> None:
    """Silence the chatter of libraries; show our own warnings as one line each.

    Errors still get through, and so does everything with `--debug`'s traceback.
    """
    for name in ("lightning.pytorch", "lightning.fabric", "lightning", "httpx", "timm"):
        logging.getLogger(name).setLevel(logging.ERROR)
    logging.getLogger("huggingface_hub").setLevel(logging.CRITICAL)
    for module in ("lightning", "torch", "torchmetrics", "timm", "jsonargparse"):
        warnings.filterwarnings("ignore", module=rf"{module}\b.*")
    warnings.showwarning = _show
    # of several processes, the first speaks
    first = os.environ.get("LOCAL_RANK", "0") == "0"
    logging.basicConfig(
        format="elsewhere: %(message)s", level=logging.WARNING if first else logging.ERROR
    )
    if not first:
        warnings.simplefilter("ignore")


def _show(message: Warning | str, category: type[Warning], *_: Any, **__: Any) -> None:
    if not issubclass(category, DeprecationWarning | FutureWarning):
        print(f"elsewhere: {one_line(str(message))}", file=sys.stderr)
