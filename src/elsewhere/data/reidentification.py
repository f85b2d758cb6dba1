"""Images of individuals, for training an embedding and for finding the same individual again."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from elsewhere.data.images.loader import BatchLoader
from elsewhere.data.images.transforms import IdentityAugmentation, ReidentificationTransform
from elsewhere.data.protocols import (
    EachAgainstRest,
    Protocol,
    TestSet,
    find_test_sets,
    has_cameras,
    part_of,
)
from elsewhere.data.records import RecordTable
from elsewhere.data.sampling.identities import IdentityBatchSampler
from elsewhere.data.sets.individuals.check import retrieval_problems, retrieval_remarks
from elsewhere.data.sets.individuals.own import set_called
from elsewhere.data.sets.individuals.reading import SET_NAMES, merge_tables, read_set
from elsewhere.data.sets.published import count_remarks
from elsewhere.data.table_data import TableData
from elsewhere.errors import ConfigError, DataError
from elsewhere.files.documents import real_path
from elsewhere.structures import Batch

_OF_OWN = ("identity", "images", "test_share")


class ReidentificationData(TableData):
    """Published sets by name, or one's own: a folder per individual, or a list.

    Names are market, duke, msmt17, veri, vehicleid-800, vehicleid-1600 and vehicleid-2400;
    anything else is a path. Several sets are trained on as one, and each is tested on its own.

    Args:
        train: the set to train on, or several.
        test: the set to test on, or several; by default the tests of the sets trained on. One's
            own data without splits are tested whole here.
        identity: the column of an own list that says who is seen, or several that say it together.
        images: folder that the paths of an own list are relative to; by default the list's.
        size: height and width of what the network sees, in pixels.
        identities_per_batch: P, identities a step and process; a batch has P × K images.
        images_per_identity: K, images of each.
        test_batch_size: images at once in validation and test.
        val: share of the training identities held out for validation, where the data name none;
            by default 0.1 of one's own and none of a published set.
        test_share: share of the identities held out for the test, where one's own data name no
            splits at all; by default 0.2.
        validate_on: what the best checkpoint is chosen by: `val`, the identities held out; `test`,
            the first test set, and every result says so; or nothing, and the last one is tested.
        protocol: who queries whom in every test. By default query and gallery where a set divides
            its images so, one of each identity in the gallery for VehicleID, and else each against
            the rest; cameras are minded where all images have one.
        augment: how training images are changed: flip, pad, erase, erase_fill and erase_shape.
        loading: root, resize, mean, std, workers and seed, as in `TableData`.

    Raises:
        ConfigError: for a negative number of workers.
    """

    told_apart = ("identities", "identity")
    individuals = True

    def __init__(
        self,
        train: str | list[str] | None = None,
        test: str | list[str] | None = None,
        identity: str | list[str] | None = None,
        images: str | None = None,
        size: int | tuple[int, int] = (384, 192),
        identities_per_batch: int = 20,
        images_per_identity: int = 4,
        test_batch_size: int = 64,
        val: float | None = None,
        test_share: float | None = None,
        validate_on: Literal["val", "test"] | None = "val",
        protocol: Protocol | None = None,
        augment: IdentityAugmentation | None = None,
        **loading: Any,
    ) -> None:
        batch_size = identities_per_batch * images_per_identity
        super().__init__(size, batch_size, test_batch_size, **loading)
        self.train = train
        self.test = test
        self.identity = identity
        self.images = images
        self.identities_per_batch = identities_per_batch
        self.images_per_identity = images_per_identity
        self.val = val
        self.test_share = test_share
        self.validate_on = validate_on
        self.protocol = protocol
        self.augment = augment

    def read(self) -> RecordTable:
        """Make one table of the sets trained on; several have their names before identities."""
        tables = self.trained
        return merge_tables(tables) if len(tables) > 1 else next(iter(tables.values()))

    @cached_property
    def trained(self) -> Mapping[str, RecordTable]:
        """The sets trained on, whole, by name, each read once."""
        return self.read_trained()

    def read_trained(self) -> Mapping[str, RecordTable]:
        """Read the sets to train on; a data set of its own overrides this."""
        if not self.train:
            raise ConfigError(
                "no images named: give --data.train the name of a set, a folder with one folder "
                "per individual, or a list"
            )
        return {
            name: self._read(text, self.val, self.test_share)
            for name, text in self._named(self.train).items()
        }

    @cached_property
    def tested(self) -> Mapping[str, RecordTable]:
        """The sets tested on, whole, by name; one that is trained on too keeps its splits."""
        if self.test is None:
            return self.trained
        asked = self._named(self.test, self._named(self.train or []))
        return {
            name: self.trained[name] if name in self.trained else self._read(text, 0.0, 1.0)
            for name, text in asked.items()
        }

    @cached_property
    def test_sets(self) -> Mapping[str, TestSet]:
        """What is tested on, by name.

        Raises:
            DataError: two test sets have the same name, or one has no images for a test.
        """
        found: dict[str, TestSet] = {}
        for name, table in self.tested.items():
            own = find_test_sets(name, table, self.protocol)
            if self.test is not None and not own:
                raise DataError(
                    f"{table.root}: no images for a test; its splits: {', '.join(table.splits)}"
                )
            twice = sorted(found.keys() & own)
            if twice:
                raise DataError(f"two test sets are called {twice[0]!r}; rename a folder or split")
            found |= own
        return found

    @cached_property
    def held_out(self) -> TestSet | None:
        """Validation images as a pool, each against the rest; None where there are none.

        What results may depend on is chosen here and never on a test set. A threshold is, unless
        one's own data have these identities in training as well.
        """
        records = self.table.of("val")
        if not records:
            return None
        pool = part_of(self.table, records)
        if isinstance(self.protocol, EachAgainstRest):
            return TestSet(pool, self.protocol)
        return TestSet(pool, EachAgainstRest(cameras=has_cameras(pool)))

    @property
    def validation_set(self) -> TestSet | None:
        """What the best checkpoint is chosen by; None where the last is taken."""
        if self.validate_on == "test":
            return next(iter(self.test_sets.values()), None)
        return self.held_out if self.validate_on == "val" else None

    @cached_property
    def training_set(self) -> RecordTable:
        """The images trained on, with their identities as classes."""
        return part_of(self.table, self.table.of("train"))

    @property
    def parts(self) -> Mapping[str, RecordTable]:
        """What a run uses, by name: training, identities held out, test sets."""
        held_out = {"val": self.held_out.table} if self.held_out else {}
        tested = {name: table for name, (table, _) in self.test_sets.items()}
        return {"train": self.training_set, **held_out, **tested}

    @property
    def protocols(self) -> Mapping[str, str]:
        """Name of the protocol of every test set."""
        return {name: protocol.name for name, (_, protocol) in self.test_sets.items()}

    @property
    def class_names(self) -> tuple[str, ...]:
        """The identities trained on; a label is a position here."""
        return self.training_set.class_names

    def order_classes(self, names: Sequence[str]) -> None:
        """Number the identities trained on as they stand in `names`, which holds each once."""
        self.training_set = replace(self.training_set, class_names=tuple(names))

    @property
    def own_tables(self) -> Sequence[RecordTable]:
        """The sets trained or tested on that are not published."""
        sets = {**self.tested, **self.trained}
        return [table for name, table in sets.items() if name not in SET_NAMES]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What deserves a look but stops nothing: odd counts, lonely images, a line each."""
        lines: list[str] = []
        for name, table in {**self.tested, **self.trained}.items():
            lines += count_remarks(name, table) if name in SET_NAMES else ()
            lines += (f"{name}: {line}" for line in retrieval_remarks(table))
        if min(self.identities_per_batch, self.images_per_identity) < 2:
            lines.append(
                f"batches of {self.identities_per_batch} identities with "
                f"{self.images_per_identity} images each hold no triplet: that term teaches nothing"
            )
        if len(self.trained) > 1 and self.held_out is not None:
            lines.append(
                "validation pools the sets trained on: telling one set from another is easy, so "
                "its figures and the threshold set by it flatter"
            )
        return (*lines, *self._long_epoch())

    def _long_epoch(self) -> tuple[str, ...]:
        """Say so where one identity has so many images that the others are seen over and over."""
        table = self.training_set
        if len(table.class_names) < self.identities_per_batch:
            return ()  # which `check` refuses
        shown = len(self._sampler(table, 0, 1)) * self.batch_size
        if shown < 2 * len(table):
            return ()
        return (
            f"an epoch shows {shown:,} images of {len(table):,}: every batch has "
            f"{self.identities_per_batch} identities, and few of them have most of the images, or "
            "many have fewer than a batch takes",
        )

    def check(self) -> None:
        """Refuse data that nothing can be learned from, or that cannot be tested as asked.

        Raises:
            DataError: saying what is wrong and what to do.
        """
        self._refuse_idle()
        for table in self.trained.values():
            for problem in retrieval_problems(table):
                raise DataError(f"{table.root}: {problem}")
        if not self.training_set.records:
            raise DataError(
                f"{self.table.root}: no images to train on; its splits: "
                f"{', '.join(self.table.splits)}; name data with split train, or set data.val lower"
            )
        self._sampler(self.training_set, 0, 1)
        self.require_validation(self.validation_set is not None)
        tested = [*self.test_sets.values(), *([self.held_out] if self.held_out else [])]
        for table, protocol in tested:
            if protocol.uses_cameras and not has_cameras(table):
                raise DataError(
                    f"{table.root}: protocol {protocol.name!r} needs every image's camera; give "
                    "cameras, or set data.protocol to one without"
                )
            protocol.trials(table, self.seed)

    def train_dataloader(self) -> BatchLoader[Batch]:
        """Load batches of P identities with K images; batch k of epoch e depends on the seed."""
        changes = ReidentificationTransform(self.preprocessing, self.augment)
        table = self.training_set
        return self.loader(self.dataset_of(table, changes), self._sampler(table, *self.process))

    def val_dataloader(self) -> BatchLoader[Batch] | list[BatchLoader[Batch]]:
        """Load what the best checkpoint is chosen by; nothing where nothing chooses."""
        chosen = self.validation_set
        return [] if chosen is None else self.loader_of(chosen.table)

    def test_dataloader(self) -> list[BatchLoader[Batch]]:
        """Load every test set, in the order of `test_sets`."""
        return [self.loader_of(table) for table, _ in self.test_sets.values()]

    def _refuse_idle(self) -> None:
        """Refuse what is said of one's own data where there are only published sets."""
        texts = [*_listed(self.train or []), *_listed(self.test or [])]
        idle = [name for name in _OF_OWN if getattr(self, name) is not None]
        if idle and texts and all(text in SET_NAMES for text in texts):
            raise ConfigError(
                f"data.{' and data.'.join(idle)}: of one's own data, but {', '.join(texts)} "
                f"{'are' if len(texts) > 1 else 'is'} published; leave it out"
            )

    def _sampler(self, table: RecordTable, rank: int, world_size: int) -> IdentityBatchSampler:
        return IdentityBatchSampler(
            table.labels,
            self.identities_per_batch,
            self.images_per_identity,
            self.seed,
            rank=rank,
            world_size=world_size,
        )

    def _read(self, text: str, val: float | None, test: float | None) -> RecordTable:
        identity = [self.identity] if isinstance(self.identity, str) else self.identity
        published = text in SET_NAMES
        return read_set(
            text,
            self.root,
            identity=None if published else identity,
            images=None if published else self.images,
            val=val,
            test=None if published else test,
            seed=self.seed,
            refuse=self.refuse,
        )

    def _named(
        self, texts: str | list[str], trained: Mapping[str, str] | None = None
    ) -> Mapping[str, str]:
        """Sets by what they are called: a published name, a folder's or a list's.

        One of those trained on may be named again to be tested on, and no other one like it.
        """
        named: dict[str, str] = {}
        for text in _listed(texts):
            name = text if text in SET_NAMES else set_called(Path(self.root or "", text))
            other = named.get(name, (trained or {}).get(name, text))
            if name in named or self._place(other) != self._place(text):
                raise ConfigError(
                    f"{other} and {text} are both called {name!r}; rename one, or name it once"
                )
            named[name] = text
        return named

    def _place(self, text: str) -> str | Path:
        return text if text in SET_NAMES else real_path(Path(self.root or "", text))


def _listed(texts: str | list[str]) -> list[str]:
    return [texts] if isinstance(texts, str) else texts
