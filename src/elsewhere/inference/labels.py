"""The class that a folder or a list says an image is of."""

from collections.abc import Sequence

from elsewhere.data.inputs import InputImage
from elsewhere.data.records import plain_name


def known_classes(images: Sequence[InputImage], class_names: Sequence[str]) -> list[str | None]:
    """The class under which each image is filed; None where it is none of the model's.

    A list's label decides; else the first folder below the named one that is called like a class,
    or that one itself.
    """
    exact = {name: name for name in class_names}
    plain: dict[str, str | None] = {}
    for name in class_names:
        plain[plain_name(name)] = None if plain_name(name) in plain else name

    def known(image: InputImage) -> str | None:
        if image.listed is not None:
            names = [image.listed.label, image.listed.identity]
        elif image.content is None:
            depth = len(image.place.parts)
            above, *below = ["", *image.path.absolute().parent.parts][-depth:]
            names = [*below, above]
        else:
            names = []
        found = (exact.get(name) or plain.get(plain_name(name)) for name in names if name)
        return next((name for name in found if name is not None), None)

    return [known(image) for image in images]
