"""Training on features of a frozen backbone, and trials of methods on them."""

import json
import re

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
from elsewhere.reports.trial import attention_table, remarks
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
    assert len(stores) == 4  # training, plain and changed; validation; test


@pytest.fixture
def asked(monkeypatch):
    """How many images each look of a backbone is at; blank ones only measure the features' size."""
    seen, forward = [], elsewhere.SmallResNet.forward

    def counted(backbone, images):
        seen.append(int(images.flatten(1).any(dim=1).sum()))
        return forward(backbone, images)

    monkeypatch.setattr(elsewhere.SmallResNet, "forward", counted)
    return seen


def test_a_backbone_sees_an_image_and_its_copies_once_in_all_of_fit_and_test(
    fruit, tmp_path, asked
):
    run = fit(fruit, tmp_path, **{"frozen.copies": 3})
    train = run.result["training"]["images"]
    tested = sum(split["images"] for split in run.result["splits"].values())
    assert train + tested == 30
    assert run.result["untrained"]["images"] == 30
    assert sum(asked) == 3 * train + tested
    asked.clear()
    keys = {**KEYS, "data.path": fruit, "frozen.copies": 2}
    elsewhere.fit("folder", "frozen", "baseline", runs=tmp_path, **keys)
    assert sum(asked) == train  # other changed copies; all that is plain is known
    asked.clear()
    again = elsewhere.test(run.folder, runs=tmp_path, out=tmp_path / "again")
    assert sum(asked) == 0
    for part in ("splits", "familiarity", "promise"):
        assert again.result[part] == run.result[part]


def test_what_is_measured_on_features_is_what_the_whole_network_does(fruit, tmp_path):
    lines = ["path,label,split,x1,y1,x2,y2"]
    for name in COLOURS:
        for number in range(10):
            split = "train" if number < 5 else ("val", "test")[number % 2]
            lines.append(f"{fruit}/{name}/{number}.png,{name},{split},4,2,12,8")
    (tmp_path / "list.csv").write_text("\n".join(lines))
    measure = {"class_path": "elsewhere.tasks.EffectMeasure"}
    keys = {**KEYS, "data.path": tmp_path / "list.csv", "task.measure": measure}
    run = elsewhere.fit("folder", "frozen", runs=tmp_path / "runs", **keys)
    whole = {
        "frozen": None,
        "task.augmentation": None,
        "task.views": {
            "class_path": "elsewhere.models.views.TestViews",
            "init_args": {"crops": [], "mirror": False},
        },
    }
    best = run.folder / "checkpoints" / "best.ckpt"
    images = elsewhere.test(
        "folder", "frozen", runs=tmp_path / "runs", checkpoint=best, out=tmp_path / "whole",
        **keys, **whole,
    )  # fmt: skip
    assert (tmp_path / "runs" / "features").is_dir()
    near(run.result["splits"], images.result["splits"])
    near(run.result["familiarity"], images.result["familiarity"])


def near(found, expected, most=2e-3):
    """Nearly the same numbers in the same places: float16 has eleven bits.

    A box round the attention moves by whole pixels, of which an image has sixteen a side.
    """
    assert type(found) is type(expected)
    if isinstance(found, dict):
        assert found.keys() == expected.keys()
        for key in found:
            near(found[key], expected[key], 0.03 if key.startswith("iou") else most)
    elif isinstance(found, float):
        assert found == pytest.approx(expected, abs=most)
    else:
        assert found == expected


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
    with whole.writing():
        whole.write(maps, boxes)
    broken = FeatureStore(tmp_path / "broken", StoreShape(*shape))
    with broken.writing():
        broken.write(maps[:2], boxes[:2])
    again = FeatureStore(tmp_path / "broken", StoreShape(*shape))
    assert (again.done, again.complete) == (2, False)
    with again.writing():
        again.write(maps[2:], boxes[2:])
    for row in range(5):
        assert torch.equal(again.read(row, 1), maps[row, 1].half().float())
        assert torch.equal(again.read(row, 1), whole.read(row, 1))
        assert torch.equal(again.read_box(row), boxes[row])
    (tmp_path / "whole" / "maps.f16").unlink()
    lost = FeatureStore(tmp_path / "whole", StoreShape(*shape))
    with lost.writing():  # and dies before it has written anything
        pass
    assert FeatureStore(tmp_path / "whole", StoreShape(*shape)).done == 0
    with pytest.raises(DataError, match="maps of another shape"):
        FeatureStore(tmp_path / "broken", StoreShape(5, 1, 3, 2, 2))
    large = FeatureStore(tmp_path / "large", StoreShape(*shape))
    with large.writing(), pytest.raises(ElsewhereError, match="cannot be frozen"):
        large.write(1e6 * maps, boxes)


def test_a_trial_compares_methods_each_at_its_best_rate(fruit, tmp_path, capsys):
    keys = [f"--{key}={json.dumps(value)}" for key, value in KEYS.items()]
    where = [f"--data.path={fruit}", f"--runs={tmp_path}", "--data.seed=5"]
    tried = ["--seeds=2", "--rates=1,10", "--methods=baseline,shuffled", "--jobs=1"]
    words = ["trial", "--config", "folder", *where, *tried, *keys]
    assert main(words) == 0
    said = capsys.readouterr()
    assert "8 trainings, 1 at a time" in said.err
    stores = list((tmp_path / "features").iterdir())
    assert len(stores) == 2 * 4  # both seeds' backbones on training, its changes, val and test
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
    assert "top-1 accuracy, %, each method at its best rate" in page
    assert "<svg" in page
    assert main(words) == 0  # nothing is trained twice
    assert "trainings" not in capsys.readouterr().err
    recipe = folder / "recipe.yaml"
    assert recipe.read_text().startswith("# Use ")
    assert "    seed: 5\n" in recipe.read_text()  # of the splits, as asked
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
    assert not any("is worth" in line for line in remarks(found.compared, found.facts))


def test_what_cannot_be_tried_is_said(tmp_path):
    for options, message in (
        ({"methods": ["random", "shuffled"]}, "name baseline"),
        ({"seeds": 1}, "two at least"),
        ({"rates": [0.0]}, "each above 0"),
    ):
        with pytest.raises(ConfigError, match=message):
            elsewhere.trial("folder", **options, **{"data.path": tmp_path})
    with pytest.raises(ConfigError, match="a trial counts its own from 0; --seeds says how many"):
        elsewhere.trial("folder", **{"data.path": tmp_path, "seed": 3})


def test_ones_own_overlay_is_tried_anew_when_it_says_another_thing(fruit, tmp_path, capsys):
    mine = tmp_path / "mine.yaml"

    def tried(text):
        mine.write_text(text)
        keys = {**KEYS, "data.path": fruit}
        found = elsewhere.trial(
            "folder", methods=["baseline", mine], rates=[1.0], seeds=2, jobs=1,
            runs=tmp_path / "runs", **keys,
        )  # fmt: skip
        made = re.findall(r"(\d+) trainings", capsys.readouterr().err)
        return found, made

    first, made = tried("task: {init_args: {intervention: null}}\n")
    assert made == ["4"]
    assert all(job.file.parent == first.folder / "attempts" for job in first.jobs)
    again, made = tried("task: {init_args: {effect_warmup_epochs: 1}}\n")
    assert (again.folder, made) == (first.folder, ["2"])


def test_an_unknown_method_is_refused_before_features_are_computed(fruit, tmp_path):
    keys = {**KEYS, "data.path": fruit}
    with pytest.raises(ConfigError, match="no recipe or file 'shufled'"):
        elsewhere.trial(
            "folder", methods=["baseline", "shufled"], seeds=2, jobs=1, runs=tmp_path, **keys
        )
    assert not (tmp_path / "features").exists()


def test_a_frozen_backbone_is_said_whoever_froze_it(fruit, tmp_path):
    keys = {**KEYS, "data.path": fruit}
    found = elsewhere.trial(
        "folder", "frozen", methods=["baseline", "shuffled"], rates=[1.0], seeds=2, jobs=1,
        finetune=True, runs=tmp_path, **keys,
    )  # fmt: skip
    assert found.facts.probe is not None
    assert any("stayed as it is" in line for line in remarks(found.compared, found.facts))
