from copy import deepcopy
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.reference import recipes as reference

from elsewhere.cli.options import read_words, verb_options
from elsewhere.errors import ConfigError
from elsewhere.recipes.composition import (
    compose,
    expand,
    merge,
    overrides,
    run_folder,
    source_of,
    split_words,
)
from elsewhere.recipes.document import dump

CLASS_PATHS = st.sampled_from(["a.A", "a.B", "b.C"])
SCALARS = st.none() | st.booleans() | st.integers(-3, 3) | st.lists(st.integers(0, 3), max_size=2)


def mappings(values):
    plain = st.dictionaries(st.sampled_from(["x", "y", "z"]), values, max_size=3)
    arguments = {"init_args": plain, "dict_kwargs": plain, "x": values}
    return plain | st.fixed_dictionaries({}, optional={"class_path": CLASS_PATHS, **arguments})


RECIPES = mappings(st.recursive(SCALARS, mappings, max_leaves=12))
# without classes, nulls or plain values in place of mappings, order of merging is free
TREES = st.dictionaries(
    st.sampled_from("abc"),
    st.dictionaries(st.sampled_from("xyz"), st.integers() | st.lists(st.integers(), max_size=2)),
)


@given(RECIPES, RECIPES)
def test_merge_agrees_with_the_slow_reference(base, overlay):
    assert merge(base, overlay) == reference.merged(base, overlay)


@given(RECIPES, RECIPES)
def test_merge_changes_neither_side(base, overlay):
    before = deepcopy((base, overlay))
    merge(base, overlay)
    assert (base, overlay) == before


@given(RECIPES)
def test_nothing_on_top_or_below_changes_nothing(recipe):
    assert merge(recipe, {}) == recipe
    assert merge({}, recipe) == recipe
    assert merge(recipe, recipe) == recipe


@given(TREES, TREES, TREES)
def test_overlays_of_plain_mappings_may_be_joined_first(one, two, three):
    assert merge(merge(one, two), three) == merge(one, merge(two, three))


def test_a_changed_class_drops_the_old_arguments():
    base = {"i": {"class_path": "a.Random", "init_args": {"low": 0, "high": 2}}}
    assert merge(base, {"i": {"class_path": "a.Uniform"}}) == {"i": {"class_path": "a.Uniform"}}
    assert merge(base, {"i": {"class_path": "a.Uniform", "init_args": {"over": 1}}}) == {
        "i": {"class_path": "a.Uniform", "init_args": {"over": 1}}
    }


def test_the_same_class_keeps_and_merges_its_arguments():
    base = {"i": {"class_path": "a.Random", "init_args": {"low": 0, "high": 2}}}
    expected = {"i": {"class_path": "a.Random", "init_args": {"low": 1, "high": 2}}}
    assert merge(base, {"i": {"init_args": {"low": 1}}}) == expected
    assert merge(base, {"i": {"class_path": "a.Random", "init_args": {"low": 1}}}) == expected


def test_lists_and_nulls_replace():
    base = {"crops": [[1, 2], [3, 4]], "i": {"class_path": "a.A"}}
    assert merge(base, {"crops": [5], "i": None}) == {"crops": [5], "i": None}


def test_a_class_named_by_its_path_alone_takes_arguments():
    assert merge({"i": "a.A"}, {"i": {"init_args": {"x": 1}}}) == {
        "i": {"class_path": "a.A", "init_args": {"x": 1}}
    }


RECIPE = {
    "seed": 0,
    "data": {"class_path": "d.Folder", "init_args": {"size": 64, "inner": {"class_path": "d.I"}}},
    "trainer": {"max_epochs": 3, "callbacks": [1]},
    "backbone": "m.Small",
}


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--seed=4"], {"seed": 4}),
        (["--seed", "-4"], {"seed": -4}),
        (["--trainer.max_epochs", "5"], {"trainer": {"max_epochs": 5}}),
        (["--data.path=x y"], {"data": {"init_args": {"path": "x y"}}}),
        (["--data.init_args.path=x"], {"data": {"init_args": {"path": "x"}}}),
        (
            ["--data.inner.depth=2"],
            {"data": {"init_args": {"inner": {"init_args": {"depth": 2}}}}},
        ),
        (
            ["--data.class_path=d.List", "--data.file=f"],
            {"data": {"class_path": "d.List", "init_args": {"file": "f"}}},
        ),
        (["--backbone.width=2"], {"backbone": {"init_args": {"width": 2}}}),
        (["--new.key=[1, a]"], {"new": {"key": [1, "a"]}}),
        (["--data=null"], {"data": None}),
        (["--data={class_path: x.Y}"], {"data": {"class_path": "x.Y"}}),
        (["--a=x=y"], {"a": "x=y"}),
        (["--lr=1e-3"], {"lr": 0.001}),
        (["--a=1", "--a=2"], {"a": 2}),
    ],
)
def test_overrides(words, expected):
    assert overrides(RECIPE, words).values == expected


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["stray"], "'stray' is no option"),
        (["--seed"], "--seed needs a value"),
        (["--seed", "--data.path=x"], "--seed needs a value"),
        (["--.x=1"], "names no key"),
        (["--data..x=1"], "names no key"),
        (["--seed.x=1"], "seed is the value 0"),
        (["--trainer.callbacks.x=1"], "trainer.callbacks is a list"),
        (["--a=[1"], "the command line, --a:1: "),
        (["--a={x: 1, x: 2}"], "key 'x' stands twice"),
    ],
)
def test_overrides_that_cannot_be(words, message):
    with pytest.raises(ConfigError, match=message.replace("[", r"\[")) as caught:
        overrides(RECIPE, words)
    assert "\n" not in str(caught.value)


@given(st.lists(st.sampled_from(["x", "init_args", "class_path", "y"]), min_size=1, max_size=4))
def test_expanded_paths_keep_their_keys_in_order(path):
    config = {"x": {"class_path": "c", "init_args": {"y": {"class_path": "e"}}}}
    full = list(expand(config, path))
    for key in path:
        assert key in full
        full = full[full.index(key) + 1 :]
    assert not full


@pytest.fixture
def files(tmp_path):
    (tmp_path / "birds.yaml").write_text("# Birds.\n" + dump(RECIPE))
    (tmp_path / "long.yaml").write_text("# Longer.\ntrainer:\n  max_epochs: 30\n")
    (tmp_path / "other.yaml").write_text("data:\n  class_path: d.List\n")
    return tmp_path


def config_words(folder, *names):
    return [word for name in names for word in ("--config", str(folder / f"{name}.yaml"))]


def test_compose_merges_in_order(files):
    words = config_words(files, "birds", "long", "other")
    words += ["--seed=7", "--data.file=f", "--resume", "--runs", "r", "--trust"]
    options, made = read_words(words, verb_options("fit", ""))
    assert made.config["trainer"]["max_epochs"] == 30
    assert made.config["data"] == {"class_path": "d.List", "init_args": {"file": "f"}}
    assert made.config["seed"] == 7
    assert (made.recipe, made.overlays) == ("birds", ("long", "other"))
    assert (options.resume, options.runs) == ("last", "r")


def test_compose_knows_where_a_key_was_said(files):
    made = compose([files / "birds.yaml", files / "long.yaml"], ["--seed=7"], trust=True)
    assert made.source("trainer", "max_epochs") == f"{files / 'long.yaml'}:3"
    assert made.source("seed") == "the command line"
    assert made.source("data", "init_args", "size") == f"{files / 'birds.yaml'}:6"
    # a missing key counts to what is above it
    assert made.source("trainer", "nothing") == f"{files / 'long.yaml'}:2"
    assert source_of((), ("x",)) == "the command line"


def test_a_run_is_repeated_from_its_config(files):
    first = compose(
        [files / "birds.yaml", files / "long.yaml"], ["--seed=7", "--data.path=007"], trust=True
    )
    folder = run_folder(files / "runs", first.recipe, first.overlays, first.config["seed"])
    assert folder == files / "runs" / "birds+long" / "seed-7"
    folder.mkdir(parents=True)
    (folder / "config.yaml").write_text(dump(first.config))
    for named in (folder, folder / "config.yaml"):
        again = compose([named], trust=True)
        assert again.config == first.config
        assert run_folder(files / "runs", again.recipe, again.overlays, 7) == folder


def test_baseline_and_model_do_not_share_a_folder():
    one = run_folder("runs", "birds", (), 0)
    assert one == Path("runs/birds/seed-0")
    assert run_folder("runs", "birds", ("baseline",), 0) != one


def test_compose_asks_for_a_recipe_unless_help_is_wanted():
    with pytest.raises(ConfigError, match="name a recipe with --config"):
        read_words([], verb_options("fit", ""))
    assert read_words([], verb_options("fit", ""), required=False)[1].config == {}
    assert read_words(["--help"], verb_options("fit", ""))[0].help
    assert read_words(["-h", "--seed=3"], verb_options("fit", ""))[1].config == {"seed": 3}


def test_a_verb_adds_options_of_its_own(files):
    parser = verb_options("test", "Measure.", resume=False)
    parser.add_argument("--split", default="test")
    words = [*config_words(files, "birds"), "--split", "val", "--seed", "2", "--trust"]
    options, made = read_words(words, parser)
    assert options.split == "val"
    assert made.config["seed"] == 2
    assert "split" not in made.config


def test_a_shipped_overlay_is_no_recipe():
    with pytest.raises(ConfigError, match="baseline is an overlay: name a recipe first"):
        compose(["baseline"])


def test_keys_are_words_or_values_and_mean_the_same(files):
    names = [files / "birds.yaml", files / "other.yaml"]
    words = compose(names, ["--seed=7", "--data.file=f", "--trainer.precision=32"], trust=True)
    values = compose(
        names, {"seed": 7, "data.file": Path("f"), "trainer.precision": 32}, trust=True
    )
    assert words.config == values.config
    assert values.source("seed") == "the call"
    with pytest.raises(ConfigError, match="names no key"):
        compose(names, {"data..file": 1})


def test_words_are_parted_into_names_and_keys():
    words = ["--config", "a", "--seed=1", "--config=b", "--data.path", "x"]
    assert split_words(words) == (["a", "b"], ["--seed=1", "--data.path", "x"])
