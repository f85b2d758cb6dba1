import json
import os

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from safetensors.numpy import load_file, save_file
from tests.retrieval.individuals import draw, vectors_by_hand

from elsewhere.errors import CheckpointError, ConfigError
from elsewhere.retrieval import Share, embedding, open_embeddings, unit_vectors
from elsewhere.retrieval.files import hold_share


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def by_path(folder):
    store = open_embeddings(folder)
    return dict(zip(store.column("path"), store.vectors(range(len(store))), strict=True))


@pytest.mark.parametrize("vector", ["pooled", "embedding", "logits"])
@pytest.mark.parametrize("mirror", [False, True])
def test_vectors_are_the_networks_own_of_length_one(
    vector, mirror, bundle, pictures, embed, tmp_path
):
    embed(vector=vector, mirror=mirror)
    store = open_embeddings(tmp_path / "store")
    expected = vectors_by_hand(bundle, pictures, vector, mirror)
    assert store.column("path") == [str(path) for path in pictures]
    assert store.column("label") == [path.parent.name for path in pictures]
    assert store.settings.dimension == expected.shape[1]
    np.testing.assert_allclose(store.vectors(range(11)), expected, atol=2e-6)


def test_files_are_what_the_documentation_says(pictures, embed, tmp_path):
    assert embed().computed == 11
    names = ["embeddings-00000.safetensors", "embeddings-00001.safetensors"]
    names += ["embeddings-00002.safetensors", "images.parquet", "store.json"]
    assert sorted(contents(tmp_path / "store")) == names
    assert load_file(tmp_path / "store" / names[2])["vectors"].shape == (3, 5)
    rows = pq.read_table(tmp_path / "store" / "images.parquet").to_pylist()
    assert [(row["shard"], row["row"]) for row in rows] == [
        (names[number // 4], number % 4) for number in range(11)
    ]
    assert [row["place"] for row in rows][:2] == ["ind 0/0.png", "ind 0/1.png"]
    assert [row["size"] for row in rows] == [path.stat().st_size for path in pictures]


def test_rows_come_in_the_order_asked_for_and_blocks_cover_all(pictures, embed, tmp_path):
    embed()
    store = open_embeddings(tmp_path / "store")
    whole = np.concatenate([vectors for _, vectors in store.blocks(3)])
    assert [first for first, _ in store.blocks(3)] == [0, 3, 4, 7, 8]  # of shards of four
    assert len(whole) == len(store) == 11
    assert np.array_equal(store.vectors([9, 0, 0, 6]), whole[[9, 0, 0, 6]])
    assert store.vectors([]).shape == (0, 5)


def test_started_again_nothing_is_computed_or_changed(pictures, embed, tmp_path):
    embed()
    before = contents(tmp_path / "store")
    again = embed()
    assert (again.computed, again.there) == (0, 11)
    assert contents(tmp_path / "store") == before


@pytest.mark.parametrize("after", [0, 1, 2, 3])
def test_interrupted_after_any_shard_it_ends_with_the_same_files(
    after, pictures, embed, tmp_path, monkeypatch
):
    """With a broken picture in the first shard, which must not shift what follows."""
    pictures[1].write_bytes(b"no picture")
    embed(out="whole")
    write, written = embedding.write_shard, []

    def stop(*arguments):
        if len(written) == after:
            raise KeyboardInterrupt
        written.append(write(*arguments))

    monkeypatch.setattr(embedding, "write_shard", stop)
    if after < 3:
        with pytest.raises(KeyboardInterrupt):
            embed()
        assert len(list((tmp_path / "store").glob("embeddings*"))) == after
    monkeypatch.undo()
    resumed = embed()
    assert contents(tmp_path / "store") == contents(tmp_path / "whole")
    assert resumed.problems.keys() == {str(pictures[1])}


def test_what_a_crash_left_half_written_is_no_harm(pictures, embed, tmp_path):
    embed(out="whole")
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / ".embeddings-00000.safetensors.1of1.partial").write_bytes(b"half")
    (tmp_path / "store" / ".1of1.lock").touch()
    embed()
    assert contents(tmp_path / "store") == contents(tmp_path / "whole")


def test_added_changed_and_removed_pictures(bundle, pictures, embed, tmp_path):
    embed()
    draw(pictures[2], seed=999)
    os.utime(pictures[2], ns=(0, 12345))
    new = draw(tmp_path / "animals" / "ind 9" / "0.png", seed=900)
    pictures[5].unlink()
    result = embed()
    assert (result.computed, result.there, result.changed, result.left_out) == (2, 9, 1, 2)
    now = [path for path in [*pictures, new] if path != pictures[5]]
    found = by_path(tmp_path / "store")
    assert found.keys() == {str(path) for path in now}
    for path, expected in zip(now, vectors_by_hand(bundle, now), strict=True):
        np.testing.assert_allclose(found[str(path)], expected, atol=2e-6)


def test_unread_pictures_of_one_name_are_counted_one_by_one(embed, tmp_path):
    for folder in ("one", "other"):
        draw(tmp_path / folder / "whole.png", seed=len(folder))
        (tmp_path / folder / "broken.png").write_bytes(folder.encode())
        (tmp_path / folder / "list.csv").write_text("path,identity\nwhole.png,a\nbroken.png,b\n")
    lists = [tmp_path / folder / "list.csv" for folder in ("one", "other")]
    result = embed(lists)
    assert (result.computed, result.left_out) == (2, 0)
    assert result.problems.keys() == {"broken.png", str(tmp_path / "other" / "broken.png")}


def test_broken_pictures_are_kept_apart_and_tried_again(pictures, embed, tmp_path):
    whole = pictures[3].read_bytes()
    when = pictures[3].stat().st_mtime_ns
    pictures[3].write_bytes(b"x" * len(whole))
    os.utime(pictures[3], ns=(when, when))
    result = embed()
    assert result.computed == 10
    assert "not an image" in result.problems[str(pictures[3])]
    store = open_embeddings(tmp_path / "store")
    assert len(store) == 10
    assert store.unread["path"].to_pylist() == [str(pictures[3])]
    assert "not an image" in store.unread["problem"].to_pylist()[0]
    pictures[3].write_bytes(whole)  # the same size and time: only another try tells
    os.utime(pictures[3], ns=(when, when))
    assert embed().problems == {}
    assert len(open_embeddings(tmp_path / "store")) == 11


def test_only_broken_pictures(pictures, embed, tmp_path):
    for path in pictures:
        path.write_bytes(b"no picture")
    assert len(embed().problems) == 11
    store = open_embeddings(tmp_path / "store")
    assert len(store) == 0
    assert list(store.blocks()) == []


def test_shares_make_the_same_store_in_any_order(pictures, embed, tmp_path):
    embed(out="alone")
    first = embed(share=Share(2, 3))
    assert 0 < first.computed < 11
    assert first.waiting == 11 - first.computed
    with pytest.raises(CheckpointError, match="unfinished"):
        open_embeddings(tmp_path / "store")
    second = embed(share=Share(1, 3))
    third = embed(share=Share(3, 3))
    assert third.waiting == 0
    assert first.computed + second.computed + third.computed == 11
    alone, shared = by_path(tmp_path / "alone"), by_path(tmp_path / "store")
    assert alone.keys() == shared.keys()
    assert all(np.allclose(alone[key], shared[key], atol=2e-6) for key in alone)


def test_a_run_without_a_share_does_what_shares_left(pictures, embed, tmp_path):
    part = embed(share=Share(1, 2))
    rest = embed()
    assert (rest.there, rest.computed) == (part.computed, 11 - part.computed)
    assert len(open_embeddings(tmp_path / "store")) == 11


def test_a_share_that_is_at_work_is_not_started_twice(pictures, embed, tmp_path):
    with hold_share(tmp_path / "store", Share(1, 2)):
        with pytest.raises(ConfigError, match="another process is embedding share 1/2"):
            embed(share=Share(1, 2))
        assert embed(share=Share(2, 2)).waiting > 0
    assert embed(share=Share(1, 2)).waiting == 0


def test_missing_and_damaged_shards_are_named_and_repaired(pictures, embed, tmp_path, caplog):
    embed()
    before = by_path(tmp_path / "store")
    missing, damaged = (tmp_path / "store" / f"embeddings-0000{n}.safetensors" for n in (0, 1))
    missing.unlink()
    damaged.write_bytes(damaged.read_bytes()[:-7])
    with pytest.raises(CheckpointError, match="2 of 3 shards missing or damaged: 'embeddings-0000"):
        open_embeddings(tmp_path / "store")
    assert embed().computed == 8
    assert "embedded once more" in caplog.text
    after = by_path(tmp_path / "store")
    assert all(np.array_equal(before[key], after[key]) for key in before)
    assert not damaged.exists()


def test_a_shard_of_another_store_is_refused(pictures, embed, tmp_path):
    embed()
    embed(out="other", vector="logits")
    shard = "embeddings-00001.safetensors"
    (tmp_path / "other" / shard).replace(tmp_path / "store" / shard)
    with pytest.raises(CheckpointError, match="1 of 3 shards"):
        open_embeddings(tmp_path / "store")


def test_a_shard_with_too_few_rows_is_refused(pictures, embed, tmp_path):
    embed()
    shards = [tmp_path / "store" / f"embeddings-0000{number}.safetensors" for number in (0, 2)]
    shards[1].replace(shards[0])
    with pytest.raises(CheckpointError, match="2 of 3 shards"):
        open_embeddings(tmp_path / "store")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"vector": "pooled"}, "holds vectors of kind embedding, not pooled"),
        ({"mirror": True}, "without the mirrored image"),
    ],
)
def test_other_vectors_are_refused(change, message, pictures, embed, tmp_path):
    embed()
    before = contents(tmp_path / "store")
    with pytest.raises(CheckpointError, match=message):
        embed(**change)
    assert contents(tmp_path / "store") == before


def test_a_folder_of_other_things_is_refused(pictures, embed, tmp_path):
    with pytest.raises(CheckpointError, match="something other than embeddings"):
        embed(out="animals")


def test_what_is_no_store(tmp_path, pictures, embed):
    with pytest.raises(CheckpointError, match="no embeddings here"):
        open_embeddings(tmp_path / "nowhere")
    embed()
    file = tmp_path / "store" / "store.json"
    document = json.loads(file.read_text())
    file.write_text(json.dumps({**document, "format": 99}))
    with pytest.raises(CheckpointError, match="format 99"):
        open_embeddings(tmp_path / "store")
    file.write_text(json.dumps({**document, "mirror": True}))
    with pytest.raises(CheckpointError, match=r"images\.parquet: belongs to another store"):
        open_embeddings(tmp_path / "store")
    file.write_text("{")
    with pytest.raises(CheckpointError, match="cannot be read"):
        open_embeddings(tmp_path / "store")


def test_a_cut_table_is_one_line(pictures, embed, tmp_path):
    embed()
    file = tmp_path / "store" / "images.parquet"
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(CheckpointError, match=r"images\.parquet: damaged"):
        open_embeddings(tmp_path / "store")


@pytest.mark.parametrize(
    ("column", "value", "kind"),
    [("row", None, None), ("row", "x", pa.string()), ("row", -1, pa.int32()),
     ("path", None, pa.string()), ("shard", None, pa.string())],
)  # fmt: skip
def test_an_edited_table_is_one_line(column, value, kind, pictures, embed, tmp_path):
    embed()
    file = tmp_path / "store" / "images.parquet"
    table = pq.read_table(file)
    place = table.schema.get_field_index(column)
    changed = table.remove_column(place)
    if kind is not None:
        changed = changed.add_column(place, column, pa.array([value] * len(table), kind))
    pq.write_table(changed.replace_schema_metadata(table.schema.metadata), file)
    with pytest.raises(CheckpointError, match="damaged"):
        open_embeddings(tmp_path / "store")


def test_a_shard_that_no_longer_fits_is_not_silently_wrong(pictures, embed, tmp_path):
    embed()
    file = tmp_path / "store" / "embeddings-00000.safetensors"
    save_file({"vectors": np.zeros((4, 5), np.float32)}, file)
    with pytest.raises(CheckpointError, match="1 of 3 shards"):
        open_embeddings(tmp_path / "store")


def test_progress_counts_every_picture_once(pictures, embed):
    told = []
    embed(report=lambda done, total: told.append((done, total)))
    assert [done for done, _ in told] == [2, 4, 6, 8, 10, 11]
    assert {total for _, total in told} == {11}


def test_zero_and_infinite_vectors_have_no_length():
    rows = [[3.0, 4.0], [0.0, 0.0], [np.inf, 1.0], [np.nan, 1.0], [1e30, 0]]
    found = unit_vectors(np.array(rows, np.float32))
    assert found[0].tolist() == pytest.approx([0.6, 0.8])
    assert np.isnan(found[1:4]).all()
    assert found[4].tolist() == [1.0, 0.0]
