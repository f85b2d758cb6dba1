"""Weights into a task: a checkpoint's, or a bundle's whole network."""

import copy
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from elsewhere.bundle import load_bundle
from elsewhere.callbacks import read_checkpoint
from elsewhere.errors import CheckpointError
from elsewhere.models.network import numbered_classes
from elsewhere.recipes.composition import Composition
from elsewhere.reports.result import Training
from elsewhere.runs.building import BuiltRun
from elsewhere.tasks import Reidentification
from elsewhere.tasks.training import CLASS_NAMES
from elsewhere.tasks.transfer import misfit, other_classes, other_input


def load_weights(run: BuiltRun, checkpoint: Path) -> dict[str, Any]:
    """Load a checkpoint's weights into a run and return the whole checkpoint.

    Classes meet by their names: where the data number them otherwise, they follow the checkpoint.
    """
    content = read_checkpoint(checkpoint)
    if not isinstance(content, dict) or {"state_dict", "epoch", "global_step"} - content.keys():
        raise CheckpointError(f"{checkpoint}: not a checkpoint that elsewhere fit wrote")
    follow_classes(run, _trained_for(run, content), checkpoint)
    weights, own = content["state_dict"], run.task.state_dict()
    other = [k for k in own if k in weights and own[k].shape != weights[k].shape]
    strange = sorted(own.keys() ^ weights.keys()) or other
    if strange:
        raise CheckpointError(
            f"{checkpoint}: {len(strange)} weights do not fit this recipe, first {strange[:3]}"
        )
    run.task.load_state_dict(weights)
    return content


def _trained_for(run: BuiltRun, content: dict[str, Any]) -> tuple[str, ...]:
    """The classes of a checkpoint; an older one holds no names, only their number."""
    rows = content["state_dict"].get("network.head.classifier.weight", ())
    names = content.get(CLASS_NAMES, run.data.class_names)
    return tuple(names) if len(rows) in (0, len(names)) else numbered_classes(len(rows))


def follow_classes(run: BuiltRun, names: Sequence[str], source: Path) -> None:
    """Number the run's classes as weights do that were trained for `names`, the same classes."""
    if sorted(names) != sorted(run.data.class_names):
        raise CheckpointError(f"{source}: {other_classes(names, run.data.class_names)}")
    run.data.order_classes(names)
    run.task.network.class_names = tuple(names)


def without_pretrained(composition: Composition) -> Composition:
    """The recipe without the weights that training starts from: a test replaces all of them."""
    config = copy.deepcopy(composition.config)
    network = config.get("network")
    backbone = network.get("backbone") if isinstance(network, dict) else None
    arguments = backbone.get("init_args") if isinstance(backbone, dict) else None
    if isinstance(arguments, dict) and arguments.get("weights") is not None:
        arguments["weights"] = None
    return composition._replace(config=config)


def put_in_bundle(run: BuiltRun, folder: Path) -> Training:
    """Put a bundle's network in place of the recipe's, whatever that is built like.

    What is known of its training is returned, which is nothing.
    """
    network, task, data = load_bundle(folder), run.task, run.data
    individuals = isinstance(task, Reidentification)  # of which other ones may be asked
    if not individuals and sorted(network.class_names) == sorted(data.class_names):
        follow_classes(run, network.class_names, folder)
    fault = (
        other_input(network, data.preprocessing)
        if individuals
        else misfit(network, data.class_names, data.preprocessing)
    )
    if fault:
        raise CheckpointError(f"{folder}: {fault}")
    if not individuals:
        network.class_names = data.class_names
    network.preprocessing = data.preprocessing
    network.retrieval = task.network.retrieval
    task.network = network.to(memory_format=task.layout)
    return {"epochs": 0, "steps": 0, "seconds": 0.0, "images": 0}
