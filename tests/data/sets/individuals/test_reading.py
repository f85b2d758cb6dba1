import pytest

from elsewhere.data.sets.individuals.market import read_market
from elsewhere.data.sets.individuals.own import read_own
from elsewhere.data.sets.individuals.reading import SET_NAMES, read_set
from elsewhere.errors import ConfigError, DataError


def test_names_are_read_below_root(market, tmp_path):
    assert read_set("market", market) == read_market(market)
    with pytest.raises(DataError, match="no DukeMTMC-reID here"):
        read_set("duke", tmp_path)


@pytest.mark.parametrize("name", SET_NAMES)
def test_every_name_is_read_by_a_reader_of_its_own(name, tmp_path):
    with pytest.raises(DataError, match="here; expected are"):
        read_set(name, tmp_path)
    with pytest.raises(ConfigError, match=f"{name}: say with root which folder it lies in"):
        read_set(name)


def test_validation_identities_of_a_published_set_are_drawn_on_request_only(market, jpeg):
    names = [f"{n:04d}_c{i}s1_000001_00.jpg" for n in range(10, 20) for i in (1, 2)]
    jpeg(market / "bounding_box_train", *names)
    assert "val" not in read_set("market", market).splits
    drawn = read_set("market", market, val=0.25, seed=2)
    assert len({r.label for r in drawn.split("val").records}) == 3
    assert drawn.split("gallery").records == read_market(market).split("gallery").records


def test_a_path_is_ones_own(tmp_path, jpeg, monkeypatch):
    jpeg(tmp_path / "market", *(f"id{n}/{i}.jpg" for n in range(10) for i in range(2)))
    assert read_set(tmp_path / "market") == read_own(tmp_path / "market")
    assert read_set("market/", tmp_path).records == read_own(tmp_path / "market").records
    monkeypatch.chdir(tmp_path)
    assert read_set("./market", val=0.0, test=0.5, seed=3).splits == ("train", "test")


def test_a_list_below_root(tmp_path, jpeg):
    jpeg(tmp_path / "pictures", "a/0.jpg", "a/1.jpg", "b/0.jpg")
    text = "path,who\na/0.jpg,a\na/1.jpg,a\nb/0.jpg,b\n"
    (tmp_path / "list.csv").write_text(text)
    table = read_set("list.csv", tmp_path, identity=["who"], images="pictures", val=0, test=0)
    assert table.root == tmp_path / "pictures"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("markt", "no data set of that name; did you mean market?"),
        ("vehicleid", "say which test size: vehicleid-800, vehicleid-1600, vehicleid-2400"),
        ("VehicleID-800", "did you mean vehicleid-800"),
        ("zzz", "no data set of that name; sets: market, duke, veri"),
    ],
)
def test_names_that_are_none(name, message, tmp_path):
    with pytest.raises(ConfigError) as caught:
        read_set(name, tmp_path)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match="no such folder or list of images"):
        read_set(f"deep/{name}", tmp_path)


def test_options_without_a_meaning_are_refused(market, tmp_path):
    with pytest.raises(ConfigError, match="market takes no option identity and no test; leave"):
        read_set("market", market, identity=["who"], test=0.2)
    with pytest.raises(ConfigError, match="veri takes no option validation"):
        read_set("veri", market, validation="train")
    with pytest.raises(ConfigError, match="takes no option validation"):
        read_set(tmp_path, validation="train")
