import re

import pytest
from tests.recipes import small_classes as small

from elsewhere.cli.help import help_text
from elsewhere.cli.options import read_words, verb_options
from elsewhere.errors import ConfigError, DataError
from elsewhere.recipes.complaint import read_complaint
from elsewhere.recipes.composition import compose, split_words
from elsewhere.recipes.document import dump
from elsewhere.recipes.typed import check_typed, parse_typed
from elsewhere.runs.building import training_parser

HERE = small.HERE


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(small.RECIPE)
    return path


def parsed(recipe, *words):
    composition = compose(*split_words(["--config", str(recipe), *words]), trust=True)
    return parse_typed(small.small_parser(), composition)


def refusal(recipe, *words):
    with pytest.raises(ConfigError) as caught:
        parsed(recipe, *words)
    text = str(caught.value)
    assert "\n" not in text
    return text.replace(str(recipe), "small.yaml").replace(f"{HERE}.", "")


def test_a_recipe_becomes_typed_objects(recipe):
    made = parsed(recipe, "--data.path=x", "--intervention.low=0.5", "--trainer.precision=bf16")
    assert isinstance(made.data, small.Folder)
    assert (made.data.path, made.data.batch_size) == ("x", 4)
    assert (made.network.heads, made.network.backbone.name) == (3, "small")
    assert (made.intervention.low, made.intervention.high) == (0.5, 2.0)
    assert (made.trainer.max_epochs, made.trainer.precision) == (2, "bf16")
    optimizer = made.optimizer([1, 2])
    assert isinstance(optimizer, small.Descent)
    assert (optimizer.params, optimizer.lr) == ([1, 2], 0.1)


def test_a_class_may_be_changed_or_left_out(recipe):
    changed = parsed(recipe, f"--intervention.class_path={HERE}.Uniform")
    assert isinstance(changed.intervention, small.Uniform)
    assert parsed(recipe, "--intervention=null").intervention is None


def test_parsing_leaves_the_recipe_as_it_was(recipe):
    made = compose([recipe], [f"--trainer.callbacks=[{{class_path: {HERE}.Callback}}]"], trust=True)
    before = dump(made.config)
    parse_typed(small.small_parser(), made)
    assert dump(made.config) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--sed=1", "the command line: there is no key sed; did you mean seed?"),
        ("--max_epochs=1", "there is no key max_epochs; did you mean trainer.max_epochs?"),
        ("--data.bach_size=1", "no key data.init_args.bach_size; did you mean batch_size?"),
        ("--trainer.max_epoch=1", "no key trainer.max_epoch; did you mean max_epochs?"),
        ("--network.haeds=1", "no key network.haeds; did you mean heads?"),
        ("--network.classes=1", "no key network.classes"),
        (
            "--network.backbone.stride=1",
            "no key network.backbone.init_args.stride; did you mean last_stride?",
        ),
        ("--intervention.hihg=1", "no key intervention.init_args.hihg; did you mean high?"),
        ("--optimizer.rate=1", "no key optimizer.init_args.rate; known here: lr, params"),
        ("--data.sizes.hieght=1", "no key data.init_args.sizes.hieght; did you mean height?"),
        ("--optimizer.lrr=1", "no key optimizer.init_args.lrr; did you mean lr?"),
        (
            "--data={class_path: HERE.Folder, init_arg: {}}",
            "data.init_arg; did you mean init_args?",
        ),
        (
            "--data.inner={class_path: HERE.Folder, init_args: {pth: 1}}",
            "no key data.init_args.inner.init_args.pth; did you mean path?",
        ),
        (
            "--trainer.callbacks=[{class_path: HERE.Callback}, "
            "{class_path: HERE.Callback, init_args: {evry: 2}}]",
            "no key trainer.callbacks.1.init_args.evry; did you mean every?",
        ),
    ],
)
def test_unknown_keys_name_the_nearest_one(recipe, words, message):
    assert message in refusal(recipe, words.replace("HERE", HERE))


def test_a_key_may_nearly_be_an_option_of_the_verb(recipe):
    composition = read_words(
        ["--config", str(recipe), "--rsume=1", "--trust"], verb_options("fit", "")
    )[1]
    with pytest.raises(ConfigError, match=r"there is no key rsume; did you mean --resume\?$"):
        parse_typed(small.small_parser(), composition)


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--seed=x", "the command line: seed expects int, not 'x'"),
        ("--network.heads=[1]", "network.heads expects int, not [1]"),
        ("--data.batch_size=many", "data.init_args.batch_size expects int, not 'many'"),
        (
            "--network.backbone.last_stride=a",
            "network.backbone.init_args.last_stride expects int or null, not 'a'",
        ),
        ("--optimizer.lr=fast", "optimizer.init_args.lr expects float, not 'fast'"),
        ("--trainer.weights.raw=x", "trainer.weights expects float, not x"),
        ("--trainer.precision=8", "trainer.precision expects one of '32', 'bf16', not 8"),
        ("--data=3", "data expects a class_path, that of a Data, not 3"),
        ("--trainer.callbacks=[3]", "expects a class_path, that of a Callback, not [3]"),
        ("--network=5", "the command line: network holds keys of its own, not 5"),
        ("--trainer=null", "the command line: trainer holds keys of its own, not None"),
        (
            "--trainer.callbacks=[{class_path: HERE.Callback, init_args: {every: 1}}, "
            "{class_path: HERE.Callback, init_args: {every: x}}]",
            "trainer.callbacks.1.init_args.every expects int, not 'x'",
        ),
    ],
)
def test_values_of_the_wrong_type(recipe, words, message):
    assert message in refusal(recipe, words.replace("HERE", HERE))


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("HERE.Floder", "has no attribute 'Floder'; did you mean Folder?"),
        ("nowhere.Folder", "No module named 'nowhere'"),
        ("HERE.Random", "Random does not correspond to a subclass of Data"),
    ],
)
def test_classes_that_are_none(recipe, words, message):
    assert message in refusal(recipe, f"--data.class_path={words.replace('HERE', HERE)}")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("--task.intervention=elsewhere.RandomAtention", "intervention: module 'elsewhere' has no "
         "attribute 'RandomAtention'; did you mean elsewhere.RandomAttention?"),
        ("--task.optimizer=torch.optim.AdamZ", "optimizer: module 'torch.optim' has no attribute "
         "'AdamZ'; did you mean torch.optim.Adam?"),
        ("--task.optimizer.lr=fast", "optimizer.init_args.lr expects float, not 'fast'"),
    ],
)  # fmt: skip
def test_classes_within_a_task_of_a_shipped_recipe(words, message):
    composition = compose(["drawn-birds"], [words])
    with pytest.raises(ConfigError) as caught:
        check_typed(training_parser("fit"), composition)
    assert f"the command line: task.init_args.{message}" == str(caught.value)


def test_what_is_missing(recipe):
    lines = small.RECIPE.splitlines()
    recipe.write_text("\n".join(lines[:2] + lines[6:]))
    assert refusal(recipe) == "small.yaml: data must be given: it has no default"
    recipe.write_text(small.RECIPE.replace("      name: small\n", "      last_stride: 1\n"))
    expected = "small.yaml:8: network.backbone.init_args.name must be given: it has no default"
    assert refusal(recipe) == expected
    recipe.write_text(small.RECIPE.replace(f"  class_path: {HERE}.Folder\n", ""))
    expected = "small.yaml:3: data has init_args but no class_path that says whose"
    assert refusal(recipe) == expected


def test_a_wrong_key_is_found_in_the_file_that_says_it(recipe, tmp_path):
    overlay = tmp_path / "more.yaml"
    overlay.write_text("# More.\ntrainer:\n  max_epochs: 3\n  max_step: 2\n")
    assert refusal(recipe, "--config", str(overlay)).startswith(f"{overlay}:4: there is no key")


def test_a_number_may_be_a_word_where_a_word_is_expected(recipe):
    made = compose([recipe], ["--data.path=007", "--network.backbone.name=50"], trust=True)
    objects = parse_typed(small.small_parser(), made)
    assert objects.data.path == "007"
    assert objects.network.backbone.name == "50"
    # and the run's config.yaml says the same again
    assert made.config["data"]["init_args"]["path"] == "007"
    assert parsed(recipe, "--trainer.precision=32").trainer.precision == "32"


WORDS = [
    "[2024] birds",
    "{a} b",
    "'it's",
    "true",
    "[2024]",
    "[a, b]",
    "{a: b}",
    "0x1F",
]


@pytest.mark.parametrize("word", WORDS)
def test_any_word_may_be_a_name_where_a_name_is_expected(recipe, word):
    made = compose([recipe], [f"--data.path={word}"], trust=True)
    assert parse_typed(small.small_parser(), made).data.path == word
    assert made.config["data"]["init_args"]["path"] == word


def test_a_later_word_is_the_one_that_counts(recipe):
    assert parsed(recipe, "--data.path=[1]", "--data.path=2").data.path == "2"
    again = "--data={init_args: {path: 2}}"
    assert parsed(recipe, "--data.path=1", again, "--data.path=x").data.path == "x"
    assert "expects str, not 2" in refusal(recipe, "--data.path=1", again)


def test_errors_of_constructors(recipe):
    with pytest.raises(DataError, match="1 or more"):
        parsed(recipe, "--data.batch_size=0")
    text = refusal(recipe, "--network.backbone.name=unknown")
    assert (
        text == "small cannot be built: RuntimeError: Unknown model (unknown) (--debug says where)"
    )


def test_checking_builds_nothing(recipe):
    typed = check_typed(
        small.small_parser(), compose([recipe], ["--data.batch_size=0"], trust=True)
    )
    assert typed.data.init_args.batch_size == 0
    assert typed.trainer.precision == "32"


def test_classes_of_ones_own_are_found_where_the_command_runs(recipe, tmp_path, monkeypatch):
    (tmp_path / "my_own_looking.py").write_text(
        f"from {HERE} import Intervention\nclass Mine(Intervention):\n    '''Mine.'''\n"
    )
    monkeypatch.chdir(tmp_path)
    made = parsed(recipe, "--intervention.class_path=my_own_looking.Mine")
    assert type(made.intervention).__name__ == "Mine"


def test_a_message_that_is_not_understood_is_passed_on():
    assert read_complaint("Something\n  quite else").text == "Something"
    assert read_complaint("").text == ""


def helped(*words):
    options = verb_options("fit", "Train a model.")
    composition = read_words([*words, "--trust", "--help"], options)[1]
    return help_text(options, small.small_parser(), composition)


def test_help_shows_typed_options_with_their_meaning(recipe):
    text = " ".join(helped().split())
    for expected in (
        "Train a model.",
        "--resume [last|PATH]",
        "--seed seed of everything random (int, default: 0)",
        "--network.heads number of attention maps (int, default: 8)",
        "--network.backbone what makes features (Backbone, required)",
        "--trainer.max_epochs how many (int, default: 1)",
    ):
        assert expected in text
    assert "network.classes" not in text
    assert "data.batch_size" not in text


def test_help_with_a_recipe_shows_the_arguments_of_its_classes(recipe):
    text = " ".join(helped("--config", str(recipe), "--seed=9").split())
    for expected in (
        "--seed seed of everything random (int, recipe: 9, default: 0)",
        f"data = {HERE}.Folder: Images in folders",
        "--data.batch_size images of a batch (int, recipe: 4, default: 8)",
        "--network.backbone.last_stride stride of the last stage (int | null, default: null)",
        "--optimizer.lr length of a step (float, recipe: 0.1, default: 0.001)",
    ):
        assert expected in text
    assert "--optimizer.params" not in text


@pytest.mark.parametrize(
    ("recipe", "old", "new"),
    [
        ("individuals", "data.flip", "data.init_args.augment.flip"),
        ("person-published", "data.erase_fill", "data.init_args.augment.erase_fill"),
        ("classification-paper", "task.center_rate", "center"),
        ("classification-paper", "task.centers", "center"),
    ],
)
def test_an_old_key_is_refused_with_the_new_one_named(recipe, old, new):
    with pytest.raises(ConfigError, match=rf"there is no key .*; did you mean {re.escape(new)}\?"):
        check_typed(training_parser("fit"), compose([recipe], [f"--{old}=1"]))
