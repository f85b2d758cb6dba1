"""A small table of a store that would unfold to gigabytes is refused before it does."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from elsewhere.retrieval.store import _read_table, schema


def write(file, rows, text):
    row = {name: 0 if "int" in str(kind) else text for name, kind in
           zip(schema().names, schema().types, strict=True)}  # fmt: skip
    pq.write_table(pa.Table.from_pylist([row] * rows, schema()), file, compression="zstd")
    return file


def test_a_long_text_in_every_row(tmp_path):
    text = "x" * 1_000_000
    assert _read_table(write(tmp_path / "few.parquet", 9, text)).num_rows == 9
    with pytest.raises(ValueError, match="in every row"):
        _read_table(write(tmp_path / "many.parquet", 90, text))


def test_more_rows_than_bytes(tmp_path):
    with pytest.raises(ValueError, match="rows in"):
        _read_table(write(tmp_path / "many.parquet", 200_000, ""))
