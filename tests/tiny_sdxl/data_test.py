"""Toybox: the drawing matches the caption by the checker, the checker fails wrong ones, and a seed fixes everything.

    python tests/tiny_sdxl/data_test.py
"""

import sys
import tempfile
import unittest
from dataclasses import replace
from pathlib import Path

import numpy as np
from safetensors.numpy import load_file

sys.path.insert(0, str(Path(__file__).parents[2] / "examples" / "tiny_sdxl"))

from data.checker import check, has_contours  # noqa: E402
from data.draw import draw  # noqa: E402
from data.edges import agreement, canny  # noqa: E402
from data.example import make_example, make_examples  # noqa: E402
from data.scene import SHAPES, Scene, Thing, caption, is_held_out, random_scene  # noqa: E402
from data.tokenizer import train_tokenizer  # noqa: E402
from prompts import FIXED, HELD_OUT  # noqa: E402

SIZES = ((128, 128), (96, 160), (160, 96), (64, 64))


class Checker(unittest.TestCase):
    def test_drawn_scenes_are_found_right(self):
        rng = np.random.default_rng(7)
        count, right = 600, 0
        for i in range(count):
            scene = random_scene(rng, held_out=i % 2 == 1)
            verdict = check(draw(scene, *SIZES[i % 3], rng), scene)
            right += verdict.right and verdict.background
        self.assertGreaterEqual(right / count, 0.98)

    def test_the_scenes_of_the_evaluation_are_found_right_at_both_sizes(self):
        rng = np.random.default_rng(8)
        for scene in FIXED + HELD_OUT:
            for size in (SIZES[0], SIZES[3]):
                verdict = check(draw(scene, *size, rng), scene)
                self.assertTrue(verdict.right and verdict.background, (caption(scene), size, verdict))

    def test_other_scenes_are_found_wrong(self):
        rng = np.random.default_rng(9)
        pixels = draw(Scene((Thing("star", "yellow", size="small"),), "blue", "on the left"), 128, 128, rng)

        def verdict(shape="star", colour="yellow", background="blue", place="on the left"):
            return check(pixels, Scene((Thing(shape, colour, size="small"),), background, place))

        self.assertTrue(verdict().right)
        self.assertFalse(verdict(shape="flower").shape)
        self.assertFalse(verdict(colour="orange").colour)
        self.assertFalse(verdict(place="on the right").place)
        self.assertFalse(verdict(place="").place)
        self.assertFalse(verdict(background="purple").background)

    def test_a_pair_is_told_from_its_reverse_and_from_one_thing(self):
        a, b = Thing("heart", "red"), Thing("ring", "green")
        pixels = draw(Scene((a, b), "white", relation="above"), 128, 128, np.random.default_rng(1))
        self.assertTrue(check(pixels, Scene((a, b), "white", relation="above")).right)
        self.assertTrue(check(pixels, Scene((b, a), "white", relation="below")).right)
        self.assertFalse(check(pixels, Scene((b, a), "white", relation="above")).colour)
        self.assertFalse(check(pixels, Scene((a, b), "white", relation="to the left of")).place)
        alone = draw(Scene((a,), "white"), 128, 128, np.random.default_rng(1))
        self.assertFalse(check(alone, Scene((a, b), "white", relation="above")).right)

    def test_what_is_not_in_the_scene_is_wrong(self):
        scene = Scene((Thing("ring", "green"),), "white")
        pixels = draw(scene, 128, 128, np.random.default_rng(1))
        self.assertTrue(check(pixels, scene).right)
        pixels[4:20, 4:20] = (200, 30, 30)
        self.assertFalse(check(pixels, scene).place)

    def test_a_blob_has_no_shape(self):
        y, x = np.mgrid[0:128, 0:128]
        blob = (np.hypot(x - 45, y - 80) < 18) | (np.hypot(x - 75, y - 45) < 25) | (np.hypot(x - 60, y - 62) < 9)
        pixels = np.where(blob[..., None], (220, 30, 35), 248).astype(np.uint8)
        for shape in SHAPES:
            self.assertFalse(check(pixels, Scene((Thing(shape, "red"),), "white")).shape, shape)

    def test_an_empty_image_is_wrong(self):
        self.assertFalse(check(np.full((128, 128, 3), 200, np.uint8), FIXED[0]).right)


class Contours(unittest.TestCase):
    def test_drawn_contours_are_found_right_and_filled_shapes_are_none(self):
        rng = np.random.default_rng(11)
        count, right, hollow, filled = 200, 0, 0, 0
        for _ in range(count):
            scene = random_scene(rng)
            scene = replace(scene, style="" if scene.style == "mosaic" else scene.style)
            pixels = draw(scene, 128, 128, rng, contours=True)
            verdict = check(pixels, scene, contours=True)
            right += verdict.right and verdict.background
            hollow += has_contours(pixels, scene)
            filled += has_contours(draw(scene, 128, 128, rng), scene)
        self.assertGreaterEqual(right / count, 0.95)
        self.assertGreaterEqual(hollow / count, 0.98)
        self.assertLessEqual(filled / count, 0.02)


class Edges(unittest.TestCase):
    def test_they_are_those_of_opencv(self):
        golden = load_file(Path(__file__).parents[1] / "goldens" / "edges.safetensors")
        names = [name for name in golden if name.startswith("edges/")]
        self.assertEqual(len(names), 18)
        for name in names:
            _, image, low, high = name.split("/")
            low, high = sorted((float(low), float(high)))
            found = canny(golden[f"image/{image}"].astype(np.uint8), int(low), int(high))
            self.assertTrue((255 * found == golden[name]).all(), name)

    def test_agreement_allows_two_pixels(self):
        lines = np.zeros((3, 40, 40), bool)
        for line, row in zip(lines, (10, 12, 13)):
            line[row, 5:35] = True
        self.assertEqual(agreement(lines[0], lines[0]), 1.0)
        self.assertEqual(agreement(lines[0], lines[1]), 1.0)
        self.assertEqual(agreement(lines[0], lines[2]), 0.0)
        self.assertAlmostEqual(agreement(lines[0], lines[0] | lines[2]), 0.5)


class Examples(unittest.TestCase):
    def test_held_out_things_are_never_shown(self):
        rng = np.random.default_rng(3)
        for _ in range(2000):
            self.assertFalse(any(is_held_out(thing) for thing in random_scene(rng).things))
        self.assertTrue(all(is_held_out(scene.things[0]) for scene in HELD_OUT))
        self.assertFalse(any(is_held_out(thing) for scene in FIXED for thing in scene.things))
        self.assertEqual((len(FIXED), len(set(HELD_OUT))), (12, 12))

    def test_an_example_is_the_same_whoever_draws_it(self):
        alone = make_example(5, 3, SIZES[1])
        among = list(make_examples(5, 4, SIZES[:2], processes=2))[3]
        self.assertEqual(alone.caption, among.caption)
        self.assertTrue((alone.pixels == among.pixels).all())

    def test_sizes_and_crops_fit_the_bucket_and_small_sources_are_blurred(self):
        sharpness = {True: [], False: []}
        for example in make_examples(6, 300, SIZES[:1], processes=1):
            self.assertEqual(example.pixels.shape, (128, 128, 3))
            (height, width), (top, left) = example.original_size, example.crop
            scale = 128 / min(height, width)
            self.assertLessEqual(top + 128, height * scale + 2 * scale)
            self.assertLessEqual(left + 128, width * scale + 2 * scale)
            steepest = np.abs(np.diff(example.pixels.astype(float), axis=1)).max()
            sharpness[min(height, width) < 64].append(steepest)
        self.assertLess(np.mean(sharpness[True]), 0.6 * np.mean(sharpness[False]))

    def test_spoilt_images_score_less(self):
        scores = [example.aesthetic_score for example in make_examples(6, 100, SIZES[:1], processes=1, spoilt_share=0.5)]
        self.assertEqual(max(scores), 7.0)
        self.assertLess(min(scores), 3.0)
        self.assertTrue(30 <= sum(score < 7.0 for score in scores) <= 70)


class Tokenizer(unittest.TestCase):
    def test_each_word_of_the_grammar_is_one_token_and_other_words_are_spelt(self):
        with tempfile.TemporaryDirectory() as folder:
            tokenizer = train_tokenizer(folder, captions=3000)
            for scene in FIXED + HELD_OUT:
                self.assertEqual(len(tokenizer.tokenize(caption(scene))), len(caption(scene).split()))
            self.assertEqual(tokenizer.tokenize("Zx"), ["z", "x</w>"])
            ids = tokenizer("a ring").input_ids
            self.assertEqual((ids[0], ids[-1]), (len(tokenizer) - 2, len(tokenizer) - 1))


if __name__ == "__main__":
    unittest.main()
