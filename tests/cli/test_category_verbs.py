"""`make-data` and `check-data` of published sets of classes."""

import pytest

from elsewhere.cli import main

TINY = ["--train=3", "--test=2", "--size=32"]


@pytest.fixture(scope="module")
def sets(tmp_path_factory):
    root = tmp_path_factory.mktemp("sets")
    assert main(["make-data", "cub", str(root / "cub"), *TINY, "--species=2"]) == 0
    assert main(["make-data", "aircraft", str(root / "planes"), *TINY, "--variants=2"]) == 0
    return root


def checked(capsys, *words):
    capsys.readouterr()
    status = main(["check-data", *map(str, words), "--workers=1"])
    captured = capsys.readouterr()
    return status, captured.out + captured.err


@pytest.mark.parametrize(
    ("kind", "words", "line"),
    [
        ("cub", ["--species=2", "--test-bias=0.5"], "10 pictures of 2 species (6 train, 4 test)"),
        ("cars", ["--models=2"], "10 pictures of 2 models (6 train, 4 test)"),
        ("cars-old", ["--models=2"], "10 pictures of 2 models (6 train, 4 test)"),
        ("aircraft", ["--variants=2"], "10 pictures of 2 variants (6 train, 4 test)"),
    ],
)
def test_make_data_draws_published_layouts(kind, words, line, tmp_path, capsys):
    assert main(["make-data", kind, str(tmp_path / "set"), *TINY, *words]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'set'}: {line}\n"
    assert (tmp_path / "set" / "car_ims").is_dir() == (kind == "cars-old")


def test_help_speaks_of_classes(capsys):
    assert main(["make-data", "cub", "--help"]) == 0
    out = capsys.readouterr().out
    assert "training pictures per class" in out
    assert "--test-bias" in out
    assert "--val" not in out
    assert "identities" not in out


def test_check_data_takes_a_name_below_root(sets, capsys):
    status, out = checked(capsys, "cub", f"--root={sets}")
    assert status == 0
    assert f"{sets / 'cub'}: 10 images" in out
    assert "cub: a drawn set of 2 classes; the published one has 200" in out
    assert "not used" not in out  # attributes and parts are no images gone astray
    assert "training can start" in out


def test_check_data_knows_a_published_folder(sets, capsys):
    status, out = checked(capsys, sets / "planes")
    assert status == 0
    assert "aircraft: a drawn set of 2 classes" in out
    assert "Kestrel Twin-100W" in out


def test_check_data_reads_the_set_of_a_recipe(sets, capsys):
    words = ["--config", "folder", "--data.path=cub", f"--data.root={sets}"]
    status, out = checked(capsys, *words)
    assert status == 0
    assert "cub: a drawn set of 2 classes" in out
    assert "not used" not in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["cub"], "cub: say with root which folder it lies in"),
        (["cubs", "--root=."], "cubs: no such folder or list of images, and no data set of that"),
        (["aircraft", "--root=."], ".: no FGVC-Aircraft here; expected are data/images"),
        (["markt", "--root=."], "did you mean market?"),
        (["cub", "--root=.", "--images=x"], "cub knows where its images are; leave images out"),
    ],
)
def test_check_data_of_what_is_not_there(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out = checked(capsys, *words)
    assert status == 2
    assert message in out
    assert out.count("\n") == 1
