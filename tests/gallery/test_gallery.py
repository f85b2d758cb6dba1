"""A gallery through the real command line, on drawn vehicles, against plain loops."""

import csv
import json
import shutil
from collections import Counter
from pathlib import Path, PurePosixPath

import numpy as np
import pytest
from PIL import Image
from tests.retrieval.individuals import vectors_by_hand, write_bundle

import elsewhere
from elsewhere.cli import main
from elsewhere.data.naming import InputImage
from elsewhere.errors import DataError
from elsewhere.gallery.database import Action, Change, State

BY_HAND = {}
NO_FILE = "no such file; restore it, or take it out of the list"


def draw(file, seed):
    patches = np.random.default_rng(seed).integers(0, 256, (8, 8, 3), dtype=np.uint8)
    file.parent.mkdir(exist_ok=True)
    Image.fromarray(patches).resize((32, 32), Image.Resampling.NEAREST).save(file)
    return file


def searched(say, *words):
    return json.loads(say("search", "herd.db", *words, "--json"))["images"]


def by_loops(model, asked, files, k):
    """The nearest files and their similarities."""
    contents = {file: Path(file).read_bytes() for file in (asked, *files)}
    new = [file for file, content in contents.items() if content not in BY_HAND]
    BY_HAND.update(zip([contents[file] for file in new], vectors_by_hand(model, new), strict=True))
    vectors = np.stack([BY_HAND[contents[file]] for file in files])
    similar = vectors @ BY_HAND[contents[asked]]
    order = np.argsort(-similar, kind="stable")[:k]
    return [str(Path(files[row]).resolve()) for row in order], similar[order]


def same(found, expected):
    paths, similar = expected
    assert [each["similarity"] for each in found] == pytest.approx(list(similar), abs=3e-6)
    assert [each["path"] for each in found] == paths


def test_what_was_added_is_found_under_every_condition(model, rows, say):
    out = say("build", "herd.db", "labels.csv", "--model", model)
    assert out == "60 images added, 0 were there; 60 images in all\n"
    asked = draw(Path("asked.png"), seed=7)
    conditions = {
        (): lambda row: True,
        ("camera = c2",): lambda row: row["camera"] == "c2",
        ("camera != c2", "split=train"): lambda row: (
            row["camera"] != "c2" and row["split"] == "train"
        ),
        ("x1 >= 4", "x1 < 7"): lambda row: 4 <= int(row["x1"]) < 7,
        (f"label = {rows[0]['identity']}",): lambda row: row["identity"] == rows[0]["identity"],
        ("note != wet",): lambda row: row["note"] != "wet",
    }
    for texts, holds in conditions.items():
        words = [word for text in texts for word in ("--where", text)]
        (found,) = searched(say, asked, "--top=4", *words)
        inside = [row for row in rows if holds(row)]
        assert len(inside) > 4
        same(found["pictures"], by_loops(model, asked, [row["path"] for row in inside], 4))
        counts = Counter(row["identity"] for row in inside)
        for each in found["individuals"]:
            assert each["images"] == counts[each["name"]]
    assert searched(say, asked, "--where", "camera = c9")[0]["pictures"] == []
    assert "Search of 60 images: exact" in say("search", "herd.db", asked)


def test_the_camera_rule(model, rows, say):
    say("build", "herd.db", "labels.csv", "--model", model)
    query = rows[5]
    ruled = [
        row for row in rows
        if row is not query
        and (row["camera"], row["identity"]) != (query["camera"], query["identity"])
    ]  # fmt: skip
    (found,) = searched(say, query["path"], "--top=5", "--other-cameras")
    same(found["pictures"], by_loops(model, query["path"], [row["path"] for row in ruled], 5))
    # of somebody unknown, nothing that its camera took is compared
    draw(Path("new.png"), seed=3)
    Path("new.csv").write_text(f"path,camera\nnew.png,{query['camera']}\n")
    (found,) = searched(say, "new.csv", "--top=5", "--other-cameras")
    others = [row["path"] for row in rows if row["camera"] != query["camera"]]
    same(found["pictures"], by_loops(model, "new.png", others, 5))
    assert "its camera is not known" in say("search", "herd.db", "new.png", "--other-cameras")
    # that nobody knows who it is can be said, too
    Path("new.csv").write_text(f"path,identity,camera\nnew.png,unknown,{query['camera']}\n")
    (found,) = searched(say, "new.csv", "--top=5", "--other-cameras")
    same(found["pictures"], by_loops(model, "new.png", others, 5))


def test_search_proposes_a_label_confirms_the_next_search_knows_and_undo_forgets(model, rows, say):
    known = [row["path"] for row in rows[:-12]]
    Path("known.csv").write_text("\n".join(["path,identity", *(
        f"{row['path']},{row['identity']}" for row in rows[:-12])]))  # fmt: skip
    say("build", "herd.db", "known.csv", "--model", model)
    first, second = (row["path"] for row in rows[-2:])
    before = searched(say, second)[0]["individuals"]
    assert "Zoe" not in [each["name"] for each in before]
    assert say("label", "herd.db", first, "Zoe") == "1 image labelled Zoe; 49 images in all\n"
    after = searched(say, second, "--top=99")[0]["individuals"]
    zoe = next(each for each in after if each["name"] == "Zoe")
    expected = vectors_by_hand(model, [first, second])
    assert zoe["similarity"] == pytest.approx(expected[0] @ expected[1], abs=3e-6)
    assert zoe["path"] == str(Path(first).resolve())
    # an image that is there is named anew, also by its path when the file is gone
    Path(known[0]).unlink()
    say("label", "herd.db", known[0], "Zoe")
    assert "Zoe 2" in say("info", "herd.db")
    assert say("undo", "herd.db").startswith("undone: label")
    assert "Zoe 1" in say("info", "herd.db")
    assert say("undo", "herd.db").startswith("undone: label")
    assert "Zoe" not in say("info", "herd.db").split("done last")[0]
    assert searched(say, second)[0]["individuals"] == before
    facts = json.loads(say("info", "herd.db", "--json"))
    assert [done["what"] for done in facts["history"]] == ["add", "label", "label", "undo", "undo"]
    assert (facts["images"], facts["unnamed"]) == (48, 0)


def test_matches_under_another_attention(model, rows, say):
    say("build", "herd.db", "labels.csv", "--model", model)
    gallery, asked = elsewhere.open_gallery("herd.db"), rows[7]["path"]
    files = [row["path"] for row in rows]
    vectors = vectors_by_hand(model, files)
    found = gallery.counterfactual(asked, "reversed", top=4)
    assert found.before == gallery.search(asked, top=4)[0]
    assert found.after.itself
    similar = vectors @ gallery.model.counterfactual_vector(asked, "reversed").counterfactual
    order = [row for row in np.argsort(-similar, kind="stable") if row != 7][:4]
    assert [each.path for each in found.after.images] == [
        str(Path(files[row]).resolve()) for row in order
    ]
    assert [each.similarity for each in found.after.images] == pytest.approx(similar[order])
    assert found.vectors.similarity < 0.9999
    with pytest.raises(DataError, match="60 images; a counterfactual is of one"):
        gallery.counterfactual("images")


def test_adding_again_under_any_name_adds_nothing(model, rows, say):
    say("build", "herd.db", "images", "--model", model)
    contents = Path("herd.db-vectors").read_bytes()
    assert "0 images added, 60 were there" in say("add", "herd.db", "images")
    Path(rows[0]["path"]).rename("moved.png")
    assert "0 images added, 1 were there" in say("add", "herd.db", "moved.png")
    Path("other.csv").write_text(f"path,identity\n{rows[1]['path']},Zoe\n")
    assert "1 image of another name" in say("add", "herd.db", "other.csv")
    assert Path("herd.db-vectors").read_bytes() == contents
    assert "Zoe" not in say("info", "herd.db")


def test_what_is_removed_comes_back_and_what_is_forgotten_does_not(model, rows, say):
    say("build", "herd.db", "labels.csv", "--model", model)
    name = rows[0]["identity"]
    assert say("remove", "herd.db", "--where", f"label = {name}").startswith("12 images removed")
    (found,) = searched(say, rows[20]["path"], "--top=99")
    assert len(found["pictures"]) == 60 - 12 - 1
    say("undo", "herd.db")
    assert len(searched(say, rows[20]["path"], "--top=99")[0]["pictures"]) == 59
    vectors = np.fromfile("herd.db-vectors", "<f4", offset=4096).reshape(60, 5)
    assert (vectors != 0).any(axis=1).all()
    assert "forgotten for good" in say("remove", "herd.db", rows[0]["path"], "--forget")
    vectors = np.fromfile("herd.db-vectors", "<f4", offset=4096).reshape(60, 5)
    assert (vectors != 0).any(axis=1).sum() == 59
    assert rows[0]["path"].encode() not in Path("herd.db").read_bytes()
    assert len(searched(say, rows[20]["path"], "--top=99")[0]["pictures"]) == 58
    say("remove", "herd.db", rows[1]["path"])
    joined = say("label", "herd.db", rows[1]["path"], rows[1]["identity"])
    assert joined.startswith("1 image labelled")
    assert "nothing is named" in say("remove", "herd.db")
    # what was removed before is forgotten with the rest, by condition as by name
    say("remove", "herd.db", "--where", "camera = c2")
    assert "no image of the gallery has" in say("remove", "herd.db", "--where", "nothing = 1")
    before = len(
        np.unique(np.fromfile("herd.db-vectors", "<f4", offset=4096).reshape(60, 5), axis=0)
    )
    count = sum(row["camera"] == "c2" for row in rows[1:])
    said = say("remove", "herd.db", "--where", "camera = c2", "--forget")
    assert said.startswith(f"{count} images forgotten for good")
    after = len(
        np.unique(np.fromfile("herd.db-vectors", "<f4", offset=4096).reshape(60, 5), axis=0)
    )
    assert after == before - count


def test_written_out_it_is_a_list_and_embeddings_that_others_read(model, rows, say, capsys):
    say("build", "herd.db", "labels.csv", "--model", model)
    say("export", "herd.db", "out.csv", "--where", "split = train")
    with Path("out.csv").open() as file:
        written = list(csv.DictReader(file))
    train = [row for row in rows if row["split"] == "train"]
    assert [(each["identity"], each["camera"], each["colour"]) for each in written] == [
        (row["identity"], row["camera"], row["colour"]) for row in train
    ]
    say("export", "herd.db", "store")
    assert main(["search", str(model), "store", rows[3]["path"], "--json", "--top=3"]) == 0
    plain = json.loads(capsys.readouterr().out)["images"]
    assert plain == searched(say, rows[3]["path"], "--top=3")
    # embeddings make the same gallery again, without looking at an image
    say("build", "again.db", "store", "--model", model)
    assert (
        Path("again.db-vectors").read_bytes()[4096:]
        == (Path("herd.db-vectors").read_bytes()[4096:])
    )
    assert "0 images added, 60 were there" in say("add", "again.db", "labels.csv")


def test_another_models_vectors_are_refused(model, rows, say, tmp_path):
    say("build", "herd.db", rows[0]["path"], "--model", model)
    other = write_bundle(tmp_path / "other", seed=1)
    before = Path("herd.db").read_bytes()
    assert "another model" in say("add", "herd.db", "images", "--model", other)
    assert main(["embed", str(other), "images", "--out", "store"]) == 0
    assert "another model" in say("add", "herd.db", "store")
    assert Path("herd.db").read_bytes() == before
    shutil.copytree(model, "moved")
    assert "1 image added" in say("add", "herd.db", rows[1]["path"], "--model", "moved")


def test_times_come_from_lists_and_photographs_and_select(model, say, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    files = [draw(Path(f"{number}.png"), seed=number) for number in range(4)]
    times = ["2024-05-31T23:00", "2024:06:01 08:00:00", "2024-06-30", ""]
    lines = [f"{file},{time},{3 * n}" for n, (file, time) in enumerate(zip(files, times))]  # noqa: B905
    Path("list.csv").write_text("\n".join(["path,time,age", *lines]))
    say("build", "herd.db", "list.csv", "--model", model)

    def found(*texts):
        gallery = elsewhere.open_gallery("herd.db")
        return [entry.place for entry in gallery.entries(texts)]

    assert found("time = 2024-06") == ["1.png", "2.png"]
    assert found("time <= 2024-05") == ["0.png"]
    assert found("time > 2024-06-01") == ["2.png"]
    assert found("time >= 2024-06-01T08") == ["1.png", "2.png"]
    assert found("time > 2024-06-01 08:00") == found("time >= 2024-06-01 08:30") == ["2.png"]
    assert found("time =") == ["3.png"]
    assert found("time !=", "age > 2") == ["1.png", "2.png"]
    assert found("age >= 10") == []
    assert found("label =", "camera =", "camera != 3") == ["0.png", "1.png", "2.png", "3.png"]
    with pytest.raises(DataError, match="'Age'; there are 'label', 'time', 'path', 'place', 'age'"):
        found("Age > 2")
    Path("bad.csv").write_text("path,time\n0.png,yesterday\n")
    assert "'yesterday' is no time" in say("add", "herd.db", "bad.csv")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["search", "herd.db", "0.png", "--where", "camera"], "is no condition"),
        (["search", "herd.db", "0.png", "--where", "age <"], "can only be equal or not"),
        (["search", "herd.db", "0.png", "--where", "colour=red"], "no image of the gallery has"),
        (["remove", "herd.db", "--where", "Age != 3"], "'Age'; there are 'label', 'path', 'place'"),
        (["export", "herd.db", "o.csv", "--where", "camera = 1"], "has 'camera'"),
        (["cluster", "herd.db", "--where", "nowhere ="], "has 'nowhere'"),
        (["remove", "herd.db", "--where", "time < may 2024"], "a time is written as"),
        (["label", "herd.db", "0.png", "Ada\nEve"], "'Ada\\nEve' has a line break"),
        (["label", "herd.db", "0.png", "Ada\x1b[31m"], "a name is one line"),
        (["info", "nothing.db"], "no gallery here"),
        (["info", "0.png"], "no gallery, or damaged"),
        (["add", "herd.db", "nowhere.png"], "no such file or folder"),
        (["remove", "herd.db", "nowhere.png"], "not in the gallery"),
        (["label", "herd.db", "broken.png", "Ada"], "not an image"),
        (["cluster", "herd.db"], "3 to 20,000"),
        (["search", "herd.db", "0.png", "--model", "nowhere"], "nowhere"),
        (["add", "herd.db", "bad.csv"], "bad.csv:3: identity 'A\\nda' has a line break"),
        (["undo"], "required: GALLERY"),
        (["build", "herd.db", "0.png"], "required: --model"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(words, complaint, model, say, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    draw(Path("0.png"), seed=0)
    Path("broken.png").write_bytes(b"no picture")
    Path("bad.csv").write_text('path,identity\n0.png,"A\nda"\n')
    say("build", "herd.db", "0.png", "--model", model)
    before = Path("herd.db").read_bytes()
    said = say(*words)
    assert complaint in said
    assert said.count("\n") == 1
    assert Path("herd.db").read_bytes() == before


def test_vectors_that_are_not_its_own_are_refused(model, rows, say):
    say("build", "herd.db", rows[0]["path"], "--model", model)
    say("build", "other.db", rows[1]["path"], "--model", model)
    Path("other.db-vectors").replace("herd.db-vectors")
    assert "vectors of another gallery" in say("search", "herd.db", rows[2]["path"])
    Path("herd.db-vectors").unlink()
    assert "move or restore both together" in say("search", "herd.db", rows[2]["path"])


def test_a_broken_image_is_told_and_the_others_are_added(model, say, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number in range(3):
        draw(Path("all") / f"{number}.png", seed=number)
    Path("all/1.png").write_bytes(b"no picture")
    assert main(["gallery", "build", "herd.db", "all", "--model", str(model)]) == 2
    captured = capsys.readouterr()
    assert captured.out.startswith("2 images added, 0 were there; 2 images in all")
    assert "1 of 3 images could not be read: 'all/1.png'" in captured.err


def patches(seed):
    return np.random.default_rng(seed).integers(0, 256, (32, 32, 3), dtype=np.uint8)


def uploaded(seed):
    """As the service names every image that comes without a name."""
    draw(Path("upload.png"), seed)
    content = Path("upload.png").read_bytes()
    return InputImage(Path("image.jpg"), "image.jpg", PurePosixPath("image.jpg"), content)


@pytest.mark.parametrize("make", [patches, uploaded])
def test_images_in_memory_are_told_apart_by_what_they_show(make, model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    gallery, one, other = elsewhere.open_gallery("herd.db", model), make(1), make(2)
    assert gallery.add(one).added == gallery.add(other).added == 1
    assert gallery.add([one, other]).there == 2
    assert gallery.label(one, "Ada") == gallery.label(other, "Zoe") == 1
    assert [entry.label for entry in gallery.entries()] == ["Ada", "Zoe"]
    assert gallery.search(other)[0].individuals[0].name == "Ada"
    gallery.export("store")
    kept = [entry.key for entry in gallery.entries()]
    store = elsewhere.retrieval.open_embeddings("store")
    assert store.column("label") == ["Ada", "Zoe"]
    assert np.array_equal(store.vectors([0, 1]), gallery._database.vectors(kept))
    assert gallery.remove(one) == 1
    assert [entry.label for entry in gallery.entries()] == ["Zoe"]


def test_a_file_that_is_gone_is_not_what_was_once_in_memory(model, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    file = draw(tmp_path / "a.png", seed=1)
    gallery = elsewhere.open_gallery("herd.db", model)
    with Image.open(file) as image:
        assert gallery.add(image).added == 1
    file.unlink()
    Path("list.csv").write_text(f"path,identity\n{file},Ada\n")
    assert gallery.add("list.csv").problems == {str(file): NO_FILE}


def test_undo_goes_on_after_a_change_that_another_process_has_made_too(model, rows):
    gallery = elsewhere.open_gallery("herd.db", model)
    gallery.add(rows[0]["path"])
    (entry,) = gallery.entries()
    for _ in range(2):
        change = Change(entry.key, State(True, entry.label), State(True, "Zoe"))
        gallery._database.change([change], Action.now("label"))
    assert [gallery.undo() for _ in range(3)][-1].what == "add"
    assert len(gallery) == 0
    done = [(each.what, each.images) for each in gallery.history()]
    assert done[3:] == [("undo", 1), ("undo", 0), ("undo", 1)]


def test_labelling_changes_all_or_nothing(model, rows):
    gallery = elsewhere.open_gallery("herd.db", model)
    gallery.add(rows[0]["path"])
    Path("broken.png").write_bytes(b"no picture")
    before = gallery.entries()
    with pytest.raises(DataError, match=r"broken.png: not an image"):
        gallery.label([rows[0]["path"], rows[1]["path"], "broken.png"], "Zoe")
    assert gallery.entries() == before
    assert [done.what for done in gallery.history()] == ["add"]


def test_numbers_are_compared_as_such_however_they_are_written(model, say, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    weights = ["2.50", "2.75", "3", "+.5", "007", "3.0", "1e5", "1.2.3"]
    files = [draw(Path(f"{number}.png"), seed=number) for number in range(len(weights))]
    lines = [f"{file},{weight}" for file, weight in zip(files, weights, strict=True)]
    Path("list.csv").write_text("\n".join(["path,w", *lines]))
    gallery = elsewhere.open_gallery("herd.db", model)
    gallery.add("list.csv")

    def found(text):
        return [weights[int(Path(entry.path).stem)] for entry in gallery.entries([text])]

    assert found("w > 2") == ["2.50", "2.75", "3", "3.0"]
    assert found("w = 2.5") == found("w = 2.500") == ["2.50"]
    assert found("w = 3") == ["3", "3.0"]
    assert found("w < 1") == ["+.5"]
    assert found("w = 007") == ["007"]
    assert found("w = 7") == []
    say("export", "herd.db", "out.csv")
    with Path("out.csv").open() as file:
        assert [row["w"].lstrip("'") for row in csv.DictReader(file)] == weights
    with pytest.raises(DataError, match=r"there are 'label', 'path', 'place', 'w'$"):
        found("v = 1")


def test_the_time_is_the_first_of_the_words_for_it_and_a_day_may_have_an_hour(
    model, say, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    for number in range(3):
        draw(Path(f"{number}.png"), seed=number)
    times = ["2024-05-30T08:00", "17:30", ""]
    lines = [f"{n}.png,Ada,2024-05-31,{time}" for n, time in enumerate(times)]
    Path("list.csv").write_text("\n".join(["path,identity,date,time", *lines]))
    say("build", "herd.db", "list.csv", "--model", model)
    gallery = elsewhere.open_gallery("herd.db")
    expected = ["2024-05-30T08:00:00", "2024-05-31T17:30:00", "2024-05-31T00:00:00"]
    assert [entry.time for entry in gallery.entries()] == expected
    assert len(gallery.entries(["date = 2024-05-31"])) == 1
    say("export", "herd.db", "out.csv")
    say("build", "again.db", "out.csv", "--model", model)
    again = elsewhere.open_gallery("again.db").entries()
    assert [(entry.label, entry.time) for entry in again] == [("Ada", time) for time in expected]


def test_unread_images_of_one_name_in_memory_are_counted_one_by_one(model, tmp_path):
    gallery, name = elsewhere.open_gallery(tmp_path / "herd.db", model), "IMG_1.jpg"
    images = [InputImage(Path(name), name, PurePosixPath(name), each) for each in (b"1", b"2")]
    assert [*gallery.add(images).problems] == [name, f"{name} (2)"]
