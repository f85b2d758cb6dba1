"""The drawing of one person before a camera, and how a person is put together.

A figure's own coordinates: it is one unit tall, the top of the head lies at y = 0 and the soles at
y = 1, x runs in the direction of walking. It has no face.
"""

from dataclasses import asdict, dataclass
from functools import partial

import numpy as np

from elsewhere.drawn.cameras import Camera, check_size, look_somewhere, photograph
from elsewhere.drawn.canvas import BLACK, WHITE, Canvas, Drawn, mix
from elsewhere.drawn.chance import choice, uniform
from elsewhere.drawn.persons import COLOURS, HAIR, SKIN, Person, worn
from elsewhere.drawn.shapes import Pose, Shape, Stroke, both, ellipse

FACINGS = ("left", "right", "front", "back")
TALL = (0.80, 0.93)
BUILD = {"slim": 0.86, "medium": 1.0, "broad": 1.17}
HIP = 0.5
SHOULDER = 0.215


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


def draw_person(person: Person, camera: Camera, size: int, generator: np.random.Generator) -> Drawn:
    """Draw one walking person, a stylised figure without a face, before the camera's place.

    With the same state of the generator, another person gives the same picture but for what the
    two differ in.

    Args:
        person: Who.
        camera: Which camera sees it; decides the place, the colours and the sharpness.
        size: Height in pixels; the picture is half as wide.
        generator: Draws facing, step, size, position, light and what stands in front.

    Raises:
        DataError: The height is below 32 pixels.
    """
    check_size(size)
    side = size + size % 2  # so that half of it is a whole number of pixels
    facing = choice(generator, FACINGS)
    stance = _stance(generator, facing, camera.scale)
    canvas = look_somewhere(camera, side, generator, road=False, width=0.5)
    _shadow(canvas, stance)
    drawn = photograph(
        camera, canvas, generator, partial(paint_person, stance=stance, person=person),
        aside=(0.28, 0.72), window=(slice(size), slice(side // 4, side // 4 + size // 2)),
    )  # fmt: skip
    return drawn._replace(attributes={"facing": facing, **drawn.attributes, **asdict(person)})


def _stance(generator: np.random.Generator, facing: str, scale: float) -> Stance:
    tall = uniform(generator, *TALL) * scale
    middle = 0.5 + uniform(generator, -0.045, 0.045)
    top = uniform(generator, 0.03, max(0.031, 0.975 - tall))
    half = uniform(generator, -0.025, 0.025)
    stride = uniform(generator, -1.0, 1.0)
    # Nobody stands with both feet in one place.
    stride = stride + 0.25 if stride > 0 else stride - 0.25
    turned = uniform(generator, 0.0, 1.0) < 0.5
    view = "side" if facing in ("left", "right") else facing
    mirrored = facing == "left" if view == "side" else turned
    pose = Pose.tilted(half, mirrored=mirrored, unit=tall, origin=(middle, top))
    return Stance(pose, view, max(-1.0, min(1.0, stride)))


def _shadow(canvas: Canvas, stance: Stance) -> None:
    x, y = stance.pose.point((0.0, 0.985))
    ground = ellipse((x, y), 0.19 * stance.pose.unit, 0.028 * stance.pose.unit)
    canvas.paint(ground, (0.08, 0.08, 0.1), soft=0.03, opacity=0.45)


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


def _leg_rows(stance: Stance, near: bool) -> tuple[Stroke, Stroke, Stroke]:
    """Thigh, shin and shoe of one leg."""
    step = stance.stride if near else -stance.stride
    if stance.view == "side":
        foot = 0.15 * step
        knee = 0.075 * step + 0.035
        lift = 0.03 * max(0.0, -step)
        thigh = (0.0, HIP, knee, 0.735, 0.062, 0.047)
        shin = (knee, 0.735, foot - 0.01, 0.925 - lift, 0.046, 0.034)
        shoe = (foot - 0.02, 0.968 - lift, foot + 0.055, 0.972 - lift, 0.028, 0.022)
        return thigh, shin, shoe
    x, toe = (0.055, 0.012) if near else (-0.055, -0.012)
    lift = 0.022 * max(0.0, step)
    thigh = (x, HIP, x * 1.1, 0.735 - lift, 0.06, 0.046)
    shin = (x * 1.1, 0.735 - lift, x * 1.1, 0.925 - lift, 0.045, 0.034)
    return thigh, shin, (x * 1.1, 0.962 - lift, x * 1.1 + toe, 0.972 - lift, 0.03, 0.028)


def _wider(row: Stroke, by: float) -> Stroke:
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
        canvas.shade(skirt, cloth, 0.06, 0.15)


def _body(stance: Stance, person: Person, wide: float) -> Shape:
    """The jacket without its sleeves."""
    hem = 0.665 if person.hem == "long" else 0.515
    if stance.view == "side":
        rows: list[Stroke] = [(0.0, 0.245, 0.0, hem - 0.05, 0.078 * wide, 0.082 * wide)]
    else:
        sides = ((-0.068 * wide, -0.05 * wide), (0.068 * wide, 0.05 * wide))
        rows = [(shoulder, 0.245, waist, hem - 0.05, 0.06, 0.056) for shoulder, waist in sides]
        rows.append((0.0, 0.235, 0.0, hem - 0.05, 0.062, 0.062))
    if person.hem == "long":
        half = (0.062 if stance.view == "side" else 0.085) * wide
        rows += [(x * 0.6, 0.45, x, hem - 0.02, 0.045, 0.045) for x in (-half, half)]
    return stance.pose.strokes(*rows)


def _torso(canvas: Canvas, stance: Stance, person: Person, wide: float) -> None:
    colour = COLOURS[person.upper]
    body = _body(stance, person, wide)
    canvas.shade(body, colour, 0.08, 0.14, rim=0.18)
    if person.pattern != "plain":
        accent, kind = worn(person.pattern)
        canvas.paint(both(_pattern(stance.pose, kind), body), accent)


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
    elbow, hand = sign * (0.125 * wide + 0.02), sign * (0.125 * wide + 0.015)
    return sign * 0.105 * wide, elbow, 0.37, hand, 0.5 - 0.02 * swing


def _arm(canvas: Canvas, stance: Stance, person: Person, wide: float, *, near: bool) -> None:
    shoulder, elbow, elbow_y, hand, hand_y = _arm_points(stance, wide, near)
    shade = 0.16 if stance.view != "side" else 0.12 if near else 0.3
    colour = mix(COLOURS[person.upper], BLACK, shade)
    skin = mix(SKIN[person.skin], BLACK, shade / 2)
    upper: Stroke = (shoulder, SHOULDER + 0.03, elbow, elbow_y, 0.04, 0.033)
    lower: Stroke = (elbow, elbow_y, hand, hand_y, 0.032, 0.026)
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
        side = stance.view == "side"
        crown = pose.ellipse(ahead - 0.008 * side, 0.075, 0.076, 0.073, (0.0, 1.0))
        slope = pose.above(ahead - 0.012 * side, 0.062, (0.6 if side else 0.0, 1.0))
        canvas.paint(both(crown, slope), hair)
    if cut == "bun":
        x, y = (-0.075, 0.05) if stance.view == "side" else (0.0, 0.02)
        canvas.paint(pose.dots((x, y, 0.036)), hair)
    if cut == "long hair" and stance.view != "front":
        _long_hair(canvas, stance, person)
    _hat(canvas, stance, person, ahead)


def _long_hair(canvas: Canvas, stance: Stance, person: Person) -> None:
    hair = HAIR[person.hair.split(" ")[0]]
    rows = [(x, 0.08, x * 1.25, 0.25, 0.04, 0.032) for x in (-0.04, 0.04)]
    rows.append((0.0, 0.08, 0.0, 0.25, 0.045, 0.035))
    if stance.view == "side":
        rows = [(-0.035, 0.07, -0.055, 0.24, 0.045, 0.034)]
    canvas.paint(stance.pose.strokes(*rows), hair, mix(hair, BLACK, 0.2))


def _hat(canvas: Canvas, stance: Stance, person: Person, ahead: float) -> None:
    if person.hat == "none":
        return
    colour, kind = worn(person.hat)
    pose = stance.pose
    dome = pose.ellipse(ahead - 0.003, 0.07, 0.082, 0.08, (0.0, 1.0))
    canvas.shade(both(dome, pose.above(0.0, 0.062, (0.0, 1.0))), colour, 0.1, 0.15)
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
        canvas.shade(pack, colour, 0.1, 0.2, rim=0.25)
        return
    rows = [(-0.045, 0.25, -0.05, 0.42, 0.055, 0.06), (0.045, 0.25, 0.05, 0.42, 0.055, 0.06)]
    if stance.view == "front":
        rows = [(-0.09, 0.3, -0.1, 0.44, 0.05, 0.055), (0.09, 0.3, 0.1, 0.44, 0.05, 0.055)]
    canvas.shade(stance.pose.strokes(*rows), colour, 0.08, 0.2, rim=0.2)
    if stance.view == "back":
        pocket = stance.pose.strokes((-0.03, 0.415, 0.03, 0.415, 0.034, 0.034))
        canvas.paint(pocket, mix(colour, BLACK, 0.28))


def _straps(canvas: Canvas, stance: Stance, person: Person) -> None:
    colour = mix(worn(person.bag)[0], BLACK, 0.1)
    rows = [(x, 0.2, x * 1.1, 0.38, 0.018, 0.016) for x in (-0.07, 0.07)]
    if stance.view == "side":
        rows = [(-0.03, 0.2, 0.045, 0.28, 0.016, 0.016), (0.045, 0.28, -0.05, 0.4, 0.016, 0.013)]
    canvas.paint(stance.pose.strokes(*rows), colour)


def _shoulder_bag(canvas: Canvas, stance: Stance, person: Person, wide: float) -> None:
    colour, _ = worn(person.bag)
    pose = stance.pose
    side = stance.view == "side"
    x, start = (-0.035, 0.03) if side else (0.125 * wide, -0.075 * wide)
    canvas.paint(pose.strokes((start, 0.2, x, 0.46, 0.013, 0.013)), mix(colour, BLACK, 0.25))
    bag = pose.polygon((x - 0.085, 0.445), (x + 0.06, 0.445), (x + 0.07, 0.56), (x - 0.095, 0.56))
    canvas.shade(bag, colour, 0.12, 0.1)
    seam = pose.strokes((x - 0.085, 0.48, x + 0.062, 0.48, 0.008, 0.008))
    canvas.paint(seam, mix(colour, BLACK, 0.4))


def _handbag(canvas: Canvas, stance: Stance, person: Person, wide: float) -> None:
    colour, _ = worn(person.bag)
    _, _, _, x, y = _arm_points(stance, wide, near=True)
    pose = stance.pose
    loop = [(x, y + 0.02, x + side, y + 0.075, 0.009, 0.009) for side in (-0.04, 0.04)]
    canvas.paint(pose.strokes(*loop), mix(colour, BLACK, 0.3))
    top, bottom = y + 0.07, y + 0.175
    bag = ((x - 0.058, top), (x + 0.058, top), (x + 0.075, bottom), (x - 0.075, bottom))
    canvas.shade(pose.polygon(*bag), colour, 0.12, 0.12)
