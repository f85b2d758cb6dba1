"""Running an exported file, by the library that knows its kind and by nothing of torch."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from elsewhere.errors import CheckpointError, ConfigError, one_line
from elsewhere.export.metadata import KEY, KINDS, Description, read_description

EXTRA = "pip install elsewhere[export]"


@runtime_checkable
class Session(Protocol):
    """A file that answers; `description` is what its numbers mean."""

    description: Description

    def __call__(self, images: Float[np.ndarray, "batch 3 h w"]) -> dict[str, np.ndarray]:
        """Every output by its name."""
        ...


def is_exported(place: str | Path) -> bool:
    """Whether a model's name is that of an exported file."""
    return Path(place).suffix.lower() in KINDS


def open_session(file: Path, *, bfloat16: bool = False) -> Session:
    """Open an exported file, .onnx or .xml.

    `bfloat16` lets OpenVINO compute with 8 bits of precision, where the processor can.
    """
    if not file.is_file():
        raise CheckpointError(f"{file}: no such file")
    kind = KINDS.get(file.suffix.lower())
    if kind == "torch":
        raise ConfigError(
            f"{file}: a program for torch, opened by torch.export.load(FILE).module(); name a run, "
            "a bundle, or an .onnx or .xml file"
        )
    if bfloat16 and kind != "openvino":
        raise ConfigError(f"{file}: ONNX Runtime has no faster way on a CPU; export --to openvino")
    try:
        return OpenvinoSession(file, bfloat16) if kind == "openvino" else OnnxSession(file)
    except ImportError as error:
        name = "openvino" if kind == "openvino" else "onnxruntime"
        raise ConfigError(f"{file}: {name} runs such files and is missing: {EXTRA}") from error


class OnnxSession:
    """A file that ONNX Runtime runs on the CPU."""

    def __init__(self, file: Path) -> None:
        import onnxruntime

        onnxruntime.set_default_logger_severity(3)  # errors, which are raised besides
        try:
            self._session = onnxruntime.InferenceSession(
                str(file), providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its errors have no common class of their own
            raise _unreadable(file, error) from error
        told = self._session.get_modelmeta().custom_metadata_map
        self.description = read_description(told.get(KEY), str(file))
        self._names = [output.name for output in self._session.get_outputs()]
        _require(self._names, self.description, file)

    def __call__(self, images: Float[np.ndarray, "batch 3 h w"]) -> dict[str, np.ndarray]:
        """Every output by its name."""
        return dict(zip(self._names, self._session.run(None, {"images": images}), strict=True))


class OpenvinoSession:
    """A file that OpenVINO runs on the CPU, in float32 unless told otherwise."""

    def __init__(self, file: Path, bfloat16: bool = False) -> None:
        import openvino

        core = openvino.Core()
        try:
            read = core.read_model(file)
            told = read.get_rt_info(KEY).value if read.has_rt_info(KEY) else None
            hints = {"INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32"}
            self._compiled = core.compile_model(read, "CPU", hints)
        except Exception as error:  # a RuntimeError of many lines
            raise _unreadable(file, error) from error
        self.description = read_description(told, str(file))
        self._names = list(self.description.outputs)
        found = [name for output in read.outputs for name in output.get_names()]
        _require(found, self.description, file)

    def __call__(self, images: Float[np.ndarray, "batch 3 h w"]) -> dict[str, np.ndarray]:
        """Every output by its name."""
        found: Any = self._compiled({"images": images})
        return {name: found[name] for name in self._names}


def _require(there: Sequence[str], description: Description, file: Path) -> None:
    missing = sorted(description.outputs.keys() - set(there))
    if missing:
        raise CheckpointError(f"{file}: lacks its output {missing[0]}; export it again")


def _unreadable(file: Path, error: Exception) -> CheckpointError:
    said = one_line(str(error))[:200]
    return CheckpointError(f"{file}: cannot be run ({said}); export it again")
