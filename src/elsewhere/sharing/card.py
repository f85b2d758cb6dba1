"""The model card: what a model is, on what it was measured, and what it cannot do.

Every figure is read from the run's own `result.json`; where there is none, the card has none.
"""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from huggingface_hub import EvalResult, ModelCardData

from elsewhere.errors import ConfigError, one_line, printable
from elsewhere.models import AttentionNetwork
from elsewhere.reports.predictions import familiarity_note, promise_note
from elsewhere.reports.result import read_result
from elsewhere.reports.wording import counted, listing
from elsewhere.sharing.figures import Measured, measured
from elsewhere.sharing.places import PREFIX, HubPlace

_LICENCE = re.compile(r"[a-z0-9][a-z0-9.+-]{0,40}")
_NAMED = 20


class CardWords(NamedTuple):
    """What a card says that no file knows.

    `licence` is the hub's word for it, such as `mit`, `cc-by-4.0` or `other`. `data` is what the
    images are and where they come from, in a sentence or two; empty if nobody says.
    """

    licence: str
    data: str = ""

    def check(self) -> None:
        """Refuse a licence that the hub has no word for."""
        if not _LICENCE.fullmatch(self.licence):
            raise ConfigError(
                f"licence {printable(self.licence)}: expected is one of the hub's words, such as "
                "mit, apache-2.0, cc-by-4.0, cc-by-nc-4.0 or other"
            )


def result_of(bundle: Path) -> dict[str, Any] | None:
    """What the run of a bundle measured; None for a bundle that lies in no run."""
    file = bundle.parent / "result.json"
    if bundle.name != "bundle" or not file.is_file():
        return None
    return dict(read_result(file))


def model_card(
    network: AttentionNetwork, place: HubPlace, words: CardWords, result: dict[str, Any] | None
) -> str:
    """The text of README.md for a network that is going to lie at a place, in its owner's words.

    `result` is what its run measured; None where nothing was.
    """
    found = None if result is None else measured(result)
    limits = _limits(network, found)
    how = (
        [line for line in (*found.protocol, *found.remarks) if line not in limits] if found else []
    )
    sections = {
        "Use": _use(network, place),
        "Figures": _figures(found),
        "How it was measured": _list(how),
        "Data": _data(network, words, result),
        "Limits": _list(limits),
        "Training": _training(result),
    }
    body = "".join(f"## {title}\n\n{text.strip()}\n\n" for title, text in sections.items() if text)
    title = place.repository.partition("/")[2]
    front = _front_matter(network, place, words, found)
    return f"---\n{front}\n---\n\n# {title}\n\n{_lead(network)}\n\n{body}".rstrip() + "\n"


def _front_matter(
    network: AttentionNetwork, place: HubPlace, words: CardWords, found: Measured | None
) -> str:
    task = "image-classification" if network.retrieval is None else "image-feature-extraction"
    results = [
        EvalResult(
            *(task, "own images", figure.split, figure.metric, figure.value),
            dataset_split=figure.split,
            metric_name=figure.name,
        )
        for figure in (found.figures if found else ())
    ]
    data = ModelCardData(
        license=words.licence,
        library_name="elsewhere",
        pipeline_tag=task,
        tags=["counterfactual-attention-learning", "fine-grained", "attention"],
        model_name=place.repository.partition("/")[2],
        eval_results=results or None,
    )
    return str(data.to_yaml())


def _lead(network: AttentionNetwork) -> str:
    backbone = network.backbone
    name = getattr(backbone, "settings", {}).get("name", type(backbone).__name__)
    made = network.preprocessing
    size = f" of {made.crop[0]} x {made.crop[1]} pixels (height x width)" if made else ""
    does = (
        f"Names one of {counted(len(network.class_names), 'class', 'classes')}"
        if network.retrieval is None
        else "Finds the same individual again"
    )
    return (
        f"{does} in images{size}: {name} with {counted(network.heads, 'attention map')}, a bundle "
        "of the Python package elsewhere (counterfactual attention learning, Rao et al., ICCV "
        "2021). Nothing in it is executed when it is opened."
    )


def _use(network: AttentionNetwork, place: HubPlace) -> str:
    name = f"{PREFIX}{place.repository}"
    verb, call = ("predict", 'predict("IMAGES")')
    if network.retrieval is not None:
        verb, call = ("embed", 'embed("IMAGES")')
    out = "" if verb == "predict" else " --out vectors"
    return (
        f'```python\nimport elsewhere\n\nmodel = elsewhere.open_model("{name}")\nmodel.{call}\n'
        f"```\n\nor `elsewhere {verb} {name} IMAGES{out}`."
    )


def _figures(found: Measured | None) -> str:
    if found is None:
        return "None: the bundle came without the result of a run, so none can be told."
    return found.tables


def _data(network: AttentionNetwork, words: CardWords, result: dict[str, Any] | None) -> str:
    names = [one_line(name) for name in network.class_names]
    lines = [one_line(words.data) or "Its owner has not said what the images are."]
    if result is not None:
        lines.append(
            f"Trained on {counted(result['training']['images'], 'image')}, by the recipe "
            f"{result['recipe']}."
        )
    if network.retrieval is None:
        rest = len(names) - _NAMED
        more = f" and {rest:,} more (all are in bundle.json)" if rest > 0 else ""
        shown = ", ".join(names[:_NAMED]) + more if more else listing(names)
        lines.append(f"Classes: {shown}.")
    else:
        lines.append(f"Trained with {counted(len(names), 'individual')}.")
    return "\n\n".join(lines)


def _limits(network: AttentionNetwork, found: Measured | None) -> list[str]:
    lines = []
    if network.retrieval is None:
        lines += [
            "It answers with one of its classes, whatever it is shown.",
            promise_note(network.calibration),
            familiarity_note(network.familiarity and network.familiarity.limit),
        ]
    else:
        lines += [
            "It says how alike two images are; who an individual is, it does not know.",
            "Where it shows people, ask them first, and see what the law says of it.",
        ]
    if found is not None:
        lines.append(
            "The figures hold for images like those measured; of other places, cameras or seasons "
            "nothing is known."
        )
    return lines


def _training(result: dict[str, Any] | None) -> str:
    if result is None:
        return ""
    trained = result["training"]
    made = listing([f"{name} {version}" for name, version in result["versions"].items()])
    return (
        f"Recipe {result['recipe']}, method {result['method']}, seed {result['seed']}: "
        f"{counted(trained['epochs'], 'epoch')}, {counted(trained['steps'], 'step')}. "
        f"Made with {made}."
    )


def _list(lines: Sequence[str]) -> str:
    return "\n".join(f"- {line}" for line in lines)
