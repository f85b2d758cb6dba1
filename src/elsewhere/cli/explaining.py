"""The work of `elsewhere explain`."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from rich.console import Console

from elsewhere.cli.serving import (
    Model,
    open_model,
    output,
    progress_bar,
    refuse_overwriting,
    refuse_unread,
    require_classes,
)
from elsewhere.data import InputImage, find_images, seen_picture
from elsewhere.data.inputs import InputBatch
from elsewhere.errors import DataError
from elsewhere.functional.region import attention_to_box
from elsewhere.reports.explanation import (
    EMBEDDED,
    Explained,
    draw_panel,
    encode_panel,
    explanation_page,
    page_section,
    panel_names,
)
from elsewhere.reports.files import write_atomically
from elsewhere.reports.predictions import Prediction, Ranked, class_probabilities, rank_classes
from elsewhere.reports.result import read_result
from elsewhere.reports.wording import listing

TOP = 4


class _Asked(NamedTuple):
    """A model under its name on the panels, and the class it is asked about."""

    name: str
    model: Model
    target: int | None


def explain_images(options: argparse.Namespace) -> None:
    """Draw what the options name.

    Raises:
        DataError: when all is done, if a picture could not be read.
    """
    out = Path(options.out)
    images = find_images(options.images, without=out)
    panels = (out / name for name in panel_names([image.place for image in images]))
    refuse_overwriting(panels, (image.path for image in images))
    models = _open(options)
    notes = _notes(models)
    for note in notes:
        Console(stderr=True, highlight=False, markup=False).print(note, soft_wrap=True)
    with torch.inference_mode():
        sections, answers = _draw(models, images, out, options)
    unread = [answer for answer in answers if answer.problem]
    drawn = len(answers) - len(unread)
    titles = [f"{asked.name} ({asked.model.folder})" for asked in models]
    html = explanation_page(titles, sections, total=drawn, notes=notes, unread=unread)
    write_atomically(out / "index.html", html)
    done = f"{drawn} {'panel' if drawn == 1 else 'panels'} and {out / 'index.html'}"
    output().print(done, markup=False, soft_wrap=True)
    refuse_unread(answers)


def _draw(
    models: Sequence[_Asked],
    images: Sequence[InputImage],
    out: Path,
    options: argparse.Namespace,
) -> tuple[list[str], list[Prediction]]:
    """Write every panel; return the page's sections and the first model's answers."""
    names = panel_names([image.place for image in images])
    sections: list[str] = []
    answers: list[Prediction] = []
    with progress_bar("explaining", len(images)) as bar:
        for row, looks in _explain(models, images, options):
            if isinstance(looks, Prediction):
                answers.append(looks)
            else:
                answers.append(looks[0].prediction)
                png = encode_panel(draw_panel(looks))
                write_atomically(out / names[row], png)
                if len(sections) < EMBEDDED:
                    sections.append(page_section(images[row].name, looks, png))
            bar.advance(bar.task_ids[0])
    return sections, answers


def _open(options: argparse.Namespace) -> list[_Asked]:
    places = [options.model, *([options.compare] if options.compare is not None else [])]
    models = [open_model(place, options.device) for place in places]
    for model in models:
        require_classes(model, "elsewhere compare MODEL A B --out pair.png draws what two share")
    targets = [
        None if options.target is None else model.find_class(options.target) for model in models
    ]
    names = model_names([model.folder for model in models])
    return [_Asked(*each) for each in zip(names, models, targets, strict=True)]


def model_names(folders: Sequence[Path]) -> list[str]:
    """Short names of models that tell them apart: their methods, or where their folders differ."""
    methods = [_method(folder) for folder in folders]
    if all(methods) and len(set(methods)) == len(folders):
        return [method or "" for method in methods]
    parts = [list(_run(folder).absolute().parts) for folder in folders]
    if len(parts) == 1:
        return ["/".join(parts[0][-2:])]
    while all(parts) and len({each[0] for each in parts}) == 1:
        parts = [each[1:] for each in parts]
    while all(parts) and len({each[-1] for each in parts}) == 1:
        parts = [each[:-1] for each in parts]
    names = ["/".join(each) for each in parts]
    if all(names) and len(set(names)) == len(names):
        return names
    return [f"model {number}" for number in range(1, len(folders) + 1)]


def _run(bundle: Path) -> Path:
    return bundle.parent if bundle.name == "bundle" else bundle


def _method(bundle: Path) -> str | None:
    try:
        return read_result(_run(bundle) / "result.json")["method"]
    except DataError:
        return None


def _notes(models: Sequence[_Asked]) -> list[str]:
    """What is worth knowing before the pictures are looked at."""
    pooled = [asked.name for asked in models if asked.model.network.pooling != "average"]
    notes = []
    if pooled:
        notes.append(
            f"No evidence for {listing(pooled)}: with max pooling a logit is no sum over positions."
        )
    known = [set(asked.model.network.class_names) for asked in models]
    if len(known) == 2 and known[0] != known[1]:
        first, second = (asked.name for asked in models)
        notes.append(
            f"The models know different classes: {len(known[0] & known[1])} in common, "
            f"{len(known[0] - known[1])} only {first}, {len(known[1] - known[0])} only {second}. "
            "Each answers with its own."
        )
    return notes


def _explain(
    models: Sequence[_Asked], images: Sequence[InputImage], options: argparse.Namespace
) -> Iterator[tuple[int, list[Explained] | Prediction]]:
    """Every picture's row with what each model made of it, or why it was not read."""
    streams = [asked.model.load(images, options) for asked in models]
    for batches in zip(*streams, strict=True):
        looked = [
            _look(asked, batch, images) if batch.rows else {}
            for asked, batch in zip(models, batches, strict=True)
        ]
        for row in sorted([*batches[0].rows, *batches[0].problems]):
            if row in batches[0].problems:
                yield row, Prediction(images[row].name, problem=batches[0].problems[row])
            else:
                yield row, [_explained(one[row], images[row]) for one in looked]


class _Looked(NamedTuple):
    """What a model made of a picture, the picture itself not yet opened to be shown."""

    asked: _Asked
    prediction: Prediction
    target: Ranked
    attention: torch.Tensor
    evidence: torch.Tensor | None


def _look(asked: _Asked, batch: InputBatch, images: Sequence[InputImage]) -> dict[int, _Looked]:
    network = asked.model.network
    output = network(batch.images)
    probabilities = class_probabilities(output.logits, network.calibration)
    predictions = rank_classes(
        [images[row].name for row in batch.rows],
        probabilities,
        network.class_names,
        top=TOP,
        unsure_below=network.calibration.unsure_below if network.calibration else 0.0,
    )
    targets = (
        output.logits.argmax(dim=1)
        if asked.target is None
        else torch.full_like(batch.images[:, 0, 0, 0], asked.target, dtype=torch.long)
    )
    evidence = network.evidence(output, targets).cpu() if network.pooling == "average" else None
    attention = output.attention.float().cpu()
    return {
        row: _Looked(
            asked,
            predictions[place],
            Ranked(network.class_names[target], float(probabilities[place, target])),
            attention[place],
            None if evidence is None else evidence[place],
        )
        for place, (row, target) in enumerate(zip(batch.rows, targets.tolist(), strict=True))
    }


def _explained(looked: _Looked, image: InputImage) -> Explained:
    model = looked.asked.model
    picture = seen_picture(image.path, model.preprocessing)
    size = (picture.shape[1], picture.shape[2])
    box = attention_to_box(looked.attention[None], size=size)[0].tolist()
    calibration = model.network.calibration
    return Explained(
        model=looked.asked.name,
        picture=picture,
        prediction=looked.prediction,
        target=looked.target,
        unsure_below=calibration.unsure_below if calibration else 0.0,
        attention=looked.attention.numpy(),
        evidence=None if looked.evidence is None else looked.evidence.numpy(),
        box=(box[0], box[1], box[2], box[3]),
    )
