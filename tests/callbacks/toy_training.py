"""A small training run that can be told to kill itself; imported by the processes that run it."""

import io
import multiprocessing
import os
import signal
import warnings
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from tests.processes import ends
from tests.processes import start as start_process
from torch import Tensor, nn
from torch.utils.data import Dataset

from elsewhere.callbacks import KeepCheckpoints, SeedEachStep, files, find_resumable
from elsewhere.data.images.loader import BatchLoader
from elsewhere.data.sampling.batches import Draw, SeededBatchSampler, SequentialBatchSampler

SEED = 7


@dataclass(frozen=True)
class Run:
    """What to train, where, and when to die."""

    folder: str
    kill: tuple = ()  # ("step", epoch, batch) | ("validation", epoch) | ("write", nth)
    resume: str = ""  # "" from the start, "last" as a person would, or a file
    workers: int = 0
    epochs: int = 3
    max_steps: int = -1
    accumulate: int = 3
    validate_every: float | int = 1.0
    every_n_steps: int | None = 1
    batches: int = 8
    rank: int = 0
    processes: int = 1
    strategy: str = "auto"
    port: int = 0

    @property
    def checkpoints(self) -> Path:
        return Path(self.folder) / "checkpoints"


class RandomImages(Dataset):
    """Real pictures are files; here each is a function of its index, altered by its draw's seed."""

    def __init__(self, size: int) -> None:
        self.size = size

    def __len__(self) -> int:
        return self.size

    def __getitem__(self, draw: Draw) -> tuple[Tensor, Tensor]:
        torch.manual_seed(draw.seed)
        generator = torch.Generator().manual_seed(draw.index)
        image = torch.randn(3, 8, 8, generator=generator)
        if torch.rand(()) < 0.5:
            image = image.flip(-1)
        return image + 0.3 * torch.randn(3, 8, 8), torch.tensor(draw.index % 4)


class ToyTask(LightningModule):
    """Convolution, batch norm, dropout, and a buffer that training moves by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.body = nn.Sequential(
            nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
        )
        self.head = nn.Sequential(nn.Dropout(0.5), nn.Linear(8, 4))
        self.register_buffer("centres", torch.zeros(4, 8))
        self.register_buffer("validations", torch.tensor(0))  # none may be left out or repeated

    def training_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> Tensor:
        images, labels = batch
        hidden = self.body(images)
        partners = torch.randperm(len(images))
        pulled = (hidden[partners] - self.centres[labels]).detach()
        self.centres[labels] += 0.1 * pulled
        logits = self.head(hidden * torch.rand_like(hidden))
        loss = nn.functional.cross_entropy(logits, labels)
        self.log("train_loss", loss)
        return loss

    def validation_step(self, batch: tuple[Tensor, Tensor], batch_idx: int) -> None:
        images, labels = batch
        torch.rand(3)  # a careless use of the global generator
        loss = nn.functional.cross_entropy(self.head(self.body(images)), labels)
        self.log("val_loss", loss, sync_dist=True)

    def on_validation_epoch_end(self) -> None:
        self.validations += not self.trainer.sanity_checking

    def configure_optimizers(self):
        optimizer = torch.optim.AdamW(self.parameters(), lr=1e-2)
        # asking for the number of steps sets the loader up before its state is restored
        total = max(100, int(self.trainer.estimated_stepping_batches))
        steps = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-2, total_steps=total)
        epochs = torch.optim.lr_scheduler.StepLR(optimizer, 1, 0.9)
        return [optimizer], [{"scheduler": steps, "interval": "step"}, epochs]


class KillSelf(Callback):
    """Sends this process the signal that cannot be caught."""

    def __init__(self, kill: tuple) -> None:
        self.kill = kill

    def on_before_backward(self, trainer, module, loss) -> None:
        self._kill_if("step", trainer.current_epoch, trainer.fit_loop.batch_idx)

    def on_validation_batch_end(self, trainer, *rest) -> None:
        if not trainer.sanity_checking:
            self._kill_if("validation", trainer.current_epoch)

    def _kill_if(self, *now) -> None:
        if self.kill == now:
            os.kill(os.getpid(), signal.SIGKILL)


def kill_while_writing(nth: int) -> None:
    """Makes this process die when half of the nth checkpoint's bytes are in its file."""
    save, count = torch.save, 0

    def half(checkpoint: object, file: io.BufferedWriter) -> None:
        nonlocal count
        count += 1
        if count < nth:
            return save(checkpoint, file)
        buffer = io.BytesIO()
        save(checkpoint, buffer)
        file.write(buffer.getvalue()[: buffer.tell() // 2])
        file.flush()
        os.kill(os.getpid(), signal.SIGKILL)
        return None

    files.torch.save = half


def loaders(run: Run) -> tuple[BatchLoader, BatchLoader]:
    share = {"rank": run.rank, "world_size": run.processes}
    size = 4 * run.batches * run.processes + 1
    train = SeededBatchSampler(size, 4, SEED, **share)
    evaluation = SequentialBatchSampler(12, 4, **share)
    return (
        BatchLoader(RandomImages(size), train, workers=run.workers),
        BatchLoader(RandomImages(12), evaluation, workers=run.workers),
    )


def train(run: Run) -> None:
    """Trains as told; writes `final.pt` and `warnings.txt` if it gets to its end."""
    multiprocessing.set_start_method("fork", force=True)  # for loading workers
    torch.set_num_threads(1)
    if run.processes > 1:
        os.environ |= {"LOCAL_RANK": str(run.rank), "NODE_RANK": "0"}
        os.environ |= {"MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(run.port)}
    if run.kill and run.kill[0] == "write":
        kill_while_writing(run.kill[1])
    torch.manual_seed(SEED)
    task = ToyTask()
    torch.manual_seed(os.getpid())  # nothing may depend on the generator as we find it
    keep = KeepCheckpoints(
        run.checkpoints, monitor="val_loss", mode="min", every_n_steps=run.every_n_steps
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        path = run.resume
        if path == "last":
            path = str(find_resumable(run.checkpoints))
        trainer = fit(task, run, keep, path or None)
    if run.rank == 0:
        finish(task, trainer, keep, Path(run.folder))
        text = "\n".join(str(w.message) for w in caught)
        (Path(run.folder) / "warnings.txt").write_text(text)


def fit(task: ToyTask, run: Run, keep: KeepCheckpoints, path: str | None) -> Trainer:
    trainer = Trainer(
        accelerator="cpu",
        devices=run.processes,
        strategy=run.strategy,
        max_epochs=run.epochs if run.max_steps < 0 else -1,
        max_steps=run.max_steps,
        accumulate_grad_batches=run.accumulate,
        val_check_interval=run.validate_every,
        callbacks=[KillSelf(run.kill), keep, SeedEachStep(SEED)],
        logger=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        default_root_dir=run.folder,
    )
    train_loader, val_loader = loaders(run)
    trainer.fit(task, train_loader, val_loader, ckpt_path=path)
    return trainer


def finish(task: ToyTask, trainer: Trainer, keep: KeepCheckpoints, folder: Path) -> None:
    final = {
        "weights": task.state_dict(),
        "optimizer": trainer.optimizers[0].state_dict(),
        "schedulers": [c.scheduler.state_dict() for c in trainer.lr_scheduler_configs],
        "epoch": trainer.current_epoch,
        "steps": trainer.global_step,
        "logged_steps": trainer.fit_loop.epoch_loop._batches_that_stepped,
        "best_score": keep.best_score,
        "best": torch.load(keep.best_model_path, weights_only=True)["state_dict"],
    }
    torch.save(final, folder / "final.pt")


def start(run: Run) -> list[int]:
    """Run it in processes of its own; their exit codes."""
    return ends(*(start_process(train, replace(run, rank=rank)) for rank in range(run.processes)))
