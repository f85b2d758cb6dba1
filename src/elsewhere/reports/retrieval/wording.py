"""What the words of a re-identification result mean, for readers who do not work in the field."""

from elsewhere.reports.retrieval.result import RetrievalResult, SetResult, VectorScore
from elsewhere.reports.wording import UNKNOWN, percent
from elsewhere.structures import RetrievalVector

VECTORS: dict[RetrievalVector, str] = {
    "pooled": "the attended features, joined",
    "embedding": "the embedding before the neck",
    "neck": "the embedding behind the neck",
    "logits": "the classifier's logits",
}
"""What two pictures can be compared by."""

MEASURES = (
    "Rank-k: share of the queries with a right picture among the k nearest of the gallery.",
    "mAP: how far up all the right pictures stand, averaged over the queries; 100 % means that "
    "none but right ones come before the last right one.",
    "mINP: how many of the pictures down to the last right one are right, averaged over the "
    "queries; low where a single one hides far down.",
)
"""One line a measure."""

FEW = 50
"""A test of fewer individuals is called small."""

INTERVAL = (
    "Brackets hold 95 % intervals: how the figure varies when the individuals of the test are "
    "drawn anew, all pictures of one together."
)

READING_STRIPS = (
    "On the left the query, then the ten gallery pictures most like it, the nearest first. A whole "
    "frame and a tick: the same individual. A broken frame and a cross: another one. The number is "
    "the cosine similarity."
)
READING_EVIDENCE = (
    "Attention says where the network may look. Evidence says what the similarity is made of: "
    "each place's share of it, orange for it and blue against it, with the other picture held "
    "fixed. The shares and the constant, which belongs to no place, add up to the similarity. If "
    "the mirror image counts as well, its share has a map of its own, flipped back to lie over the "
    "picture. All evidence of a pair is on one colour scale, each attention map on its own."
)


def how(result: RetrievalResult, metric: str | None = None) -> str:
    """Metric and mirror: "cosine · with mirror"; the run's own metric unless another is named."""
    return f"{metric or result['metric']} · {'with' if result['mirror'] else 'without'} mirror"


def protocol_sentence(protocol: str) -> str:
    """A protocol's name and what it does, in one or two sentences."""
    if protocol.startswith("query-gallery"):
        words = "The data set's queries each look for their individual among its gallery."
    elif protocol.startswith("each-against-rest"):
        words = "Every test picture looks for its individual among all others."
    elif "as query" in protocol:
        words = (
            "A few pictures of each individual, drawn at random, look for it among the rest: much "
            "easier than the usual way round, and not comparable with it."
        )
    elif "in the gallery" in protocol:
        words = (
            "A few pictures of each individual, drawn at random, make the gallery; the others look "
            "for theirs in it. Figures are means over the draws."
        )
    else:
        words = ""
    left_out = []
    if "other cameras" in protocol:
        left_out.append("pictures of the same individual by the query's own camera")
    if "as junk" in protocol:
        left_out.append("pictures that share the named attribute")
    if "without" in protocol:
        left_out.append("pictures taken near the query's")
    if left_out:
        words += f" Not counted, neither as right nor as wrong: {'; '.join(left_out)}."
    return f"Protocol: {protocol}. {words}".strip()


def interval(ends: list[float | None]) -> str:
    """Both ends in percent: "[61.2, 68.0]", "–" where there is no interval."""
    return UNKNOWN if None in ends else f"[{', '.join(percent(end) for end in ends)}]"


def score_text(score: VectorScore, what: str) -> str:
    """A figure in percent with its interval: "64.9", below it "[61.2, 68.0]".

    Args:
        score: of one vector.
        what: "mAP" or "rank1".
    """
    value = score["mAP"] if what == "mAP" else score["cmc"].get("1")
    ends = score["mAP_interval"] if what == "mAP" else score["rank1_interval"]
    text = percent(value)
    spread = score["spread"]
    if spread is not None:
        text += f" ± {percent(spread['mAP'] if what == 'mAP' else spread['rank1'])}"
    return text if interval(ends) == UNKNOWN else f"{text}\n{interval(ends)}"


def finding(name: str, measured: SetResult, result: RetrievalResult) -> str:
    """What a set's figures say, in one sentence."""
    score = measured["vectors"][result["retrieval_vector"]]
    first, mean = score["cmc"].get("1"), score["mAP"]
    if first is None or mean is None:
        return f"{name}: no query has a match in the gallery, so nothing was measured."
    around = interval(score["rank1_interval"])
    reach = "" if around == UNKNOWN else f" (95 % interval {around})"
    return (
        f"{name}: the nearest picture shows the right individual for {percent(first)} % of the "
        f"queries{reach}; mAP {percent(mean)} %."
    )


def known_or_new(result: RetrievalResult) -> list[str]:
    """What the network's own threshold does on each set, a sentence each."""
    sentences = []
    for name, measured in result["sets"].items():
        judged = measured["verification"]
        if judged is None:
            sentences.append(f"{name}: pairs of one kind only, so nothing to judge by.")
        elif judged["calibrated"] is None:
            sentences.append(
                f"{name}: no threshold, for no validation individuals were held out of training."
            )
        else:
            own = judged["calibrated"]
            sentences.append(
                f"{name}: from a similarity of {own['threshold']:.3f} on, it calls "
                f"{percent(own['true_positive_rate'])} % of the pairs of one individual the same, "
                f"and {percent(own['false_positive_rate'], 2)} % of the pairs of two."
            )
    return sentences


def warnings(result: RetrievalResult) -> list[str]:
    """What a careful reader wants to know before believing the numbers."""
    lines = ["One seed shows no spread over trainings: the intervals are of the test alone."]
    chosen = result["selected_on"]
    if chosen is None:
        lines.append("The last checkpoint was taken, whatever it scored.")
    elif chosen.startswith("test"):
        lines.append("Checkpoints were chosen on the test pictures, which flatters every number.")
    else:
        lines.append("Checkpoints were chosen on validation individuals, none of them tested.")
    if any("other cameras" not in each["protocol"] for each in result["sets"].values()):
        lines.append(
            "Backgrounds may be shared between pictures of one sighting: where no camera or time "
            "keeps them apart, a match may rest on the place instead of the individual."
        )
    few = [name for name, each in result["sets"].items() if each["identities"] < FEW]
    for name in few:
        count = result["sets"][name]["identities"]
        lines.append(f"{name} has {count} individuals only; others may be easier or harder.")
    lines.append(
        "Pairs of pictures are not independent: an individual is in many of them, so the rates of "
        "known or new vary more than their number suggests."
    )
    if len({each["protocol"] for each in result["sets"].values()}) > 1:
        lines.append("Figures of different protocols answer different questions: do not compare.")
    return lines
