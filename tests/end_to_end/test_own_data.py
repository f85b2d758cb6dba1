"""One's own folder, as people have it: checked, trained on and asked about, by the same reading."""

import shutil

import numpy as np
import pytest
from PIL import Image

from elsewhere.cli import main
from elsewhere.data.images.kinds import register_heif

TINY = """\
data: {init_args: {size: 32, resize: 36, batch_size: 4, test_batch_size: 4, workers: 0}}
network:
  backbone: {class_path: elsewhere.SmallResNet, init_args: {widths: [4, 6, 8]}}
  heads: 2
trainer: {max_epochs: 1, accelerator: cpu}
"""


@pytest.fixture
def birds(tmp_path):
    """Splits under other names, with copies, files of phones, and a waste bin."""
    register_heif.cache_clear()
    if ".heic" in Image.registered_extensions():
        pytest.skip("something reads HEIC here")
    for label, name in enumerate(("robin", "wren")):
        for number in range(8):
            split = "seg_train/seg_train" if number < 6 else "seg_test/seg_test"
            file = tmp_path / "birds" / split / name / f"{number}.png"
            file.parent.mkdir(parents=True, exist_ok=True)
            pixels = np.random.default_rng(8 * label + number).integers(
                0, 256, (40, 40, 3), np.uint8
            )
            Image.fromarray(pixels).save(file)
    train, test = (tmp_path / "birds" / s / s / "wren" for s in ("seg_train", "seg_test"))
    shutil.copy(train / "0.png", test / "again.png")
    (train / "phone.HEIC").write_bytes(b"\0\0\0\x18ftypheic")
    shutil.copytree(train, tmp_path / "birds" / "$RECYCLE.BIN" / "wren")
    (tmp_path / "tiny.yaml").write_text(TINY)
    return tmp_path / "birds"


SAID = (
    "splits: seg_test is test, seg_train is train",
    "images not read: 1 × .heic (pip install elsewhere[heic]), in 'wren' (1)",
    "1 images are in more than one split, first ",
)


def test_fit_says_what_check_data_says_and_predict_how_it_agrees(birds, tmp_path, capsys):
    assert main(["check-data", str(birds)]) == 0
    checked = capsys.readouterr().out
    words = ["--config", "folder", "--config", str(tmp_path / "tiny.yaml"), f"--runs={tmp_path}"]
    assert main(["fit", *words, f"--data.path={birds}"]) == 0
    notes = capsys.readouterr().err
    for line in SAID:
        assert line in checked
        assert f"note: {line}" in notes
    run = tmp_path / "folder+tiny" / "seed-0"
    assert (
        main(["predict", str(run), str(birds / "seg_test"), "--csv", str(tmp_path / "a.csv")]) == 0
    )
    out = capsys.readouterr().out
    answers = [line.split(",")[:2] for line in (tmp_path / "a.csv").read_text().splitlines()[1:]]
    right = sum(name in file for file, name in answers)
    assert len(answers) == 5
    assert f"{right} right, {5 - right} wrong of 5 images whose class is known" in out
