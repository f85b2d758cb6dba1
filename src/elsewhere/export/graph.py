"""The network as it is exported: images in, named tensors out; no counterfactual, nothing of it."""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from elsewhere.errors import ModelError
from elsewhere.export.metadata import Description
from elsewhere.models import AttentionNetwork
from elsewhere.models.familiarity import familiarity_of
from elsewhere.structures import Preprocessing, RetrievalVector

_WORDS = {
    "logits": "prediction Y (batch, classes)",
    "embedding": "representation (batch, size), not of length one",
    "attention": "maps A (batch, heads, h, w), not negative",
    "familiarity": "cosine to the nearest class's mean embedding (batch,)",
    "evidence": "the largest logit as a sum over heads and positions (batch, heads, h, w)",
    "pooled": "h of eq. 3 (batch, size), what images are compared by",
    "neck": "the embedding behind the batch norm (batch, size), what images are compared by",
}
_FURTHER: tuple[RetrievalVector, ...] = ("pooled", "neck")
_EXAMPLES = 3  # torch takes a batch of 1 or 2 for a fixed size


class ExportedGraph(nn.Module):
    """A network, in evaluation mode and on the CPU, with the outputs that `names` names, in order.

    With `evidence`, that for the likeliest class is among them.
    """

    def __init__(self, network: AttentionNetwork, evidence: bool = False) -> None:
        super().__init__()
        self.network = network
        self.names = ["logits", "embedding", "attention"]
        if network.familiarity is not None:
            self.means = nn.Buffer(network.familiarity.means.float())
            self.names.append("familiarity")
        compared = network.retrieval.vector if network.retrieval else "embedding"
        if compared not in self.names:
            self.names.append(compared)
        if evidence:
            self._require_evidence()
            self.names.append("evidence")

    def forward(self, images: Float[Tensor, "batch 3 height width"]) -> tuple[Tensor, ...]:
        """Every output, in the order of `names`."""
        output = self.network(images)
        found = {
            "logits": output.logits,
            "embedding": output.embedding,
            "attention": output.attention,
        }
        if "familiarity" in self.names:
            found["familiarity"] = familiarity_of(output.embedding, self.means)
        for kind in _FURTHER:
            if kind in self.names:
                found[kind] = self.network.vector(output, kind)
        if "evidence" in self.names:
            found["evidence"] = self.network.evidence(output, output.logits.argmax(dim=1))
        return tuple(found[name] for name in self.names)

    def _require_evidence(self) -> None:
        if self.network.pooling != "average" or self.network.retrieval is not None:
            raise ModelError("evidence needs a classifier with average pooling; export without it")


def describe_graph(
    graph: ExportedGraph, preprocessing: Preprocessing, fingerprint: str
) -> Description:
    """What the exported file says of itself."""
    network = graph.network
    return Description(
        network.class_names,
        preprocessing,
        network.calibration,
        network.familiarity and network.familiarity.limit,
        network.retrieval,
        fingerprint,
        {name: _WORDS[name] for name in graph.names},
    )


def traced(graph: ExportedGraph, preprocessing: Preprocessing) -> torch.export.ExportedProgram:
    """The graph as a program of torch, for any number of images."""
    example = torch.zeros(_EXAMPLES, 3, *preprocessing.crop)
    shapes = ({0: torch.export.Dim("batch", min=1)},)
    with torch.no_grad():
        return torch.export.export(graph, (example,), dynamic_shapes=shapes, strict=False)
