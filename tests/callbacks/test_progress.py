import torch
from lightning.pytorch import LightningModule, Trainer
from torch.utils.data import DataLoader

from elsewhere.callbacks import EpochLines


class Line(LightningModule):
    """Fits one number."""

    def __init__(self) -> None:
        super().__init__()
        self.slope = torch.nn.Parameter(torch.zeros(()))

    def training_step(self, batch, batch_idx):
        loss = (self.slope - batch.mean()).square()
        self.log("train/loss", loss, batch_size=2)
        return loss

    def validation_step(self, batch, batch_idx):
        self.log("val/accuracy", torch.tensor(0.25), batch_size=2)

    def configure_optimizers(self):
        return torch.optim.SGD(self.parameters(), 0.1)


def test_every_epoch_is_one_line_off_a_terminal(tmp_path, capsys):
    loader = DataLoader(torch.ones(4, 1), 2)
    trainer = Trainer(
        max_epochs=2, accelerator="cpu", callbacks=[EpochLines()], logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        default_root_dir=tmp_path,
    )  # fmt: skip
    trainer.fit(Line(), loader, loader)
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("epoch")]
    assert [line.split("  ")[0] for line in lines] == ["epoch 1/2", "epoch 2/2"]
    assert all("loss " in line and "validation 25.0%" in line for line in lines)
    assert lines[-1].endswith("0:00 left")
