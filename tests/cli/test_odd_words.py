"""Every verb meets odd command lines: each ends in one line and status 2, or does its work."""

import os

import pytest
from tests.cli.trained import draw_pictures
from tests.cli.trained import write_bundle as write_classifier
from tests.retrieval.individuals import CALIBRATED, draw, write_bundle

from elsewhere.cli import main, verbs

pytestmark = pytest.mark.slow
HUGE = str(10**30)
LOADING = [
    "--batch=0", "--batch=-1", f"--batch={HUGE}", "--batch=x", "--batch=", "--batch=1.5",
    "--batch=1e3", "--batch=٣", "--workers=-1", f"--workers={HUGE}", "--workers=x", "--workers=999",
    "--device=meta", "--device=cuda", "--device=cuda:99", "--device=x", "--device=", "--device=mps",
    "--device=xla", "--device=hpu", "--device=vulkan", "--device=\0", "--device=cpu:-1", "--nope",
    "--nope=1", "-z", "--batch", "--=", "--help=1", "--batch=--",
]  # fmt: skip
PLACES = [
    "nowhere", "", "\0", "a\0b", "x" * 300, "x" * 5000, "/dev/null", "/dev/zero", "/proc/self/mem",
    "-", "--", "*.png", "\n", " ", "\x1b[2J", "é" * 200, "pipe.jpg", "pipe.txt", "pipe.csv",
    "empty", "empty.txt", "empty.jpg", "nul.csv", "binary.txt", "open.csv", "loop", "dangling.png",
    "http://x.y/z.jpg", "pictures/0.png/x", "[]", "{}", "~nobody", "con.txt", "a;b", "$HOME",
]  # fmt: skip
FIT = [
    "--data.std=null", "--data.mean=null", "--data.std=[1]", "--data.std=[1,1,a]",
    "--data.mean=[.nan,0,0]", "--data.std=[0,0,0]", "--data.std=[.inf,1,1]", "--data.size=0",
    "--data.size=-1", f"--data.size={HUGE}", "--data.size=1000000", "--data.resize=1",
    "--data.batch_size=0", "--data.batch_size=-1", "--data.workers=-1", f"--data.workers={HUGE}",
    "--data.path=", "--data.path=/dev/null", "--data.path=\0", "--data.path=loop",
    "--data.path=pipe.csv", "--data.path=null", "--data.path=[a]", "--data.val=2", "--data.val=-1",
    "--data.val=.nan", "--data.flip=2", "--data={", "--data=null", "--data=5",
    "--trainer.accelerator=tpu", "--trainer.accelerator=quantum", "--trainer.devices=0",
    "--trainer.devices=x", "--trainer.strategy=warp", "--trainer.precision=7",
    "--trainer.max_epochs=-5", "--trainer.max_epochs=0", "--trainer.max_time=x",
    "--trainer.profiler=x", "--trainer.plugins=x", "--trainer.callbacks=[x]", "--trainer.x=1",
    "--trainer.val_check_interval=0", "--trainer.val_check_interval=.nan", "--trainer=5",
    "--task.optimizer.lr=-1", "--task.optimizer=null", "--task.optimizer=torch.nn.Linear",
    "--task=null", "--network=null", f"--network.heads={HUGE}", "--network.heads=0",
    "--network.backbone.widths=[]", f"--network.backbone.widths=[{HUGE}]", "--seed=x",
    f"--seed={HUGE}", "--seed=1.5", "--config=", "--config=/dev/null", "--config=pictures",
    "--config=nope", "--=1", "--x", "-x", "x", "--data.path.x=1", "--\0=1",
]  # fmt: skip
TRAINED = [
    "--task.optimizer.dict_kwargs={nonsense: 1}", "--resume=/dev/null", "--resume=pictures/0.png",
    "--resume", "--start_from=pictures", "--runs=/dev/null/x", "--checkpoint_every=0",
]  # fmt: skip
DRAWN = [
    "--train=0", "--train=-1", "--train=x", f"--size={HUGE}", "--size=0", "--size=-5", "--seed=x",
    "--bias=2", "--bias=nan", "--bias=inf", "--species=0", "--species=-1", "--nope=1", "--val=-1",
]  # fmt: skip
SERVED = [
    "--port=-1", "--port=70000", "--port=x", "--port=", "--token=", "--token=x", "--token=\0",
    "--megabytes=0", "--megapixels=-1", f"--megapixels={HUGE}", "--host=", "--host=\0",
    "--host=256.1.1.1",
]  # fmt: skip
REPRODUCED = [
    "--data.root=/nope", "--data.root=", "--data.root=\0", "--data.root=/dev/null", "", "--seeds=3",
    "--drawn --seeds=0", "--drawn --seeds=x", "--drawn --seeds=-1", "--drawn --seeds=1,x",
    "--drawn --part=0/1", "--drawn --part=2/1", "--drawn --part=x", "--drawn --jobs=0",
    "--drawn --jobs=x", "--drawn --miou-threshold=2", "--drawn --miou-threshold=nan",
    "--drawn --preset=x", "--drawn --config=nope --list", "--drawn --out=\0",
    "--data.root=set --drawn",
]  # fmt: skip
SMALL = [
    "--config", "folder", "--data.path=set", "--network.backbone.class_path=elsewhere.SmallResNet",
    "--data.size=32", "--data.resize=36", "--data.workers=0", "--data.batch_size=4",
    "--trainer.max_epochs=1", "--trainer.accelerator=cpu",
]  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("odd")
    write_classifier(made / "bundle")
    write_bundle(made / "finder", CALIBRATED)
    draw_pictures(made / "pictures", 1)
    for kind in "ab":
        for number in range(8):
            draw(made / "set" / kind / f"{number}.png", 10 * ord(kind) + number)
    for name in ("pipe.jpg", "pipe.txt", "pipe.csv"):
        os.mkfifo(made / name)
    (made / "empty").mkdir()
    (made / "empty.txt").touch()
    (made / "empty.jpg").touch()
    (made / "nul.csv").write_text("path,label\na\0b.png,x\n")
    (made / "binary.txt").write_bytes(bytes(range(256)))
    (made / "open.csv").write_text('path\nnowhere.png\n"a\n')
    (made / "loop").symlink_to("loop")
    (made / "dangling.png").symlink_to("gone.png")
    before = os.getcwd()  # noqa: PTH109
    os.chdir(made)
    assert main(["embed", "finder", "set", "--out=store"]) == 0
    yield made
    os.chdir(before)


def asked(verb, model, *more):
    yield from ([verb, model, *more, "pictures", word] for word in LOADING)
    yield from ([verb, model, *more, place] for place in PLACES)
    yield from ([verb, place, *more, "pictures"] for place in PLACES)


def sweep(verb):
    match verb:
        case "predict":
            yield from asked(verb, "bundle")
            yield from ([verb, "bundle", "pictures", f"--csv={each}"] for each in PLACES[:6])
        case "explain":
            yield from asked(verb, "bundle", "--out=out")
        case "embed":
            yield from asked(verb, "finder", "--out=out")
        case "search":
            yield from asked(verb, "finder", "store")
            yield from ([verb, "finder", place, "pictures"] for place in PLACES)
        case "compare":
            yield from asked(verb, "finder", "pictures")
        case "gallery":
            model = "--model=finder"
            yield from ([verb, "build", "herd.db", "pictures", model, word] for word in LOADING)
            yield from ([verb, "add", "herd.db", place] for place in PLACES)
            yield from ([verb, "build", place, "pictures", model] for place in PLACES[:30])
            yield from ([verb, "search", "herd.db", place, "--top=1"] for place in PLACES)
            yield from ([verb, "export", "herd.db", place] for place in PLACES[:16])
            odd = ["", "=", "a", "=3", "a=\x1b[2J", "a<", "time=x", "x = " + "y" * 5000, "a==1"]
            yield from ([verb, "cluster", "herd.db", f"--where={each}"] for each in odd)
            yield from ([verb, each, "herd.db"] for each in ("undo", "info", "label", "x", "-"))
            yield from ([verb, "label", "herd.db", place, "nala"] for place in PLACES)
        case "export":
            yield from ([verb, place, "--to=torch"] for place in PLACES)
            yield from ([verb, "bundle", f"--to={place}"] for place in PLACES)
            yield from ([verb, "bundle", "--to=torch", f"--output={place}"] for place in PLACES[:9])
            yield from ([verb, "bundle", "--to=x", word] for word in LOADING)
        case "push":
            card = ["--licence=mit", "--card"]  # nothing goes out
            yield from ([verb, place, "a/b", *card] for place in PLACES)
            yield from ([verb, "bundle", place, *card] for place in PLACES)
            yield from ([verb, "bundle", "a/b", *card, word] for word in LOADING)
            yield from ([verb, "bundle", "a/b", "--card", f"--licence={each}"] for each in PLACES)
        case "serve" | "app":
            away = "--host=192.0.2.1"  # nothing can be found there, so nothing is served
            yield from ([verb, place, away] for place in PLACES)
            yield from ([verb, "bundle", away, word] for word in [*LOADING, *SERVED])
            yield from ([verb, "bundle", away, f"--keep={place}"] for place in PLACES)
        case "convert":
            yield from ([verb, place, "--out=converted"] for place in PLACES)
            yield from ([verb, "pictures/0.png", f"--out={place}"] for place in PLACES)
        case "configs":
            yield from ([verb, place] for place in [*PLACES, *LOADING])
        case "check-data":
            yield from ([verb, place] for place in PLACES)
            yield from ([verb, "cub", f"--root={place}"] for place in PLACES)
            yield from ([verb, "set", word] for word in LOADING)
        case "make-data":
            yield from ([verb, "birds", "drawn", word] for word in DRAWN)
            yield from ([verb, place, "drawn"] for place in PLACES)
            yield from ([verb, kind, "d", f"--size={HUGE}"] for kind in ("cub", "market", "veri"))
            yield from ([verb, "birds", "drawn", word] for word in LOADING if word != "--help=1")
        case "reproduce":
            for name in ("table4", "figure2", "x"):
                yield from ([verb, name, *words.split()] for words in REPRODUCED)
        case "trial":
            words = ["--methods=", "--methods=x", "--methods=\0", "--rates=x", "--rates=",
                     "--rates=0", "--rates=-1", "--rates=nan", "--seeds=0", "--jobs=0"]  # fmt: skip
            nowhere = [*SMALL, "--data.path=nowhere"]
            yield from ([verb, *nowhere, word] for word in [*words, *LOADING[:20], *FIT[36:]])
        case "fit" | "test":
            # most are refused before images are looked for
            words = FIT if verb == "fit" else FIT[::3]  # both read recipes in one place
            yield from ([verb, *SMALL, word] for word in words)
            yield from ([verb, *SMALL, word] for word in TRAINED if verb == "fit")
        case "demo":
            words = ["--seeds=x", "--out=\0", "--nope", "x", "--seeds=", "--seeds=0",
                     "--seeds=1", "--seeds=-1", "--seeds=1.5", "--epochs=1"]  # fmt: skip
            yield from ([verb, word] for word in [*words, *(w for w in LOADING if w != "--=")])
            yield from ([verb, "--seeds=1", place] for place in PLACES if place)


VERBS = ["predict", "explain", "embed", "search", "compare", "gallery", "export", "push",
         "app", "serve", "convert", "configs",
         "check-data", "make-data", "reproduce", "fit", "test", "trial", "demo"]  # fmt: skip


@pytest.mark.parametrize("verb", VERBS)
def test_odd_words_end_in_one_line(verb, folder, capfd):
    cases = list(sweep(verb))
    assert len(cases) >= 20
    for words in cases:
        status = main(words)
        out, err = capfd.readouterr()
        assert status in (0, 2), (words, status, err)
        assert "elsewhere: unexpected" not in err, words
        if status == 2 and not (verb == "check-data" and out):  # which lists what it found
            assert err.splitlines()[-1].startswith("elsewhere: "), (words, err)
        assert "Traceback" not in err, words
        assert status == 2 or out.strip() or err.strip(), words


def test_every_verb_is_swept():
    assert set(VERBS) == set(verbs.VERBS)
