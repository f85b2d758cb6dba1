"""How fast networks are in other forms, whether they still answer right, and what reading costs.

    python benchmarks/measure_export.py [--rounds 7] [--no-forms]
        [--grocery FOLDER (--weights FILE --runs DIR | --run DIR) --most 1000]

Everything is pinned to one core. First, batch 8 of 224 pixels: ONNX Runtime in float32 and int8,
OpenVINO in float32 and bfloat16, and torch with channels last, bfloat16 and both, against the
network as it is. Then, with photographs of the Grocery Store set and weights of EfficientNet-Lite0:
the accuracy of a trained bundle and of its other forms, on test photographs (ranges for int8 are
those of 160 validation photographs); images per second of `predict` and `embed`, reading included,
against a bare loop over the same files. Writes `results/export.json`; a part that is left out stays
there as it was.
"""

import argparse
import csv
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torchvision.transforms import v2

import elsewhere
from elsewhere.data.inputs import find_images, load_images, stream_images
from elsewhere.export.metadata import write_description
from elsewhere.export.quantizing import quantize
from elsewhere.export.sessions import open_session
from elsewhere.inference.faster import WAYS, Faster, HowComputed
from record import HERE, record
from timing import medians, ratios, take_turns

NETWORKS = {"ResNet-50": "resnet50", "MobileNetV2": "mobilenetv2_100"}
BATCH, PIXELS, HEADS, RANGES = 8, 224, 32, 160
KEYS = {
    "network.backbone": {
        "class_path": "elsewhere.TimmBackbone",
        "init_args": {"name": "tf_efficientnet_lite0", "last_stride": 1},
    },
    "network.heads": 8,
    "data.mean": [0.5, 0.5, 0.5],
    "data.std": [0.5, 0.5, 0.5],
    "data.size": 96,
    "data.resize": 106,
    "data.batch_size": 32,
    "data.workers": 0,
    "task.views": {
        "class_path": "elsewhere.tasks.TestViews",
        "init_args": {"crops": [], "mirror": False},
    },
    "trainer.max_epochs": 8,
    "trainer.accelerator": "cpu",
}
"""What differs from the recipe `folder` with the overlay `frozen`."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--grocery", type=Path, help="folder of train.txt, val.txt and test.txt")
    parser.add_argument("--weights", type=Path, help="weights of tf_efficientnet_lite0")
    parser.add_argument("--runs", type=Path, default=Path("runs/export"), help="for the training")
    parser.add_argument("--run", type=Path, help="a finished run, instead of a training")
    parser.add_argument("--most", type=int, default=10**6, help="test photographs, at random")
    parser.add_argument("--no-forms", action="store_true", help="leave out what needs no images")
    options = parser.parse_args()
    os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # no library has more threads than this
    torch.set_num_threads(1)
    found = before() | {"rounds": options.rounds, "batch": BATCH, "pixels": PIXELS}
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        if not options.no_forms:
            found["time ÷ as it is"] = {
                name: forms_of(timm, options.rounds, place) for name, timm in NETWORKS.items()
            }
            print(found)
        if options.grocery is not None:
            run = elsewhere.open_run(options.run) if options.run else train(options)
            tested, others = (
                some(listed_files(run.folder / f"images-{split}.csv", options.grocery), most)
                for split, most in (("test", options.most), ("val", RANGES))
            )
            ranges = load_images([file for file, _ in others], run.model("cpu").preprocessing)
            found["Grocery"] = accuracy(run.folder, tested, place, ranges.numpy())
            print(found["Grocery"])
            found["images per second ÷ bare loop"] = end_to_end(run.folder, tested[:256])
    print(record("export", found))


def before() -> dict[str, object]:
    """What was measured before."""
    file = HERE / "results" / "export.json"
    return json.loads(file.read_text())["results"] if file.is_file() else {}


@torch.inference_mode()
def forms_of(timm: str, rounds: int, place: Path) -> dict[str, object]:
    """Seconds of each form of a network, over those of the network as it is."""
    torch.manual_seed(0)
    network = elsewhere.AttentionNetwork(
        elsewhere.TimmBackbone(timm),
        HEADS,
        200,
        preprocessing=elsewhere.Preprocessing((PIXELS, PIXELS), (PIXELS, PIXELS)),
    ).eval()
    elsewhere.save_bundle(network, place / timm)
    images = torch.randn(BATCH, 3, PIXELS, PIXELS)
    ways = {way.name: partial(computed(place / timm, way), images) for way in WAYS}
    for name, session in sessions(place / timm, images.numpy()).items():
        ways[name] = partial(session, images.numpy())
    seconds = take_turns(ways, rounds)
    first = WAYS[0].name
    return {
        "seconds": medians(seconds),
        **{name: ratios(seconds, name, first) for name in ways if name != first},
    }


def computed(bundle: Path, way: HowComputed) -> Faster:
    """A network of its own for each way."""
    return Faster(elsewhere.load_bundle(bundle), way)


def sessions(
    bundle: Path, ranges: np.ndarray
) -> dict[str, Callable[[np.ndarray], dict[str, np.ndarray]]]:
    """A bundle's exported files, each with what runs it; int8 whether or not it would be kept."""
    model = elsewhere.open_model(bundle, "cpu")
    onnx, xml = bundle.with_suffix(".onnx"), bundle.with_suffix(".xml")
    small = bundle.with_suffix(".int8.onnx")
    model.export("onnx", onnx)
    model.export("openvino", xml)
    shutil.copy(onnx, small)
    quantize(small, ranges, write_description(open_session(onnx).description))
    return {
        "ONNX Runtime int8": open_session(small),
        "ONNX Runtime": open_session(onnx),
        "OpenVINO": open_session(xml),
        "OpenVINO bfloat16": open_session(xml, bfloat16=True),
    }


def train(options: argparse.Namespace) -> elsewhere.Run:
    """Attention and classifier on a frozen backbone, or the run that is there."""
    photographs, weights = options.grocery, options.weights
    folder = options.runs / "folder+frozen" / "seed-0"
    if (folder / "result.json").is_file():
        return elsewhere.open_run(folder)
    lists = {split: str(photographs / f"{split}.txt") for split in ("train", "val", "test")}
    keys = KEYS | {"data.path": lists, "network.backbone.weights": str(weights)}
    return elsewhere.fit("folder", "frozen", runs=options.runs, **keys)


def some(listed: list[tuple[str, str]], most: int) -> list[tuple[str, str]]:
    """So many of them, the same at every call."""
    chosen = np.random.default_rng(0).permutation(len(listed))[:most]
    return [listed[row] for row in sorted(chosen)]


def listed_files(table: Path, photographs: Path) -> list[tuple[str, str]]:
    """Files and classes of a run's split."""
    with table.open(encoding="utf-8", newline="") as file:
        return [(str(photographs / row["path"]), row["class"]) for row in csv.DictReader(file)]


def accuracy(
    run: Path, tested: list[tuple[str, str]], place: Path, ranges: np.ndarray
) -> dict[str, object]:
    """Top-1 of every form on the same inputs, in percent, and how many answers differ."""
    model = elsewhere.open_model(run, "cpu")
    files = [file for file, _ in tested]
    images = find_images(files)
    inputs = [batch.images for batch in stream_images(images, model.preprocessing, 32)]
    labels = np.array([model.class_names.index(label) for _, label in tested])
    bundle = place / "grocery"
    elsewhere.save_bundle(model.network, bundle)
    forms: dict[str, Callable[[torch.Tensor], np.ndarray]] = {
        way.name: partial(_torch_logits, computed(bundle, way)) for way in WAYS
    }
    for name, session in sessions(bundle, ranges).items():
        forms[name] = partial(_session_logits, session)
    answers = {
        name: np.concatenate([form(batch).argmax(1) for batch in inputs])
        for name, form in forms.items()
    }
    first = answers[WAYS[0].name]
    return {
        "photographs": len(labels),
        "classes": len(model.class_names),
        **{
            name: {
                "top-1, %": round(100 * float((each == labels).mean()), 2),
                "other answers": int((each != first).sum()),
            }
            for name, each in answers.items()
        },
    }


@torch.inference_mode()
def _torch_logits(network: elsewhere.AttentionNetwork, batch: torch.Tensor) -> np.ndarray:
    return network(batch).logits.numpy()


def _session_logits(session: Callable, batch: torch.Tensor) -> np.ndarray:
    return session(batch.numpy())["logits"]


def end_to_end(run: Path, tested: list[tuple[str, str]]) -> dict[str, object]:
    """Images per second of the verbs' own functions over those of a loop without any of it."""
    model = elsewhere.open_model(run, "cpu")
    files = [file for file, _ in tested]
    ways = {
        "bare loop": partial(bare_loop, model, files),
        "predict": partial(_drain, partial(model.iter_predict, files)),
        "embed": partial(_drain, partial(model.iter_embed, files)),
    }
    seconds = take_turns(ways, 5)
    return {
        "images": len(files),
        "seconds": medians(seconds),
        **{name: ratios(seconds, "bare loop", name) for name in ("predict", "embed")},
    }


@torch.inference_mode()
def bare_loop(model: elsewhere.Model, files: list[str]) -> list[int]:
    """Decode, resize, crop, normalise, stack, look: what anybody would write."""
    made = model.preprocessing
    transform = v2.Compose(
        [
            v2.PILToTensor(),
            v2.Resize(made.resize),
            v2.CenterCrop(made.crop),
            v2.ToDtype(torch.float32, scale=True),
            v2.Normalize(made.mean, made.std),
        ]
    )
    found: list[int] = []
    for start in range(0, len(files), 16):
        batch = [transform(Image.open(file).convert("RGB")) for file in files[start : start + 16]]
        found += model.network(torch.stack(batch)).logits.argmax(1).tolist()
    return found


def _drain(stream: Callable[[], Iterable[object]]) -> None:
    for _ in stream():
        pass


if __name__ == "__main__":
    main()
