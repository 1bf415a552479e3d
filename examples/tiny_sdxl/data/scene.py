"""Toybox's grammar: what an image may show, what its caption says, and which combinations are never in training."""

from dataclasses import dataclass

SHAPES = ("circle", "square", "triangle", "star", "heart", "ring", "cross", "moon", "diamond", "flower")
COLOURS = {
    "red": (220, 30, 35),
    "orange": (250, 135, 15),
    "yellow": (250, 225, 40),
    "green": (30, 150, 55),
    "cyan": (60, 210, 225),
    "blue": (30, 70, 210),
    "purple": (125, 40, 165),
    "pink": (250, 140, 190),
    "white": (248, 248, 248),
    "black": (18, 18, 20),
}
MATERIALS = ("plain", "striped", "dotted", "glossy", "outlined")
SIZES = {"large": 0.41, "": 0.33, "small": 0.23}  # radius as a share of the image's short side
PAIR_RADIUS = 0.215
PLACES = {"": (0, 0), "on the left": (-1, 0), "on the right": (1, 0), "at the top": (0, -1), "at the bottom": (0, 1)}
RELATIONS = {"to the left of": (-1, 0), "to the right of": (1, 0), "above": (0, -1), "below": (0, 1)}
STYLES = ("", "pastel", "night", "mosaic")
STYLE_WORDS = {"pastel": "a pastel drawing of ", "night": "a night picture of ", "mosaic": "a mosaic of "}


@dataclass(frozen=True)
class Thing:
    shape: str
    colour: str
    material: str = "plain"
    size: str = ""


@dataclass(frozen=True)
class Scene:
    """One thing at a place, or two things of which the first stands in a relation to the second."""

    things: tuple[Thing, ...]
    background: str
    place: str = ""
    relation: str = ""
    style: str = ""


def is_held_out(thing):
    """One colour of each shape, a different one each time."""
    colours = tuple(COLOURS)
    return thing.colour == colours[(3 * SHAPES.index(thing.shape) + 1) % len(colours)]


def with_article(words):
    return ("an " if words[0] in "aeiou" else "a ") + words


def caption(scene, dropped=()):
    """The scene in words, without the kinds of words in `dropped`: material, size, place, background, style."""

    def name(thing):
        material = "" if thing.material == "plain" or "material" in dropped else thing.material
        size = "" if "size" in dropped else thing.size
        return with_article(" ".join(word for word in (size, material, thing.colour, thing.shape) if word))

    text = f" {scene.relation} ".join(name(thing) for thing in scene.things)
    if scene.place and "place" not in dropped:
        text += " " + scene.place
    if "background" not in dropped:
        text += f" on {with_article(scene.background)} background"
    if scene.style and "style" not in dropped:
        text = STYLE_WORDS[scene.style] + text
    return text


def random_caption(rng, scene, dropped_share=0.08):
    kinds = ("material", "size", "place", "background", "style")
    return caption(scene, [kind for kind in kinds if rng.random() < dropped_share])


def random_scene(rng, held_out=False):
    """A scene for training, or one whose first thing is never in training. rng: numpy's Generator."""

    def pick(words):
        return words[rng.integers(len(words))]

    def random_thing(sizes, held_out):
        while True:
            material = "plain" if rng.random() < 0.5 else pick(MATERIALS[1:])
            thing = Thing(pick(SHAPES), pick(tuple(COLOURS)), material, pick(sizes))
            if is_held_out(thing) == held_out:
                return thing

    pair = rng.random() < 0.25
    while True:
        sizes = ("",) if pair else tuple(SIZES)
        things = tuple(random_thing(sizes, held_out and i == 0) for i in range(1 + pair))
        background = pick(tuple(COLOURS))
        names = {(thing.shape, thing.colour) for thing in things}
        if len(names) == len(things) and all(thing.colour != background for thing in things):
            break
    small = pair or things[0].size == "small"
    styles = [style for style in STYLES[1:] if not (small and style == "mosaic")]  # tiles would hide it
    return Scene(
        things,
        background,
        place=pick(tuple(PLACES)) if small and not pair else "",
        relation=pick(tuple(RELATIONS)) if pair else "",
        style=pick(styles) if rng.random() < 0.12 else "",
    )
