"""A stranger's recipe runs no code of its own and writes nowhere but into its run."""

import sys

import pytest
from tests.recipes.small_classes import HERE

import elsewhere
from elsewhere.cli import main
from elsewhere.errors import ConfigError
from elsewhere.recipes.composition import compose
from elsewhere.recipes.typed import known_imports
from elsewhere.runs.building import build_run

EVIL = "open('mark', 'w').close()\nimport torch\nclass X(torch.optim.SGD): pass\ndef f(*_): pass\n"
TINY = {"network.backbone.class_path": "elsewhere.SmallResNet", "data.size": 32,
        "data.resize": 36, "data.workers": 0, "trainer.max_epochs": 1}  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with a stranger's module in it, which Python could import."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    (tmp_path / "evil.py").write_text(EVIL)
    (tmp_path / "evils").mkdir()
    (tmp_path / "evils" / "inner.py").write_text(EVIL)
    yield tmp_path
    for name in ("evil", "evils", "evils.inner"):
        sys.modules.pop(name, None)


PLACES = (
    "data", "task", "task.optimizer", "task.schedule", "task.branch.intervention", "network.head",
    "network.backbone", "network.attention", "trainer.logger", "trainer.strategy",
    "trainer.profiler", "trainer.plugins", "trainer.callbacks",
)  # fmt: skip
NAMES = ("evil.X", "evil.f", "evils.inner.X", "os.system", "subprocess.Popen", f"{HERE}.Folder")


def cases():
    for place in PLACES:
        for name in NAMES:
            yield f"--{place}.class_path={name}"
            yield f"--{place}={name}"
            yield f"--{place}=[{{class_path: {name}}}]"
    inner = "dict_kwargs: {a: {class_path: evil.X}}"
    yield f"--trainer.logger={{class_path: lightning.pytorch.loggers.CSVLogger, {inner}}}"
    inner = (
        "class_path: lightning.pytorch.callbacks.LambdaCallback, init_args: {on_fit_start: evil.f}"
    )
    yield f"--trainer.callbacks=[{{{inner}}}]"
    yield "--task.optimizer={class_path: evil.X, init_args: {lr: 1}}"
    yield "--data.protocol.class_path=evil.X"


def ended(capsys, *words):
    status = main(list(words))
    return status, capsys.readouterr().err


@pytest.mark.parametrize("verb", ["fit", "test"])
def test_nothing_of_another_package_is_imported(verb, folder, capsys):
    for word in cases():
        status, err = ended(capsys, verb, "--config", "folder", "--data.path=nowhere", word)
        assert status == 2, (word, err)
        assert err.count("\n") == 1
        assert "unexpected" not in err
        assert not (folder / "mark").exists(), word
    assert not {"evil", "evils.inner"} & sys.modules.keys()


@pytest.mark.parametrize("verb", ["fit", "test", "check-data"])
def test_asking_for_help_runs_nothing_either(verb, folder, capsys):
    (folder / "mine.yaml").write_text("data: {class_path: evil.X}\n")
    for words in (["--help"], []):
        status, err = ended(capsys, verb, "--config", "mine.yaml", *words)
        assert (status, "--trust" in err) == ((0, False) if verb == "check-data" and words
                                              else (2, True))  # fmt: skip
    assert not (folder / "mark").exists()


def test_what_is_trusted_is_imported(folder):
    keys = {"data.class_path": "evil.X"}
    with pytest.raises(
        ConfigError, match=r"data.class_path: evil.X is of none of elsewhere, torch"
    ):
        compose(["folder"], keys)
    with pytest.raises(ConfigError, match="evil"):
        elsewhere.fit("folder", trust=True, **keys)
    assert (folder / "mark").exists()


def test_what_jsonargparse_allows_is_as_before_afterwards():
    from jsonargparse import _common

    before = dict(_common.parsing_settings)
    with known_imports(trust=False):
        with pytest.raises(ImportError):
            _common.check_import_path("json.loads")
        _common.check_import_path("torch.optim.SGD")
    assert _common.parsing_settings == before


OUTSIDE = {
    "an absolute place": ("CSVLogger", {"save_dir": "/tmp/elsewhere-not-there"}),
    "the place where it runs": ("CSVLogger", {"save_dir": "logs"}),
    "a name that climbs": ("CSVLogger", {"name": "../../../up"}),
    "a version that climbs": ("CSVLogger", {"version": "../../../../up"}),
    "a user's own folder": ("CSVLogger", {"save_dir": "~/logs"}),
    "an address of files": ("MLFlowLogger", {"tracking_uri": "file:/tmp/mlruns"}),
    "another kind of store": ("CSVLogger", {"save_dir": "s3://bucket/x"}),
}


@pytest.mark.parametrize("case", OUTSIDE)
@pytest.mark.parametrize("several", [True, False])
def test_a_logger_writes_into_the_run_alone(case, several, folder, capsys):
    kind, arguments = OUTSIDE[case]
    logger = {"class_path": f"lightning.pytorch.loggers.{kind}", "init_args": arguments}
    composition = compose(["folder"], {"trainer.logger": [logger] if several else logger, **TINY})
    with pytest.raises(ConfigError, match=r"trainer\.logger.* lies outside the run, runs/folder/"):
        build_run("fit", composition)
    assert not list(folder.glob("**/up")) + list(folder.glob("runs"))


@pytest.mark.parametrize(
    "callback", [{"dirpath": "/tmp/else"}, {"filename": "/tmp/else"}, {"dirpath": "../checks"}]
)
def test_a_callback_writes_into_the_run_alone(callback, folder):
    one = {"class_path": "lightning.pytorch.callbacks.ModelCheckpoint", "init_args": callback}
    with pytest.raises(ConfigError, match="lies outside the run"):
        build_run("fit", compose(["folder"], {"trainer.callbacks": [one], **TINY}))


def test_a_place_inside_the_run_is_fine(folder):
    inside = {"save_dir": "runs/folder/seed-0/more", "name": "own", "version": "1.0/a"}
    logger = {"class_path": "lightning.pytorch.loggers.CSVLogger", "init_args": inside}
    with pytest.raises(elsewhere.errors.DataError):  # there are no images, which comes later
        build_run("fit", compose(["folder"], {"trainer.logger": logger, "data.path": "no", **TINY}))
