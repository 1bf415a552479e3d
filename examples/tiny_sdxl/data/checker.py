"""Checks whether colour, shape and place in an image are those of a scene, without any network."""

from dataclasses import dataclass
from functools import cache

import numpy as np
from PIL import Image
from scipy import ndimage

from .draw import DISTANCES, styled
from .scene import COLOURS, PLACES, RELATIONS, SHAPES

GRID = 40  # templates and masks are compared on a square of this side
LEAST_SHARE = 0.01  # of the image's area; smaller blobs are ignored
LEAST_FIT = 0.7  # a blob is most like some template too; drawn shapes fit to 0.75 and more
FAR_FROM_BACKGROUND = 55  # of 441, between colours
LEAST_HOLLOW = 0.28  # of what contours enclose: drawn ones have 0.31 and more, a filled ring 0.27, other shapes less


@dataclass(frozen=True)
class Finding:
    shape: str
    colour: str
    x: float  # the middle, as a share of the width
    y: float
    fit: float  # of the shape's template, 1 is perfect
    hollow: float = 0.0  # the share of a contour's inside that shows the background


@dataclass(frozen=True)
class Verdict:
    colour: bool
    shape: bool
    place: bool
    background: bool

    @property
    def right(self):
        """Colour, shape and place are right."""
        return self.colour and self.shape and self.place


def on_grid(mask):
    """A mask's bounding box in the middle of a square, its longer side filling it. → (GRID, GRID), 0 to 1"""
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    box = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    side = max(box.shape)
    above, left = (side - box.shape[0]) // 2, (side - box.shape[1]) // 2
    square = np.zeros((side, side), np.uint8)
    square[above : above + box.shape[0], left : left + box.shape[1]] = 255 * box
    return np.asarray(Image.fromarray(square).resize((GRID, GRID), Image.Resampling.BOX), np.float32) / 255


@cache
def templates():
    """Each shape upright and turned a little to either side. → [(shape, grid)]"""
    y, x = np.mgrid[-1.2:1.2:96j, -1.2:1.2:96j]
    result = []
    for shape in SHAPES:
        for angle in (-0.1, 0.0, 0.1):
            u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
            result.append((shape, on_grid(DISTANCES[shape](u, v) < 0)))
    return result


def best_shape(mask):
    """The template that overlaps most with the mask: intersection over union of soft masks."""
    grid = on_grid(mask)
    fits = [(np.minimum(grid, t).sum() / np.maximum(grid, t).sum(), shape) for shape, t in templates()]
    return max(fits)


def nearest_colours(pixels, style):
    """The palette's index for each pixel."""
    palette = styled(np.array(list(COLOURS.values())), style)
    gaps = np.asarray(pixels, np.float32)[..., None, :] - palette
    return (gaps**2).sum(-1).argmin(-1)


def most_frequent_colour(pixels, style):
    return tuple(COLOURS)[np.bincount(nearest_colours(pixels, style).ravel(), minlength=len(COLOURS)).argmax()]


def filled(mask):
    """The mask with the small holes of dots filled; a ring keeps its hole."""
    holes, count = ndimage.label(ndimage.binary_fill_holes(mask) & ~mask)
    areas = np.bincount(holes.ravel(), minlength=count + 1)
    areas[0] = mask.size
    return mask | (areas[holes] < 0.08 * mask.sum())


def within_contours(mask):
    """The inside of closed lines, with the lines; a line within a line is the edge of a hole."""
    inside = ndimage.binary_fill_holes(mask)
    gaps, count = ndimage.label(inside & ~mask)
    for i in range(1, count + 1):
        enclosed = ndimage.binary_fill_holes(gaps == i) & (gaps != i)
        inside &= ~enclosed | mask
    return inside


def find_things(pixels, style="", count=1, contours=False):
    """The background's colour and the `count` largest things. pixels: (H, W, 3) bytes → colour name, [Finding]"""
    pixels = np.asarray(pixels, np.float32)
    height, width = pixels.shape[:2]
    border = np.concatenate([pixels[:2].reshape(-1, 3), pixels[-2:].reshape(-1, 3), pixels[:, 0], pixels[:, -1]])
    ground = np.median(border, 0)
    mask = np.linalg.norm(pixels - ground, axis=-1) > FAR_FROM_BACKGROUND * (0.55 if style else 1)
    close = max(1, min(height, width) // 64)
    painted = ndimage.binary_closing(np.pad(mask, 8), iterations=close)[8:-8, 8:-8]
    mask = within_contours(painted) if contours else filled(painted)
    parts, _ = ndimage.label(mask)
    areas = np.bincount(parts.ravel())
    areas[0] = 0
    findings = []
    for part in np.argsort(-areas)[:count]:
        if areas[part] < LEAST_SHARE * mask.size:
            continue
        thing = filled(parts == part)
        fit, shape = best_shape(thing)
        inner = thing & painted if contours else ndimage.binary_erosion(thing, iterations=2)
        hollow = (thing & ~painted).sum() / thing.sum()
        colour = most_frequent_colour(pixels[inner if inner.any() else thing], style)
        rows, columns = np.flatnonzero(thing.any(1)), np.flatnonzero(thing.any(0))
        x, y = (columns[0] + columns[-1] + 1) / 2 / width, (rows[0] + rows[-1] + 1) / 2 / height
        findings.append(Finding(shape, colour, x, y, float(fit), float(hollow)))
    return most_frequent_colour(ground, style), findings


def at_place(finding, place):
    """The middle lies on the side that the place names, and in the middle of the other direction."""

    def right(wanted, value):
        return value * wanted > 0.1 if wanted else abs(value) < 0.14

    dx, dy = PLACES[place]
    return bool(right(dx, finding.x - 0.5) and right(dy, finding.y - 0.5))


def has_contours(pixels, scene):
    """Whether as many things as the scene has are there, all of them as contours."""
    _, found = find_things(pixels, scene.style, len(scene.things), contours=True)
    return len(found) == len(scene.things) and all(finding.hollow >= LEAST_HOLLOW for finding in found)


def check(pixels, scene, contours=False):
    """The verdict on an image: each thing of the scene must be right, and there must be no other thing."""
    ground, found = find_things(pixels, scene.style, len(scene.things) + 1, contours)
    background = ground == scene.background
    if len(found) < len(scene.things):
        return Verdict(False, False, False, background)
    alone = len(found) == len(scene.things)
    found = found[: len(scene.things)]
    if scene.relation:
        dx, dy = RELATIONS[scene.relation]
        found = sorted(found, key=lambda finding: -(finding.x * dx + finding.y * dy))
        gap = (found[0].x - found[1].x) * dx + (found[0].y - found[1].y) * dy
        place = bool(gap > 0.2)
    else:
        place = at_place(found[0], scene.place)
    pairs = list(zip(found, scene.things))
    return Verdict(
        all(finding.colour == thing.colour for finding, thing in pairs),
        all(finding.shape == thing.shape and finding.fit >= LEAST_FIT for finding, thing in pairs),
        place and alone,
        background,
    )
