"""Exported files where a model is named: the same answers as its bundle gives, by the verbs."""

import json
import subprocess
import sys

import numpy as np
import onnx
import openvino
import pytest
from tests.cli.trained import break_picture, draw_pictures

import elsewhere
from elsewhere.cli import main
from elsewhere.errors import CheckpointError, ConfigError, ModelError
from elsewhere.export.metadata import read_description
from elsewhere.export.sessions import openvino_core
from elsewhere.inference import open_exported
from elsewhere.inference.speed import Speed


def answered(model, pictures, out):
    status = main(["predict", str(model), str(pictures), "--json", str(out), "--batch", "2"])
    return status, json.loads(out.read_text())


def test_predict_says_the_same_of_the_file(place, tmp_path, capsys):
    name = "classes.onnx"
    break_picture(draw_pictures(tmp_path / "pictures", 6)[3])
    status, wanted = answered(place / "classes", tmp_path / "pictures", tmp_path / "a.json")
    said = capsys.readouterr()
    same, found = answered(place / name, tmp_path / "pictures", tmp_path / "b.json")
    again = capsys.readouterr()
    assert same == status == 2
    assert again.err == said.err
    assert found.pop("model") == str(place / name)
    wanted.pop("model")
    for one, other in zip(found.pop("images"), wanted.pop("images"), strict=True):
        shares, numbers = (
            {each["class"]: each["probability"] for each in side.pop("predictions", ())}
            for side in (one, other)
        )
        assert list(shares) == list(numbers)
        assert shares == pytest.approx(numbers, abs=2e-5)
        assert one.pop("familiarity", 0) == pytest.approx(other.pop("familiarity", 0), abs=2e-5)
        assert one == other
    assert found == wanted


HEAVY = {"torch", "torchvision", "timm", "scipy", "onnx", "lightning", "jsonargparse"}


def loaded_by(code, folder):
    """Top-level names of all that a process has imported after it ran this code there."""
    code = f"import sys, elsewhere; from elsewhere.cli import main\n{code}"
    code += "\nprint('LOADED', *sys.modules)"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout, {n.split(".")[0] for n in done.stdout.rpartition("LOADED")[2].split()}


def test_predict_asks_a_file_without_torch(place):
    code = "main(['predict', 'classes.onnx', 'pictures'])\n"
    code += "print(*elsewhere.open_exported('individuals.xml').outputs('pictures'))"
    said, found = loaded_by(code, place)
    assert said.count("0.jpg") >= 2
    assert {"onnxruntime", "openvino"} <= found
    assert found & {*HEAVY, "pyarrow"} == set()


def test_stores_and_galleries_of_a_file_need_no_torch(place):
    """A gallery is SQLite; only a store's table, which is Parquet, wants pyarrow."""
    new, old = "herd/ind 0/0.png", "herd/ind 1/0.png"
    lines = [
        ["compare", "individuals.xml", new, old],
        ["gallery", "build", "herd.db", "herd", "--model", "individuals.xml"],
        ["gallery", "search", "herd.db", new, "--where", "camera != 3"],
        ["gallery", "label", "herd.db", new, "nala"],
        ["gallery", "undo", "herd.db"],
        ["gallery", "export", "herd.db", "herd.csv"],
    ]
    code = "".join(f"assert main({line!r}) == 0\n" for line in lines)
    assert loaded_by(code, place)[1] & {*HEAVY, "pyarrow"} == set()
    code = "assert main(['embed', 'individuals.xml', 'herd', '--out', 'of file']) == 0\n"
    code += f"assert main(['search', 'individuals.xml', 'of file', {new!r}]) == 0"
    assert loaded_by(code, place)[1] & HEAVY == set()


LET_GO = """
import os, signal, threading
models = [elsewhere.open_exported("individuals.xml")]
signal.signal(signal.SIGCHLD, lambda *_: print("heard"))
thread = threading.Thread(target=models.clear)
thread.start()
thread.join()
os.kill(os.getpid(), signal.SIGCHLD)
"""


def test_a_signal_is_heard_after_another_thread_let_go_of_a_file(place):
    assert "heard" in loaded_by(LET_GO, place)[0]


def test_vectors_and_comparisons_are_those_of_the_bundle(place, tmp_path, capsys):
    """A store of the bundle is searched by the file, and the other way round."""
    bundle, file, herd = (str(place / n) for n in ("individuals", "individuals.xml", "herd"))
    wanted = elsewhere.open_model(bundle, "cpu").embed(herd).vectors
    found = elsewhere.open_model(file).embed(herd).vectors
    np.testing.assert_allclose(found, wanted, atol=1e-5, rtol=1e-4)
    for model, asked in ((bundle, file), (file, bundle)):
        store = str(tmp_path / model.rpartition("/")[2])
        assert main(["embed", model, herd, "--out", store]) == 0
        capsys.readouterr()
        said = []
        for each in (model, asked):
            assert main(["search", each, store, herd, "--json"]) == 0
            said.append(json.loads(capsys.readouterr().out))
            assert main(["compare", each, f"{herd}/ind 0/0.png", f"{herd}/ind 1/0.png"]) == 0
            said.append(capsys.readouterr().out)
        assert said[1] == said[3]
        nearest = [[row["pictures"][0]["path"] for row in each["images"]] for each in said[::2]]
        assert nearest[0] == nearest[1]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("predict individuals.xml pictures", "use elsewhere compare, or embed"),
        ("predict classes.onnx pictures --views all", "knows no views but raw"),
        ("predict classes.onnx pictures --device cuda", "computes on the CPU"),
        ("predict classes.pt2 pictures", "torch.export.load"),
        ("predict none.onnx pictures", "no such file"),
        ("explain individuals.xml pictures", "name its run or bundle"),
        ("compare individuals.xml herd herd --out pair.png", "name its run or bundle"),
        ("embed individuals.xml herd --out vectors --vector pooled", "does not compute pooled"),
        ("export classes.onnx --to onnx", "is exported already"),
        ("export classes --to onnx --output a.xml", "ends in .onnx"),
        ("export individuals --to torch --evidence", "export without it"),
        ("export individuals --to onnx --int8", "for classifiers"),
        ("export classes --to openvino --int8 --images pictures", "in a file for onnx alone"),
        ("export classes --to onnx --int8 --images pictures", "name 32 or more"),
        ("push classes.onnx me/birds --licence mit", "push its run or bundle"),
    ],
)
def test_what_cannot_be_is_one_line(place, words, said, monkeypatch, capsys):
    monkeypatch.chdir(place)
    before = {*place.iterdir()}
    assert main(words.split()) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert said in line
    assert {*place.iterdir()} == before


def test_a_file_that_is_cut_or_of_something_else_is_one_line(place, tmp_path):
    data = (place / "classes.onnx").read_bytes()
    cut = tmp_path / "cut.onnx"
    cut.write_bytes(data[: len(data) // 2])
    with pytest.raises(CheckpointError, match="cannot be run"):
        elsewhere.open_exported(cut)
    foreign = onnx.load(place / "classes.onnx")
    del foreign.metadata_props[:]
    onnx.save(foreign, tmp_path / "foreign.onnx")
    with pytest.raises(CheckpointError, match="says nothing of its classes"):
        elsewhere.open_exported(tmp_path / "foreign.onnx")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2),
        ("classes", "wren"),
        ("classes", [1, 2]),
        ("preprocessing", {"resize": [36, 40], "crop": [32], "mean": [0] * 3, "std": [1] * 3}),
        ("preprocessing", {"resize": [36, 10**9], "crop": [32, 34]}),
        ("calibration", {"temperature": 0}),
        ("familiarity", {"threshold": 0.5}),
        ("retrieval", {"vector": "colour"}),
        ("outputs", None),
        ("classes", ["wren", "wren", "robin"]),
        ("classes", ["wr\udce4n", "robin"]),
    ],
)
def test_a_changed_description_is_refused(place, key, value):
    text = onnx.load(place / "classes.onnx").metadata_props[0].value
    with pytest.raises(CheckpointError, match="does not describe a network"):
        read_description(json.dumps({**json.loads(text), key: value}), "it")


@pytest.mark.parametrize(
    ("kind", "change", "said"),
    [
        ("onnx", {"classes": ["a"]}, "names 1 classes, and its logits"),
        ("onnx", {"classes": list("abcdefghi")}, "names 9 classes, and its logits"),
        ("onnx", {"preprocessing": {"crop": [60, 60]}}, "takes images of 60×60"),
        ("onnx", {"outputs": {"logits": None}}, "lacks its output logits"),
        ("onnx", {"outputs": {"familiarity": None}}, "lacks its output familiarity"),
        ("xml", {"classes": ["a"]}, "names 1 classes, and its logits"),
        ("xml", {"preprocessing": {"crop": [60, 60]}}, "takes images of 60×60"),
        ("xml", {"familiarity": {"threshold": 0.1, "images": 1, "flagged": 0}}, "its output famil"),
    ],
)
def test_a_description_of_another_file_is_refused(place, tmp_path, kind, change, said):
    file = tmp_path / f"it.{kind}"
    if kind == "onnx":
        graph = onnx.load(place / "classes.onnx")
        whole = json.loads(graph.metadata_props[0].value)
    else:
        graph = openvino_core().read_model(place / "individuals.xml")
        whole = json.loads(graph.get_rt_info("elsewhere").value)
    for key, value in change.items():
        new = {**whole[key], **value} if isinstance(whole[key], dict) else value
        whole[key] = (
            {k: v for k, v in new.items() if v is not None} if isinstance(new, dict) else new
        )
    if kind == "onnx":
        onnx.helper.set_model_props(graph, {"elsewhere": json.dumps(whole)})
        onnx.save(graph, file)
    else:
        graph.set_rt_info(json.dumps(whole), "elsewhere")
        openvino.save_model(graph, file)
    with pytest.raises(CheckpointError, match=said) as error:
        elsewhere.open_exported(file)
    assert "\n" not in str(error.value)


def test_a_library_that_is_missing_is_asked_for_by_name(place, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    with pytest.raises(ConfigError, match=r"onnxruntime .* pip install elsewhere\[export\]"):
        elsewhere.open_exported(place / "classes.onnx")


def test_from_python_every_kind_of_image_is_answered(place):
    model = elsewhere.open_exported(place / "classes.onnx")
    frame = np.zeros((40, 50, 3), np.uint8)
    answers = model.predict([frame, "missing.jpg", (place / "pictures/0.jpg").read_bytes()], 2)
    assert [len(each.ranked) for each in answers] == [2, 0, 2]
    assert answers[1].problem == "no such file or folder"
    bundle = elsewhere.open_model(place / "classes", "cpu")
    assert answers[0].ranked[0].name == bundle.predict(frame, 1)[0].ranked[0].name
    with pytest.raises(ModelError, match="name 1 class"):
        model.iter_predict(frame, 0)
    for ask in (model.iter_predict, model.outputs, model.embed):
        with pytest.raises(ModelError, match="1 and 0 at least"):
            ask(frame, batch_size=0)
    with pytest.raises(ModelError, match="knows no views but raw"):
        model.iter_predict(frame, views="al")
    with pytest.raises(ModelError, match="does not compute neck"):
        model.iter_embed(frame, "neck")


def test_a_file_that_predicts_in_fewer_bits_makes_the_same_vectors(place, monkeypatch):
    model, herd = open_exported(place / "individuals.xml"), place / "herd"
    before = model.embed(herd).vectors
    bfloat16 = Speed("bfloat16", 2.0, 0.0, 6, {})  # as where it is faster
    monkeypatch.setattr("elsewhere.inference.exported.fastest", lambda *_: bfloat16)
    assert model.speed_up(herd).name == "bfloat16"
    assert np.array_equal(model.embed(herd).vectors, before)


UNKNOWN = """
import torch
for model in map(elsewhere.open_model, ("classes", "classes.onnx")):
    for ask in (
        lambda: model.iter_predict("pictures", views="al"),
        lambda: model.iter_embed("pictures", "bogus"),
        lambda: model.embed("pictures", "bogus"),
        lambda: model.store_settings("bogus"),
        lambda: model.export("tensorrt"),
        lambda: model.network.vector(model.network(torch.zeros(2, 3, 32, 34)), "bogus"),
    ):
        try:
            ask()
        except Exception as error:
            print(type(error).__name__, error)
"""


def test_unknown_words_are_refused_at_once_and_the_known_ones_named(place):
    """In a process of its own, whose signatures nobody checks."""
    vectors = "there are pooled, embedding, neck, logits"
    odd = f"ModelError vector='bogus': {vectors}"
    said, _ = loaded_by(UNKNOWN, place)
    assert said.splitlines()[:-1] == [
        "ModelError views='al': raw or all",
        *[odd] * 3,
        "ConfigError to='tensorrt': onnx, openvino, torch",
        f"ModelError no vector 'bogus'; {vectors}",
        "ModelError classes.onnx: exported, so it knows no views but raw",
        *[odd] * 3,
        "ModelError classes.onnx: is exported already; name its run or bundle",
        "AttributeError 'ExportedModel' object has no attribute 'network'",
    ]


def test_it_cannot_look_elsewhere_and_the_page_says_so(place, tmp_path):
    pytest.importorskip("gradio", reason="needs elsewhere[app]")
    from fastapi.testclient import TestClient

    from elsewhere.serving import mount_page, service

    gallery = elsewhere.open_gallery(tmp_path / "herd.db", place / "individuals.xml")
    for model, kept in ((open_exported(place / "classes.onnx"), None), (gallery.model, gallery)):
        with pytest.raises(ModelError, match="cannot be asked to look elsewhere"):
            model.counterfactual(place / "pictures" / "0.jpg")
        page = mount_page(service(model, kept))
        with TestClient(page, base_url="http://localhost") as asking:
            assert "start `elsewhere app` with the run or bundle" in asking.get("/config").text
    with pytest.raises(ModelError, match="cannot be asked to look elsewhere"):
        gallery.counterfactual(place / "pictures" / "0.jpg")


def test_a_classifier_is_served_without_torch(place):
    for library in ("fastapi", "multipart", "prometheus_client", "httpx"):
        pytest.importorskip(library, reason="needs elsewhere[app]")
    code = f"""
import sys
from fastapi.testclient import TestClient
from elsewhere.inference import open_exported
from elsewhere.serving import service
app = service(open_exported({str(place / "classes.onnx")!r}))
with TestClient(app, base_url="http://localhost") as asking:
    picture = open({str(place / "pictures" / "0.jpg")!r}, "rb")
    said = asking.post("/predict", files={{"image": picture}}).json()
    print(ascii(said["predictions"][0]["class"]))
    print(asking.get("/health").json()["answers"], "torch" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    said, abilities = done.stdout.splitlines()[-2:]
    (expected,) = open_exported(place / "classes.onnx").predict(place / "pictures" / "0.jpg")
    assert said == ascii(expected.ranked[0].name)
    assert abilities == "['predict', 'embed', 'compare'] False"
