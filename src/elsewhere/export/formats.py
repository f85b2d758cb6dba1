"""Writing the traced network in each format, its description inside."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import torch
from torch.export import ExportedProgram

from elsewhere.errors import ConfigError
from elsewhere.export.metadata import KEY, Kind
from elsewhere.export.sessions import EXTRA, import_openvino, openvino_core

INSIDE = f"{KEY}.json"
"""Where the description lies in a program of torch."""


def require_libraries(to: Kind) -> None:
    """See that what a format is written and compared with is there."""
    needed = {"torch": (), "onnx": ("onnx", "onnxscript", "onnxruntime")}
    needed["openvino"] = ("onnx", "onnxscript", "openvino")
    for name in needed[to]:
        if find_spec(name) is None:
            raise ConfigError(f"export --to {to} needs {name}: {EXTRA}")


def write_format(
    program: ExportedProgram, names: list[str], description: str, to: Kind, file: Path
) -> list[Path]:
    """Write a network's program in a format; returns the files, the one to name last.

    `names` are of its outputs; `description` is for the file's metadata.
    """
    with hushed():
        if to == "torch":
            torch.export.save(program, file, extra_files={INSIDE: description})
            return [file]
        _write_onnx(program, names, description, file.with_suffix(".onnx"))
        if to == "onnx":
            return [file]
        return _onnx_to_openvino(file.with_suffix(".onnx"), description, file)


def _write_onnx(program: ExportedProgram, names: list[str], description: str, file: Path) -> None:
    written = torch.onnx.export(
        program, dynamo=True, input_names=["images"], output_names=names, verbose=False
    )
    assert written is not None
    written.model.metadata_props[KEY] = description
    written.save(str(file))


def _onnx_to_openvino(onnx: Path, description: str, file: Path) -> list[Path]:
    model = openvino_core().read_model(onnx)
    model.set_rt_info(description, KEY)
    import_openvino().save_model(model, file, compress_to_fp16=False)
    onnx.unlink()
    return [file.with_suffix(".bin"), file]


@contextmanager
def hushed() -> Iterator[None]:
    """What the exporters tell of their own insides is nothing that a user could act on."""
    loggers = [logging.getLogger(name) for name in ("", "torch.onnx", "onnxscript", "onnx_ir")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)
