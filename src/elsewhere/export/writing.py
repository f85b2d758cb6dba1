"""From a network to a file that runs without this package, kept only if it says the same."""

import shutil
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from jaxtyping import Float
from torch import Tensor

from elsewhere.errors import CheckpointError, ConfigError, ElsewhereError, ModelError, one_line
from elsewhere.export.formats import hushed, require_libraries, write_format
from elsewhere.export.graph import ExportedGraph, describe_graph, traced
from elsewhere.export.metadata import SUFFIXES, Description, Kind, write_description
from elsewhere.export.parity import (
    Parity,
    compare_file,
    require_parity,
    require_same_classes,
)
from elsewhere.export.quantizing import (
    OTHERS,
    quantize,
    quantized_fingerprint,
    require_images,
)
from elsewhere.export.readme import readme
from elsewhere.files.writing import unfinished_beside, write_atomically
from elsewhere.models import AttentionNetwork
from elsewhere.structures import Preprocessing


class Exported(NamedTuple):
    """What was written.

    Attributes:
        file: to be named.
        beside: other files that belong to it; its README last.
        parity: how far it is from its network.
    """

    file: Path
    beside: tuple[Path, ...]
    parity: Parity


def export_network(
    network: AttentionNetwork,
    preprocessing: Preprocessing,
    fingerprint: str,
    to: Kind,
    file: Path,
    images: Float[Tensor, "batch 3 height width"],
    *,
    evidence: bool = False,
    int8: bool = False,
) -> Exported:
    """Write a network as a file, and look at images with both before it takes its name.

    The network is in evaluation mode, on the CPU; `fingerprint` is of its bundle; the file's suffix
    is the format's. Images are ready as inputs. `evidence` is for the likeliest class. `int8`
    computes in whole numbers of eight bits, with ranges from every second image; the others are
    compared.
    """
    if file.suffix.lower() != SUFFIXES[to]:
        raise ConfigError(f"{file}: a file for {to} ends in {SUFFIXES[to]}")
    if file.is_dir():
        raise ConfigError(f"{file}: a folder; name a file")
    require_libraries(to)
    graph = ExportedGraph(network, evidence).eval()
    ranges = _ranges(graph, to, images) if int8 else None
    if ranges is not None:
        images, fingerprint = images[1::2], quantized_fingerprint(fingerprint, ranges)
    description = describe_graph(graph, preprocessing, fingerprint)
    unfinished = unfinished_beside(file.absolute())
    try:
        unfinished.mkdir(parents=True)
        parts = _write(graph, description, to, unfinished / file.name, ranges)
        parity = compare_file(graph, images, to, parts[-1])
        if ranges is None:
            require_parity(parity)
        else:
            require_same_classes(parity, OTHERS)
        _put_in_place(parts, file)
    except ElsewhereError:
        raise
    except OSError as error:
        raise CheckpointError(f"{file}: cannot be written: {error.strerror or error}") from error
    finally:
        shutil.rmtree(unfinished, ignore_errors=True)
    note = write_atomically(
        file.with_name(f"{file.name}.README.md"), readme(file, to, description, parity, int8)
    )
    others = (file.with_name(part.name) for part in parts[:-1])
    return Exported(file, (*others, note), parity)


def _ranges(
    graph: ExportedGraph, to: Kind, images: Float[Tensor, "batch 3 height width"]
) -> np.ndarray:
    """The images by which ranges are found."""
    if to != "onnx":
        raise ConfigError("--int8: in a file for onnx alone; for OpenVINO there is predict --fast")
    if graph.network.retrieval is not None:
        raise ModelError("--int8: for classifiers; vectors of individuals move too far in it")
    require_images(len(images))
    return images[::2].numpy()


def _write(
    graph: ExportedGraph, description: Description, to: Kind, file: Path, ranges: np.ndarray | None
) -> list[Path]:
    try:
        program, said = traced(graph, description.preprocessing), write_description(description)
        parts = write_format(program, graph.names, said, to, file)
        if ranges is not None:
            with hushed():
                quantize(file, ranges, said)
    except (ElsewhereError, OSError):
        raise
    except Exception as error:  # whatever an exporter does not know of a network
        said = one_line(str(error))[:300] or type(error).__name__
        raise ModelError(f"this network cannot be exported to {to}: {said}") from error
    return parts


def _put_in_place(parts: list[Path], file: Path) -> None:
    """Move the files to their names; the one that stands for all goes last, and away first."""
    if len(parts) > 1:
        file.unlink(missing_ok=True)
    for part in parts:
        part.replace(file.with_name(part.name))


def on_the_cpu(network: AttentionNetwork) -> AttentionNetwork:
    """The network itself where it is on the CPU, else a copy of it there."""
    if next(network.parameters()).device.type == "cpu":
        return network
    from copy import deepcopy

    return deepcopy(network).to(torch.device("cpu"))
