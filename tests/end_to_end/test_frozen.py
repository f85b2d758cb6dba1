"""Training on features of a frozen backbone, and trials of methods on them."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from tests.end_to_end.test_names import COLOURS, QUICK

import elsewhere
from elsewhere.cli import main
from elsewhere.data.features import FeatureStore, StoreShape
from elsewhere.drawn import Individuals
from elsewhere.errors import ConfigError, DataError, ElsewhereError
from elsewhere.functional.region import mass_inside
from elsewhere.metrics.effect import effect_gain
from elsewhere.reports.trial import attention_table
from elsewhere.runs.attempts import trained_network
from elsewhere.runs.building import build_run
from elsewhere.runs.trial import AskedTrial, run_trial
from elsewhere.tasks import EffectMeasure

KEYS = {key: value for key, value in QUICK.items() if key != "trainer.max_epochs"} | {
    "trainer.max_epochs": 2, "task.measure": None
}  # fmt: skip


@pytest.fixture(scope="module")
def fruit(tmp_path_factory):
    """Three colours, ten images each."""
    place, noise = tmp_path_factory.mktemp("frozen"), np.random.default_rng(1)
    for name, colour in COLOURS.items():
        (place / "fruit" / name).mkdir(parents=True)
        for number in range(10):
            pixels = np.clip(np.array(colour) + noise.integers(-60, 60, (16, 16, 3)), 0, 255)
            Image.fromarray(pixels.astype(np.uint8)).save(place / "fruit" / name / f"{number}.png")
    return place / "fruit"


def fit(fruit, runs, **keys):
    return elsewhere.fit("folder", "frozen", runs=runs, **KEYS, **{"data.path": fruit}, **keys)


@pytest.fixture(scope="module")
def run(fruit):
    return fit(fruit, fruit.parent / "runs")


def weights(run):
    return elsewhere.load_bundle(run.folder / "bundle").state_dict()


def test_what_comes_out_is_an_ordinary_bundle_of_an_untouched_backbone(run, fruit):
    (answer,) = run.model().predict([fruit / "kiwi" / "0.png"])
    assert answer.ranked[0].name in COLOURS
    trained = weights(run)
    again = fit(fruit, fruit.parent / "other", **{"task.optimizer.init_args.lr": 0.1})
    changed = [key for key, value in weights(again).items() if not torch.equal(value, trained[key])]
    assert changed
    assert all(key.startswith(("attention.", "head.")) for key in changed)


def test_features_are_computed_once(run, fruit, monkeypatch):
    monkeypatch.setattr(FeatureStore, "write", None)  # nothing may be written
    fit(fruit, fruit.parent / "runs", seed=0, method="again", resume=True)
    stores = sorted((fruit.parent / "runs" / "features").iterdir())
    assert len(stores) == 2  # training, two copies; validation


def test_training_is_that_of_the_features_themselves(run, fruit, tmp_path, monkeypatch):
    """The same training on features in float32, asked of the backbone anew for every batch."""
    stored = weights(run)
    exact = {}
    write = FeatureStore.write

    def keep(store, maps, boxes):
        exact.setdefault(store.folder, []).append(maps.clone())
        write(store, maps, boxes)

    monkeypatch.setattr(FeatureStore, "write", keep)
    monkeypatch.setattr(
        FeatureStore, "read", lambda store, row, copy: torch.cat(exact[store.folder])[row, copy]
    )
    anew = weights(fit(fruit, tmp_path))
    assert exact
    for key, value in stored.items():
        if value.is_floating_point():
            torch.testing.assert_close(value, anew[key], rtol=1e-3, atol=1e-3)


def test_an_interrupted_store_goes_on_where_it_was(tmp_path):
    shape = (5, 2, 3, 2, 2)
    maps, boxes = torch.randn(shape), torch.rand(5, 4)
    whole = FeatureStore(tmp_path / "whole", StoreShape(*shape))
    whole.write(maps, boxes)
    broken = FeatureStore(tmp_path / "broken", StoreShape(*shape))
    broken.write(maps[:2], boxes[:2])
    again = FeatureStore(tmp_path / "broken", StoreShape(*shape))
    assert (again.done, again.complete) == (2, False)
    again.write(maps[2:], boxes[2:])
    for row in range(5):
        assert torch.equal(again.read(row, 1), maps[row, 1].half().float())
        assert torch.equal(again.read(row, 1), whole.read(row, 1))
        assert torch.equal(again.read_box(row), boxes[row])
    with pytest.raises(DataError, match="maps of another shape"):
        FeatureStore(tmp_path / "broken", StoreShape(5, 1, 3, 2, 2))
    with pytest.raises(ElsewhereError, match="cannot be frozen"):
        FeatureStore(tmp_path / "large", StoreShape(*shape)).write(1e6 * maps, boxes)


def test_a_trial_compares_methods_each_at_its_best_rate(fruit, tmp_path, capsys):
    keys = [f"--{key}={json.dumps(value)}" for key, value in KEYS.items()]
    where = [f"--data.path={fruit}", f"--runs={tmp_path}"]
    tried = ["--seeds=2", "--rates=1,10", "--methods=baseline,shuffled", "--jobs=1"]
    words = ["trial", "--config", "folder", *where, *tried, *keys]
    assert main(words) == 0
    said = capsys.readouterr()
    assert "8 trainings, 1 at a time" in said.err
    (folder,) = (tmp_path / "trial").iterdir()
    kept = [json.loads(file.read_text()) for file in (folder / "attempts").iterdir()]
    assert len(kept) == 8
    # derived anew from the files: rates by validation, gain by test, paired by seed
    found = {}
    for method in ("baseline", "shuffled"):
        of = [each["attempt"] for each in kept if each["attempt"]["method"] == method]
        mean = {
            rate: np.mean([a["val"] for a in of if a["rate"] == rate])
            for rate in sorted({a["rate"] for a in of})
        }
        best = max(mean, key=mean.get)
        found[method] = {a["seed"]: a["test"] for a in of if a["rate"] == best}
    gain = 100 * np.mean([found["shuffled"][seed] - found["baseline"][seed] for seed in (0, 1)])
    assert f"{gain:+.1f} [" in said.out
    assert "a linear probe of the untrained backbone" in " ".join(said.out.split())
    page = (folder / "trial.html").read_text()
    assert "Does it pay here?" in page
    assert "<svg" in page
    assert main(words) == 0  # nothing is trained twice
    assert "trainings" not in capsys.readouterr().err
    recipe = folder / "recipe.yaml"
    assert recipe.read_text().startswith("# Use ")
    assert main(["fit", "--config", str(recipe), f"--runs={tmp_path / 'after'}"]) == 0


def test_a_trial_measures_effect_and_evidence(fruit, tmp_path):
    """On features as the network's own test does it on images."""
    lines = ["path,label,split,x1,y1,x2,y2"]
    for name in COLOURS:
        for number in range(10):
            split = "train" if number < 5 else ("val", "test")[number % 2]
            lines.append(f"{fruit}/{name}/{number}.png,{name},{split},4,2,12,8")
    (tmp_path / "list.csv").write_text("\n".join(lines))
    keys = {k: v for k, v in KEYS.items() if k != "task.measure"}
    words = [f"--{k}={json.dumps(v)}" for k, v in keys.items()]
    words.append(f"--data.path={tmp_path / 'list.csv'}")
    found = run_trial(
        AskedTrial(["folder"], words, ["baseline", "shuffled"], [1.0], 2, runs=tmp_path / "runs",
                   jobs=1, keep=True)
    )  # fmt: skip
    (job,) = (each for each in found.jobs if (each.method, each.seed) == ("shuffled", 0))
    (attempt,) = (each for each in found.attempts if each[0] == "shuffled" and each.seed == 0)
    assert attempt.box == pytest.approx(8 * 6 / 16 / 16, abs=1e-6)
    network, data = trained_network(job), build_run("test", job.compose(), tmp_path).data
    inside, gain = [], []
    with torch.no_grad():
        for batch in data.loader_of(data.table.split("test")):
            output = network(batch.images)
            inside += mass_inside(output.attention.mean(1), batch.boxes, (16, 16)).tolist()
            wrong = EffectMeasure()(network, output, batch.indices.tolist(), 0, torch.empty)
            gain += effect_gain(output.logits, wrong, batch.labels).probability.tolist()
    assert attempt.attention == pytest.approx(np.mean(inside), abs=1e-3)  # features are float16
    assert attempt.effect == pytest.approx(np.mean(gain), abs=1e-3)
    table = attention_table(found.compared)
    assert table.header == ("method", "effect", "attention in boxes", "evidence in boxes")
    assert [row[0] for row in table.rows] == ["baseline", "shuffled"]


def test_a_trial_of_individuals_compares_mean_precision(tmp_path):
    Individuals(kind="vehicles", size=32, train=4, val=3, test=4).write(tmp_path / "cars")
    small = {k: v for k, v in KEYS.items() if k.startswith(("network", "trainer"))}
    found = elsewhere.trial(
        "individuals", methods=["baseline", "random"], rates=[1.0], seeds=2, jobs=1,
        runs=tmp_path / "runs", **small,
        **{
            "data.train": tmp_path / "cars", "data.size": [16, 16], "data.workers": 0,
            "data.identities_per_batch": 2, "data.images_per_identity": 2,
            "network.head.init_args.size": 8,
        },
    )  # fmt: skip
    assert found.facts.measure == "mAP"
    assert 0 < found.facts.chance < 1
    assert len(found.attempts) == 4


def test_what_cannot_be_tried_is_said(tmp_path):
    for options, message in (
        ({"methods": ["random", "shuffled"]}, "name baseline"),
        ({"seeds": 1}, "two at least"),
        ({"rates": [0.0]}, "each above 0"),
    ):
        with pytest.raises(ConfigError, match=message):
            elsewhere.trial("folder", **options, **{"data.path": tmp_path})
