"""From what the package answers to what the service says."""

from typing import TYPE_CHECKING, Any

from elsewhere.description import Prediction, Retrieval
from elsewhere.serving.types import Compared, Explained, FoundImage, Predicted, Searched

if TYPE_CHECKING:
    from elsewhere.inference import Explanation, Match
    from elsewhere.retrieval.answers import Answer


def predicted(prediction: Prediction) -> Predicted:
    """The likeliest classes."""
    return Predicted.model_validate(prediction.as_dict())


def explained(look: "Explanation") -> Explained:
    """Where it looked and what it used."""
    return Explained.model_validate(look.as_dict())


def compared(match: "Match") -> Compared:
    """Same or not."""
    said = match.as_dict()
    return Compared(said=match.said, **{key: said[key] for key in _JUDGED})


_JUDGED = ("similarity", "same", "probability")


def searched(answer: "Answer", retrieval: Retrieval) -> Searched:
    """Who it is."""
    from elsewhere.reports.found import conclusion

    verdict = answer.verdict
    return Searched(
        file=answer.file,
        in_gallery=answer.itself,
        known=None if verdict is None else verdict.same,
        probability=None if verdict is None else verdict.probability,
        said=conclusion(answer, retrieval),
        individuals=[_found(each) for each in answer.individuals],
        images=[_found(each) for each in answer.images],
    )


def _found(found: Any) -> FoundImage:
    facts = found._asdict()
    del facts["path"]  # where files lie on this machine is nobody's business
    return FoundImage(**facts)
