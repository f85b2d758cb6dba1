from elsewhere.data.sets.individuals import check_individuals, read_market, retrieval_remarks


def test_a_test_of_other_identities_is_no_problem(market):
    calls = []
    table = read_market(market)
    report = check_individuals(table, 2, lambda done, all_: calls.append((done, all_)))
    assert calls[-1] == (9, 9)
    assert report.problems == ()
    assert report.identities == 5
    assert [split.split for split in report.splits] == ["train", "gallery", "query"]
    assert report.remarks[0] == retrieval_remarks(table)[0]
    assert not any("largest class" in line or "not in train" in line for line in report.remarks)


def test_files_beside_the_used_ones_are_told_and_far_ones_are_not_looked_for(market, jpeg):
    jpeg(market / "gt_bbox", "0001_c1s1_001051_00.jpg")
    report = check_individuals(read_market(market))
    assert report.files.unlisted == (
        "bounding_box_test/-1_c1s1_000401_03.jpg",
        "bounding_box_test/Thumbs.db",
        "bounding_box_train/Thumbs.db",
        "query/Thumbs.db",
    )


def test_broken_images_are_problems_and_given_remarks_replace_the_usual(market):
    (market / "query" / "0003_c4s6_015641_00.jpg").write_bytes(b"no image")
    report = check_individuals(read_market(market), remarks=["as told"])
    assert report.remarks[0] == "as told"
    assert not any("no match" in line for line in report.remarks)
    assert report.problems[0].startswith("1 broken images: 'query/0003_c4s6_015641_00.jpg'")
