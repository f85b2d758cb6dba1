import json
import math

import pytest

from elsewhere.errors import DataError, ElsewhereError
from elsewhere.reports.result import read_result, write_result


def test_what_is_written_is_read(tmp_path, run):
    path = write_result(tmp_path / "runs" / "birds" / "result.json", run())
    assert read_result(path) == run()
    assert [each.name for each in path.parent.iterdir()] == ["result.json"], (
        "nothing is left beside"
    )


def test_the_format_is_added(tmp_path, run):
    result = run()
    del result["format"]
    assert json.loads(write_result(tmp_path / "r.json", result).read_text())["format"] == 1


def test_numbers_that_are_not_finite_become_null(tmp_path, run):
    result = run()
    result["splits"]["test"]["effect"]["logit"] = math.nan
    text = write_result(tmp_path / "r.json", result).read_text()
    assert "NaN" not in text
    assert json.loads(text)["splits"]["test"]["effect"]["logit"] is None


@pytest.mark.parametrize("version", [0, 2, "1", None])
def test_other_formats_are_refused_in_one_line(tmp_path, run, version):
    path = tmp_path / "r.json"
    path.write_text(json.dumps(run() | {"format": version}))
    with pytest.raises(DataError, match=r"format .* reads 1") as refusal:
        read_result(path)
    assert "\n" not in str(refusal.value)
    with pytest.raises(DataError, match="reads 1"):
        write_result(tmp_path / "other.json", run() | {"format": version})


@pytest.mark.parametrize("text", ["", "{", '{"format": 1', "[]", "{}", "null"])
def test_what_is_no_result_is_refused_in_one_line(tmp_path, text):
    path = tmp_path / "r.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"r\.json") as refusal:
        read_result(path)
    assert "\n" not in str(refusal.value)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.json"):
        read_result(tmp_path / "none.json")


@pytest.mark.parametrize("part", ["recipe", "seed", "classes", "training", "protocol", "splits"])
def test_a_missing_part_is_named(tmp_path, run, part):
    result = run()
    del result[part]
    with pytest.raises(DataError, match=f"`{part}`"):
        write_result(tmp_path / "r.json", result)


def test_a_failed_write_leaves_the_old_file(tmp_path, run):
    path = write_result(tmp_path / "r.json", run())
    before = path.read_text()
    result = run(seed=5)
    result["versions"]["bad"] = object()
    with pytest.raises(TypeError):
        write_result(path, result)
    assert path.read_text() == before


def test_a_place_that_cannot_be_written_is_one_line(tmp_path, run):
    (tmp_path / "file").write_text("")
    with pytest.raises(ElsewhereError, match="could not be written") as refusal:
        write_result(tmp_path / "file" / "r.json", run())
    assert "\n" not in str(refusal.value)
