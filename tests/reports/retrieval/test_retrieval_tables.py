import io

from rich.console import Console

from elsewhere.reports.retrieval.tables import (
    retrieval_summary,
    score_tables,
    verification_tables,
)
from elsewhere.reports.tables import markdown_table, rich_table

K_DRAWS = "k-per-identity, 1 in the gallery, 10 draws"


def shown(table, width=100):
    console = Console(width=width, record=True, file=io.StringIO())
    console.print(table)
    return console.export_text()


def test_every_vector_is_in_one_table_the_runs_own_first(run):
    table = score_tables(run())["query-gallery"]
    assert [row[1] for row in table.rows] == [
        "embedding",
        "pooled",
        "neck",
        "logits",
        "re-ranked",
    ]
    assert table.bold == {0}
    assert table.header == (
        "set",
        "vector",
        "mAP",
        "mINP",
        "Rank-1",
        "Rank-5",
        "Rank-10",
        "Rank-20",
    )
    assert table.rows[0] == (
        "test",
        "embedding",
        "60.0\n[55.0, 64.0]",
        "30.0",
        "80.0\n[77.0, 82.0]",
        "90.0",
        "92.0",
        "94.0",
    )
    assert "cosine · with mirror" in table.title
    assert "2 queries have no match and are left out" in table.note


def test_protocols_never_share_a_table(run, measured):
    sets = {"a": measured(0.5), "b": measured(0.3, K_DRAWS, 10), "c": measured(0.2)}
    tables = score_tables(run(sets=sets))
    assert list(tables) == ["query-gallery", K_DRAWS]
    assert {row[0] for row in tables["query-gallery"].rows} == {"a", "c", ""}
    assert {row[0] for row in tables[K_DRAWS].rows} == {"b", ""}
    assert "± 1.1" in tables[K_DRAWS].rows[0][2]
    assert "standard deviation over draws" in tables[K_DRAWS].note
    assert "standard deviation" not in tables["query-gallery"].note


def test_what_is_not_known_is_a_dash(run, measured):
    one = measured()
    one["vectors"] = {"embedding": {**one["vectors"]["embedding"], "mAP": None, "mINP": None}}
    one["vectors"]["embedding"]["mAP_interval"] = [None, None]
    one["reranked"] = one["verification"] = None
    document = run(sets={"test": one})
    row = score_tables(document)["query-gallery"].rows[0]
    assert (row[2], row[3]) == ("–", "–")
    assert verification_tables(document) == {}
    assert "Known or new" not in shown(retrieval_summary(document))


def test_known_or_new_names_what_could_not_be_measured(run):
    (table,) = verification_tables(run()).values()
    rows = dict(table.rows)
    assert rows["found at 1 % false, %"] == "71.0"
    assert rows["found at 0.1 % false, %"] == "–"
    assert (rows["own threshold"], rows["found at it, %"]) == ("0.4800", "74.0")
    assert rows["false at it, %"] == "1.30"


def test_known_or_new_keeps_protocols_apart(run, measured):
    sets = {"a": measured(), "b": measured(), "c": measured(protocol="each-against-rest")}
    tables = verification_tables(run(sets=sets))
    assert {p: table.header[1:] for p, table in tables.items()} == {
        "query-gallery": ("a", "b"),
        "each-against-rest": ("c",),
    }
    assert all(protocol in table.title for protocol, table in tables.items())


def test_a_network_without_a_threshold(run, measured):
    one = measured()
    one["verification"]["calibrated"] = None
    (table,) = verification_tables(run(sets={"test": one})).values()
    assert dict(table.rows)["own threshold"] == "–"
    assert "own threshold" not in table.note


def test_the_summary_fits_a_narrow_terminal(run):
    text = shown(retrieval_summary(run()), width=80)
    assert "drawn-persons · baseline · seed 0" in text
    assert "[55.0, 64.0]" in text
    assert "…" not in text


def test_terminal_and_markdown_say_the_same(run):
    (table,) = score_tables(run()).values()
    text, markdown = shown(rich_table(table)), markdown_table(table)
    for words in ("re-ranked", "[55.0, 64.0]", "query-gallery", "with mirror"):
        assert words in text
        assert words in markdown
    assert "| **test** | **embedding** | **60.0<br>[55.0, 64.0]** |" in markdown
    assert "| --- | --- | ---: |" in markdown


def test_names_are_no_markup(run, measured):
    document = run(method="[red]x|y", sets={"a|[b]": measured()})
    assert "[red]x|y" in shown(retrieval_summary(document))
    assert "a\\|[b]" in markdown_table(*score_tables(document).values())
