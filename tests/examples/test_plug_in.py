import re
import runpy
from pathlib import Path

EXAMPLE = Path(__file__).parents[2] / "examples" / "plug_into_your_model.py"


def test_the_example_learns_and_its_attention_matters(capsys):
    runpy.run_path(str(EXAMPLE), run_name="__main__")
    lines = capsys.readouterr().out.splitlines()
    losses = [float(value) for line in lines for value in re.findall(r"loss ([\d.]+)", line)]
    assert len(losses) == 6
    assert losses[-1] < losses[0] / 2
    accuracy, effect = re.fullmatch(
        r"new images: accuracy ([\d.]+), effect of its attention ([+-][\d.]+)", lines[-1]
    ).groups()
    assert float(accuracy) > 0.9
    assert float(effect) > 0.1
