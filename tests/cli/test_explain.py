import numpy as np
import pytest
from PIL import Image
from tests.cli.trained import CLASSES, break_picture, draw_pictures, write_bundle

from elsewhere.cli import main
from elsewhere.reports.explanation import model_names


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("models") / "first")


@pytest.fixture
def pictures(tmp_path):
    return draw_pictures(tmp_path / "pictures", 2)


@pytest.fixture
def out(tmp_path):
    return tmp_path / "shown"


def explained(capsys, out, *words):
    status = main(["explain", *map(str, words), "--out", str(out)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def sheet(file):
    return np.asarray(Image.open(file)).astype(int)


def test_a_panel_an_image_and_a_page(bundle, pictures, out, capsys):
    status, said, err = explained(capsys, out, bundle, pictures[0].parent)
    assert (status, err) == (0, "")
    assert f"2 panels and {out / 'index.html'}" in said
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*"))
    assert names == ["0.png", "1.png", "index.html"]
    panels = [sheet(out / name) for name in names[:2]]
    assert panels[0].shape[1] > panels[0].shape[0] > 400
    assert all(panel.std() > 10 for panel in panels)
    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64") == 2
    assert "http" not in page.split("</style>")[1]


def test_a_panel_depends_on_its_own_image_alone(bundle, pictures, out, tmp_path, capsys):
    explained(capsys, out, bundle, *pictures)
    explained(capsys, tmp_path / "alone", bundle, pictures[1], "--batch=1")
    difference = np.abs(sheet(out / "1.png") - sheet(tmp_path / "alone" / "1.png"))
    assert difference.max() <= 2
    assert np.abs(sheet(out / "0.png")[:400, :400] - sheet(out / "1.png")[:400, :400]).max() > 50


def test_names_of_panels_never_collide(bundle, tmp_path, out, capsys):
    draw_pictures(tmp_path / "a", 1)
    draw_pictures(tmp_path / "b", 1)
    draw_pictures(tmp_path / "b", 1, ".jpg")
    draw_pictures(tmp_path / "b" / "c", 1)
    assert explained(capsys, out, bundle, tmp_path / "a", tmp_path / "b")[0] == 0
    names = sorted(path.relative_to(out).as_posix() for path in out.rglob("*.png"))
    assert names == ["a/0.png", "b/0.png", "b/0.png.png", "b/c/0.png"]
    again = tmp_path / "again"
    files = [tmp_path / "a" / "0.png", tmp_path / "b" / "0.png", tmp_path / "b" / "c" / "0.png"]
    assert explained(capsys, again, bundle, *files)[0] == 0
    assert sorted(path.name for path in again.glob("*.png")) == ["0-2.png", "0.png", "0.png.png"]


def test_what_it_wrote_is_not_explained_again(bundle, pictures, capsys):
    folder = pictures[0].parent
    for _ in range(2):
        assert explained(capsys, folder / "explain", bundle, folder)[0] == 0
        assert len(list((folder / "explain").rglob("*.png"))) == 2


def test_no_picture_is_drawn_over(bundle, pictures, capsys):
    picture = pictures[0]
    before = picture.read_bytes()
    status, _, err = explained(capsys, picture.parent, bundle, picture)
    assert status == 2
    assert "would replace an image that is looked at" in err
    assert picture.read_bytes() == before


def test_no_other_picture_or_page_is_drawn_over(bundle, pictures, tmp_path, capsys):
    out = tmp_path / "mine"
    draw_pictures(out, 1)
    strange = out / "0.png"
    status, _, err = explained(capsys, out, bundle, pictures[0])
    assert status == 2
    assert f"{strange}: is there already, and was not drawn by elsewhere" in err
    strange.unlink()
    assert explained(capsys, out, bundle, pictures[0])[0] == 0
    (out / "index.html").unlink()  # as where it was interrupted
    assert explained(capsys, out, bundle, pictures[0])[0] == 0
    (out / "index.html").write_text("<title>my garden</title>")
    assert "index.html: is there already" in explained(capsys, out, bundle, pictures[0])[2]
    assert (out / "index.html").read_text() == "<title>my garden</title>"


def test_a_named_class_changes_the_evidence_only(bundle, pictures, tmp_path, capsys):
    panels = []
    for name in CLASSES:
        folder = tmp_path / str(len(panels))
        assert explained(capsys, folder, bundle, pictures[0], "--class", name)[0] == 0
        panels.append((sheet(folder / "0.png"), (folder / "index.html").read_text("utf-8")))
    others = [panel for panel, page in panels if "evidence drawn for" in page]
    assert len(others) == 2
    assert others[0].shape == others[1].shape
    changed = np.abs(others[0] - others[1]).max(axis=2) > 20
    width = changed.shape[1]
    tiles = changed[260:500]
    assert tiles[:, width // 3 : 2 * width // 3].any()
    assert not tiles[:, : width // 3 - 10].any()
    assert not tiles[:, 2 * width // 3 + 10 :].any()


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("rouge-gorge a tete brulee", "did you mean 'rouge-gorge à tête brûlée'?"),
        ("zzzz", "knows no class 'zzzz'; 'rouge-gorge à tête brûlée', "),
    ],
)
def test_an_unknown_class(name, message, bundle, pictures, out, capsys):
    status, _, err = explained(capsys, out, bundle, pictures[0], "--class", name)
    assert status == 2
    assert message in err
    assert err.count("\n") == 1
    assert not out.exists()


@pytest.mark.parametrize("name", ["ROUGE-GORGE À TÊTE BRÛLÉE", "rouge-gorge à tête brûlée"])
def test_a_class_is_found_however_it_is_typed(name, bundle, pictures, out, capsys):
    assert explained(capsys, out, bundle, pictures[0], "--class", name)[0] == 0


def test_two_models_side_by_side(bundle, pictures, out, tmp_path, capsys):
    other = write_bundle(tmp_path / "second", seed=1)
    status, _, err = explained(capsys, out, bundle, *pictures, "--compare", other)
    assert (status, err) == (0, "")
    alone = tmp_path / "alone"
    explained(capsys, alone, bundle, *pictures)
    assert sheet(out / "0.png").shape[1] > sheet(alone / "0.png").shape[1]
    same = tmp_path / "same"
    explained(capsys, same, bundle, *pictures, "--compare", bundle)
    assert sheet(same / "0.png").shape == sheet(out / "0.png").shape
    assert np.abs(sheet(same / "0.png") - sheet(out / "0.png")).max() > 20
    page = (out / "index.html").read_text(encoding="utf-8")
    assert "first" in page
    assert "second" in page


def test_models_of_other_classes_and_crops_are_both_shown(bundle, pictures, out, tmp_path, capsys):
    other = write_bundle(tmp_path / "second", seed=1, classes=("雀", "Amsel"), crop=24)
    status, _, err = explained(capsys, out, bundle, *pictures, "--compare", other)
    assert status == 0
    assert "1 in common, 2 only " in err
    assert err.count("\n") == 1
    assert "Amsel" in (out / "index.html").read_text("utf-8")
    status, _, err = explained(capsys, out, bundle, *pictures, "--compare", other, "--class=Amsel")
    assert status == 2
    assert "knows no class 'Amsel'" in err


def test_max_pooling_has_no_evidence(pictures, out, tmp_path, capsys):
    model = write_bundle(tmp_path / "m", pooling="max")
    status, _, err = explained(capsys, out, model, *pictures)
    assert status == 0
    assert "No evidence for" in err
    assert err.count("\n") == 1
    plain = tmp_path / "plain"
    explained(capsys, plain, write_bundle(tmp_path / "a"), *pictures)
    assert sheet(out / "0.png").shape[1] < sheet(plain / "0.png").shape[1]


def test_broken_images_are_named(bundle, pictures, out, capsys):
    break_picture(pictures[0])
    status, said, err = explained(capsys, out, bundle, *pictures, "--batch=1")
    assert status == 2
    assert f"1 of 2 images could not be read: '{pictures[0]}'" in err
    assert "1 panel and" in said
    assert [path.name for path in out.glob("*.png")] == ["1.png"]
    page = (out / "index.html").read_text(encoding="utf-8")
    assert str(pictures[0]) in page.split("Not read")[1]


def test_long_folders_are_not_all_embedded(bundle, tmp_path, out, capsys, monkeypatch):
    monkeypatch.setattr("elsewhere.reports.explanation.EMBEDDED", 2)
    draw_pictures(tmp_path / "many", 3)
    assert explained(capsys, out, bundle, tmp_path / "many")[0] == 0
    assert len(list(out.glob("*.png"))) == 3
    page = (out / "index.html").read_text(encoding="utf-8")
    assert page.count("data:image/png;base64") == 2
    assert "first 2 of 3 pictures" in page


def test_a_place_that_cannot_be_written(bundle, pictures, tmp_path, capsys):
    (tmp_path / "taken").write_text("a file")
    status, _, err = explained(capsys, tmp_path / "taken", bundle, pictures[0])
    assert status == 2
    assert "could not be written" in err
    assert err.count("\n") == 1


def test_the_same_question_gives_the_same_bytes(bundle, pictures, out, capsys):
    assert explained(capsys, out, bundle, pictures[0])[0] == 0
    first = (out / "0.png").read_bytes()
    assert explained(capsys, out, bundle, pictures[0])[0] == 0
    assert (out / "0.png").read_bytes() == first


def test_models_are_called_by_what_differs(tmp_path):
    runs = tmp_path / "runs"
    assert model_names([runs / "r" / "seed-0" / "bundle"]) == ["r/seed-0"]
    pair = [runs / "r" / "seed-0" / "bundle", runs / "r+baseline" / "seed-0" / "bundle"]
    assert model_names(pair) == ["r", "r+baseline"]
    seeds = [runs / "r" / f"seed-{n}" / "bundle" for n in (0, 1)]
    assert model_names(seeds) == ["seed-0", "seed-1"]
    assert model_names([runs, runs]) == ["model 1", "model 2"]
