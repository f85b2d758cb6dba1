"""Running an exported file, by the library that knows its kind and by nothing of torch."""

import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
from jaxtyping import Float

from elsewhere.errors import CheckpointError, ConfigError, one_line, printable
from elsewhere.export.metadata import KEY, KINDS, Description, read_description
from elsewhere.sharing.places import on_hub

Shape = Sequence[object]
"""What a file says of a tensor's sizes: a number where it is fixed."""
EXTRA = "pip install elsewhere[export]"


@runtime_checkable
class Session(Protocol):
    """A file that answers; `description` is what its numbers mean."""

    description: Description

    def __call__(self, images: Float[np.ndarray, "batch 3 h w"]) -> dict[str, np.ndarray]:
        """Every output by its name."""
        ...


def import_openvino() -> Any:
    """OpenVINO, without the report that it sends to its makers each time it is imported."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]  # as if missing
    import openvino

    return openvino


@cache
def openvino_core() -> Any:
    """What reads files and compiles them, one for as long as the process lives.

    As it compiles, a core gives its thread a stack for signals, which goes with the core. Where
    another thread lets go of it, the first keeps an address where nothing is, and the next signal
    ends the process.
    """
    return import_openvino().Core()


def is_exported(place: str | Path) -> bool:
    """Whether a model's name is that of an exported file."""
    return not on_hub(str(place)) and Path(place).suffix.lower() in KINDS


def open_session(file: Path, *, bfloat16: bool = False) -> Session:
    """Open an exported file, .onnx or .xml.

    `bfloat16` lets OpenVINO compute with 8 bits of precision, where the processor can.
    """
    try:
        there = file.is_file()
    except OSError as error:  # such as a name that is too long
        raise CheckpointError(f"{file}: cannot be read ({error.strerror})") from error
    if not there:
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
        shapes = {each.name: each.shape for each in self._session.get_outputs()}
        self._names = list(shapes)
        taken = {each.name: each.shape for each in self._session.get_inputs()}
        _require(taken, shapes, self.description, file)

    def __call__(self, images: Float[np.ndarray, "batch 3 h w"]) -> dict[str, np.ndarray]:
        """Every output by its name."""
        return dict(zip(self._names, self._session.run(None, {"images": images}), strict=True))


class OpenvinoSession:
    """A file that OpenVINO runs on the CPU, in float32 unless told otherwise."""

    def __init__(self, file: Path, bfloat16: bool = False) -> None:
        core = openvino_core()
        try:
            read = core.read_model(file)
            told = read.get_rt_info(KEY).value if read.has_rt_info(KEY) else None
            hints = {"INFERENCE_PRECISION_HINT": "bf16" if bfloat16 else "f32"}
            self._compiled = core.compile_model(read, "CPU", hints)
        except Exception as error:  # a RuntimeError of many lines
            raise _unreadable(file, error) from error
        self.description = read_description(told, str(file))
        self._names = list(self.description.outputs)
        taken, shapes = (
            {name: _sizes(each.partial_shape) for each in side for name in each.get_names()}
            for side in (read.inputs, read.outputs)
        )
        _require(taken, shapes, self.description, file)

    def __call__(self, images: Float[np.ndarray, "batch 3 h w"]) -> dict[str, np.ndarray]:
        """Every output by its name."""
        found: Any = self._compiled({"images": images})
        return {name: found[name] for name in self._names}


def _sizes(shape: Any) -> Shape:
    return [each.get_length() if each.is_static else None for each in shape]


def _require(
    taken: Mapping[str, Shape], given: Mapping[str, Shape], description: Description, file: Path
) -> None:
    """See that the file takes and gives what it says of itself."""
    needed = {"logits", *description.outputs}
    if description.familiarity is not None:
        needed.add("familiarity")
    missing = sorted(needed - given.keys()) or sorted(needed - description.outputs.keys())
    if missing:
        raise CheckpointError(f"{file}: lacks its output {missing[0]}; export it again")
    crop, classes = description.preprocessing.crop, len(description.classes)
    sizes = taken.get("images", ())
    if taken.keys() != {"images"} or not _fit(sizes, (None, 3, *crop)):
        raise CheckpointError(
            f"{file}: says that it takes images of {crop[0]}×{crop[1]}, and takes "
            f"{printable(str({name: list(shape) for name, shape in taken.items()}))}; "
            "export it again"
        )
    if not _fit(given["logits"], (None, classes)):
        raise CheckpointError(
            f"{file}: names {classes} classes, and its logits are {list(given['logits'])}; "
            "export it again"
        )


def _fit(sizes: Shape, wanted: tuple[int | None, ...]) -> bool:
    """Whether sizes can be the wanted ones, where both are known."""
    return len(sizes) == len(wanted) and all(
        have == want or not (isinstance(have, int) and isinstance(want, int))
        for have, want in zip(sizes, wanted, strict=True)
    )


def _unreadable(file: Path, error: Exception) -> CheckpointError:
    said = one_line(str(error))[:200]
    return CheckpointError(f"{file}: cannot be run ({said}); export it again")
