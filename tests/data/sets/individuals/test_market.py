import shutil

import pytest

from elsewhere.data.sets.individuals.market import read_duke, read_market
from elsewhere.errors import DataError


def test_splits_identities_and_cameras_come_from_folders_and_names(market):
    table = read_market(market)
    assert table.root == market
    assert [(r.path, r.label, r.split, r.camera) for r in table.records] == [
        ("bounding_box_train/0002_c1s1_000451_03.jpg", "0002", "train", "1"),
        ("bounding_box_train/0002_c2s1_000476_01.jpg", "0002", "train", "2"),
        ("bounding_box_train/0007_c1s6_028521_01.jpg", "0007", "train", "1"),
        ("bounding_box_train/0007_c3s3_077419_03.jpg", "0007", "train", "3"),
        ("query/0001_c1s1_001051_00.jpg", "0001", "query", "1"),
        ("query/0003_c4s6_015641_00.jpg", "0003", "query", "4"),
        ("bounding_box_test/0000_c6s1_000151_01.jpg", "0000", "gallery", "6"),
        ("bounding_box_test/0001_c1s1_002301_00.jpg", "0001", "gallery", "1"),
        ("bounding_box_test/0001_c2s1_000301_00.jpg", "0001", "gallery", "2"),
    ]
    assert table.class_names == ("0000", "0001", "0002", "0003", "0007")


def test_junk_is_left_out_and_distractors_stay_in_the_gallery_alone(market):
    table = read_market(market)
    assert not any("-1_" in record.path for record in table.records)
    assert [r.split for r in table.records if r.label == "0000"] == ["gallery"]


@pytest.mark.parametrize("name", ["Market-1501-v15.09.15", "Market-1501-v19.09.15", "market1501"])
def test_the_folder_around_the_set_will_do(market, tmp_path, name):
    market.rename(tmp_path / name)
    assert read_market(tmp_path).root == tmp_path / name


def test_distractors_in_train_are_refused(market, jpeg):
    jpeg(market / "bounding_box_train", "0000_c1s1_000001_00.jpg")
    with pytest.raises(DataError, match=r"0000_c1s1.*belong into the gallery alone; take 1 such"):
        read_market(market)


def test_names_that_break_the_rule_are_told_and_not_dropped(market, jpeg):
    strange = [f"photo{number}.jpg" for number in range(9)]
    jpeg(market / "query", *strange, "0001_c1s1_000001_00.png")
    with pytest.raises(DataError) as caught:
        read_market(market)
    line = str(caught.value)
    assert "query: 10 of 12 images are not named like 0002_c1s1_000451_03.jpg" in line
    assert "'0001_c1s1_000001_00.png', 'photo0.jpg'" in line
    assert "'photo6.jpg' and 2 more; rename them, or take them out" in line
    assert "\n" not in line


def test_missing_and_empty_folders(market, tmp_path):
    with pytest.raises(DataError, match="no such folder; name the one that holds Market-1501"):
        read_market(tmp_path / "nowhere")
    with pytest.raises(DataError, match="no Market-1501 here; expected are bounding_box_train, "):
        read_market(tmp_path)
    shutil.rmtree(market / "query")
    with pytest.raises(DataError, match="market-here: Market-1501 lacks 'query'; unpack"):
        read_market(market)
    (market / "query").mkdir()
    with pytest.raises(DataError, match="query: no images in it; expected are files as 0002_"):
        read_market(market)


def test_duke_has_the_same_folders_and_other_names(tmp_path, jpeg):
    root = tmp_path / "DukeMTMC-reID"
    jpeg(root / "bounding_box_train", "0001_c2_f0046182.jpg", "0001_c8_f0046302.jpg")
    jpeg(root / "query", "0005_c2_f0046985.jpg")
    jpeg(root / "bounding_box_test", "0005_c5_f0051781.jpg", "7139_c7_f0170000.jpg")
    table = read_duke(tmp_path)
    assert table.root == root
    assert [(r.label, r.split, r.camera) for r in table.records] == [
        ("0001", "train", "2"),
        ("0001", "train", "8"),
        ("0005", "query", "2"),
        ("0005", "gallery", "5"),
        ("7139", "gallery", "7"),
    ]


def test_duke_says_that_it_was_withdrawn():
    assert "withdrawn" in read_duke.__doc__
    assert "withdrawn" in read_duke.__doc__
