import csv
import json
import math
import os
import shutil
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

from elsewhere.cli import main
from elsewhere.reports.found import conclusion, threshold_note
from elsewhere.retrieval.answers import Answer, Found
from elsewhere.retrieval.verdict import judge

NEVER, ALWAYS = 0.9999999, -0.99


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("models") / "bundle")


@pytest.fixture
def animals(tmp_path):
    """Three individuals with three pictures each."""
    draw_individuals(tmp_path / "animals", 3, 3)
    return tmp_path / "animals"


@pytest.fixture
def store(bundle, animals, tmp_path, capsys):
    return embedded(capsys, bundle, animals, tmp_path / "store")


def embedded(capsys, model, images, out, *words):
    assert main(["embed", str(model), str(images), "--out", str(out), *words]) == 0
    capsys.readouterr()
    return out


def searched(capsys, *words):
    status = main(["search", *map(str, words)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def threshold(folder, value):
    return write_bundle(folder / f"at {value}", CALIBRATED._replace(threshold=value))


def test_a_new_picture_by_hand(bundle, animals, store, tmp_path, capsys):
    asked = draw(tmp_path / "asked.png", seed=7)
    status, out, err = searched(capsys, bundle, store, asked, "--json", "--top=4")
    assert (status, err) == (0, "")
    document = json.loads(out)
    assert document["images_in_store"] == 9
    (found,) = document["images"]
    files = sorted(animals.rglob("*.png"))
    similar = vectors_by_hand(bundle, files) @ vectors_by_hand(bundle, [asked])[0]
    order = np.argsort(-similar, kind="stable")
    assert [each["path"] for each in found["pictures"]] == [str(files[i]) for i in order[:4]]
    assert [each["similarity"] for each in found["pictures"]] == pytest.approx(
        similar[order[:4]], abs=3e-6
    )
    best = {f"ind {number}": similar[3 * number : 3 * number + 3].max() for number in range(3)}
    names = sorted(best, key=lambda name: -best[name])
    assert [each["name"] for each in found["individuals"]] == names
    assert [each["similarity"] for each in found["individuals"]] == pytest.approx(
        [best[name] for name in names], abs=3e-6
    )
    assert {each["images"] for each in found["individuals"]} == {3}
    assert found["known"] == (similar.max() >= 0.61)
    expected = 1 / (1 + math.exp(10 - 20 * similar.max()))
    assert found["probability"] == pytest.approx(expected, abs=1e-4)
    assert found["in_store"] is False


def test_a_copy_is_known_and_its_name_said(bundle, animals, store, tmp_path, capsys):
    asked = shutil.copyfile(animals / "ind 2" / "1.png", tmp_path / "copy.png")
    status, out, err = searched(capsys, bundle, store, asked)
    assert (status, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == f"{asked}: known: ind 2, over 99 % sure (similarity 1.00 ≥ threshold 0.61)"
    assert lines[1] == "  nearest individuals:"
    assert lines[2] == "     1   1.00  ind 2  best of 3 images: ind 2/1.png"
    assert "     1   1.00  ind 2  ind 2/1.png" in lines
    assert lines[-1].startswith("known: the nearest image is as similar as")
    assert "1 % of the pairs of different individuals held out reach it too" in lines[-1]
    assert "at most about 9 % of cases" in lines[-1]


def test_nothing_above_the_threshold_may_be_a_new_individual(store, tmp_path, capsys):
    asked = draw(tmp_path / "asked.png", seed=7)
    model = threshold(tmp_path, NEVER)
    _, out, _ = searched(capsys, model, store, asked)
    first = out.splitlines()[0]
    assert first.startswith(f"{asked}: new individual? (nearest: ind ")
    assert f"{0.9999999:.2f}" in first
    _, out, _ = searched(capsys, threshold(tmp_path, ALWAYS), store, asked)
    assert out.startswith(f"{asked}: known: ind ")


def test_without_a_threshold_there_are_only_similarities(animals, tmp_path, capsys):
    for head in (True, False):
        model = write_bundle(tmp_path / f"model {head}", None, head=head)
        store = embedded(capsys, model, animals, tmp_path / f"store {head}")
        asked = draw(tmp_path / "asked.png", seed=7)
        status, out, _ = searched(capsys, model, store, asked)
        assert status == 0
        assert out.startswith(f"{asked}: nearest: ind ")
        assert "not trained to find individuals again with some held out" in out
        assert not [word for word in ("known:", "new individual", "sure") if word in out]
        _, out, _ = searched(capsys, model, store, asked, "--json")
        assert json.loads(out)["images"][0]["known"] is None


@pytest.mark.parametrize("link", [False, True])
def test_a_picture_is_not_found_by_itself(link, bundle, animals, store, tmp_path, capsys):
    asked = animals / "ind 1" / "0.png"
    if link:
        (tmp_path / "link.png").symlink_to(asked)
    named = tmp_path / "link.png" if link else asked
    _, out, _ = searched(capsys, bundle, store, named, "--json")
    (found,) = json.loads(out)["images"]
    assert found["in_store"] is True
    assert len(found["pictures"]) == 8
    assert str(asked) not in {each["path"] for each in found["pictures"]}
    counts = {each["name"]: each["images"] for each in found["individuals"]}
    assert counts == {"ind 0": 3, "ind 1": 2, "ind 2": 3}
    _, out, _ = searched(capsys, bundle, store, named)
    assert out.startswith(f"{named} (in the store itself; left out): ")


def test_a_changed_file_is_still_itself(bundle, animals, store, capsys):
    asked = draw(animals / "ind 1" / "0.png", seed=5)
    os.utime(asked, ns=(0, 12345))
    _, out, _ = searched(capsys, bundle, store, asked, "--json")
    assert json.loads(out)["images"][0]["in_store"] is True


def test_a_store_that_holds_nothing_else(bundle, tmp_path, capsys):
    asked = draw(tmp_path / "one" / "a.png", 0)
    store = embedded(capsys, bundle, tmp_path / "one", tmp_path / "store")
    words = [bundle, store, asked, "--out", tmp_path / "out"]
    status, out, _ = searched(capsys, *words)
    assert status == 0
    assert "nothing to compare with" in out
    with (tmp_path / "out" / "results.csv").open() as file:
        (row,) = csv.DictReader(file)
    assert (row["answer"], row["in store"], row["path"]) == ("", "yes", "")


def test_pictures_without_labels(bundle, tmp_path, capsys):
    draw(tmp_path / "flat" / "a.png", 0)
    draw(tmp_path / "flat" / "b.png", 1)
    store = embedded(capsys, bundle, tmp_path / "flat", tmp_path / "store")
    asked = shutil.copyfile(tmp_path / "flat" / "b.png", tmp_path / "copy.png")
    _, out, _ = searched(capsys, bundle, store, asked, "--out", tmp_path / "out")
    assert out.startswith(f"{asked}: known: unnamed, as in b.png, over 99 % sure")
    assert "nearest individuals" not in out
    assert "     1   1.00  b.png" in out.splitlines()


def test_strips_and_results(bundle, animals, store, tmp_path, capsys):
    asked = tmp_path / "asked"
    for number in range(2):
        draw(asked / f"{number}.png", seed=7 + number)
    (animals / "ind 0" / "0.png").unlink()  # a store outlives its pictures
    out = tmp_path / "new" / "out"
    words = [bundle, store, asked, "--out", out, "--csv", tmp_path / "a.csv", "--top=5"]
    status, _, err = searched(capsys, *words)
    assert (status, err) == (0, "")
    assert sorted(file.name for file in out.iterdir()) == ["0.png", "1.png", "results.csv"]
    with Image.open(out / "0.png") as strip:
        assert len(strip.convert("RGB").getcolors(1 << 24)) > 300
    assert (tmp_path / "a.csv").read_bytes() == (out / "results.csv").read_bytes()
    with (tmp_path / "a.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 2 * (3 + 5)
    assert [row["by"] for row in rows[:8]] == ["individual"] * 3 + ["picture"] * 5
    assert [int(row["rank"]) for row in rows[:8]] == [1, 2, 3, 1, 2, 3, 4, 5]
    assert {row["answer"] for row in rows} <= {"known", "new?"}
    assert rows[0]["path"] == rows[3]["path"]


def test_a_frame_marks_what_reaches_the_threshold(store, tmp_path, capsys):
    asked = draw(tmp_path / "asked.png", seed=7)
    green = {}
    for value in (NEVER, ALWAYS):
        words = [threshold(tmp_path, value), store, asked, "--out", tmp_path / f"{value}"]
        assert searched(capsys, *words)[0] == 0
        with Image.open(tmp_path / f"{value}" / "asked.png") as strip:
            pixels = np.asarray(strip.convert("RGB"))
        green[value] = int((pixels == (0x0B, 0x7D, 0x4B)).all(axis=2).sum())
    assert green[NEVER] == 0
    assert green[ALWAYS] > 1000


def test_the_terminal_shows_the_first_where_the_rest_is_in_a_file(bundle, store, tmp_path, capsys):
    for number in range(22):
        draw(tmp_path / "asked" / f"{number:02}.png", seed=number)
    words = [bundle, store, tmp_path / "asked", "--top=1"]
    _, out, _ = searched(capsys, *words)
    assert out.count("nearest images:") == 22
    _, out, _ = searched(capsys, *words, "--csv", tmp_path / "a.csv")
    assert out.count("nearest images:") == 20
    assert f"… 2 more in {tmp_path / 'a.csv'}" in out


def test_broken_pictures_are_named_and_the_rest_searched_for(bundle, store, tmp_path, capsys):
    draw(tmp_path / "asked" / "b.png", seed=7)
    broken = tmp_path / "asked" / "a.png"
    broken.write_text("no picture")
    words = [bundle, store, tmp_path / "asked", "--out", tmp_path / "out"]
    status, out, err = searched(capsys, *words)
    assert status == 2
    assert out.startswith(f"{broken}: not read: not an image that can be read")
    assert out.count("nearest images:") == 1
    assert err == f"elsewhere: 1 of 2 images could not be read: '{broken}'\n"
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == ["b.png", "results.csv"]
    with (tmp_path / "out" / "results.csv").open() as file:
        assert next(csv.DictReader(file))["problem"].startswith("not an image")
    status, out, err = searched(capsys, bundle, store, broken)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert "not an image that can be read" in err


def other_weights(folder):
    return write_bundle(folder / "another", seed=1)


def other_vector(folder):
    return write_bundle(folder / "another", CALIBRATED._replace(vector="neck"))


def other_views(folder):
    return write_bundle(folder / "another", CALIBRATED._replace(mirror=True))


def other_size(folder):
    file = write_bundle(folder / "another") / "bundle.json"
    document = json.loads(file.read_text())
    document["preprocessing"]["resize"] = [24, 20]
    file.write_text(json.dumps(document))
    return file.parent


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (other_weights, "holds embeddings of another model than"),
        (other_vector, "holds vectors of kind embedding, the model compares neck"),
        (other_views, "the model compares embedding with the mirrored image"),
        (other_size, "its images were made ready otherwise"),
    ],
)
def test_a_store_of_another_kind_is_refused(change, message, store, tmp_path, capsys):
    asked = draw(tmp_path / "asked.png", seed=7)
    before = sorted(store.iterdir())
    status, out, err = searched(capsys, change(tmp_path), store, asked)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert sorted(store.iterdir()) == before


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["store"], "required: IMAGES"),
        (["animals", "a.png"], "animals: no embeddings here"),
        (["store", "nowhere.png"], "nowhere.png: no such file or folder"),
        (["store", "a.png", "--top=0"], "--top: expects a whole number from 1 to"),
        (["store", "a.png", "--csv=."], "--csv .: a folder; name a file"),
        (["store", "a.png", "--out=a.png"], "--out a.png: a file; name a folder"),
        (["store", "a.png", "--out=."], "a.png: would replace an image"),
        (["store", "a.png", "--csv=a.png"], "--csv a.png: an image's name"),
        (["store", "a.png", "--csv=store/store.json"], "--csv: store holds the embeddings"),
        (["store", "a.png", "--out=store"], "--out: store holds the embeddings"),
    ],
)
def test_search_refuses(words, message, bundle, store, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw(tmp_path / "a.png", 0)
    before = (tmp_path / "a.png").read_bytes()
    status, out, err = searched(capsys, bundle, *words)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert (tmp_path / "a.png").read_bytes() == before


def test_a_strip_replaces_no_picture_of_the_store(bundle, animals, store, tmp_path, capsys):
    (tmp_path / "new").mkdir()
    draw(tmp_path / "new" / "0.png", 99)
    words = (bundle, store, tmp_path / "new" / "0.png", "--out", animals / "ind 0")
    status, out, err = searched(capsys, *words)
    assert (status, out) == (2, "")
    assert "0.png: would replace an image" in err


def test_no_other_picture_or_table_is_drawn_over(bundle, store, tmp_path, capsys):
    asked, out = draw(tmp_path / "asked.png", seed=7), tmp_path / "out"
    assert searched(capsys, bundle, store, asked, "--out", out)[0] == 0
    assert searched(capsys, bundle, store, asked, "--out", out)[0] == 0  # its own may be replaced
    (out / "results.csv").write_text("profile,own\n")
    assert (
        "results.csv: is there already" in searched(capsys, bundle, store, asked, "--out", out)[2]
    )
    assert (out / "results.csv").read_text() == "profile,own\n"


def test_the_note_counts_what_chance_finds_in_a_large_store():
    note = threshold_note(CALIBRATED, 5000)
    assert "would reach it with about 50 of the 5,000 images here" in note
    assert "before they were looked at" in note
    assert "before they were looked at" not in threshold_note(CALIBRATED._replace(slope=0.0), 50)
    assert "validation identities reach" not in threshold_note(
        CALIBRATED._replace(false_positive_rate=None), 50
    )


@pytest.mark.parametrize(
    ("similarity", "words"),
    [
        (0.8, "known: Ada, about 62 % sure (similarity 0.80 ≥ threshold 0.61)"),
        (0.7, "known: Ada, although another is likelier, about 62 % (similarity 0.70 ≥"),
        (0.6099, "new individual? (nearest: Ada, similarity 0.6099 < threshold 0.6100)"),
    ],
)
def test_how_sure_is_said_in_words(similarity, words):
    curve = CALIBRATED._replace(slope=10.0, offset=-7.5)
    found = Found("Ada", similarity, "a.png", "/a.png", None, 3)
    answer = Answer("q.png", False, (found,), (found,), judge(similarity, curve))
    assert conclusion(answer, curve).startswith(words)


def test_a_new_individual_although_the_curve_says_otherwise():
    curve = CALIBRATED._replace(slope=10.0, offset=-5.0)
    found = Found(None, 0.6, "a.png", "/a.png", None, 0)
    answer = Answer("q.png", False, (found,), (), judge(0.6, curve))
    assert conclusion(answer, curve) == (
        "new individual? (nearest: unnamed, as in a.png, similarity 0.60 < threshold 0.61, "
        "although about 73 % likely)"
    )


def test_help_imports_nothing_heavy():
    code = (
        "import sys; from elsewhere.cli import main; s = main(['search', '--help']); "
        "print(s, *(m for m in ('torch', 'timm', 'pyarrow') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0"
    assert "usage: elsewhere search" in done.stdout


def test_a_store_without_a_vector_is_refused(bundle, tmp_path, capsys):
    (tmp_path / "a.png").write_text("no picture")
    main(["embed", str(bundle), str(tmp_path / "a.png"), "--out", str(tmp_path / "store")])
    capsys.readouterr()
    draw(tmp_path / "b.png", 0)
    status, out, err = searched(capsys, bundle, tmp_path / "store", tmp_path / "b.png")
    assert (status, out) == (2, "")
    assert "holds no image that could be read" in err
