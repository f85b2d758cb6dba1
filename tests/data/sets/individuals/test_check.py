from pathlib import Path

from elsewhere.data.sets.individuals.check import retrieval_remarks
from elsewhere.data.sets.individuals.market import read_market
from elsewhere.runs.data_check import check_data


def check(market: Path):
    return check_data("market", root=market)


def test_a_test_of_other_identities_is_no_problem(market):
    calls = []
    table = read_market(market)
    report = check_data(
        "market",
        root=market,
        workers=2,
        progress=lambda done, all_: calls.append((done, all_)),
    )
    assert calls[-1] == (9, 9)
    assert report.problems == ()
    assert report.as_dict()["identities"] == 5
    assert [split.split for split in report.splits] == ["train", "gallery", "query"]
    assert retrieval_remarks(table)[0] in report.remarks
    assert not any("largest class" in line or "not in train" in line for line in report.remarks)


def test_files_beside_the_used_ones_are_told_and_far_ones_are_not_looked_for(market, jpeg):
    jpeg(market / "gt_bbox", "0001_c1s1_001051_00.jpg")
    assert check(market).files.unlisted == (
        "bounding_box_test/-1_c1s1_000401_03.jpg",
        "bounding_box_test/Thumbs.db",
        "bounding_box_train/Thumbs.db",
        "query/Thumbs.db",
    )


def test_names_of_splits_are_no_markup(market):
    (market / "list.csv").write_text(
        "path,identity,split\n"
        "bounding_box_train/0002_c1s1_000451_03.jpg,a,test-[/]\n"
        "bounding_box_train/0002_c2s1_000476_01.jpg,a,test-[/]\n"
    )
    assert "test-[/]" in check_data(market / "list.csv", individuals=True)._repr_html_()
    assert "test-[/]" in check_data(market / "list.csv")._repr_html_()


def test_broken_images_are_problems(market):
    (market / "query" / "0003_c4s6_015641_00.jpg").write_bytes(b"no image")
    assert check(market).problems[0].startswith("1 broken images: 'query/0003_c4s6_015641_00.jpg'")
