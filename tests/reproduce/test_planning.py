"""Which runs are the same, which are not, and what is there already."""

import shutil
from pathlib import Path

import pytest

from elsewhere.drawn import Cub, Veri
from elsewhere.errors import ConfigError
from elsewhere.reproduce import planning
from elsewhere.reproduce.experiments import EXPERIMENTS
from elsewhere.reproduce.planning import Asked, PlannedRun, Planner, all_runs, read_part
from elsewhere.reproduce.sweeps import SWEEPS


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    root = tmp_path_factory.mktemp("sets")
    Cub(species=2, train=3, test=2, size=32).write(root / "CUB_200_2011")
    return root


@pytest.fixture
def asked(sets, tmp_path):
    return Asked(sets, tmp_path / "out", [0], "paper", drawn=True, extra=[])


def runs(asked, name="table1", row="Baseline"):
    return Planner(asked).plan(EXPERIMENTS[name]).runs[row, "cub"]


def place(asked, name="table1", row="Baseline"):
    return runs(asked, name, row)[0].place.name


def test_sets_that_are_not_there_are_named_and_the_others_planned(asked):
    plan = Planner(asked).plan(EXPERIMENTS["table1"])
    assert set(plan.runs) == {("Baseline", "cub"), ("Baseline + CAL", "cub")}
    assert set(plan.reasons) == {
        (row, name) for row in ("Baseline", "Baseline + CAL") for name in ("cars", "aircraft")
    }
    assert all("no Stanford Cars" in reason or "Aircraft" in reason
               for reason in plan.reasons.values())  # fmt: skip


def test_tables_share_their_runs(asked):
    planner = Planner(asked)
    plans = [planner.plan(EXPERIMENTS[name]) for name in ("table1", "table4", "table5", "table6")]
    whole = sum(len(each) for plan in plans for each in plan.runs.values())
    # baseline and CAL of tables 1, 4 and 5 are the same two runs
    assert (whole, len(all_runs(plans))) == (2 + 5 + 5 + 2, 2 + 3 + 3 + 2)
    assert place(asked, "table1", "Baseline + CAL") == place(asked, "table4", "Random Attention")


def test_a_single_head_is_the_same_run_by_overlay_or_by_key(asked):
    assert place(asked, "table6", "+ CAL") == place(asked, "figure4", "M = 1: Baseline + CAL")


def test_where_and_on_what_machine_a_run_is_made_does_not_matter(asked, sets, tmp_path):
    shutil.copytree(sets, tmp_path / "copy")
    moved = asked._replace(root=tmp_path / "copy", out=tmp_path / "other")
    assert place(asked) == place(moved)
    for word in ("--data.workers=3", "--trainer.accelerator=auto"):
        assert place(asked) == place(asked._replace(extra=[word]))


@pytest.mark.parametrize(
    "extra",
    [
        ["--task.optimizer.lr=0.1"],
        ["--trainer.max_epochs=2"],
        ["--config", "bf16"],
        ["--config=bf16"],
        ["--network.heads", "3"],
    ],
)
def test_another_recipe_is_another_run(asked, extra):
    assert place(asked) != place(asked._replace(extra=extra))


def test_another_preset_is_another_run(asked):
    assert place(asked) != place(asked._replace(preset="published"))


def test_other_pictures_are_another_run(asked, tmp_path):
    Cub(species=2, train=3, test=2, size=32, seed=1).write(tmp_path / "more" / "CUB_200_2011")
    assert place(asked) != place(asked._replace(root=tmp_path / "more"))


def test_a_label_moved_is_another_run(asked, sets, tmp_path):
    shutil.copytree(sets, tmp_path / "copy")
    boxes = tmp_path / "copy" / "CUB_200_2011" / "bounding_boxes.txt"
    lines = boxes.read_text().splitlines()
    boxes.write_text("\n".join(["1 0.0 0.0 5.0 5.0", *lines[1:]]) + "\n")
    assert place(asked) != place(asked._replace(root=tmp_path / "copy"))


def test_another_version_is_another_run(asked, monkeypatch):
    before = place(asked)
    monkeypatch.setattr(planning, "version", lambda name: f"{name} 99")
    assert place(asked) != before


def test_a_seed_is_a_run_beside_the_others(asked):
    planned = runs(asked._replace(seeds=[4, 5]))
    assert [run.seed for run in planned] == [4, 5]
    assert planned[0].place == planned[1].place == runs(asked)[0].place
    assert "--seed=4" in planned[0].words


def test_the_callers_overlays_and_keys_come_last(asked):
    (run,) = runs(asked._replace(extra=["--network.heads=3", "--config", "bf16"]))
    assert run.names == ("classification-paper", "baseline", "toy-classes", "bf16")
    assert run.keys.index("--network.heads=3") > run.keys.index("--data.path=cub")
    words = run.words
    assert [words[at + 1] for at, word in enumerate(words) if word == "--config"] == [*run.names]


def test_what_was_begun_is_gone_on_with(asked):
    (run,) = runs(asked)
    assert run.words[-1] != "--resume"
    begun = run.place / "classification-paper+baseline+toy-classes" / "seed-0" / "checkpoints"
    begun.mkdir(parents=True)
    (begun / "last.ckpt").write_bytes(b"")
    assert run.words[-1] == "--resume"
    assert run.result is None
    (begun.parent / "result.json").write_text("{}")
    assert run.result == begun.parent / "result.json"


def test_parts_hold_every_run_once():
    runs = [PlannedRun("", (), (), Path(), seed) for seed in range(10)]
    parts = [runs[read_part(f"{number}/3")] for number in (1, 2, 3)]
    assert sorted((each for part in parts for each in part), key=lambda run: run.seed) == runs
    assert runs[read_part("1/1")] == runs


@pytest.mark.parametrize("part", ["0/3", "4/3", "1", "a/b", "1/0", "-1/2", ""])
def test_no_part_is_refused(part):
    with pytest.raises(ConfigError, match="--part is K/N"):
        read_part(part)


def test_a_key_that_no_recipe_has_is_refused(asked):
    with pytest.raises(ConfigError, match="there is no recipe or file"):
        runs(asked._replace(extra=["--config", "no-such-overlay"]))


def test_a_row_that_asks_too_much_of_a_set_leaves_the_others_alone(tmp_path):
    Veri(train=6, test=4, size=32).write(tmp_path / "veri")
    asked = Asked(tmp_path, tmp_path / "out", [0], "paper", drawn=True, extra=[])
    row = "batch 32 × 8"
    methods = [
        each._replace(toy_keys=("--data.identities_per_batch=50",)) if each.name == row
        else each._replace(toy_keys=("--data.identities_per_batch=4",))
        for each in SWEEPS["sweep-vehicle"].methods
    ]  # fmt: skip
    plan = Planner(asked).plan(SWEEPS["sweep-vehicle"]._replace(methods=tuple(methods)))
    assert set(plan.reasons) == {(row, "veri")}
    assert "fewer than the 50" in plan.reasons[row, "veri"]
    assert len(plan.runs) == len(methods) - 1
