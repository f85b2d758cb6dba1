"""Tables and figures through the real command line, on drawn sets and shortened further."""

import json
import re
import shlex

import numpy as np
import pytest
from PIL import Image
from tests.end_to_end.figures import flat, near

from elsewhere.cli import main
from elsewhere.drawn import Cub

pytestmark = pytest.mark.slow

SHORT = ["--trainer.max_epochs=1", "--data.size=32", "--data.resize=36"]
ONE_ROW = ["--config", "toy-classes", *SHORT, "--seeds=1"]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory):
    """The sets that `--drawn` draws, once for all: those that are there are kept."""
    out = tmp_path_factory.mktemp("drawn")
    names = [f"table{number}" for number in range(1, 4)]
    assert main(["reproduce", *names, "--drawn", f"--out={out}", "--list"]) == 0
    return out / "drawn"


@pytest.fixture(scope="module")
def reproduced(tmp_path_factory, drawn):
    """Table 1 and the figures that need its networks, or none."""
    out = tmp_path_factory.mktemp("reproduced")
    (out / "drawn").symlink_to(drawn)
    names = ["table1", "figure1", "figure2", "figure5"]
    assert main(["reproduce", *names, "--drawn", f"--out={out}", *SHORT]) == 0
    return out


def document(out, name):
    return json.loads((out / f"{name}.json").read_text())


def test_every_row_of_a_table_is_measured(reproduced):
    table = document(reproduced, "table1")
    assert table["drawn"] is True
    for row in ("Baseline", "Baseline + CAL"):
        for column in ("cub/top1", "cars/top1", "aircraft/top1"):
            cell = table["rows"][row][column]
            assert 0 <= cell["mean"] <= 100
            assert (cell["seeds"], cell["missing"], cell["difference"]) == (1, None, None)
            assert cell["printed"] > 80
    folders = [folder for row in table["runs"].values() for folder in row]
    assert len(set(folders)) == 6
    for folder in folders:
        result = json.loads((reproduced / folder / "result.json").read_text())
        assert result["protocol"]["selected_on"] is None
        assert result["training"]["epochs"] == 1


def test_the_numbers_of_the_table_are_those_of_the_runs(reproduced):
    table = document(reproduced, "table1")
    for row, method in (("Baseline", "baseline"), ("Baseline + CAL", "CAL")):
        for folder in table["runs"][row]:
            result = json.loads((reproduced / folder / "result.json").read_text())
            assert result["method"] == method
            name = re.search(r"runs/([a-z]+)-", folder)[1]
            top1 = result["splits"]["test"]["accuracy"]["together"]["top1"]
            assert table["rows"][row][f"{name}/top1"]["mean"] == pytest.approx(100 * top1)


def test_figures_name_right_and_wrong_answers(reproduced):
    for name, sets in (("figure1", 1), ("figure5", 3)):
        text = (reproduced / f"{name}.md").read_text()
        assert text.count("CAL alone is right on") == sets
        found = document(reproduced, name)["sets"].values()
        assert [sum(each["pictures"].values()) for each in found] == [80] * sets
        assert all(
            (reproduced / file).is_file() for each in found for file in each["files"].values()
        )
        assert "drawn at random" in text
        for file in re.findall(r"\]\((\S+\.png)\)", text):
            pixels = np.asarray(Image.open(reproduced / file))
            assert pixels.ndim == 3
            assert pixels.std() > 10
        assert "data:image/png" in (reproduced / f"{name}.html").read_text() or "png" not in text


def test_figure_2_counts_attributes_and_environments(reproduced):
    found = document(reproduced, "figure2")
    assert found["images"] == {"train": 30, "test": 20}
    assert found["environments"]
    for share in (*found["frequent"], *found["environments"]):
        assert share["train"][1] == 30
        assert share["test"][1] == 20
    assert "<svg" in (reproduced / "figure2.svg").read_text()


def test_what_was_run_is_not_run_again(reproduced, capfd):
    before = {path: path.stat().st_mtime_ns for path in reproduced.rglob("result.json")}
    assert main(["reproduce", "table1", "--drawn", f"--out={reproduced}", *SHORT]) == 0
    assert "6 of 6 runs were there already" in capfd.readouterr().err
    after = {path: path.stat().st_mtime_ns for path in reproduced.rglob("result.json")}
    assert after == before


def test_a_run_that_lost_its_result_goes_on_from_its_checkpoint(reproduced):
    folder = reproduced / document(reproduced, "table1")["runs"]["Baseline"][0]
    result = folder / "result.json"
    before = json.loads(result.read_text())
    checkpoint = (folder / "checkpoints" / "last.ckpt").read_bytes()
    result.unlink()
    assert main(["reproduce", "table1", "--drawn", f"--out={reproduced}", *SHORT]) == 0
    after = json.loads(result.read_text())
    assert flat(after["splits"]) == near(before["splits"])
    assert (folder / "checkpoints" / "last.ckpt").read_bytes() == checkpoint


def test_all_rows_of_all_tables_are_listed_as_commands(reproduced, capsys):
    names = [f"table{number}" for number in range(1, 7)]
    assert main(["reproduce", *names, "figure4", "--drawn", f"--out={reproduced}", *SHORT,
                 "--list"]) == 0  # fmt: skip
    lines = capsys.readouterr().out.splitlines()
    # less those that two tables have, and those of Table 1, which are done
    rows = 6 + 12 + 4 + 15 + 5 + 6 + 42
    assert len(lines) == len(set(lines)) == rows - (6 + 2 + 8) - 6
    assert all(shlex.split(line)[:2] == ["elsewhere", "fit"] for line in lines)


@pytest.fixture(scope="module")
def birds(tmp_path_factory):
    root = tmp_path_factory.mktemp("sets")
    Cub(species=2, train=6, test=4, size=32).write(root / "CUB_200_2011")
    return root


def test_a_copy_of_some_sets_gives_these_rows_and_names_the_others(birds, tmp_path, capsys):
    words = ["reproduce", "table1", f"--data.root={birds}", f"--out={tmp_path}", *ONE_ROW]
    assert main([*words, "--part=2/2"]) == 0
    captured = capsys.readouterr()
    assert re.search(r"epoch 1/1  loss", captured.err)
    table = document(tmp_path, "table1")
    cells = {row: table["rows"][row]["cub/top1"] for row in table["rows"]}
    assert cells["Baseline"]["missing"] == "not run"
    own = cells["Baseline + CAL"]
    assert own["difference"] == pytest.approx(own["mean"] - 90.6)
    assert "Stanford Cars" in table["rows"]["Baseline"]["cars/top1"]["missing"]
    assert "not run" in (tmp_path / "table1.md").read_text()
    # a command that was listed is an ordinary run, whoever starts it
    assert main([*words, "--list"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert main(shlex.split(line)[1:]) == 0
    assert main([*words, "--collect"]) == 0
    assert document(tmp_path, "table1")["rows"]["Baseline"]["cub/top1"]["missing"] is None


def test_a_run_that_fails_is_named_and_the_others_go_on(drawn, tmp_path, capsys):
    (tmp_path / "drawn").symlink_to(drawn)
    broken = ["--trainer.max_epochs=1", "--trainer.limit_train_batches=0"]
    assert main(["reproduce", "table6", "--drawn", f"--out={tmp_path}", *broken]) == 2
    captured = capsys.readouterr()
    assert "6 runs failed, first: trainer.limit_train_batches must be above 0" in captured.err
    cell = document(tmp_path, "table6")["rows"]["+ CAL"]["cub/top1"]
    assert cell["missing"].startswith("failed: trainer.limit_train_batches")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["table7", "--drawn"], "there is no 'table7' to reproduce"),
        (["table1"], "say with --data.root DIR where the paper's sets lie, or with --drawn"),
        (["table1", "--drawn", "--data.root=x"], "one of the two"),
        (["table1", "--data.root=no-such"], "--data.root=no-such: there is no such folder"),
        (["table1", "--drawn", "--seeds=0"], "--seeds is a number of runs"),
        (["table1", "--drawn", "--seeds=00"], "--seeds is a number of runs"),
        (["table1", "--drawn", "--seeds=1,x"], "--seeds is a number of runs"),
        (["table1", "--drawn", "--part=3/2"], "--part is K/N"),
        (["table1", "--drawn", "--jobs=0"], "--jobs must be 1 or more"),
        (["table5", "--drawn", "--miou-threshold=0.25"], "--miou-threshold is one of 0.1, 0.2"),
        (["table1", "--drawn", "--config=nothing"], "there is no recipe or file 'nothing'"),
        (["table1", "--drawn", "--preset=other"], "invalid choice: 'other'"),
        (["figure1", "figure2", "--drawn", "--class=Albatross"], "no class 'Albatross'"),
        (["figure1", "figure2", "--drawn", "--environments=no.csv"], "no.csv"),
    ],
)
def test_what_cannot_be_done_is_one_line(words, said, drawn, tmp_path, capsys):
    (tmp_path / "drawn").symlink_to(drawn)
    assert main(["reproduce", *words, f"--out={tmp_path}"]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert not (tmp_path / "runs").exists(), "it is said before anything is trained"
