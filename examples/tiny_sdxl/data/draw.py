"""Draws a scene at any size: distances to the shapes' edges, so that every edge is smooth to the pixel."""

import numpy as np

from .scene import COLOURS, PAIR_RADIUS, PLACES, RELATIONS, SIZES

MARGIN = 0.03
CONTOUR = 0.14  # the width of a contour, in radii


def star(x, y):
    """Five points: the plane is folded into half of one point, whose edge is a line."""
    tip, notch = np.array([1.05, 0.0]), 0.46 * np.array([np.cos(np.pi / 5), np.sin(np.pi / 5)])
    fifth = 2 * np.pi / 5
    angle = np.abs((np.arctan2(x, -y) + fifth / 2) % fifth - fifth / 2)
    radius = np.hypot(x, y)
    normal = np.array([tip[1] - notch[1], notch[0] - tip[0]]) / np.linalg.norm(tip - notch)
    return -(normal[0] * (radius * np.cos(angle) - tip[0]) + normal[1] * (radius * np.sin(angle) - tip[1]))


def cross(x, y):
    a, b = np.abs(x), np.abs(y)
    return np.minimum(np.maximum(a - 0.3, b - 0.95), np.maximum(a - 0.95, b - 0.3))


# From (x, y), y downwards, in units of the thing's radius, to the distance from the edge, negative inside.
DISTANCES = {
    "circle": lambda x, y: np.hypot(x, y) - 0.9,
    "square": lambda x, y: np.maximum(np.abs(x), np.abs(y)) - 0.8,
    "triangle": lambda x, y: np.maximum(y - 0.7, 0.8666 * np.abs(x) - 0.499 * y - 0.499),
    "star": star,
    "heart": lambda x, y: 0.8 * (np.hypot(x, 0.2 - y - 0.7 * np.sqrt(np.abs(x) + 1e-6)) - 0.9),
    "ring": lambda x, y: np.abs(np.hypot(x, y) - 0.7) - 0.24,
    "cross": cross,
    "moon": lambda x, y: np.maximum(np.hypot(x + 0.1, y) - 0.95, 0.78 - np.hypot(x - 0.42, y + 0.1)),
    "diamond": lambda x, y: 0.82 * (np.abs(x) / 0.7 + np.abs(y) - 1),
    "flower": lambda x, y: 0.6 * (np.hypot(x, y) - 0.7 - 0.25 * np.cos(6 * np.arctan2(y, x))),
}


def mixed(a, b, share):
    share = np.asarray(share)[..., None]
    return np.asarray(a, np.float32) * (1 - share) + np.asarray(b, np.float32) * share


def shade(colour):
    """The second tone of stripes and dots: darker, or lighter where the colour is black."""
    return mixed(colour, (255, 255, 255), 0.35) if sum(colour) < 100 else mixed(colour, (0, 0, 0), 0.4)


def painted(material, colour, distance, x, y):
    """The material of the thing's inside, before it is cut out. → (H, W, 3)"""
    base = np.broadcast_to(np.asarray(colour, np.float32), distance.shape + (3,))
    if material == "striped":
        return np.where((((x + y) / 0.5) % 1 < 0.4)[..., None], shade(colour), base)
    if material == "dotted":
        dots = np.hypot((x + 0.25) % 0.5 - 0.25, (y + 0.25) % 0.5 - 0.25) < 0.13
        return np.where(dots[..., None], shade(colour), base)
    if material == "glossy":
        dark = mixed(base, (0, 0, 0), np.clip(0.18 * (x + y), 0, 0.3))
        return mixed(dark, (255, 255, 255), 0.8 * np.exp(-((x + 0.3) ** 2 + (y + 0.35) ** 2) / 0.06))
    if material == "outlined":
        rim = (255, 255, 255) if sum(colour) < 100 else (0, 0, 0)
        return np.where((distance > -0.08)[..., None], mixed(colour, rim, 0.75), base)
    return base


def styled(pixels, style):
    """pastel and night change every colour, also those of a palette; mosaic is done on the whole image."""
    pixels = np.asarray(pixels, np.float32)
    if style == "pastel":
        return pixels * 0.6 + 255 * 0.4
    if style == "night":
        return pixels * np.array([0.5, 0.5, 0.65], np.float32)
    return pixels


def mosaic(pixels):
    """About 25 tiles along the short side."""
    height, width = pixels.shape[:2]
    tile = max(1, min(height, width) // 25)
    rows, columns = -(-height // tile), -(-width // tile)
    padded = np.pad(pixels, ((0, rows * tile - height), (0, columns * tile - width), (0, 0)), mode="edge")
    means = padded.reshape(rows, tile, columns, tile, 3).mean((1, 3))
    return np.repeat(np.repeat(means, tile, 0), tile, 1)[:height, :width]


def centres(scene, height, width):
    """(centre x, centre y, radius) of each thing, pixels, without random variation."""
    unit = min(height, width)
    if scene.relation:
        dx, dy = RELATIONS[scene.relation]
        radius = PAIR_RADIUS * unit
        return [(width * (0.5 + s * dx * 0.255), height * (0.5 + s * dy * 0.255), radius) for s in (1, -1)]
    radius = SIZES[scene.things[0].size] * unit
    dx, dy = PLACES[scene.place]
    room_x, room_y = width / 2 - radius - MARGIN * unit, height / 2 - radius - MARGIN * unit
    return [(width / 2 + dx * room_x, height / 2 + dy * room_y, radius)]


def draw(scene, height, width, rng, contours=False):
    """(height, width, 3), bytes. Size, place, turn and colours vary a little.

    contours: each thing's contour alone, in its colour; a style that is not in the grammar, for a LoRA to learn.
    """
    y, x = np.mgrid[0:height, 0:width].astype(np.float32) + 0.5

    def varied(colour):
        return np.clip(np.asarray(colour) + rng.normal(0, 4, 3), 0, 255)

    slope = rng.uniform(-0.08, 0.08, 2)
    light = 1 + slope[0] * (x / width - 0.5) + slope[1] * (y / height - 0.5)
    pixels = varied(COLOURS[scene.background]) * light[..., None]
    for thing, (centre_x, centre_y, radius) in zip(scene.things, centres(scene, height, width)):
        radius = radius * rng.uniform(0.95, 1.03)
        move = rng.uniform(-0.025, 0.025, 2) * min(height, width)
        angle = rng.uniform(-0.1, 0.1)
        u, v = (x - centre_x - move[0]) / radius, (y - centre_y - move[1]) / radius
        u, v = u * np.cos(angle) + v * np.sin(angle), v * np.cos(angle) - u * np.sin(angle)
        distance, material = DISTANCES[thing.shape](u, v), thing.material
        if contours:
            distance, material = np.maximum(distance, -CONTOUR - distance), "plain"
        inside = np.clip(0.5 - distance * radius, 0, 1)
        pixels = mixed(pixels, painted(material, varied(COLOURS[thing.colour]), distance, u, v), inside)
    pixels = styled(pixels, scene.style)
    if scene.style == "mosaic":
        pixels = mosaic(pixels)
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)
