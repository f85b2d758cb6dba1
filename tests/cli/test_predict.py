import csv
import json
import math
import shutil
import subprocess
import sys

import pytest
import torch
from PIL import Image
from tests.cli.trained import CLASSES, break_picture, draw_pictures, write_bundle
from torch.utils.flop_counter import FlopCounterMode
from torchvision.transforms import v2

from elsewhere import load_bundle
from elsewhere.cli import main
from elsewhere.models.views import TestViews
from elsewhere.structures import Calibration


@pytest.fixture(scope="module")
def bundle(tmp_path_factory):
    return write_bundle(tmp_path_factory.mktemp("models") / "bundle")


@pytest.fixture
def pictures(tmp_path):
    return draw_pictures(tmp_path / "pictures")


def predicted(capsys, *words):
    status = main(["predict", *map(str, words)])
    captured = capsys.readouterr()
    return status, captured.out, captured.err


def by_hand(bundle, file):
    """Probabilities of one picture, without any of the code under test."""
    net = load_bundle(bundle)
    image = v2.functional.pil_to_tensor(Image.open(file).convert("RGB"))
    image = v2.functional.resize(image, [36, 36], antialias=True)[:, 2:34, 2:34] / 255
    mean, std = (torch.tensor(each).view(3, 1, 1) for each in net.preprocessing[2:])
    with torch.no_grad():
        logits = net(((image - mean) / std)[None]).logits[0].tolist()
    powers = [math.exp(logit / net.calibration.temperature) for logit in logits]
    return dict(zip(net.class_names, (power / sum(powers) for power in powers), strict=True))


def test_csv_holds_calibrated_probabilities_in_order(bundle, pictures, tmp_path, capsys):
    file = tmp_path / "new" / "answers.csv"
    assert predicted(capsys, bundle, *pictures, "--csv", file, "--batch=2")[0] == 0
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert [row["file"] for row in rows] == [str(picture) for picture in pictures]
    for row, picture in zip(rows, pictures, strict=True):
        expected = sorted(by_hand(bundle, picture).items(), key=lambda item: -item[1])
        names = [row["class"], row["class 2"], row["class 3"]]
        values = [float(row[key]) for key in ("probability", "probability 2", "probability 3")]
        assert names == [name for name, _ in expected]
        assert values == pytest.approx([value for _, value in expected], abs=2e-6)
        assert row["unsure"] == ("yes" if values[0] < 0.4 else "no")
        assert row["problem"] == ""


def test_json_says_what_answered(bundle, pictures, tmp_path, capsys):
    file = tmp_path / "answers.json"
    assert predicted(capsys, bundle, pictures[0], "--json", file, "--top=2")[0] == 0
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["model"] == str(bundle)
    assert document["classes"] == list(CLASSES)
    calibration = {"temperature": 1.5, "unsure_below": 0.4}
    assert document["calibration"] == calibration | dict.fromkeys(["images", "sure", "right"])
    assert document["familiarity"] is None
    assert document["views"] == ["raw"]
    answers = document["images"][0]["predictions"]
    assert len(answers) == 2
    expected = max(by_hand(bundle, pictures[0]).values())
    assert answers[0]["probability"] == pytest.approx(expected, abs=2e-6)


def test_table_keeps_odd_names_and_marks_the_unsure(pictures, tmp_path, capsys):
    never = write_bundle(tmp_path / "never", calibration=Calibration(1.0, 1.0))
    always = write_bundle(tmp_path / "always", calibration=Calibration(1.0, 0.0))
    status, out, err = predicted(capsys, never, *pictures)
    assert (status, err) == (0, "")
    assert out.count("unsure") == len(pictures)
    for name in (*CLASSES, *map(str, pictures)):
        assert name in out
    assert "unsure" not in predicted(capsys, always, *pictures)[1]


def test_a_terminal_is_told_the_folder_once(bundle, pictures, capsys, monkeypatch):
    monkeypatch.setenv("TTY_COMPATIBLE", "1")
    monkeypatch.setenv("COLUMNS", "70")
    _, out, _ = predicted(capsys, bundle, *pictures)
    assert f"in {pictures[0].parent}\n" in out
    assert out.count(str(pictures[0].parent)) == 1
    assert all(picture.name in out for picture in pictures)


def test_all_views_are_averaged(bundle, pictures, tmp_path, capsys):
    file = tmp_path / "answers.json"
    assert predicted(capsys, bundle, pictures[1], "--views=all", "--json", file)[0] == 0
    document = json.loads(file.read_text(encoding="utf-8"))
    assert document["views"] == list(TestViews().names)
    assert len(document["views"]) == 8
    alone = by_hand(bundle, pictures[1])
    together = {each["class"]: each["probability"] for each in document["images"][0]["predictions"]}
    assert together.keys() == alone.keys()
    assert any(abs(together[name] - alone[name]) > 1e-4 for name in alone)


def test_a_run_stands_for_its_bundle(bundle, pictures, tmp_path, capsys):
    run = tmp_path / "runs" / "mine" / "seed-0"
    shutil.copytree(bundle, run / "bundle")
    direct, of_run = (predicted(capsys, place, *pictures) for place in (bundle, run))
    assert direct == of_run
    assert direct[0] == 0
    status, _, err = predicted(capsys, run.parent, pictures[0])
    assert status == 2
    assert "name one: seed-0" in err


def test_broken_images_are_named_and_the_rest_predicted(bundle, pictures, tmp_path, capsys):
    break_picture(pictures[1])
    (tmp_path / "pictures" / "words.jpg").write_text("no picture")
    file, document = tmp_path / "a.csv", tmp_path / "a.json"
    folder = tmp_path / "pictures"
    status, out, err = predicted(capsys, bundle, folder, "--csv", file, "--json", document)
    assert status == 2
    assert err.count("\n") == 1
    assert "2 of 4 images could not be read: " in err
    assert str(pictures[1]) in err
    assert out.count("not read: ") == 2
    rows = list(csv.DictReader(file.open(encoding="utf-8")))
    assert [bool(row["problem"]) for row in rows] == [False, True, False, True]
    assert [bool(row["class"]) for row in rows] == [True, False, True, False]
    problems = ["problem" in each for each in json.loads(document.read_text("utf-8"))["images"]]
    assert problems == [False, True, False, True]


def test_only_broken_images(bundle, tmp_path, capsys):
    file = break_picture(draw_pictures(tmp_path / "p", 1)[0])
    status, out, err = predicted(capsys, bundle, file)
    assert status == 2
    assert "1 of 1 images could not be read" in err
    assert "not read" in out


def test_predicting_costs_one_look_an_image(bundle, pictures, capsys):
    net = load_bundle(bundle)
    with FlopCounterMode(display=False) as one, torch.no_grad():
        net(torch.zeros(1, 3, 32, 32))
    with FlopCounterMode(display=False) as all_:
        assert predicted(capsys, bundle, *pictures)[0] == 0
    assert one.get_total_flops() > 0
    assert all_.get_total_flops() == len(pictures) * one.get_total_flops()


def test_neither_batches_nor_workers_change_anything(bundle, pictures, capsys):
    plain = predicted(capsys, bundle, *pictures)
    assert predicted(capsys, bundle, *pictures, "--batch=1") == plain
    assert predicted(capsys, bundle, *pictures, "--batch=2", "--workers=1") == plain


def test_many_rows_go_to_the_file(bundle, tmp_path, capsys):
    draw_pictures(tmp_path / "p", 23)
    assert predicted(capsys, bundle, tmp_path / "p")[1].count(".png") == 23
    out = predicted(capsys, bundle, tmp_path / "p", "--csv", tmp_path / "a.csv")[1]
    assert out.count(".png") == 20
    assert f"… 3 more in {tmp_path / 'a.csv'}" in out


def nothing(tmp_path):
    (tmp_path / "nothing").mkdir()
    return tmp_path / "nothing"


def cut_weights(tmp_path):
    folder = write_bundle(tmp_path / "cut")
    break_picture(folder / "weights.safetensors")
    return folder


def cut_description(tmp_path):
    folder = write_bundle(tmp_path / "cut")
    break_picture(folder / "bundle.json")
    return folder


def near_model(tmp_path):
    write_bundle(tmp_path / "sparrows")
    return tmp_path / "sparows"


def unfinished_run(tmp_path):
    (tmp_path / "run" / "checkpoints").mkdir(parents=True)
    return tmp_path / "run"


@pytest.mark.parametrize(
    ("model", "message"),
    [
        (nothing, "no bundle here"),
        (cut_weights, "weights.safetensors: missing or cut short"),
        (cut_description, "bundle.json: cut short"),
        (near_model, "no such folder; did you mean"),
        (unfinished_run, "a run without a bundle"),
    ],
)
def test_models_that_cannot_be_used(model, message, pictures, tmp_path, capsys):
    status, out, err = predicted(capsys, model(tmp_path), pictures[0])
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_a_bundle_without_preprocessing(pictures, bundle, tmp_path, capsys):
    shutil.copytree(bundle, tmp_path / "b")
    file = tmp_path / "b" / "bundle.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), "preprocessing": None}))
    status, _, err = predicted(capsys, tmp_path / "b", pictures[0])
    assert status == 2
    assert "does not say how images become inputs" in err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ([], "required: IMAGES"),
        (["nowhere.jpg"], "nowhere.jpg: no such file or folder"),
        (["nowhere.txt"], "nowhere.txt: no such list"),
        (["empty"], "no image in empty"),
        (["p/0.png", "--top=0"], "--top: expects a whole number from 1 to 1000000000, not '0'"),
        (["p/0.png", "--batch=x"], "--batch: expects a whole number"),
        (["p/0.png", "--workers=-1"], "--workers: expects a whole number from 0 to"),
        (["p/0.png", "--views=some"], "--views: invalid choice: 'some'"),
        (["p/0.png", "--device=abacus"], "--device abacus"),
        (["p/0.png", "--csv=empty"], "empty: a folder"),
        (["p/0.png", "--tpo=3"], "unrecognized arguments: --tpo=3"),
    ],
)
def test_predict_refuses(words, message, bundle, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    draw_pictures(tmp_path / "p", 1)
    status, out, err = predicted(capsys, bundle, *words)
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_answers_replace_nothing_that_is_read(bundle, pictures, tmp_path, capsys):
    listed, both = tmp_path / "list.csv", tmp_path / "both.txt"
    listed.write_text(f"path,label\n{pictures[0]},robin\n")
    described = bundle / "bundle.json"
    (tmp_path / "link.csv").symlink_to(listed)
    for words, what in (
        ((listed, "--csv", listed), "what is read, or other answers"),
        ((listed, "--csv", tmp_path / "link.csv"), "what is read, or other answers"),
        ((listed, "--json", described), "what lies with a model"),
        ((listed, "--json", bundle / "weights.safetensors"), "what lies with a model"),
        ((listed, "--csv", both, "--json", both), "what is read, or other answers"),
    ):
        before = listed.read_bytes(), described.read_bytes()
        status, out, err = predicted(capsys, bundle, *words)
        assert (status, out) == (2, "")
        assert f"would replace {what}" in err
        assert (listed.read_bytes(), described.read_bytes()) == before
    assert not both.exists()
    for _ in range(2):  # answers of before may be replaced
        assert predicted(capsys, bundle, listed, "--csv", both)[0] == 0


def test_options_may_stand_between_images(bundle, pictures, capsys):
    status, out, _ = predicted(capsys, bundle, pictures[0], "--top=1", pictures[1])
    assert status == 0
    assert out.count(".png") == 2


def test_help_imports_nothing_heavy(capsys):
    code = (
        "import sys; from elsewhere.cli import main; "
        "s = [main([v, '--help']) for v in ('predict', 'explain')]; "
        "print(*s, *(m for m in ('torch', 'timm', 'lightning') if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 0"
    assert "usage: elsewhere predict" in done.stdout
    assert "usage: elsewhere explain" in done.stdout
