"""Testing an embedding: every test set under its protocol, the threshold, and what is written."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple, cast

from elsewhere.data.protocols import TestSet
from elsewhere.data.reidentification import ReidentificationData
from elsewhere.files.writing import write_atomically
from elsewhere.reports.grounds import RankingAgainst, RankingFigures
from elsewhere.reports.result import RetrievalResult, RunFacts, SetResult, write_result
from elsewhere.reports.retrieval.report import SetPictures, retrieval_report
from elsewhere.reports.retrieval.strips import draw_set, picture_files
from elsewhere.reports.retrieval.summary import queries_table, summarize_set
from elsewhere.reports.retrieval.trials import Searched, copies_left_out, trial_pairs
from elsewhere.runs.building import BuiltRun
from elsewhere.runs.features import tested_features
from elsewhere.runs.measuring.threshold import set_threshold
from elsewhere.runs.untrained import untrained_score
from elsewhere.structures import RetrievalVector
from elsewhere.tasks import Reidentification
from elsewhere.tasks.embedding import EmbeddingRows
from elsewhere.tasks.scoring import Scored, nearest_in, score, score_by_chance

_SHOWN = 10


class Tested(NamedTuple):
    """One test set and how its queries fared: every trial, for every vector.

    `reranked` are the trials of the run's own vector, re-ranked; None where that was not asked.
    """

    of: TestSet
    rows: EmbeddingRows
    scored: dict[RetrievalVector, list[Scored]]
    reranked: list[Scored] | None


def measure_retrieval(run: BuiltRun, facts: RunFacts, folder: Path) -> tuple[str, ...]:
    """Test every set and write result, tables and report; return what, in words.

    Nothing is written, and none returned, in processes other than the first.
    """
    data, task = cast(ReidentificationData, run.data), cast(Reidentification, run.task)
    held_out, rows = _embed(run, data, task)
    if not run.trainer.is_global_zero:
        return ()
    own = None
    if held_out is not None:
        validation = {"val": (held_out, rows.pop(0))}
        # what is known by heart says nothing of strangers: such a threshold would be too sure
        if not set(held_out.table.class_names) & set(data.class_names):
            embedded = zip(data.test_sets.values(), rows, strict=True)
            tests = dict(zip(data.test_sets, embedded, strict=True))
            retrieval, own = set_threshold(_retrieval(task), validation, tests)
            task.network.retrieval = retrieval
    judging, before = set(own["by"]) if own else set(), facts["untrained"]
    tested = {
        name: _score(task, each, of_set)
        for (name, each), of_set in zip(data.test_sets.items(), rows, strict=True)
    }
    result: RetrievalResult = {
        **facts,
        "task": "reidentification",
        "identities": len(data.class_names),
        "selected_on": data.validate_on,
        "retrieval_vector": task.kinds[0],
        "mirror": _retrieval(task).mirror,
        "metric": "euclidean, normalised",
        "own_threshold": own,
        "sets": {
            name: {
                **_summarize(task, each, None if name in judging else _retrieval(task).threshold),
                "against": _against(each, untrained_score(before, name, len(each.of.table))),
            }
            for name, each in tested.items()
        },
    }
    return _write(run, folder, result, tested)


def _embed(
    run: BuiltRun, data: ReidentificationData, task: Reidentification
) -> tuple[TestSet | None, list[EmbeddingRows]]:
    """Embed the identities held out, if there are any, and then every test set, in one test."""
    held_out = data.held_out
    sets = [*([held_out] if held_out else []), *data.test_sets.values()]
    with tested_features(run):
        loaders = [data.loader_of(each.table) for each in sets]
        run.trainer.test(task, dataloaders=loaders, verbose=False)
    return held_out, [embedding.rows() for embedding in task.embeddings]


def _score(task: Reidentification, of: TestSet, rows: EmbeddingRows) -> Tested:
    scored = {kind: score(rows.of(kind), of) for kind in task.kinds}
    again = score(rows.of(task.kinds[0]), of, reranked=True) if task.reranked else None
    return Tested(of, rows, scored, again)


def _summarize(task: Reidentification, tested: Tested, threshold: float | None) -> SetResult:
    own, of = task.kinds[0], tested.of
    trials = [scored.trial for scored in tested.scored[own]]
    return summarize_set(
        of.protocol.name,
        [trial.sides(of.table) for trial in trials],
        {kind: [each.ranking for each in scored] for kind, scored in tested.scored.items()},
        own,
        reranked=[each.ranking for each in tested.reranked] if tested.reranked else None,
        pairs=trial_pairs(of, trials, tested.rows.of(own)),
        threshold=threshold,
        copies=copies_left_out(of, trials[0]),
    )


def _against(tested: Tested, before: dict[str, Any] | None) -> RankingAgainst:
    """What the figures stand against: a random order of each gallery, the untrained backbone."""
    scored = next(iter(tested.scored.values()))
    chance = score_by_chance(scored, tested.of)
    known: RankingFigures | None = None
    if before is not None:
        known = {"mAP": before["mAP"], "rank1": before["rank1"]}
    return {"chance": {"mAP": chance[0], "rank1": chance[1]}, "untrained": known}


def _write(
    run: BuiltRun, folder: Path, result: RetrievalResult, tested: Mapping[str, Tested]
) -> tuple[str, ...]:
    network = run.task.network.eval()
    write_result(folder / "result.json", result)
    shown: dict[str, SetPictures] = {}
    for name, each in tested.items():
        own = result["retrieval_vector"]
        scored, vectors = each.scored[own], each.rows.of(own)
        trials = [one.trial for one in scored]
        near = [nearest_in(vectors, each.of, trial, _SHOWN) for trial in trials]
        sides = [trial.sides(each.of.table) for trial in trials]
        table = queries_table(sides, [one.ranking for one in scored], near)
        write_atomically(folder / f"queries-{name}.csv", table)
        searched = Searched(each.of.table, trials[0], scored[0].ranking, near[0], vectors)
        shown[name] = draw_set(network, searched)
        for file, picture in picture_files(name, shown[name]).items():
            write_atomically(folder / file, picture)
    write_atomically(folder / "report.html", retrieval_report(result, pictures=shown))
    return ("result, report, per-query tables, strips",)


def _retrieval(task: Reidentification) -> Any:
    assert task.network.retrieval is not None
    return task.network.retrieval
