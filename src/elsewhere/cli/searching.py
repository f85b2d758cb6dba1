"""The work of `elsewhere search`."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.cli.finding import draw_found, refuse_other_store, strip_files
from elsewhere.cli.retrieving import retrieval_of, wanted_of
from elsewhere.cli.serving import (
    Model,
    complain_unread,
    open_model,
    output,
    progress_bar,
    refuse_overwriting,
    refuse_picture_name,
)
from elsewhere.data import InputImage, find_images
from elsewhere.errors import ConfigError, DataError
from elsewhere.reports.files import write_atomically
from elsewhere.reports.search import answer_lines, threshold_note
from elsewhere.reports.search_files import search_csv, search_json
from elsewhere.retrieval import Embeddings, Loading, look, open_embeddings
from elsewhere.retrieval.naming import Answer, find_itself, name_found, number_individuals
from elsewhere.retrieval.searching import search

SHOWN = 20
"""Pictures answered on the terminal where the rest is in a file."""


def search_images(options: argparse.Namespace) -> None:
    """Search for what the options name; print the answers and write what they ask for.

    Raises:
        DataError: when all is done, if a picture could not be read.
    """
    out = None if options.out is None else Path(options.out)
    if options.csv is not None and Path(options.csv).is_dir():
        raise ConfigError(f"--csv {options.csv}: a folder; name a file to write to")
    refuse_picture_name("--csv", options.csv)
    if out is not None and out.exists() and not out.is_dir():
        raise ConfigError(f"--out {out}: a file; name a folder for the strips")
    _keep_out_of(Path(options.store), options)
    store = open_embeddings(options.store)
    if not len(store):
        raise DataError(f"{store.folder}: holds no picture that could be read; embed some")
    images = find_images(options.images, without=out)
    if out is not None:
        there = (Path(path) for path in store.column("path") if path is not None)
        refuse_overwriting(strip_files(images, out), [*(image.path for image in images), *there])
    model = open_model(options.model, options.device)
    refuse_other_store(model, store)
    answers = _answer(model, store, images, options)
    if out is not None:
        with progress_bar("drawing", len(images)) as bar:
            for done in draw_found(model, images, answers, out):
                bar.update(bar.task_ids[0], completed=done)
    for file in (options.csv, None if out is None else out / "results.csv"):
        if file is not None:
            write_atomically(Path(file), search_csv(answers))
    _print(model, store, answers, options)
    complain_unread([answer.file for answer in answers if answer.problem], len(images))


def _keep_out_of(store: Path, options: argparse.Namespace) -> None:
    """Keep answers out of a store, whose files they could replace."""
    for option, folder in (
        ("--csv", options.csv and Path(options.csv).parent),
        ("--out", options.out and Path(options.out)),
    ):
        if folder and folder.resolve() == store.resolve():
            raise ConfigError(f"{option}: {store} holds the embeddings; name another folder")


def _answer(
    model: Model, store: Embeddings, images: Sequence[InputImage], options: argparse.Namespace
) -> list[Answer]:
    rows, vectors, problems = _look(model, images, Loading(options.batch, options.workers))
    asked = [images[row] for row in rows]
    individuals = number_individuals(store)
    itself = find_itself(store, asked)
    with progress_bar("searching", len(store)) as bar:

        def report(done: int, total: int) -> None:
            bar.update(bar.task_ids[0], completed=done, total=total)

        searched = search(store, vectors, individuals, options.top, left_out=itself, report=report)
    named = name_found(store, asked, searched, individuals, itself, retrieval_of(model))
    answers = dict(zip(rows, named, strict=True))
    for row, problem in problems.items():
        answers[row] = Answer(images[row].name, problem=problem)
    return [answers[row] for row in range(len(images))]


def _look(
    model: Model, images: Sequence[InputImage], loading: Loading
) -> tuple[list[int], Float[Tensor, "rows size"], dict[int, str]]:
    """Rows of the pictures that have a vector, their vectors, and why others have none."""
    rows: list[int] = []
    vectors: list[Tensor] = []
    problems: dict[int, str] = {}
    with progress_bar("looking", len(images)) as bar:
        for batch in look(model.network, images, wanted_of(model), loading):
            rows += batch.rows
            vectors += list(batch.vectors)
            problems.update(batch.problems)
            bar.update(bar.task_ids[0], advance=batch.total)
    if not rows:
        first = min(problems)
        others = f" (nor can {len(problems) - 1} more)" if len(problems) > 1 else ""
        raise DataError(f"{images[first].name}: {problems[first]}{others}")
    return rows, torch.stack(vectors), problems


def _print(
    model: Model, store: Embeddings, answers: Sequence[Answer], options: argparse.Namespace
) -> None:
    retrieval = retrieval_of(model)
    if options.json:
        places = {"model": str(model.folder), "store": str(store.folder)}
        print(search_json(answers, **places, images=len(store), retrieval=retrieval), end="")
        return
    file = options.csv or (options.out and Path(options.out) / "results.csv")
    shown = answers[:SHOWN] if file is not None else answers
    lines = [line for answer in shown for line in (*answer_lines(answer, retrieval), "")]
    if len(shown) < len(answers):
        lines.append(f"… {len(answers) - len(shown)} more in {file}")
    lines.append(threshold_note(retrieval, len(store)))
    output().print("\n".join(lines), markup=False, soft_wrap=True)
