"""The colours that birds are told apart by; distractors are painted in the same ones."""

from elsewhere.data.synthetic.canvas import Colour

CROWNS: dict[str, Colour] = {
    "red": (0.85, 0.13, 0.12),
    "golden": (0.97, 0.74, 0.10),
    "blue": (0.15, 0.36, 0.88),
    "violet": (0.60, 0.22, 0.70),
}
CREAM: Colour = (0.97, 0.94, 0.84)
PLUMAGES: dict[str, Colour] = {
    "grey": (0.55, 0.56, 0.58),
    "brown": (0.60, 0.47, 0.36),
    "olive": (0.55, 0.55, 0.38),
}
