"""A recipe trained on a published set by its name, here a drawn one in the same layout."""

import csv

from elsewhere.cli import main
from elsewhere.drawn import Cub
from elsewhere.reports.result import read_result

RECIPE = """
seed: 0
data:
  class_path: elsewhere.data.ImageData
  init_args: {size: 32, resize: 36, batch_size: 8, test_batch_size: 8, workers: 0, val: 0.0,
              validate_on: test, mean: [0.5, 0.5, 0.5], std: [0.25, 0.25, 0.25]}
network:
  backbone: {class_path: elsewhere.SmallResNet}
  heads: 2
task:
  class_path: elsewhere.tasks.Classification
  init_args:
    intervention: {class_path: elsewhere.RandomAttention}
    optimizer: {class_path: torch.optim.SGD, init_args: {lr: 1e-3}}
trainer: {max_epochs: 1, accelerator: cpu}
"""


def test_a_set_is_trained_on_and_tested_by_name(tmp_path, capsys):
    Cub(species=3, train=6, test=4, size=32).write(tmp_path / "sets" / "CUB_200_2011")
    recipe = tmp_path / "mine.yaml"
    recipe.write_text(RECIPE)
    words = ["--data.path=cub", f"--data.root={tmp_path / 'sets'}", f"--runs={tmp_path / 'runs'}"]
    assert main(["fit", "--config", str(recipe), *words]) == 0
    assert (
        "note: cub: a drawn set of 3 classes; the published one has 200" in capsys.readouterr().err
    )
    folder = next((tmp_path / "runs").rglob("result.json")).parent
    result = read_result(folder / "result.json")
    assert result["training"]["images"] == 18
    assert result["protocol"]["selected_on"] == "test"
    assert {name: split["images"] for name, split in result["splits"].items()} == {"test": 12}
    assert result["splits"]["test"]["localization"]["images"] == 12
    with (folder / "images-test.csv").open() as file:
        assert {row["class"] for row in csv.DictReader(file)} == {
            "001.Red_Crowned_Barwing", "002.Golden_Crowned_Barwing", "003.Blue_Crowned_Barwing"
        }  # fmt: skip
