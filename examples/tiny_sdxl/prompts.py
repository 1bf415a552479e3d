"""The scenes for evaluation: twelve fixed ones, and twelve whose first thing is not in training."""

from data.scene import COLOURS, RELATIONS, SHAPES, Scene, Thing, is_held_out

FIXED = (
    Scene((Thing("star", "yellow", size="large"),), "blue"),
    Scene((Thing("heart", "red", size="large"),), "white"),
    Scene((Thing("circle", "green", size="large"),), "black"),
    Scene((Thing("ring", "orange", size="large"),), "purple"),
    Scene((Thing("cross", "white", size="large"),), "red"),
    Scene((Thing("moon", "white", "outlined", size="large"),), "purple"),
    Scene((Thing("square", "blue", "striped"),), "yellow"),
    Scene((Thing("flower", "pink", "glossy"),), "green"),
    Scene((Thing("diamond", "cyan", "dotted"),), "purple"),
    Scene((Thing("triangle", "purple", size="small"),), "white", place="on the left"),
    Scene((Thing("circle", "red"), Thing("square", "blue")), "white", relation="to the left of"),
    Scene((Thing("star", "white"), Thing("ring", "green")), "black", relation="above"),
)


def unseen_things():
    return [Thing(s, c, size="large") for s in SHAPES for c in COLOURS if is_held_out(Thing(s, c))]


def far_from(colour):
    return "black" if colour in ("white", "yellow", "cyan", "pink", "orange") else "white"


def held_out():
    scenes = [Scene((thing,), far_from(thing.colour)) for thing in unseen_things()]
    pair = [Thing(thing.shape, thing.colour) for thing in unseen_things()[:2]]
    others = [Thing("circle", "blue"), Thing("diamond", "red")]
    relations = list(RELATIONS)
    for i in range(2):
        scenes.append(Scene((pair[i], others[i]), far_from(pair[i].colour), relation=relations[2 * i]))
    return tuple(scenes)


HELD_OUT = held_out()
