import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from lightning.pytorch import LightningModule, Trainer

from elsewhere.data.junk import JunkRule
from elsewhere.data.protocols import EachAgainstRest, KPerIdentity, QueryGallery
from elsewhere.data.records import Record, RecordTable
from elsewhere.data.reidentification import ReidentificationData
from elsewhere.errors import ConfigError, DataError

Write = Callable[..., Path]
SMALL = {"size": (32, 16), "identities_per_batch": 2, "images_per_identity": 2, "workers": 0}


@pytest.fixture
def market(tmp_path: Path, write_image: Write) -> Path:
    """A root with a set laid out as Market-1501: 4 trained on, 3 searched, one distractor."""
    seed = 0
    for folder, identities, cameras in (
        ("bounding_box_train", (2, 7, 10, 11), (1, 2)),
        ("query", (1, 3, 4), (1,)),
        ("bounding_box_test", (0, 1, 3, 4), (1, 2)),
    ):
        for identity in identities:
            for camera in cameras:
                name = f"{identity:04d}_c{camera}s1_00000{camera}_01.jpg"
                write_image(tmp_path / "market" / folder / name, (16, 32), seed := seed + 1)
    return tmp_path


@pytest.fixture
def nyala(tmp_path: Path, write_image: Write) -> Path:
    """A list of animals with two flanks: a to d to train on, e to g to test."""
    lines = ["path,split,individual,side,photo_no"]
    for at, animal in enumerate("abcdefg"):
        for number in range(3):
            for side in ("left", "right"):
                name = f"{animal}{number}{side}.png"
                write_image(tmp_path / "nyala" / name, (32, 16), len(lines))
                split = "train" if at < 4 else "test"
                lines.append(f"{name},{split},{animal},{side},{10 * at + number}")
    (tmp_path / "nyala" / "labels.csv").write_text("\n".join(lines) + "\n")
    return tmp_path


@pytest.fixture
def folders(tmp_path: Path, write_image: Write) -> Path:
    """A folder for each of 12 individuals, 3 images each."""
    for individual in range(12):
        for number in range(3):
            name = f"lynx {individual}/{number}.png"
            write_image(tmp_path / "lynxes" / name, (32, 16), 3 * individual + number)
    return tmp_path


def data(train: str | list[str], root: Path, **options) -> ReidentificationData:
    return ReidentificationData(train, root=str(root), **{**SMALL, **options})


def test_a_published_set_by_name(market):
    module = data("market", market, validate_on=None)
    module.check()
    assert module.class_names == ("0002", "0007", "0010", "0011")
    assert module.batch_size == 4
    assert list(module.test_sets) == ["market"]
    table, protocol = module.test_sets["market"]
    assert protocol.name == "query-gallery, other cameras"
    # as read: 3 queries, 8 in the gallery with the distractors
    assert [record.split for record in table.records] == ["query"] * 3 + ["gallery"] * 8
    assert table.class_names == ("0000", "0001", "0003", "0004")
    assert module.held_out is None
    assert module.validation_set is None
    assert any("8 training images, published are 12,936" in line for line in module.remarks)


def test_batches_have_p_identities_with_labels_of_the_training_classes(market):
    module = data("market", market, validate_on=None)
    records = module.training_set.records
    met = set()
    for batch in module.train_dataloader():
        assert batch.images.shape == (4, 3, 32, 16)
        labels = batch.labels.tolist()
        assert labels[0] == labels[1] != labels[2] == labels[3]
        for label, row in zip(labels, batch.indices.tolist(), strict=True):
            assert module.class_names[label] == records[row].label
            met.add(row)
    assert met == set(range(8))


def test_a_test_set_is_loaded_whole_and_in_order(market):
    module = data("market", market, validate_on=None, test_batch_size=4)
    (loader,) = module.test_dataloader()
    batches = list(loader)
    table = module.test_sets["market"].table
    assert torch.cat([batch.indices for batch in batches]).tolist() == list(range(11))
    assert torch.cat([batch.labels for batch in batches]).tolist() == table.labels


def test_an_own_list_with_flanks(nyala):
    rule = JunkRule("individual")
    module = data(
        "nyala", nyala, identity=["individual", "side"], protocol=EachAgainstRest(rule), val=0.0,
        validate_on="test",
    )  # fmt: skip
    module.check()
    assert module.class_names == tuple(f"{a} {s}" for a in "abcd" for s in ("left", "right"))
    table, protocol = module.test_sets["nyala"]
    (trial,) = protocol.trials(table, 0)
    kept_apart = {(table.records[q].label, table.records[g].label) for q, g in trial.junk.tolist()}
    assert ("e left", "e right") in kept_apart
    assert ("e left", "f left") not in kept_apart
    assert module.validation_set is module.test_sets["nyala"]
    assert module.held_out is None


def test_own_folders_are_split_by_identity(folders):
    module = data("lynxes", folders, val=0.2, test_share=0.3, seed=3)
    module.check()
    by_split = {
        split: {record.label for record in module.table.split(split).records}
        for split in ("train", "val", "test")
    }
    assert {split: len(names) for split, names in by_split.items()} == {
        "train": 6,
        "val": 2,
        "test": 4,
    }
    assert len(set.union(*by_split.values())) == 12
    assert set(module.class_names) == by_split["train"]
    assert module.test_sets["lynxes"].protocol.name == "each-against-rest"
    assert module.validation_set is module.held_out
    assert module.held_out is not None
    assert {record.label for record in module.held_out.table.records} == by_split["val"]
    other = data("lynxes", folders, val=0.2, test_share=0.3, seed=4)
    assert other.class_names != module.class_names


def test_what_is_worth_a_look_in_own_folders(folders, write_image):
    for number in range(3):
        write_image(folders / "lynxes" / "unknown" / f"{number}.png", (32, 16), 99)
    (folders / "lynxes" / "lynx 0" / "phone.cr2").touch()
    own = data("lynxes", folders)
    assert "unknown" not in own.table.class_names
    assert own.own_remarks == [
        "images not read: 1 × .cr2, in 'lynx 0' (1)",
        "3 images of unknown individuals are left out: 'unknown' (3)",
    ]


def test_held_out_identities_of_a_published_set(market):
    module = data("market", market, val=0.5)
    module.check()
    assert len(module.class_names) == 2
    assert module.held_out is not None
    assert module.held_out.protocol.name == "each-against-rest, other cameras"
    assert len(module.held_out.table) == 4
    batches = list(module.val_dataloader())
    assert torch.cat([batch.indices for batch in batches]).tolist() == [0, 1, 2, 3]


def test_the_protocol_asked_for_is_used_and_its_rule_in_validation_too(market, folders):
    asked = KPerIdentity(1, 3)
    module = data("lynxes", folders, protocol=asked)
    assert module.test_sets["lynxes"].protocol is asked
    assert module.held_out is not None
    assert module.held_out.protocol.name == "each-against-rest"
    plain = EachAgainstRest()
    with_cameras = data("market", market, protocol=plain, val=0.5)
    assert with_cameras.held_out is not None
    assert with_cameras.held_out.protocol is plain


def test_several_sets_are_trained_on_as_one_and_tested_apart(market, folders):
    module = data(["market", "lynxes"], market, val=0.0, validate_on="test")
    module.check()
    assert "market/0002" in module.class_names
    assert sum(name.startswith("lynxes/") for name in module.class_names) == 10
    assert list(module.test_sets) == ["market", "lynxes"]
    assert module.validation_set is module.test_sets["market"]
    for batch in module.train_dataloader():
        assert batch.images.isfinite().all()
    assert len(module.test_dataloader()) == 2


def test_trained_on_one_and_tested_on_others(market, folders, nyala):
    module = data(
        "market", market, test=["lynxes", "market", "nyala"], val=0.0, validate_on=None,
        identity="individual",
    )  # fmt: skip
    with pytest.raises(ConfigError, match="in folders, names say it"):
        module.check()
    module = data("market", market, test=["lynxes", "market"], val=0.0, validate_on=None)
    module.check()
    assert [(name, len(found.table)) for name, found in module.test_sets.items()] == [
        ("lynxes", 36),
        ("market", 11),
    ]
    module = data("market", market, test="nyala", validate_on=None, identity="individual")
    assert len(module.test_sets["nyala"].table) == 18  # its own split counts, a to d are not there
    assert isinstance(module.test_sets["nyala"].protocol, EachAgainstRest)


def test_both_tests_of_a_table_are_found(tmp_path):
    def record(name: str, split: str) -> Record:
        return Record(name, "a", split, camera="1" if split.startswith("q") else None)

    class Ready(ReidentificationData):
        def read_trained(self):
            splits = ["test-far", "query", "gallery", "query-night", "gallery-night"]
            records = tuple(record(f"{n}.jpg", split) for n, split in enumerate(splits))
            return {"set": RecordTable(tmp_path, records, ("a",))}

    found = Ready().test_sets
    assert {name: protocol.name for name, (_, protocol) in found.items()} == {
        "set": "query-gallery",
        "set-far": "each-against-rest",
        "set-night": "query-gallery",
    }


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "no images in split 'val' .* data.val above 0, or data.validate_on to test or null"),
        ({"validate_on": None, "identities_per_batch": 5}, "4 identities, fewer than the 5"),
        (
            {"validate_on": None, "protocol": EachAgainstRest(JunkRule("side"))},
            "no 'side' is given",
        ),
        ({"validate_on": None, "identity": "x", "test": "none"}, "none: no such folder or list"),
    ],
)
def test_what_cannot_be_trained_or_tested_is_refused(market, options, said):
    with pytest.raises((DataError, ConfigError), match=said):
        data("market", market, **options).check()


def test_cameras_that_a_protocol_needs_are_asked_for(folders):
    module = data("lynxes", folders, protocol=EachAgainstRest(cameras=True))
    with pytest.raises(DataError, match=r"'each-against-rest, other cameras' needs .*camera"):
        module.check()
    with pytest.raises(DataError, match="no images in split 'query'"):
        data("lynxes", folders, protocol=QueryGallery(cameras=False)).check()


def test_identities_with_one_image_only_are_refused_or_remarked(tmp_path, write_image):
    for individual, count in (("a", 1), ("b", 1), ("c", 3)):
        for number in range(count):
            for split in ("train", "test"):
                name = f"few/{split}/{individual if split == 'train' else 't' + individual}"
                write_image(tmp_path / name / f"{number}.png", (16, 16), number)
    module = data("few", tmp_path, validate_on=None, val=0.0)
    module.check()
    assert "few: 2 of 3 training identities have one image" in module.remarks
    for number in (1, 2):
        (tmp_path / "few" / "train" / "c" / f"{number}.png").unlink()
    with pytest.raises(DataError, match="each of the 3 training identities has one image"):
        data("few", tmp_path, validate_on=None, val=0.0).check()


@pytest.mark.parametrize("name", ["labels.csv", "index.csv", "flanks.csv"])
def test_a_list_is_called_by_its_name_or_its_folders(nyala, name):
    (nyala / "nyala" / "labels.csv").rename(nyala / "nyala" / name)
    module = data(f"nyala/{name}", nyala, identity="individual")
    assert list(module.test_sets) == ["flanks" if name == "flanks.csv" else "nyala"]


def test_two_sets_of_one_name_are_refused(tmp_path, folders):
    with pytest.raises(ConfigError, match="both called 'lynxes'"):
        data(["lynxes", "./lynxes"], folders).check()
    with pytest.raises(ConfigError, match=r"give --data.train the name of a set"):
        ReidentificationData().check()


class Counting(LightningModule):
    """Notes which images it is given."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(1, 1)
        self.trained: list[list[int]] = []
        self.validated = 0

    def training_step(self, batch, batch_idx):
        self.trained.append(batch.indices.tolist())
        return self.layer(batch.images.mean().view(1, 1)).sum()

    def validation_step(self, batch, batch_idx):
        self.validated += len(batch.labels)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


@pytest.mark.parametrize("val", [0.0, 0.5])
def test_a_trainer_takes_it_with_and_without_validation(market, tmp_path, val):
    module, task = data("market", market, val=val, validate_on="val" if val else None), Counting()
    trainer = Trainer(
        accelerator="cpu", max_epochs=2, logger=False, enable_checkpointing=False,
        enable_progress_bar=False, enable_model_summary=False, num_sanity_val_steps=0,
        default_root_dir=tmp_path,
    )  # fmt: skip
    trainer.fit(task, datamodule=module)
    epochs = len(task.trained) // 2
    assert task.trained[:epochs] != task.trained[epochs:]  # the sampler was told of its epoch
    for epoch in (task.trained[:epochs], task.trained[epochs:]):
        assert {row for rows in epoch for row in rows} == set(range(8 - 4 * bool(val)))
    assert task.validated == (8 if val else 0)


@pytest.mark.parametrize("option", [{"identity": "x"}, {"images": "x"}, {"test_share": 0.5}])
def test_what_is_said_of_own_data_is_not_lost_on_published_ones(option, market):
    (name,) = option
    with pytest.raises(ConfigError, match=f"data.{name}: of one's own data, but market is"):
        data("market", market, val=0.5, **option).check()


def test_nothing_left_to_train_on_is_said(market):
    with pytest.raises(DataError, match=r"no images to train on; its splits: .*val"):
        data("market", market, val=1.0).check()


def test_batches_without_triplets_are_said(market):
    remarks = data("market", market, images_per_identity=1).remarks
    assert any("hold no triplet" in line for line in remarks)
    assert not any("triplet" in line for line in data("market", market).remarks)


def test_folders_called_as_splits_are_told_apart(folders, tmp_path):
    (tmp_path / "herd").mkdir()
    for name in ("train", "test"):
        shutil.copytree(folders / "lynxes", tmp_path / "herd" / name)
    shutil.copytree(folders / "lynxes", tmp_path / "val")
    module = data("herd/train", folders, test=["herd/test", "val"])
    assert list(module.parts) == ["train", "val", "test", f"{tmp_path.name}-val"]
    assert module.parts["train"] is module.training_set
    assert [*data("herd/train", folders, test="herd/train").test_sets] == ["herd-train"]


def test_a_folder_of_ones_own_called_as_a_published_set(folders, tmp_path):
    own = shutil.copytree(folders / "lynxes", tmp_path / "own" / "market")
    shutil.copytree(own, own.parent / "vehicleid-mine")
    module = data("./market", own.parent, test=["./market", "vehicleid-mine"])
    assert list(module.test_sets) == ["own-market", "vehicleid-mine"]
    assert len(module.own_tables) == 2
    assert not any("published" in line for line in module.remarks)
    assert {protocol.name for _, protocol in module.test_sets.values()} == {"each-against-rest"}


def test_another_set_of_the_same_name_is_not_taken_for_the_one_trained_on(folders, tmp_path):
    shutil.copytree(folders / "lynxes", tmp_path / "other" / "lynxes")
    assert data("lynxes", folders, test="./lynxes/").tested
    with pytest.raises(ConfigError, match="lynxes and other/lynxes are both called 'lynxes'"):
        _ = data("lynxes", folders, test="other/lynxes").tested
