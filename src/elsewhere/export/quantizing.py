"""A file in whole numbers of eight bits, whose ranges are taken from images."""

import hashlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from jaxtyping import Float

from elsewhere.errors import ModelError
from elsewhere.export.metadata import KEY

LEAST = 32
"""Images, at least: one half for the ranges, the other to compare file and network on."""
OTHERS = 0.1
"""Share of images that may be given another class than the network gives them."""
_BATCH = 16


class _Batches:
    """Images as ONNX Runtime asks for them."""

    def __init__(self, images: Float[np.ndarray, "some 3 height width"]) -> None:
        starts = range(0, len(images), _BATCH)
        self._coming: Iterator[np.ndarray] = (images[each : each + _BATCH] for each in starts)

    def get_next(self) -> dict[str, np.ndarray] | None:
        """The next of them; None where there are no more."""
        batch = next(self._coming, None)
        return None if batch is None else {"images": batch}


def quantize(
    file: Path, images: Float[np.ndarray, "some 3 height width"], description: str
) -> None:
    """Put an .onnx file's weights and what flows through it into eight bits, in its place.

    Ranges are found by the images; `description` is for the file's metadata.
    """
    import onnx
    from onnxruntime.quantization import QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    ready = file.with_name(f"ready-{file.name}")
    quant_pre_process(file, ready, skip_symbolic_shape=True)
    quantize_static(
        ready,
        file,
        _Batches(images),
        per_channel=True,
        activation_type=QuantType.QUInt8,
        weight_type=QuantType.QInt8,
    )
    model = onnx.load(file)
    onnx.helper.set_model_props(model, {KEY: description})
    onnx.save(model, file)


def quantized_fingerprint(
    fingerprint: str, images: Float[np.ndarray, "some 3 height width"]
) -> str:
    """Of a file in eight bits: its vectors are others than its bundle's, and are never mixed."""
    digest = hashlib.sha256(f"{fingerprint} int8".encode())
    digest.update(np.ascontiguousarray(images).tobytes())
    return digest.hexdigest()


def require_images(count: int) -> None:
    """See that there are images enough to find ranges by."""
    if count < LEAST:
        raise ModelError(
            f"--int8: {count} images; name {LEAST} or more (better some hundred) such as the "
            "model will see, with --images"
        )
