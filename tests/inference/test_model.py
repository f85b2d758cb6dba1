"""A trained model asked from Python: any image, one answer each, in order, at its place."""

import json

import numpy as np
import pytest
import torch
from PIL import Image
from tests.cli.trained import break_picture
from tests.retrieval.individuals import vectors_by_hand

import elsewhere
from elsewhere.data.inputs import each_image, find_images, stream_images
from elsewhere.errors import CheckpointError, ConfigError, DataError, ModelError
from elsewhere.retrieval import list_images


def probabilities(answers):
    return [{each.name: each.probability for each in answer.ranked} for answer in answers]


def in_memory(file):
    with Image.open(file) as image:
        image.load()
        return image, np.asarray(image.convert("RGB")), file.read_bytes()


def test_an_image_is_the_same_however_it_is_given(classifier, files):
    for file in files:
        image, array, content = in_memory(file)
        answers = classifier.predict([file, str(file), image, array, content])
        found = probabilities(answers)
        assert all(each == pytest.approx(found[0], abs=1e-6) for each in found)
        assert [answer.file for answer in answers[3:]] == ["image 3", "image 4"]
        (look,) = classifier.explain(array)
        assert probabilities([look.prediction])[0] == pytest.approx(found[0], abs=1e-6)


def test_one_alone_needs_no_list(classifier, files):
    image, array, content = in_memory(files[0])
    for given in (files[0], str(files[0]), image, array, content):
        assert len(classifier.predict(given)) == 1
    assert [a.file for a in classifier.predict(files[0].parent)] == list(map(str, files))


def test_what_cannot_be_read_says_so_at_its_place(classifier, embedding, files, tmp_path):
    broken = break_picture(files[1])
    (tmp_path / "empty").mkdir()
    (tmp_path / "list.csv").write_text("path\nimages/0.png\nimages/gone.png\n")
    given = [
        files[0], broken, tmp_path / "gone.jpg", 7, np.zeros((4, 4, 3)), np.zeros((4, 4), np.uint8),
        b"no image", tmp_path / "empty", tmp_path / "list.csv", files[2], tmp_path / "gone.txt",
        None, torch.zeros(3, 4, 4),
    ]  # fmt: skip
    answers = classifier.predict(given, batch_size=2)
    fine = [0, 8, 10]
    assert len(answers) == len(given) + 1  # the list names two
    assert [row for row, answer in enumerate(answers) if not answer.problem] == fine
    assert all(bool(answer.ranked) != bool(answer.problem) for answer in answers)
    assert "no such file or folder" in answers[2].problem
    assert "int is no image" in answers[3].problem
    assert "an array of float64" in answers[4].problem
    assert answers[7].problem == "no image in it"
    assert "no such list" in answers[11].problem
    assert "Tensor is no image" in answers[13].problem
    looks = classifier.explain(given)
    assert [row for row, look in enumerate(looks) if not look.problem] == fine
    vectors = embedding.embed(given)
    assert vectors.read == fine
    assert np.isnan(vectors.vectors).any(axis=1).tolist() == [n not in fine for n in range(14)]
    assert [answer.problem for answer in answers] == [look.problem for look in looks]


def test_the_same_image_twice_is_answered_twice(classifier, files):
    answers = classifier.predict([files[0], files[0], files[0].parent])
    assert len(answers) == 5
    first, *others = probabilities(answers[:3])
    assert all(other == pytest.approx(first, abs=1e-6) for other in others)


def test_neither_an_image_nor_several(classifier):
    with pytest.raises(TypeError):
        classifier.predict(5)


def test_a_stream_of_any_length_is_never_all_in_memory(classifier, files):
    """An endless source: whoever gathered it would never come back."""
    _, array, _ = in_memory(files[0])
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield array

    stream = classifier.iter_predict(endless(), batch_size=4)
    first = [next(stream) for _ in range(6)]
    assert taken <= 8
    one, six = probabilities([first[0], first[5]])
    assert one == pytest.approx(six, abs=1e-6)
    assert [answer.file for answer in first][-1] == "image 5"
    (look, *_) = (next(classifier.iter_explain(endless(), batch_size=2)) for _ in "x")
    assert look.attention.ndim == 3
    assert next(iter(stream_images(each_image(endless()), classifier.preprocessing, 3))).read == [
        0, 1, 2,
    ]  # fmt: skip


@pytest.mark.parametrize("workers", [0, 1])
def test_batches_and_workers_change_nothing(classifier, files, workers):
    plain = classifier.predict(files * 3)
    other = classifier.predict(files * 3, batch_size=2, workers=workers)
    for one, two in zip(probabilities(plain), probabilities(other), strict=True):
        assert one == pytest.approx(two, abs=1e-6)


def test_results_are_plain_dictionaries_and_show_themselves(classifier, embedding, files, animals):
    read, unread = classifier.predict([files[0], "<gone>.jpg"])
    assert json.loads(json.dumps(read.as_dict()))["predictions"][0]["class"] == read.ranked[0].name
    assert "&lt;gone&gt;" in unread._repr_html_()
    looks = classifier.explain([files[0], "gone.jpg"])
    assert [sorted(json.loads(json.dumps(look.as_dict()))) for look in looks] == [
        [
            "attention",
            "box",
            "evidence",
            "familiarity",
            "file",
            "predictions",
            "target",
            "unfamiliar",
            "unsure",
        ],
        ["file", "problem"],
    ]
    vectors = embedding.embed([animals, "gone.jpg"])
    assert json.loads(json.dumps(vectors.as_dict()))["vectors"][-1] is None
    match = embedding.compare(animals / "ind 0", animals / "ind 1")
    assert json.loads(json.dumps(match.as_dict()))["best_pair"]["similarity"] <= 1
    for shown in (*looks, match):
        assert shown._repr_png_().startswith(b"\x89PNG")
    for value in (classifier, vectors, match):
        assert "\n" not in repr(value)
        assert len(repr(value)) < 300


def test_evidence_is_for_the_class_that_is_asked_for(classifier, files):
    name = classifier.class_names[2]
    for look in classifier.explain(files, target=name):
        assert look.target.name == name
        assert look.target.probability == pytest.approx(
            {each.name: each.probability for each in look.prediction.ranked}[name]
        )
    with pytest.raises(ConfigError, match="knows no class 'ostrich'"):
        classifier.explain(files, target="ostrich")


def test_vectors_by_hand(embedding, animals):
    files = sorted(animals.rglob("*.png"))
    expected = vectors_by_hand(embedding.folder, files)
    found = embedding.embed(animals)
    assert found.files == tuple(map(str, files))
    assert found.vectors == pytest.approx(expected, abs=1e-6)
    assert [len(batch.read) for batch in embedding.iter_embed(animals)] == [6]


def test_two_are_compared(embedding, animals):
    a, b = animals / "ind 0" / "0.png", animals / "ind 1" / "2.png"
    left, right = vectors_by_hand(embedding.folder, [a, b])
    with Image.open(b) as image:
        match = embedding.compare(a, image)
    assert match.similarity == pytest.approx(float(left @ right), abs=1e-6)
    assert match.same is (match.similarity >= 0.61)
    assert match.said.startswith("same" if match.same else "different")
    assert match.panel().size[0] > 100
    unread = embedding.compare(a, [b"broken", "gone.jpg"])
    assert unread.same is None
    assert np.isnan(unread.similarity)
    assert "nor can 1 other" in unread.problem
    assert unread.said == unread.problem


def test_a_store_is_filled_and_searched(embedding, animals, tmp_path):
    done = embedding.embed_into(tmp_path / "store", [animals])
    assert (done.computed, done.waiting) == (6, 0)
    assert embedding.embed_into(tmp_path / "store", [animals]).there == 6
    first, broken = embedding.search(tmp_path / "store", [animals / "ind 0" / "1.png", "gone"], 2)
    assert first.itself
    assert [found.place for found in first.images] != ["ind 0/1.png"]
    assert len(first.individuals) == 2
    assert broken.problem
    other = elsewhere.open_model(embedding.folder)
    again = other.search(tmp_path / "store", animals / "ind 0" / "1.png", 2)[0]
    assert [found.place for found in again.images] == [found.place for found in first.images]


def test_a_store_takes_files_however_they_are_named(embedding, animals, tmp_path, monkeypatch):
    monkeypatch.chdir(animals.parent)
    one = animals / "ind 0" / "0.png"
    listed = list_images([animals / "ind 1"])
    for number, (images, expected) in enumerate([
        ("animals", 6), (animals, 6), (one, 1), (listed[0], 1), (next(each_image(one)), 1),
        ([listed[0], one], 2), ([listed[0], animals], 6), (iter([one, *each_image(animals)]), 6),
    ]):  # fmt: skip
        assert embedding.embed_into(tmp_path / str(number), images).computed == expected
    for alone in (animals, str(animals)):
        assert find_images(alone) == find_images([animals])
        assert list_images(alone) == list_images([animals])
    image, array, content = in_memory(one)
    for given in (image, array, content, [one, content], each_image(content), [None]):
        with pytest.raises(DataError, match="the vectors of files alone are written down"):
            embedding.embed_into(tmp_path / "held", given)
    with pytest.raises(DataError, match="no image named"):
        embedding.embed_into(tmp_path / "held", [])
    assert not (tmp_path / "held").exists()


def test_unread_images_of_one_name_are_counted_one_by_one(embedding, animals, tmp_path):
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "list.csv").write_text("path\ngone.png\n")
    lists = [tmp_path / folder / "list.csv" for folder in ("a", "b")]
    match = embedding.compare(animals, [*lists, lists[1], "<gone>", "<gone>"])
    assert "(nor can 4 others)" in match.problem
    assert [*match.as_dict()["b"]["unread"]] == [
        "gone.png", str(tmp_path / "b" / "gone.png"), "gone.png (2)", "<gone>", "<gone> (2)",
    ]  # fmt: skip


def test_a_model_of_individuals_names_no_classes(embedding, files):
    for ask in (embedding.predict, embedding.explain):
        with pytest.raises(ModelError, match="trained to find individuals again"):
            ask(files)


@pytest.mark.parametrize("words", [{"top": 0}, {"batch_size": 0}, {"workers": -1}])
def test_odd_numbers_are_refused(classifier, files, words):
    with pytest.raises(ModelError):
        classifier.iter_predict(files, **words)


@pytest.mark.parametrize("words", [{"batch_size": 0}, {"batch_size": -1}, {"workers": -1}])
def test_no_vector_is_made_of_no_image_at_once(embedding, animals, tmp_path, words):
    store = tmp_path / "store"
    embedding.embed_into(store, [animals])
    for ask in (
        lambda: embedding.embed(animals, **words),
        lambda: embedding.compare(animals, animals, **words),
        lambda: embedding.search(store, animals, **words),
        lambda: embedding.embed_into(tmp_path / "other", [animals], **words),
    ):
        with pytest.raises(ModelError, match="1 and 0 at least"):
            ask()
    with pytest.raises(ConfigError, match="0 images to a shard"):
        embedding.embed_into(tmp_path / "other", [animals], shard=0)
    for top in (0, -3):
        with pytest.raises(ModelError, match=f"top={top}: name 1 image or more"):
            embedding.search(store, animals, top)


def test_places_without_a_model(tmp_path, classifier):
    with pytest.raises(CheckpointError, match="no such folder"):
        elsewhere.open_model(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match="--device abacus"):
        elsewhere.open_model(classifier.folder, device="abacus")
    with pytest.raises(ConfigError, match="--device meta"):
        elsewhere.open_model(classifier.folder, device="meta")
    assert elsewhere.open_model(classifier.folder / "bundle.json").folder == classifier.folder
