import pytest
from PIL import Image

from elsewhere.cli import main


@pytest.fixture
def individuals(tmp_path):
    """Ten individuals with two pictures each, of one colour."""
    folder = tmp_path / "herd"
    for n in range(10):
        for i in range(2):
            path = folder / f"id{n}" / f"{i}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", (40, 40), (n * 20, i * 90, 50)).save(path)
    return folder


def checked(capsys, *words):
    status = main(["check-data", *map(str, words), "--workers=1"])
    captured = capsys.readouterr()
    return status, captured.out + captured.err


def test_folders_of_individuals(individuals, capsys):
    status, out = checked(capsys, individuals, "--individuals")
    assert status == 0
    assert "20 images of 10 identities" in out
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.strip()}
    assert rows["train"] == ["12", "6", "–", "2", "2", "2"]
    assert rows["val"] == rows["test"] == ["4", "2", "–", "2", "2", "2"]
    assert "training can start" in out


def test_the_path_may_stand_after_options(individuals, capsys):
    first = checked(capsys, individuals, "--individuals", "--workers", "1")
    assert first[0] == 0
    assert checked(capsys, "--individuals", "--workers", "1", individuals) == first
    assert "'more' is no option" in checked(capsys, "--individuals", individuals, "more")[1]


def test_without_the_word_the_same_folders_are_classes(individuals, capsys):
    out = checked(capsys, individuals)[1]
    assert "identities" not in out
    assert "id9" in out


def test_columns_of_a_list(individuals, capsys):
    lines = [f"id{n}/{i}.jpg,{n // 2},{n % 2}" for n in range(10) for i in range(2)]
    (individuals / "list.csv").write_text("\n".join(["path,who,side", *lines]))
    # five individuals are too few to draw a validation and a test from
    status, out = checked(capsys, individuals / "list.csv", "--identity=who", "--identity=side")
    assert status == 2
    assert "too few identities to draw split 'test' at share 0.2 and" in out


def test_a_published_set_by_name(tmp_path, capsys):
    root = tmp_path / "VehicleID"
    for folder in ("image", "train_test_split"):
        (root / folder).mkdir(parents=True)
    for number in range(8):
        Image.new("RGB", (40, 40), (30 * number, 9, 90)).save(root / "image" / f"{number}.jpg")
    (root / "train_test_split" / "train_list.txt").write_text("0 1\n1 1\n2 2\n3 2\n")
    (root / "train_test_split" / "test_list_800.txt").write_text("4 3\n5 3\n6 4\n7 4\n")
    status, out = checked(capsys, "vehicleid-800", f"--root={tmp_path}")
    assert status == 0
    assert "8 images of 4 identities" in out
    assert "vehicleid-800: 4 test images, published are 6,493" in out
    (root / "image" / "5.jpg").write_bytes(b"no image")
    status, out = checked(capsys, "vehicleid-800", f"--root={tmp_path}")
    assert status == 2
    assert "broken (1)\n  image/5.jpg: " in out


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["market"], "market: say with root which folder it lies in"),
        (["markt", "--root=."], "did you mean market?"),
        (["vehicleid", "--root=."], "say which test size"),
        (["nowhere", "--individuals"], "nowhere: no such folder or list"),
    ],
)
def test_bad_names_are_one_line(words, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out = checked(capsys, *words)
    assert status == 2
    assert message in out
    assert out.count("\n") == 1


def test_the_data_of_a_recipe(individuals, capsys, tmp_path):
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("data:\n  class_path: elsewhere.data.ReidentificationData\n")
    status, out = checked(capsys, "--config", recipe, f"--data.train={individuals}")
    assert status == 0
    assert "20 images of 10 identities" in out


def test_the_data_of_a_recipe_with_several_sets(individuals, capsys, tmp_path):
    import shutil

    shutil.copytree(individuals, tmp_path / "other")
    recipe = tmp_path / "mine.yaml"
    recipe.write_text("data:\n  class_path: elsewhere.data.ReidentificationData\n")
    words = [f"--data.train={individuals}", f"--data.test={tmp_path / 'other'}"]
    status, out = checked(capsys, "--config", recipe, *words)
    assert status == 0
    assert "40 images of 20 identities" in out
    assert "test-other" in out
