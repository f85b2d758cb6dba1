"""The page beside an exported file, for whoever runs it without this package."""

from pathlib import Path

from elsewhere.errors import one_line
from elsewhere.export.metadata import KEY, Description, Kind
from elsewhere.export.parity import BOUND, Parity

_RUN: dict[Kind, str] = {
    "onnx": """\
import json
import onnxruntime

session = onnxruntime.InferenceSession("{file}", providers=["CPUExecutionProvider"])
about = json.loads(session.get_modelmeta().custom_metadata_map["{key}"])
names = [output.name for output in session.get_outputs()]
found = dict(zip(names, session.run(None, {{"images": images}})))
""",
    "openvino": """\
import json
import openvino

core = openvino.Core()
model = core.read_model("{file}")
about = json.loads(model.get_rt_info("{key}").value)
compiled = core.compile_model(model, "CPU", {{"INFERENCE_PRECISION_HINT": "f32"}})
found = compiled({{"images": images}})
""",
    "torch": """\
import json
import torch

inside = {{"{key}.json": ""}}
network = torch.export.load("{file}", extra_files=inside).module()
about = json.loads(inside["{key}.json"])
found = dict(zip(about["outputs"], network(torch.from_numpy(images))))
""",
}
_INPUT = """\
import numpy as np
from PIL import Image, ImageOps

image = ImageOps.exif_transpose(Image.open("IMAGE.jpg")).convert("RGB")
image = image.resize(({width}, {height}), Image.Resampling.BILINEAR)
image = image.crop(({left}, {top}, {right}, {bottom}))
mean, std = np.float32({mean}), np.float32({std})
images = ((np.float32(image) / 255 - mean) / std).transpose(2, 0, 1)[None]
"""
_NAME = 'print(about["classes"][found["logits"][0].argmax()])\n'


def readme(
    file: Path, to: Kind, description: Description, parity: Parity, int8: bool = False
) -> str:
    """How the file is run, what goes in, what comes out, and how far it can be trusted."""
    made = description.preprocessing
    (height, width), (tall, wide) = made.resize, made.crop
    top, left = round((height - tall) / 2), round((width - wide) / 2)
    code = _INPUT.format(
        width=width,
        height=height,
        left=left,
        top=top,
        right=left + wide,
        bottom=top + tall,
        mean=list(made.mean),
        std=list(made.std),
    )
    code += "\n" + _RUN[to].format(file=file.name, key=KEY)
    code += _NAME if description.retrieval is None else ""
    rows = [f"| {name} | {what} |" for name, what in description.outputs.items()]
    return "\n".join(
        [
            f"# {file.name}",
            "",
            f"{_what(description)} Exported by elsewhere; the file carries all of this as JSON "
            f"under `{KEY}` in its metadata.",
            "",
            f"```python\n{code}```",
            "",
            f"Images go in {tall} x {wide} pixels (height x width), any number at a time. Pillow's "
            "resizing is within one of 255 steps of what the network was tested with.",
            "",
            "| output | is |",
            "|---|---|",
            *rows,
            "",
            *_notes(description, parity, int8),
            "",
        ]
    )


def _what(description: Description) -> str:
    if description.retrieval is not None:
        vector = description.retrieval.vector
        return f"Finds individuals again: compare the cosine of two images' `{vector}`."
    names = ", ".join(one_line(name) for name in description.classes[:20])
    rest = len(description.classes) - 20
    return f"Names one of these classes: {names}{f' and {rest} more' if rest > 0 else ''}."


def _notes(description: Description, parity: Parity, int8: bool) -> list[str]:
    name, apart = parity.largest
    lines = [
        f"On {parity.images} images the outputs differ from the network's by {apart:.1e} of their "
        f"largest value at most ({name}); "
        + (
            f"{parity.images - parity.same_first} of them are given another class: it computes in "
            "eight bits, and confidence was measured without."
            if int8
            else f"more than {BOUND:g} would not have been written."
        )
    ]
    if description.calibration is not None:
        temperature = description.calibration.temperature
        lines.append(f"Divide the logits by {temperature:.6g} before the softmax.")
    retrieval = description.retrieval
    if retrieval is not None and retrieval.mirror:
        lines.append("Add the vector of the mirrored image before you compare.")
    if retrieval is not None and retrieval.threshold is not None:
        lines.append(f"From a cosine of {retrieval.threshold:.4f} on, two are called the same.")
    lines.append("The counterfactual is not in the file: it is for training alone.")
    return ["\n\n".join(lines)]
