import json
import math

import pytest

from elsewhere.errors import DataError
from elsewhere.reports.documents import task_of
from elsewhere.reports.result import read_result, write_result


def test_what_is_written_is_read(run, tmp_path):
    path = write_result(tmp_path / "deep" / "result.json", run())
    assert read_result(path) == run()
    assert task_of(json.loads(path.read_text(encoding="utf-8"))) == "reidentification"


def test_the_format_is_added(run, tmp_path):
    document = run()
    del document["format"]
    path = write_result(tmp_path / "result.json", document)
    assert read_result(path) == run()


def test_a_number_that_is_not_finite_becomes_null(run, tmp_path):
    document = run()
    score = document["sets"]["test"]["vectors"]["embedding"]
    score["mAP"], score["mAP_interval"] = math.nan, [math.nan, math.inf]
    path = write_result(tmp_path / "result.json", document)
    read = read_result(path)["sets"]["test"]["vectors"]["embedding"]
    assert (read["mAP"], read["mAP_interval"]) == (None, [None, None])


def without(part, *keys):
    def change(document):
        for key in keys:
            document = document[key]
        del document[part]

    return change


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (without("metric"), "`metric` is missing"),
        (without("protocol", "sets", "test"), "set 'test' is incomplete: `protocol`"),
        (without("embedding", "sets", "test", "vectors"), "no score of the run's own vector"),
        (without("cmc", "sets", "test", "vectors", "neck"), "vector 'neck' is incomplete: `cmc`"),
        (without("mINP", "sets", "test", "reranked"), "re-ranked is incomplete: `mINP`"),
        (lambda document: document.update(format=9), "has format 9, this version reads 1"),
        (lambda document: document.update(sets={"test": 3}), "set 'test' is incomplete: it is no"),
        (lambda document: document.update(mirror="yes"), "`mirror` is missing or of another type"),
    ],
)
def test_incomplete_results_are_refused(run, tmp_path, change, message):
    document = run()
    change(document)
    with pytest.raises(DataError, match=message):
        write_result(tmp_path / "result.json", document)
    assert not (tmp_path / "result.json").exists()
    path = tmp_path / "written.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(DataError, match=message):
        read_result(path)


def test_files_that_are_no_result(tmp_path):
    path = tmp_path / "result.json"
    with pytest.raises(DataError, match="cannot be read"):
        read_result(path)
    path.write_text('{"format": 1', encoding="utf-8")
    with pytest.raises(DataError, match="no whole JSON file"):
        read_result(path)
    path.write_text("[1]", encoding="utf-8")
    with pytest.raises(DataError, match="no result of a run"):
        read_result(path)
