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


TINY = ["--train=3", "--test=6", "--sightings=2", "--shots=2", "--size=32"]


@pytest.mark.parametrize(
    ("kind", "line"),
    [
        ("persons", "48 pictures of 12 persons by 6 cameras (12 train, 12 val, 24 test)"),
        ("vehicles", "48 pictures of 12 vehicles by 6 cameras (12 train, 12 val, 24 test)"),
        ("market", "(12 train, 12 query, 15 gallery, 3 of them of others)"),
        ("duke", "36 pictures of 9 persons by "),
        ("msmt17", "(9 train, 12 query, 12 gallery)"),
        ("msmt17-v2", "(9 train, 12 query, 12 gallery)"),
        ("veri", "pictures of 9 vehicles by "),
        ("vehicleid", "36 pictures of 9 vehicles (12 train, 24 test)"),
    ],
)
def test_make_data_draws_individuals(kind, line, tmp_path, capsys):
    more = {"market": ["--distractors=3"], "persons": ["--val=3"], "vehicles": ["--val=3"]}
    words = ["make-data", kind, str(tmp_path / "set"), *TINY, *more.get(kind, [])]
    assert main(words) == 0
    out = capsys.readouterr().out
    assert out.startswith(f"{tmp_path / 'set'}: ")
    assert line in out
    assert out.count("\n") == 1
    assert main(words) == 0
    assert capsys.readouterr().out == out
    assert (tmp_path / "set" / "mask_test_v2").is_dir() == (kind == "msmt17-v2")


def test_help_of_a_kind_shows_its_options_alone(capsys):
    assert main(["make-data", "market", "--help"]) == 0
    out = capsys.readouterr().out
    assert "--distractors" in out
    assert "default: 20" in out
    assert "--species" not in out
    assert "--cameras" not in out
    assert main(["make-data", "--help"]) == 0
    out = capsys.readouterr().out
    assert "vehicles laid out like VeRi-776" in out
    assert "--distractors" not in out


def test_options_may_stand_before_the_kind(tmp_path, capsys):
    assert main(["make-data", "--seed=3", *TINY, "duke", str(tmp_path / "duke")]) == 0
    assert '"seed": 3' in (tmp_path / "duke" / "drawn.json").read_text()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["birds"], "required: FOLDER"),
        (["fish", "x"], "invalid choice: 'fish'"),
        (["birds", "x", "--size=big"], "--size: invalid int value: 'big'"),
        (["birds", "x", "--bias=2"], "not a probability"),
        (["birds", "x", "--colour=red"], "unrecognized arguments: --colour=red"),
        (["market", "x", "--species=3"], "unrecognized arguments: --species=3"),
        (["birds", "x", "--lookalikes=1"], "unrecognized arguments: --lookalikes=1"),
        (["veri", "x", "--junk=3"], "unrecognized arguments: --junk=3"),
        (["persons", "x", "--sightings=9"], "use 2 to 6 sightings"),
        (["vehicleid", "x", "--test=3"], "use 6 or more"),
        (["market"], "required: FOLDER"),
        ([], "required: KIND, FOLDER"),
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
