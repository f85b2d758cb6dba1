"""The class that a folder or a list says an image is of, or that a person names."""

import unicodedata
from collections.abc import Sequence
from difflib import get_close_matches

from elsewhere.data.naming import InputImage
from elsewhere.data.records import enumerate_names, plain_name
from elsewhere.errors import ConfigError


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


def find_class(names: Sequence[str], wanted: str, model: str) -> int:
    """Index of a class, however its capitals and accents are typed; `model` is for messages."""
    if wanted in names:
        return names.index(wanted)
    plain = [_plain(name) for name in names]
    if plain.count(_plain(wanted)) == 1:
        return plain.index(_plain(wanted))
    near = get_close_matches(_plain(wanted), plain, n=1, cutoff=0.5)
    hint = f"did you mean {names[plain.index(near[0])]!r}?" if near else enumerate_names(names)
    raise ConfigError(f"{model} knows no class {wanted!r}; {hint}")


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name).casefold().strip()
