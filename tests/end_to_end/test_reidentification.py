"""Finding individuals again as a person does it: fit, what it leaves behind, test again, resume."""

import csv
import shutil
import signal
from pathlib import Path
from typing import NamedTuple

import pytest
import torch
from tests.processes import command, ends, ranks

import elsewhere
from elsewhere.callbacks import read_checkpoint
from elsewhere.cli import main
from elsewhere.data.inputs import load_images
from elsewhere.data.reidentification import ReidentificationData
from elsewhere.drawn import (
    Duke,
    Individuals,
    Market,
    Msmt17,
    VehicleId,
    Veri,
)
from elsewhere.models import retrieval_vectors
from elsewhere.recipes.composition import compose
from elsewhere.reports.result import read_result
from elsewhere.runs.building import build_run
from elsewhere.tasks import scoring

pytestmark = pytest.mark.slow

TINY = """
data:
  init_args:
    size: [32, 16]
    identities_per_batch: 4
    images_per_identity: 2
    workers: 0
    augment: {pad: 2}
network:
  backbone:
    class_path: elsewhere.SmallResNet
  heads: 4
  head:
    class_path: elsewhere.EmbeddingHead
    init_args: {size: 16}
task:
  init_args:
    compared: [pooled, embedding, neck, logits]
    reranked: true
trainer:
  accelerator: cpu
"""
SETS = {
    "market": Market,
    "duke": Duke,
    "msmt17": Msmt17,
    "veri": Veri,
    "vehicleid": VehicleId,
}


class Lodge(NamedTuple):
    """Where these tests work: drawn sets in every layout, and what makes a run tiny."""

    root: Path

    def words(self, *more: str, verb: str = "fit", recipe: str = "drawn-persons") -> list[str]:
        start = [verb, "--config", recipe, "--config", str(self.root / "tiny.yaml")]
        runs = [] if any(word.startswith("--runs") for word in more) else [f"--runs={self.runs}"]
        return [*start, f"--data.root={self.root}", *runs, *more]

    @property
    def runs(self) -> Path:
        return self.root / "runs"

    def drawn(self, *more: str, verb: str = "fit") -> list[str]:
        counts = [f"--data.{name}={count}" for name, count in DRAWN.items()]
        return self.words(*counts, "--trainer.max_epochs=2", *more, verb=verb)


DRAWN = {"identities": 8, "val_identities": 5, "test_identities": 4, "pixels": 32}


@pytest.fixture(scope="session")
def lodge(tmp_path_factory) -> Lodge:
    made = Lodge(tmp_path_factory.mktemp("lodge"))
    (made.root / "tiny.yaml").write_text(TINY)
    for name, layout in SETS.items():
        layout(train=8, test=6, sightings=2, shots=2, size=32).write(made.root / name)
    return made


@pytest.fixture(scope="session")
def found(lodge) -> Path:
    """The folder of a finished CAL run."""
    assert main(lodge.drawn()) == 0
    return lodge.runs / "drawn-persons+tiny" / "seed-0"


def test_a_run_leaves_everything_it_promises(found):
    for name in ("config.yaml", "result.json", "report.html", "bundle/bundle.json"):
        assert (found / name).is_file(), name
    for name in ("last.ckpt", "best.ckpt"):
        assert (found / "checkpoints" / name).is_file(), name
    for pattern in ("strips-*.png", "match-*.png", "queries-*.csv"):
        assert list(found.glob(pattern)), pattern


def test_the_result_names_its_protocol_and_scores_all_four_vectors(found):
    result = read_result(found / "result.json")
    assert (result["retrieval_vector"], result["mirror"]) == ("embedding", True)
    assert result["selected_on"] == "val"
    (measured,) = result["sets"].values()
    assert measured["protocol"] == "each-against-rest, other cameras"
    assert set(measured["vectors"]) == {"pooled", "embedding", "neck", "logits"}
    assert measured["reranked"] is not None
    assert measured["verification"]["calibrated"] is not None


def test_figures_stand_against_chance_and_the_backbone_as_it_was_given(found, lodge):
    result = read_result(found / "result.json")
    ((name, measured),) = result["sets"].items()
    run = build_run("fit", compose([found], {}))
    tested = run.data.test_sets[name]
    table = tested.table
    dataset, backbone = run.data.dataset_of(table), run.task.network.backbone.eval()
    with torch.no_grad():
        rows = [backbone(dataset[row].image[None]).mean(dim=(2, 3))[0] for row in range(len(table))]
    ((_, ranking),) = scoring.score(torch.stack(rows), tested)
    before, chance = measured["against"]["untrained"], measured["against"]["chance"]
    assert before == {
        "mAP": pytest.approx(ranking.mAP), "rank1": pytest.approx(float(ranking.cmc[0]))
    }  # fmt: skip
    # of 6 individuals with 12 images each, a query's own camera is left out
    assert 1 / 8 < chance["rank1"] < chance["mAP"] < 1 / 3
    assert "untrained backbone" in (found / "report.html").read_text()


def test_the_table_of_queries_gives_the_same_figures(found):
    result = read_result(found / "result.json")
    ((name, measured),) = result["sets"].items()
    with (found / f"queries-{name}.csv").open() as file:
        rows = [row for row in csv.DictReader(file) if row["matches"] != "0"]
    assert len(rows) == measured["queries"] - measured["without_match"]
    own = measured["vectors"]["embedding"]
    precision = [float(row["average precision"]) for row in rows]
    assert own["mAP"] == pytest.approx(sum(precision) / len(rows), abs=1e-6)
    hits = [row["first match"] == "1" for row in rows]
    assert own["cmc"]["1"] == pytest.approx(sum(hits) / len(rows))


def test_testing_again_gives_the_same_figures(found, lodge, tmp_path):
    before = read_result(found / "result.json")
    again = tmp_path / "drawn-persons+tiny" / "seed-0"
    shutil.copytree(found, again)
    words = lodge.drawn("--data.test_batch_size=5", f"--runs={tmp_path}", verb="test")
    assert main(words) == 0
    after = read_result(again / "result.json")
    assert after["training"] == before["training"]
    for name, measured in before["sets"].items():
        for vector, score in measured["vectors"].items():
            again = after["sets"][name]["vectors"][vector]
            assert again["mAP"] == pytest.approx(score["mAP"], abs=1e-3), vector


def test_the_bundle_ranks_as_the_test_did(found, lodge):
    network = elsewhere.load_bundle(found / "bundle")
    assert network.retrieval.threshold is not None
    ((name, _),) = read_result(found / "result.json")["sets"].items()
    with (found / f"queries-{name}.csv").open() as file:
        rows = list(csv.DictReader(file))
    root = lodge.root / "drawn-persons"
    images = load_images([root / row["path"] for row in rows], network.preprocessing)
    with torch.no_grad():
        vectors = retrieval_vectors(network, images, ["embedding"], mirror=True)["embedding"]
    junk = torch.arange(len(rows))[:, None].expand(-1, 2)
    who, where = [row["identity"] for row in rows], [row["camera"] for row in rows]
    ranking = elsewhere.evaluate_ranking(
        vectors, vectors, query_ids=who, gallery_ids=who, query_cameras=where,
        gallery_cameras=where, junk=junk, normalize=True,
    )  # fmt: skip
    stated = [float(row["average precision"]) for row in rows]
    assert ranking.average_precision.tolist() == pytest.approx(stated, abs=1e-3)


@pytest.mark.parametrize(
    ("recipe", "name", "protocol"),
    [
        ("person-paper", "market", "query-gallery, other cameras"),
        ("person-published", "duke", "query-gallery, other cameras"),
        ("person-paper", "msmt17", "query-gallery, other cameras"),
        ("vehicle-paper", "veri", "query-gallery, other cameras"),
        ("vehicle-paper", "vehicleid-800", "k-per-identity, 1 in the gallery, 10 draws"),
    ],
)
def test_every_set_of_the_paper_is_trained_and_tested(lodge, recipe, name, protocol, capsys):
    length = "--trainer.max_steps=2" if recipe == "vehicle-paper" else "--trainer.max_epochs=1"
    runs = lodge.root / f"runs-{name}"
    words = lodge.words(f"--data.train={name}", length, f"--runs={runs}", recipe=recipe)
    assert main(words) == 0, capsys.readouterr().err
    result = read_result(runs / f"{recipe}+tiny" / "seed-0" / "result.json")
    assert list(result["sets"]) == [name]
    measured = result["sets"][name]
    assert measured["protocol"] == protocol
    assert measured["draws"] == (10 if name.startswith("vehicleid") else 1)
    assert result["selected_on"] is None
    assert result["retrieval_vector"] == ("logits" if recipe == "person-published" else "embedding")
    assert "published are" in capsys.readouterr().err  # what differs from the published counts


def test_training_on_two_sets_and_testing_on_two_others(lodge, capsys):
    words = lodge.words(
        "--data.train=[market, msmt17]", "--data.test=[duke, vehicleid-800]",
        "--trainer.max_epochs=1", f"--runs={lodge.root / 'cross'}", recipe="person-paper",
    )  # fmt: skip
    assert main(words) == 0, capsys.readouterr().err
    folder = lodge.root / "cross" / "person-paper+tiny" / "seed-0"
    result = read_result(folder / "result.json")
    assert list(result["sets"]) == ["duke", "vehicleid-800"]
    assert result["identities"] == 16
    shown = capsys.readouterr().out
    tables = shown.split("query-gallery, other cameras")
    assert len(tables) == 2
    assert "vehicleid-800" not in tables[1].split("k-per-identity")[0]


def test_a_run_killed_and_resumed_ends_with_the_same_weights(lodge, found):
    killed = lodge.root / "killed" / "drawn-persons+tiny" / "seed-0"
    words = [*lodge.drawn(f"--runs={lodge.root / 'killed'}"), "--checkpoint_every=1"]
    process = command(words, lodge.root / "said", killed_at=("last.ckpt", 2))
    assert ends(process) == [-signal.SIGKILL]
    assert (killed / "checkpoints" / "last.ckpt").exists()
    assert not (killed / "result.json").exists()
    assert main([*words, "--resume"]) == 0
    ours, theirs = (
        read_checkpoint(folder / "checkpoints" / "last.ckpt")["state_dict"]
        for folder in (killed, found)
    )
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[key], theirs[key]) for key in ours)


def test_two_processes_train_and_count_every_image_once(lodge):
    runs = lodge.root / "two"
    words = lodge.drawn("--config", "processes", f"--runs={runs}", "--data.identities_per_batch=2")
    said = lodge.root / "said-two"
    assert ends(*ranks(words, said)) == [0, 0], said.with_name("said-two-0.err").read_text()
    folder = runs / "drawn-persons+tiny+processes" / "seed-0"
    (measured,) = read_result(folder / "result.json")["sets"].values()
    assert measured["queries"] == measured["gallery"] == 4 * 12


def test_own_pictures_in_folders_without_cameras(tmp_path, lodge):
    Individuals(kind="vehicles", train=6, val=2, test=2, size=32).write(tmp_path / "list")
    with (tmp_path / "list" / "labels.csv").open() as file:
        for number, row in enumerate(csv.DictReader(file)):
            place = tmp_path / "own" / row["identity"] / f"{number}.png"
            place.parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "list" / row["path"]).rename(place)
    data = ReidentificationData(
        str(tmp_path / "own"), val=0.2, test_share=0.2, identities_per_batch=4
    )
    data.check()
    assert not {r.label for r in data.training_set.records} & {
        r.label for r in data.test_sets["own"].table.records
    }
    words = lodge.words(
        f"--data.train={tmp_path / 'own'}", "--data.val=0.2", "--data.test_share=0.2",
        "--trainer.max_epochs=1", f"--runs={tmp_path / 'runs'}", recipe="individuals",
    )  # fmt: skip
    assert main(words) == 0
    folder = tmp_path / "runs" / "individuals+tiny" / "seed-0"
    (measured,) = read_result(folder / "result.json")["sets"].values()
    assert measured["protocol"] == "each-against-rest"
    told = read_result(folder / "result.json")["own_threshold"]
    kept = elsewhere.load_bundle(folder / "bundle").retrieval
    assert told["by"] == ["val", "own"], (
        "of a small herd, the individuals of the test are asked too"
    )
    assert (kept.individuals, kept.pairs) == (told["individuals"], told["different"]) == (4, 864)
    assert kept.false_positive_rate == told["false_positive_rate"] <= 0.05
    assert kept.interval[0] < kept.false_positive_rate < kept.interval[1]
    assert measured["verification"]["calibrated"] is None, "the test has set it itself"
    said = (folder / "report.html").read_text()
    assert "was set by 864 pairs of 4 individuals held out of training" in said


def test_no_threshold_comes_from_individuals_that_were_trained_on(tmp_path, lodge):
    Individuals(train=8, val=2, test=2, size=32).write(tmp_path / "own")
    file = tmp_path / "own" / "labels.csv"
    with file.open(newline="") as opened:
        rows = list(csv.DictReader(opened))
    for number, row in enumerate(rows):
        if row["split"] != "test":
            row["split"] = ("train", "val")[number % 2]
    with file.open("w", newline="") as opened:
        writer = csv.DictWriter(opened, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    words = lodge.words(
        f"--data.train={tmp_path / 'own'}", "--data.identities_per_batch=4",
        "--trainer.max_epochs=1", f"--runs={tmp_path / 'runs'}", recipe="individuals",
    )  # fmt: skip
    assert main(words) == 0
    folder = tmp_path / "runs" / "individuals+tiny" / "seed-0"
    (measured,) = read_result(folder / "result.json")["sets"].values()
    assert measured["verification"]["calibrated"] is None
    assert elsewhere.load_bundle(folder / "bundle").retrieval.threshold is None


def test_accumulated_gradients_are_said_not_to_make_larger_batches(lodge, capsys):
    runs = lodge.root / "accumulated"
    words = lodge.drawn(f"--runs={runs}", "--trainer.accumulate_grad_batches=2")
    assert main(words) == 0
    assert "triplets, batch norm and shuffling see one" in " ".join(capsys.readouterr().err.split())
