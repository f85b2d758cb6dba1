"""What the service says, as types: its answers are checked by them, and described in OpenAPI."""

from pydantic import BaseModel, ConfigDict, Field


class Answered(BaseModel):
    """An answer; values have no keys but those named."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)


class Problem(Answered):
    """Why there is no answer."""

    error: str = Field(description="what is wrong and what to do, in one line")


class Likely(Answered):
    """A class and its probability."""

    name: str = Field(alias="class")
    probability: float | None = Field(description="calibrated, 0..1; null where not finite")


class Predicted(Answered):
    """The likeliest classes of an image."""

    file: str
    unsure: bool = Field(description="no promise is made that the first class is right")
    unfamiliar: bool | None = Field(description="unlike anything trained on; null if not known")
    familiarity: float | None = Field(description="cosine to the nearest class, -1..1")
    predictions: list[Likely]


class Explained(Predicted):
    """Where the network looked, and what it used for one class."""

    target: Likely = Field(description="the class that the evidence is for")
    attention: list[list[list[float]]] = Field(description="heads x rows x columns, not negative")
    evidence: list[list[list[float]]] | None = Field(
        description="signed share of the target's logit, as attention; null with max pooling"
    )
    box: list[float] = Field(description="left, top, right, bottom in pixels of what it saw")


class Embedded(Answered):
    """An image's vector, of length one: the product of two is their cosine."""

    file: str
    vector: list[float]


class Compared(Answered):
    """Whether two images show the same individual."""

    similarity: float = Field(description="cosine, -1..1")
    same: bool | None = Field(description="null where the model has no threshold")
    probability: float | None = Field(description="if it was even odds before")
    said: str = Field(description="the same in a sentence")


class FoundImage(Answered):
    """An image of the gallery."""

    name: str | None = Field(description="its individual; null where unknown")
    similarity: float
    place: str
    camera: str | None
    images: int = Field(description="of its individual that were compared")


class Searched(Answered):
    """Who an image shows, among those of the gallery."""

    file: str
    in_gallery: bool = Field(description="the image itself is there; it was left out")
    known: bool | None = Field(description="the nearest reaches the threshold; null without one")
    probability: float | None
    said: str
    individuals: list[FoundImage]
    images: list[FoundImage]


class Changed(Answered):
    """What was done to the gallery."""

    done: str
    changed: int = Field(description="images that changed")
    images: int = Field(description="images in the gallery now")


class Health(Answered):
    """That the service is up, and what it answers."""

    status: str
    model: str
    classes: int
    answers: list[str]
    gallery: int | None = Field(description="images in the gallery; null without one")
    waiting: int = Field(description="images that nobody has looked at yet")
