import json

import numpy as np
import pytest
from tests.retrieval.individuals import (
    CALIBRATED,
    draw,
    draw_individuals,
    vectors_by_hand,
    write_bundle,
)

from elsewhere.cli import main
from elsewhere.retrieval import open_embeddings
from elsewhere.structures import Preprocessing


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("models") / "bundle")


@pytest.fixture
def animals(tmp_path):
    draw_individuals(tmp_path / "animals")
    return tmp_path / "animals"


def embedded(capsys, *words):
    status = main(["embed", *map(str, words)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def test_a_folder_becomes_a_store(bundle, animals, tmp_path, capsys):
    out = tmp_path / "new" / "store"
    status, said, err = embedded(capsys, bundle, animals, "--out", out, "--batch=2")
    assert (status, err) == (0, "")
    assert said == f"6 images embedded: 5 numbers each (embedding, length one) in {out}\n"
    store = open_embeddings(out)
    assert set(store.column("label")) == {"ind 0", "ind 1", "ind 2"}
    files = sorted(animals.rglob("*.png"))
    np.testing.assert_allclose(store.vectors(range(6)), vectors_by_hand(bundle, files), atol=2e-6)
    again = embedded(capsys, bundle, animals, "--out", out)
    assert again[1].startswith("0 images embedded, 6 were there: ")


def test_the_bundle_says_which_vector_unless_the_command_line_does(animals, tmp_path, capsys):
    mirrored = CALIBRATED._replace(vector="neck", mirror=True)
    bundle = write_bundle(tmp_path / "mirrored", mirrored)
    _, said, _ = embedded(capsys, bundle, animals, "--out", tmp_path / "a")
    assert "(neck with the mirrored image, length one)" in said
    words = ["--vector=logits", "--no-mirror"]
    _, said, _ = embedded(capsys, bundle, animals, "--out", tmp_path / "b", *words)
    assert "2 numbers each (logits, length one)" in said
    files = sorted(animals.rglob("*.png"))
    found = open_embeddings(tmp_path / "b").vectors(range(6))
    np.testing.assert_allclose(found, vectors_by_hand(bundle, files, "logits"), atol=2e-6)


def test_a_classifier_gives_its_pooled_vector(animals, tmp_path, capsys):
    bundle = write_bundle(tmp_path / "classifier", retrieval=None, head=False)
    status, said, _ = embedded(capsys, bundle, animals, "--out", tmp_path / "store")
    assert status == 0
    assert "24 numbers each (pooled, length one)" in said
    files = sorted(animals.rglob("*.png"))
    found = open_embeddings(tmp_path / "store").vectors(range(6))
    np.testing.assert_allclose(found, vectors_by_hand(bundle, files, "pooled"), atol=2e-6)
    status, _, err = embedded(capsys, bundle, animals, "--out", tmp_path / "neck", "--vector=neck")
    assert status == 2
    assert "no batch-norm neck" in err


def test_a_list_gives_identities_and_cameras(bundle, tmp_path, capsys):
    draw(tmp_path / "a.png", 0)
    draw(tmp_path / "b.png", 1)
    (tmp_path / "list.csv").write_text("camera,path,identity\nnorth,a.png,Ada\n,b.png,Bo\n")
    assert embedded(capsys, bundle, tmp_path / "list.csv", "--out", tmp_path / "store")[0] == 0
    store = open_embeddings(tmp_path / "store")
    assert store.column("label") == ["Ada", "Bo"]
    assert store.column("camera") == ["north", None]


def test_broken_images_are_named_and_the_rest_embedded(bundle, animals, tmp_path, capsys):
    (animals / "ind 1" / "words.jpg").write_text("no picture")
    words = [bundle, animals, "--out", tmp_path / "store"]
    status, said, err = embedded(capsys, *words)
    assert status == 2
    assert said.startswith("6 images embedded: ")
    assert err.count("\n") == 1
    assert f"1 of 7 images could not be read: '{animals / 'ind 1' / 'words.jpg'}'" in err
    assert len(open_embeddings(tmp_path / "store")) == 6
    (animals / "ind 1" / "words.jpg").unlink()
    assert embedded(capsys, *words)[0] == 0


def test_shares_say_what_is_left(bundle, animals, tmp_path, capsys):
    (animals / "ind 1" / "words.jpg").write_text("no picture")
    words = [bundle, animals, "--out", tmp_path / "store"]
    status, said, err = embedded(capsys, *words, "--share=1/2")
    assert (status, err) == (0, "")
    assert "share 1/2 is done; " in said
    status, said, err = embedded(capsys, *words, "--share=2/2")
    assert status == 2
    assert "words.jpg" in err
    assert "still with other shares" not in said
    assert len(open_embeddings(tmp_path / "store")) == 6


def test_torchruns_variables_divide_the_work(bundle, animals, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("WORLD_SIZE", "2")
    words = [bundle, animals, "--out", tmp_path / "store"]
    counts = []
    for rank in ("0", "1"):
        monkeypatch.setenv("RANK", rank)
        status, said, _ = embedded(capsys, *words)
        assert status == 0
        counts.append(int(said.split()[0]))
    assert sum(counts) == 6
    assert min(counts) > 0
    assert len(open_embeddings(tmp_path / "store")) == 6
    status, _, err = embedded(capsys, *words, "--share=1/2")
    assert status == 2
    assert "torchrun divides the work already" in err


def another_model(folder, bundle):
    return write_bundle(folder / "another", seed=1), []


def another_size(folder, bundle):
    write_bundle(folder / "sized")
    file = folder / "sized" / "bundle.json"
    document = json.loads(file.read_text())
    document["preprocessing"] = Preprocessing((24, 20), (20, 16))._asdict()
    file.write_text(json.dumps(document))
    return folder / "sized", []


def another_vector(folder, bundle):
    return bundle, ["--vector=pooled"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (another_model, "holds embeddings of another model"),
        (another_size, "its images were made ready otherwise (resize 20x16, crop 20x16"),
        (another_vector, "holds vectors of kind embedding, not pooled"),
    ],
)
def test_what_does_not_fit_a_store_is_refused(change, message, bundle, animals, tmp_path, capsys):
    assert embedded(capsys, bundle, animals, "--out", tmp_path / "store")[0] == 0
    model, words = change(tmp_path, bundle)
    status, out, err = embedded(capsys, model, animals, "--out", tmp_path / "store", *words)
    assert (status, out) == (2, "")
    assert err.count("\n") == 1
    assert message in err


def test_another_threshold_or_class_name_is_no_other_model(bundle, animals, tmp_path, capsys):
    assert embedded(capsys, bundle, animals, "--out", tmp_path / "store")[0] == 0
    other = write_bundle(tmp_path / "other", CALIBRATED._replace(threshold=0.9))
    file = other / "bundle.json"
    file.write_text(file.read_text().replace('"Bo"', '"Bob"'))
    _, said, _ = embedded(capsys, other, animals, "--out", tmp_path / "store")
    assert "0 images embedded, 6 were there" in said


def test_the_store_may_lie_among_the_pictures(bundle, animals, capsys):
    words = [bundle, animals, "--out", animals / "store"]
    assert embedded(capsys, *words)[0] == 0
    assert embedded(capsys, *words)[1].startswith("0 images embedded, 6 were there")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["animals"], "required: --out"),
        (["nowhere", "--out=s"], "nowhere: no such file or folder"),
        (["animals", "--out=s", "--share=3/2"], "--share: expects a part such as 2/4, not '3/2'"),
        (["animals", "--out=s", "--share=0/2"], "--share: expects a part such as 2/4"),
        (["animals", "--out=s", "--vector=best"], "--vector: invalid choice: 'best'"),
        (["animals", "--out=s", "--shard=0"], "--shard: expects a whole number from 1 to"),
        (["animals", "--out=file"], "file: a file; name a folder for the embeddings"),
        (["animals", "--out=animals"], "holds something other than embeddings"),
    ],
)
def test_embed_refuses(words, message, bundle, animals, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").touch()
    status, out, err = embedded(capsys, bundle, *words)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1
    assert not (tmp_path / "s").exists()


@pytest.mark.parametrize("verb", ["predict", "explain"])
def test_verbs_of_classes_refuse_a_model_of_individuals(verb, bundle, animals, tmp_path, capsys):
    words = ["--out", str(tmp_path / "out")] if verb == "explain" else []
    assert main([verb, str(bundle), str(animals), *words]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert "trained to find individuals again; its 2 classes" in captured.err
    assert "elsewhere compare" in captured.err
    assert not (tmp_path / "out").exists()
