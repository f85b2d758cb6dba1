import pytest

from elsewhere.cli import main


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    folder = tmp_path_factory.mktemp("drawn") / "birds"
    words = ["--species=3", "--size=16", "--train=2", "--val=1", "--test=1", "--seed=4"]
    assert main(["make-data", "birds", str(folder), *words]) == 0
    return folder


def checked(capsys, *words):
    status = main(["check-data", *map(str, words), "--workers=1"])
    captured = capsys.readouterr()
    return status, captured.out + captured.err


def test_make_data_says_what_it_drew(tmp_path, capsys):
    words = ["--species=2", "--size=16", "--train=2", "--val=1", "--test=1"]
    assert main(["make-data", "birds", str(tmp_path / "b"), *words]) == 0
    out = capsys.readouterr().out
    assert "10 pictures of 2 species (4 train, 2 val, 2 test, 2 test-unbiased)" in out
    assert len(list((tmp_path / "b").rglob("*.png"))) == 10


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["birds"], "required: FOLDER"),
        (["fish", "x"], "invalid choice: 'fish'"),
        (["birds", "x", "--size=big"], "--size: invalid int value: 'big'"),
        (["birds", "x", "--bias=2"], "not a probability"),
        (["birds", "x", "--colour=red"], "unrecognized arguments: --colour=red"),
    ],
)
def test_make_data_refuses(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(["make-data", *words]) == 2
    err = capsys.readouterr().err
    assert message in err
    assert err.count("\n") == 1


def test_check_data_counts(birds, capsys):
    status, out = checked(capsys, birds)
    assert status == 0
    assert "15 images" in out
    assert "test-unbiased" in out
    assert out.split("all")[1].split()[:4] == ["6", "3", "3", "3"]
    assert "training can start" in out
    assert checked(capsys, birds / "labels.csv")[0] == 0


def test_check_data_reads_the_data_of_a_recipe(birds, capsys, tmp_path):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("data:\n  class_path: elsewhere.data.ImageData\ntrainer: {max_epochs: 1}\n")
    status, out = checked(capsys, "--config", recipe, f"--data.path={birds}")
    assert (status, "15 images" in out) == (0, True)
    status, out = checked(capsys, "--config", recipe, f"--data.pth={birds}")
    assert status == 2
    assert "did you mean path?" in out


def test_check_data_refuses_broken_images(birds, capsys, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(birds, copy)
    first = min(copy.rglob("*.png"))
    first.write_bytes(first.read_bytes()[:60])
    status, out = checked(capsys, copy)
    assert status == 2
    assert "broken (1)" in out
    assert f"{first.relative_to(copy).as_posix()}: " in out
    assert "training should not start" in out


def test_long_lists_are_cut_unless_all_is_asked_for(birds, capsys, tmp_path):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(birds, copy)
    for number in range(30):
        (copy / "images" / f"note-{number}.txt").write_text("x")
    assert "note-29.txt" not in checked(capsys, copy)[1]
    assert "more (--all)" in checked(capsys, copy)[1]
    assert "note-29.txt" in checked(capsys, copy, "--all")[1]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "name what to check"),
        (["nowhere"], "nowhere: no such folder"),
        (["x", "--config", "drawn-birds"], "a path or a recipe"),
        (["--config", "drawn-brids"], "did you mean drawn-birds?"),
    ],
)
def test_check_data_needs_something_to_check(words, message, capsys):
    status, out = checked(capsys, *words)
    assert status == 2
    assert message in out


@pytest.mark.parametrize("verb", ["check-data", "make-data", "configs"])
def test_help_of_a_verb(verb, capsys):
    assert main([verb, "--help"]) == 0
    assert f"usage: elsewhere {verb}" in capsys.readouterr().out
