import pytest

from elsewhere.drawn import DrawnIndividuals
from elsewhere.errors import ConfigError, DataError

TINY = {
    "identities": 5,
    "val_identities": 2,
    "test_identities": 3,
    "sightings": 2,
    "shots": 2,
    "pixels": 32,
    "identities_per_batch": 2,
    "images_per_identity": 2,
    "workers": 0,
}


@pytest.mark.parametrize(("kind", "size"), [("persons", (32, 16)), ("vehicles", (32, 32))])
def test_individuals_are_drawn_once_and_read(tmp_path, kind, size):
    data = DrawnIndividuals(kind, root=str(tmp_path), size=size, **TINY)
    data.check()
    assert len(data.class_names) == 5
    assert [len(data.table.split(name)) for name in ("train", "val", "test")] == [20, 8, 12]
    assert (tmp_path / f"drawn-{kind}" / "labels.csv").is_file()
    assert set(data.test_sets) == {f"drawn-{kind}"}
    assert data.validation_set is not None
    batch = next(iter(data.train_dataloader()))
    assert batch.images.shape == (4, 3, *size)
    again = DrawnIndividuals(kind, root=str(tmp_path), size=size, **TINY)
    assert again.table == data.table


def test_cameras_take_part_in_the_protocol(tmp_path):
    data = DrawnIndividuals(root=str(tmp_path), size=(32, 16), **TINY)
    ((_, test),) = data.test_sets.items()
    assert test.protocol.uses_cameras


def test_a_folder_of_ones_own_choice(tmp_path):
    data = DrawnIndividuals("vehicles", path=str(tmp_path / "mine"), size=(32, 32), **TINY)
    assert data.table.root == tmp_path / "mine"
    with pytest.raises(DataError, match="other settings"):
        _ = DrawnIndividuals("persons", path=str(tmp_path / "mine"), **TINY).table


@pytest.mark.parametrize("option", [{"train": "market"}, {"val": 0.5}, {"test_share": 0.5}])
def test_how_other_data_are_read_is_not_swallowed(option, tmp_path):
    with pytest.raises(ConfigError, match=f"drawn persons take no {next(iter(option))}: "):
        DrawnIndividuals(root=str(tmp_path), size=(32, 16), **TINY, **option)
