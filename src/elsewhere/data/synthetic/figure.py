"""How a drawn person is put together.

Its own coordinates: the person is one unit tall, the top of the head lies at y = 0 and the soles at
y = 1, x runs in the direction of walking. A figure has no face.
"""

from dataclasses import dataclass

from elsewhere.data.synthetic.canvas import Canvas, Colour, mix
from elsewhere.data.synthetic.pose import Pose
from elsewhere.data.synthetic.shapes import Both, Shape
from elsewhere.data.synthetic.wardrobe import COLOURS, HAIR, SKIN, Person, worn

BLACK: Colour = (0.0, 0.0, 0.0)
WHITE: Colour = (1.0, 1.0, 1.0)
BUILD = {"slim": 0.86, "medium": 1.0, "broad": 1.17}
HIP = 0.5
SHOULDER = 0.215
Row = tuple[float, float, float, float, float, float]


@dataclass(frozen=True)
class Stance:
    """How a person stands in one picture.

    Attributes:
        pose: Takes the figure's coordinates to the picture's.
        view: "side", "front" or "back".
        stride: Where the near leg is, -1 (behind) to 1 (in front).
    """

    pose: Pose
    view: str
    stride: float


def paint_person(canvas: Canvas, stance: Stance, person: Person) -> None:
    """Paint a person from back to front; nothing here is random."""
    wide = BUILD[person.build]
    bag_kind = worn(person.bag)[1] if person.bag != "none" else ""
    _arm(canvas, stance, person, wide, near=False)
    if bag_kind == "backpack" and stance.view != "back":
        _backpack(canvas, stance, person)
    _legs(canvas, stance, person, wide)
    if person.hair.endswith("long hair") and stance.view == "front":
        _long_hair(canvas, stance, person)
    _torso(canvas, stance, person, wide)
    if bag_kind == "backpack":
        if stance.view == "back":
            _backpack(canvas, stance, person)
        else:
            _straps(canvas, stance, person)
    elif bag_kind == "shoulder bag":
        _shoulder_bag(canvas, stance, person, wide)
    _head(canvas, stance, person)
    _arm(canvas, stance, person, wide, near=True)
    if bag_kind == "handbag":
        _handbag(canvas, stance, person, wide)


def _leg_rows(stance: Stance, near: bool) -> tuple[Row, Row, Row]:
    """Thigh, shin and shoe of one leg."""
    step = stance.stride if near else -stance.stride
    if stance.view == "side":
        foot = 0.15 * step
        knee = 0.075 * step + 0.035
        lift = 0.03 * max(0.0, -step)
        return (
            (0.0, HIP, knee, 0.735, 0.062, 0.047),
            (knee, 0.735, foot - 0.01, 0.925 - lift, 0.046, 0.034),
            (foot - 0.02, 0.968 - lift, foot + 0.055, 0.972 - lift, 0.028, 0.022),
        )
    x = 0.055 if near else -0.055
    lift = 0.022 * max(0.0, step)
    toe = 0.012 if near else -0.012
    return (
        (x, HIP, x * 1.1, 0.735 - lift, 0.06, 0.046),
        (x * 1.1, 0.735 - lift, x * 1.1, 0.925 - lift, 0.045, 0.034),
        (x * 1.1, 0.962 - lift, x * 1.1 + toe, 0.972 - lift, 0.03, 0.028),
    )


def _wider(row: Row, by: float) -> Row:
    return (*row[:4], row[4] * by, row[5] * by)


def _legs(canvas: Canvas, stance: Stance, person: Person, wide: float) -> None:
    pose, cloth, skin = stance.pose, COLOURS[person.lower], SKIN[person.skin]
    for near in (False, True):
        thigh, shin, shoe = _leg_rows(stance, near)
        shade = 0.0 if near or stance.view != "side" else 0.28
        bare = person.cut != "trousers"
        calf = skin if bare else cloth
        canvas.paint(pose.strokes(_wider(shin, 0.85 if bare else wide)), mix(calf, BLACK, shade))
        if person.cut in ("trousers", "shorts"):
            canvas.paint(pose.strokes(_wider(thigh, wide)), mix(cloth, BLACK, shade), rim=0.15)
        canvas.paint(pose.strokes(shoe), mix(COLOURS[person.shoes], BLACK, shade * 0.8))
    if person.cut in ("skirt", "long skirt"):
        hem = 0.70 if person.cut == "skirt" else 0.87
        top, bottom = 0.085 * wide, (0.125 if person.cut == "skirt" else 0.15) * wide
        sway = 0.02 * stance.stride
        skirt = pose.polygon((-top, 0.45), (top, 0.45), (bottom + sway, hem), (-bottom + sway, hem))
        canvas.paint(skirt, mix(cloth, WHITE, 0.06), mix(cloth, BLACK, 0.15))


def _body(stance: Stance, person: Person, wide: float) -> Shape:
    """The jacket without its sleeves."""
    hem = 0.665 if person.hem == "long" else 0.515
    if stance.view == "side":
        rows: list[Row] = [(0.0, 0.245, 0.0, hem - 0.05, 0.078 * wide, 0.082 * wide)]
    else:
        shoulder, waist = 0.068 * wide, 0.05 * wide
        rows = [
            (-shoulder, 0.245, -waist, hem - 0.05, 0.06, 0.056),
            (shoulder, 0.245, waist, hem - 0.05, 0.06, 0.056),
            (0.0, 0.235, 0.0, hem - 0.05, 0.062, 0.062),
        ]
    if person.hem == "long":
        x = 0.062 if stance.view == "side" else 0.085
        x *= wide
        rows += [(-x * 0.6, 0.45, -x, hem - 0.02, 0.045, 0.045)]
        rows += [(x * 0.6, 0.45, x, hem - 0.02, 0.045, 0.045)]
    return stance.pose.strokes(*rows)


def _torso(canvas: Canvas, stance: Stance, person: Person, wide: float) -> None:
    colour = COLOURS[person.upper]
    body = _body(stance, person, wide)
    canvas.paint(body, mix(colour, WHITE, 0.08), mix(colour, BLACK, 0.14), rim=0.18)
    if person.pattern != "plain":
        accent, kind = worn(person.pattern)
        canvas.paint(Both(_pattern(stance.pose, kind), body), accent)


def _pattern(pose: Pose, kind: str) -> Shape:
    if kind == "stripes":
        return pose.strokes(*((-0.3, y, 0.3, y, 0.014, 0.014) for y in (0.25, 0.32, 0.39, 0.46)))
    if kind == "band":
        return pose.strokes((-0.3, 0.33, 0.3, 0.33, 0.034, 0.034))
    rows = [(x + 0.03 * (row % 2), 0.235 + 0.06 * row, 0.018)
            for row in range(5) for x in (-0.12, -0.06, 0.0, 0.06)]  # fmt: skip
    return pose.dots(*rows)


def _arm_points(
    stance: Stance, wide: float, near: bool
) -> tuple[float, float, float, float, float]:
    """Shoulder x, elbow x and y, hand x and y."""
    swing = -stance.stride if near else stance.stride
    if stance.view == "side":
        return 0.0, 0.055 * swing - 0.012, 0.365, 0.12 * swing + 0.025, 0.5
    sign = 1.0 if near else -1.0
    reach = 0.125 * wide
    return (
        sign * 0.105 * wide,
        sign * (reach + 0.02),
        0.37,
        sign * (reach + 0.015),
        0.5 - 0.02 * swing,
    )


def _arm(canvas: Canvas, stance: Stance, person: Person, wide: float, *, near: bool) -> None:
    shoulder, elbow, elbow_y, hand, hand_y = _arm_points(stance, wide, near)
    shade = 0.12 if near else 0.3
    if stance.view != "side":
        shade = 0.16
    colour, skin = (
        mix(COLOURS[person.upper], BLACK, shade),
        mix(SKIN[person.skin], BLACK, shade / 2),
    )
    upper: Row = (shoulder, SHOULDER + 0.03, elbow, elbow_y, 0.04, 0.033)
    lower: Row = (elbow, elbow_y, hand, hand_y, 0.032, 0.026)
    pose = stance.pose
    canvas.paint(pose.dots((hand, hand_y + 0.015, 0.027)), skin)
    canvas.paint(pose.strokes(lower), colour if person.sleeves == "long" else skin)
    canvas.paint(pose.strokes(upper), colour)


def _head(canvas: Canvas, stance: Stance, person: Person) -> None:
    pose, skin = stance.pose, SKIN[person.skin]
    colour, _, cut = person.hair.partition(" ")
    hair = HAIR[colour]
    ahead = 0.012 if stance.view == "side" else 0.0
    canvas.paint(pose.strokes((0.0, 0.14, 0.0, 0.2, 0.03, 0.034)), mix(skin, BLACK, 0.18))
    head = pose.ellipse(ahead, 0.09, 0.082, 0.066, (0.0, 1.0))
    canvas.paint(head, skin, mix(skin, BLACK, 0.1))
    if stance.view == "back":
        canvas.paint(pose.ellipse(0.0, 0.078, 0.078, 0.07, (0.0, 1.0)), hair)
    else:
        back = -0.6 if stance.view == "side" else 0.0
        crown = pose.ellipse(
            ahead - 0.008 * (stance.view == "side"), 0.075, 0.076, 0.073, (0.0, 1.0)
        )
        slope = pose.above(ahead - 0.012 * (stance.view == "side"), 0.062, (-back, 1.0))
        canvas.paint(Both(crown, slope), hair)
    if cut == "bun":
        x = -0.075 if stance.view == "side" else 0.0
        canvas.paint(pose.dots((x, 0.02 if stance.view != "side" else 0.05, 0.036)), hair)
    if cut == "long hair" and stance.view != "front":
        _long_hair(canvas, stance, person)
    _hat(canvas, stance, person, ahead)


def _long_hair(canvas: Canvas, stance: Stance, person: Person) -> None:
    hair = HAIR[person.hair.split(" ")[0]]
    if stance.view == "side":
        rows: list[Row] = [(-0.035, 0.07, -0.055, 0.24, 0.045, 0.034)]
    else:
        rows = [(x, 0.08, x * 1.25, 0.25, 0.04, 0.032) for x in (-0.04, 0.04)]
        rows += [(0.0, 0.08, 0.0, 0.25, 0.045, 0.035)]
    canvas.paint(stance.pose.strokes(*rows), hair, mix(hair, BLACK, 0.2))


def _hat(canvas: Canvas, stance: Stance, person: Person, ahead: float) -> None:
    if person.hat == "none":
        return
    colour, kind = worn(person.hat)
    pose = stance.pose
    dome = Both(
        pose.ellipse(ahead - 0.003, 0.07, 0.082, 0.08, (0.0, 1.0)),
        pose.above(0.0, 0.062, (0.0, 1.0)),
    )
    canvas.paint(dome, mix(colour, WHITE, 0.1), mix(colour, BLACK, 0.15))
    if kind == "beanie":
        canvas.paint(pose.dots((ahead, -0.018, 0.028)), mix(colour, WHITE, 0.3))
    elif stance.view == "side":
        peak = pose.strokes((ahead + 0.04, 0.06, ahead + 0.12, 0.068, 0.016, 0.009))
        canvas.paint(peak, mix(colour, BLACK, 0.2))
    elif stance.view == "front":
        peak = pose.strokes((-0.05, 0.066, 0.05, 0.066, 0.017, 0.017))
        canvas.paint(peak, mix(colour, BLACK, 0.25))


def _backpack(canvas: Canvas, stance: Stance, person: Person) -> None:
    colour, _ = worn(person.bag)
    if stance.view == "side":
        pack = stance.pose.strokes((-0.105, 0.26, -0.108, 0.42, 0.062, 0.07))
        canvas.paint(pack, mix(colour, WHITE, 0.1), mix(colour, BLACK, 0.2), rim=0.25)
        return
    rows: list[Row] = [
        (-0.045, 0.25, -0.05, 0.42, 0.055, 0.06),
        (0.045, 0.25, 0.05, 0.42, 0.055, 0.06),
    ]
    if stance.view == "front":
        rows = [(-0.09, 0.3, -0.1, 0.44, 0.05, 0.055), (0.09, 0.3, 0.1, 0.44, 0.05, 0.055)]
    canvas.paint(
        stance.pose.strokes(*rows), mix(colour, WHITE, 0.08), mix(colour, BLACK, 0.2), rim=0.2
    )
    if stance.view == "back":
        pocket = stance.pose.strokes((-0.03, 0.415, 0.03, 0.415, 0.034, 0.034))
        canvas.paint(pocket, mix(colour, BLACK, 0.28))


def _straps(canvas: Canvas, stance: Stance, person: Person) -> None:
    colour = mix(worn(person.bag)[0], BLACK, 0.1)
    if stance.view == "side":
        rows: list[Row] = [
            (-0.03, 0.2, 0.045, 0.28, 0.016, 0.016),
            (0.045, 0.28, -0.05, 0.4, 0.016, 0.013),
        ]
    else:
        rows = [(x, 0.2, x * 1.1, 0.38, 0.018, 0.016) for x in (-0.07, 0.07)]
    canvas.paint(stance.pose.strokes(*rows), colour)


def _shoulder_bag(canvas: Canvas, stance: Stance, person: Person, wide: float) -> None:
    colour, _ = worn(person.bag)
    pose = stance.pose
    side = stance.view == "side"
    x, start = (-0.035, 0.03) if side else (0.125 * wide, -0.075 * wide)
    canvas.paint(pose.strokes((start, 0.2, x, 0.46, 0.013, 0.013)), mix(colour, BLACK, 0.25))
    bag = pose.polygon((x - 0.085, 0.445), (x + 0.06, 0.445), (x + 0.07, 0.56), (x - 0.095, 0.56))
    canvas.paint(bag, mix(colour, WHITE, 0.12), mix(colour, BLACK, 0.1))
    canvas.paint(
        pose.strokes((x - 0.085, 0.48, x + 0.062, 0.48, 0.008, 0.008)), mix(colour, BLACK, 0.4)
    )


def _handbag(canvas: Canvas, stance: Stance, person: Person, wide: float) -> None:
    colour, _ = worn(person.bag)
    _, _, _, x, y = _arm_points(stance, wide, near=True)
    pose = stance.pose
    loop = pose.strokes(
        (x, y + 0.02, x - 0.04, y + 0.075, 0.009, 0.009),
        (x, y + 0.02, x + 0.04, y + 0.075, 0.009, 0.009),
    )
    canvas.paint(loop, mix(colour, BLACK, 0.3))
    bag = pose.polygon(
        (x - 0.058, y + 0.07), (x + 0.058, y + 0.07), (x + 0.075, y + 0.175), (x - 0.075, y + 0.175)
    )
    canvas.paint(bag, mix(colour, WHITE, 0.12), mix(colour, BLACK, 0.12))
