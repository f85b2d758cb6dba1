"""The counterfactual branch: the model asked again, with the wrong attention."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch
from jaxtyping import Float
from torch import Tensor, nn

from elsewhere.causal.interventions import Intervention
from elsewhere.causal.protocol import (
    NOTHING_KNOWN,
    AttentionModel,
    Moment,
    Observation,
    require_observation,
    require_predict,
)
from elsewhere.errors import ModelError
from elsewhere.functional.effect import prediction_effect


class CounterfactualBranch:
    """Computes the effect of learned attention on the prediction (eq. 5).

    It exists only in training and in measurements; a model does not know of it.

    Args:
        intervention: makes the counterfactual attention Ā.
        update_statistics: let `predict(features, Ā)` update the model's buffers, such as running
            statistics of batch norm. The published re-identification code does so, which mixes
            counterfactual statistics into the model.

    Examples:
        >>> net = elsewhere.AttentionNetwork(elsewhere.SmallResNet(), heads=2, classes=3)
        >>> out = net(torch.rand(4, 3, 32, 32))
        >>> branch = elsewhere.CounterfactualBranch(elsewhere.RandomAttention(0.0, 2.0))
        >>> effect = branch(net, out, generator=torch.Generator().manual_seed(0))
        >>> tuple(effect.shape)
        (4, 3)
    """

    def __init__(self, intervention: Intervention, update_statistics: bool = False) -> None:
        self.intervention = intervention
        self.update_statistics = update_statistics

    def __call__(
        self,
        model: AttentionModel,
        output: Observation,
        generator: torch.Generator | None = None,
        draws: int = 1,
        moment: Moment = NOTHING_KNOWN,
    ) -> Float[Tensor, "batch classes"]:
        """Return the effect Y(A) − E[Y(do(A = Ā))].

        One draw is what training needs (section 3.3); more draws come closer to the expectation.
        Gradients flow into features, classifier and, through the factual side, the attention;
        Ā itself is cut off from its cause.

        Args:
            model: whatever can `predict(features, attention)`; a module, or an object that holds
                modules as attributes. All buffers of these stay as they are.
            output: what the model said of the images.
            generator: source of the intervention's randomness; the default one if None.
            draws: number of counterfactuals that the expectation is taken over.
            moment: what a training knows besides, for interventions that go by it.

        Raises:
            ModelError: for less than one draw, a model without `predict`, or an output that is no
                `Observation`.
        """
        require_predict(model)
        require_observation(output)
        if draws < 1:
            raise ModelError(f"the effect needs at least one draw, got {draws}")
        self.intervention.watch(output.attention)
        with self._buffers(model):
            wrong = [
                model.predict(
                    output.features, self.intervention.draw(model, output, generator, moment)
                )
                for _ in range(draws)
            ]
        return prediction_effect(output.logits, torch.stack(wrong))

    def counterfactual(
        self,
        model: AttentionModel,
        features: Float[Tensor, "batch channels height width"],
        attention: Float[Tensor, "batch heads height width"],
        generator: torch.Generator | None = None,
    ) -> Float[Tensor, "batch classes"]:
        """Return Y(do(A = Ā)) for one draw of Ā in place of `attention` (eq. 4)."""
        require_predict(model)
        self.intervention.watch(attention)
        wrong = self.intervention(attention.detach(), generator)
        with self._buffers(model):
            return model.predict(features, wrong)

    def _buffers(self, model: AttentionModel) -> AbstractContextManager[None]:
        return nullcontext() if self.update_statistics else kept_buffers(model)


@contextmanager
def kept_buffers(model: object) -> Iterator[None]:
    """Let the model work on copies of its buffers, then put the untouched originals back.

    Writing old values back instead would count as a change to tensors that autograd still needs.
    """
    originals = [
        (module, name, buffer)
        for module in _modules(model)
        for name, buffer in module._buffers.items()
        if buffer is not None
    ]
    copies = {id(buffer): buffer.clone() for _, _, buffer in originals}
    try:
        for module, name, buffer in originals:
            module._buffers[name] = copies[id(buffer)]
        yield
    finally:
        for module, name, buffer in originals:
            module._buffers[name] = buffer


def _modules(model: object) -> Iterator[nn.Module]:
    """Every module in a model; an adapter that is none itself may hold some as attributes."""
    if isinstance(model, nn.Module):
        yield from model.modules()
        return
    for value in getattr(model, "__dict__", {}).values():
        if isinstance(value, nn.Module):
            yield from value.modules()
