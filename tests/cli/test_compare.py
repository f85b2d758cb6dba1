import json
import math
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from tests.retrieval.individuals import (
    CALIBRATED,
    draw,
    draw_individuals,
    vectors_by_hand,
    write_bundle,
)

from elsewhere import load_bundle
from elsewhere.cli import main
from elsewhere.retrieval.matching import Compared, look_at_match
from elsewhere.visualization.match import match_panel


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("models") / "bundle")


@pytest.fixture
def animals(tmp_path):
    draw_individuals(tmp_path / "animals", 2, 3)
    return tmp_path / "animals"


def compared(capsys, *words):
    status = main(["compare", *map(str, words)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_two_pictures_by_hand(animals, tmp_path, capsys):
    files = [animals / "ind 0" / "0.png", animals / "ind 1" / "2.png"]
    for mirror in (False, True):
        retrieval = CALIBRATED._replace(mirror=mirror)
        bundle = write_bundle(tmp_path / f"{mirror}", retrieval)
        a, b = vectors_by_hand(bundle, files, mirror=mirror)
        status, out, err = compared(capsys, bundle, *files, "--json")
        assert (status, err) == (0, "")
        found = json.loads(out)
        assert found["similarity"] == pytest.approx(float(a @ b), abs=3e-6)
        assert found["same"] == (float(a @ b) >= 0.61)
        expected = 1 / (1 + math.exp(10 - 20 * float(a @ b)))
        assert found["probability"] == pytest.approx(expected, abs=1e-4)
        assert found["retrieval"]["threshold"] == 0.61


@pytest.mark.parametrize(("threshold", "word"), [(-0.99, "same"), (0.9999999, "different")])
def test_the_threshold_decides(threshold, word, animals, tmp_path, capsys):
    bundle = write_bundle(tmp_path / "b", CALIBRATED._replace(threshold=threshold))
    files = [animals / "ind 0" / "0.png", animals / "ind 1" / "2.png"]
    status, out, err = compared(capsys, bundle, *files)
    assert (status, err) == (0, "")
    assert out.startswith(f"{word} (similarity ")
    assert "1 % false alarms on individuals held out)" in out
    assert "before they were looked at" in out


def test_without_a_threshold_it_says_how_to_get_one(animals, tmp_path, capsys):
    for head in (True, False):
        bundle = write_bundle(tmp_path / f"{head}", None, head=head)
        status, out, _ = compared(capsys, bundle, *sorted(animals.glob("*/0.png")), "--batch=1")
        assert status == 0
        assert out.startswith("not known (similarity ")
        assert "not trained to find individuals again with some held out" in out
        assert "sure" not in out


def test_folders_are_compared_by_the_mean_of_all_pairs(bundle, animals, capsys):
    first, second = (sorted((animals / name).glob("*.png")) for name in ("ind 0", "ind 1"))
    similarities = vectors_by_hand(bundle, first) @ vectors_by_hand(bundle, second[:2]).T
    second[2].unlink()
    status, out, _ = compared(capsys, bundle, animals / "ind 0", animals / "ind 1", "--json")
    found = json.loads(out)
    assert status == 0
    assert found["similarity"] == pytest.approx(similarities.mean(), abs=3e-6)
    row, column = np.unravel_index(similarities.argmax(), similarities.shape)
    assert found["best_pair"]["a"] == str(first[row])
    assert found["best_pair"]["b"] == str(second[column])
    assert found["best_pair"]["similarity"] == pytest.approx(similarities.max(), abs=3e-6)
    _, out, _ = compared(capsys, bundle, animals / "ind 0", animals / "ind 1")
    assert "the mean of 3 x 2 pairs; the most similar: " in out


def test_json_may_stand_before_the_pictures(bundle, animals, capsys):
    files = sorted(animals.glob("*/0.png"))
    status, out, _ = compared(capsys, "--json", bundle, *files)
    assert status == 0
    document = json.loads(out)
    assert document["a"] == {"named": str(files[0]), "images": [str(files[0])], "unread": {}}


@pytest.mark.parametrize(
    "words", [("--out", "a.png"), ("--json", "b.png"), ("--out", "x/../b.png")]
)
def test_no_picture_is_written_over(words, bundle, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").mkdir()
    names = ("a.png", "b.png")
    for seed, name in enumerate(names):
        draw(tmp_path / name, seed)
    before = [(tmp_path / name).read_bytes() for name in names]
    status, out, err = compared(capsys, bundle, "a.png", "b.png", *words)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert [(tmp_path / name).read_bytes() for name in names] == before


@pytest.mark.parametrize("mirror", [False, True])
def test_the_panel_says_what_is_printed(mirror, animals, tmp_path, capsys):
    retrieval = CALIBRATED._replace(mirror=mirror)
    folder = write_bundle(tmp_path / "b", retrieval)
    files = sorted(animals.glob("*/0.png"))
    status, out, _ = compared(capsys, folder, *files, "--out", tmp_path / "pair.png")
    assert status == 0
    pair = tuple(Compared(name, file, (str(file),)) for name, file in zip("AB", files, strict=True))
    match = look_at_match(load_bundle(folder), retrieval, pair)
    expected = match_panel(*match.sides, said=out.splitlines()[0])
    with Image.open(tmp_path / "pair.png") as panel:
        assert np.array_equal(np.asarray(panel), expected)
    for side in match.sides:
        assert len(side.evidence) == 1 + mirror
        shares = sum(float(view.sum()) for view in side.evidence)
        a, b = vectors_by_hand(folder, files, mirror=mirror)
        assert shares + side.constant == pytest.approx(float(a @ b), abs=1e-4)


def test_a_panel_is_drawn(bundle, animals, tmp_path, capsys):
    out = tmp_path / "new" / "pair.png"
    files = sorted(animals.glob("*/0.png"))
    assert compared(capsys, bundle, *files, "--out", out)[0] == 0
    with Image.open(out) as panel:
        alone = panel.size
        assert len(panel.convert("RGB").getcolors(1 << 24)) > 500
    assert compared(capsys, bundle, animals / "ind 0", animals / "ind 1", "--out", out)[0] == 0
    with Image.open(out) as panel:
        assert panel.height > alone[1]  # a line says which pair of all this is


def test_a_network_without_evidence_is_drawn_without(animals, tmp_path, capsys):
    bundle = write_bundle(tmp_path / "max", pooling="max")
    files = sorted(animals.glob("*/0.png"))
    assert compared(capsys, bundle, *files, "--out", tmp_path / "pair.png")[0] == 0
    assert load_bundle(bundle).pooling == "max"
    with Image.open(tmp_path / "pair.png") as narrow:
        width = narrow.width
    bundle = write_bundle(tmp_path / "average")
    assert compared(capsys, bundle, *files, "--out", tmp_path / "pair.png")[0] == 0
    with Image.open(tmp_path / "pair.png") as wide:
        assert wide.width > width


def test_a_broken_picture_of_several_is_named_and_the_rest_compared(bundle, animals, capsys):
    broken = animals / "ind 0" / "1.png"
    broken.write_text("no picture")
    status, out, err = compared(capsys, bundle, animals / "ind 0", animals / "ind 1")
    assert status == 2
    assert "the mean of 2 x 3 pairs" in out
    assert err == f"elsewhere: 1 of 6 images could not be read: '{broken}'\n"


def test_nothing_but_broken_pictures_is_one_line(bundle, animals, capsys):
    for file in (animals / "ind 0").glob("*.png"):
        file.write_text("no picture")
    other = animals / "ind 1"
    status, out, err = compared(capsys, bundle, animals / "ind 0", other)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert "0.png: not an image that can be read; replace or remove it (nor can 2 others)" in err
    status, out, err = compared(capsys, bundle, animals / "ind 0" / "0.png", other)
    assert (status, out) == (2, "")
    assert "(nor can" not in err


def test_a_vector_without_length_is_no_answer(animals, tmp_path, capsys):
    import torch

    from elsewhere.bundle import save_bundle

    network = load_bundle(write_bundle(tmp_path / "b"))
    torch.nn.init.zeros_(network.head.projection.weight)
    save_bundle(network, tmp_path / "b")
    status, out, err = compared(capsys, tmp_path / "b", *sorted(animals.glob("*/0.png")))
    assert (status, out) == (2, "")
    assert "vector for it is zero or not finite" in err


def test_the_same_file_on_both_sides_is_said(bundle, animals, capsys):
    file = animals / "ind 0" / "0.png"
    status, out, err = compared(capsys, bundle, file, file)
    assert status == 0
    assert out.startswith("same (similarity 1.00 ")
    assert err == "elsewhere: 1 of the files is on both sides\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["a.png"], "required: B"),
        (["a.png", "nowhere.png"], "nowhere.png: no such file or folder"),
        (["a.png", "a.png", "--out=pair.jpg"], "--out pair.jpg: name a PNG"),
        (["a.png", "a.png", "--out=folder.png"], "--out folder.png: a folder; name a file"),
        (["a.png", "a.png", "a.png"], "unrecognized arguments: a.png"),
    ],
)
def test_compare_refuses(words, message, bundle, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw(tmp_path / "a.png", 0)
    (tmp_path / "folder.png").mkdir()
    status, out, err = compared(capsys, bundle, *words)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from elsewhere.cli import main; "
        "s = [main([v, '--help']) for v in ('embed', 'compare')]; "
        "print(*s, *(m for m in ('torch', 'timm', 'pyarrow') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 0"
    assert "usage: elsewhere embed" in done.stdout
    assert "usage: elsewhere compare" in done.stdout
