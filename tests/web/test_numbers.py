"""What the page shows is what the native program computes."""

import json
import os
import subprocess
import tempfile
import unittest
from pathlib import Path

import native
from site_of_page import PageTest, largest_difference, root, site

paths = ["unet.conv_in", "unet.down_blocks.0.resnets.0", "unet.down_blocks.0.downsamplers.0.conv",
         "unet.down_blocks.1.attentions.0", "unet.down_blocks.1.attentions.0.norm", "unet.down_blocks.1.attentions.0.proj_in",
         "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn1.to_q",
         "unet.down_blocks.1.attentions.0.transformer_blocks.0.attn2.to_k",
         "unet.down_blocks.1.attentions.0.transformer_blocks.0.ff.net.0.proj", "unet.mid_block", "unet.mid_block.resnets.0.conv1",
         "unet.mid_block.attentions.0.transformer_blocks.1.norm3", "unet.up_blocks.0.resnets.0.conv_shortcut",
         "unet.up_blocks.0.upsamplers.0", "unet.up_blocks.1.attentions.2", "unet.up_blocks.2.resnets.2", "unet.conv_norm_out",
         "unet.conv_out", "unet.time_embedding", "unet.add_embedding"]


class Numbers(PageTest):
    def test_picture_in_chromium_and_in_node(self):
        expected = native.picture()
        drawn = self.picture(self.open())
        self.assertLessEqual(largest_difference(drawn, expected), 1, "Chromium and the native program")
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "node.ppm"
            subprocess.run(["node", root / "examples/web/draw.mjs", site.parent, root / "examples/tiny_sdxl/model", file], check=True,
                           capture_output=True)
            in_node = file.read_bytes()[-len(expected):]
        self.assertEqual(in_node, drawn, "node and Chromium")

    def test_twenty_numbers_of_a_trace(self):
        step = 10
        trace = native.traced(step, paths)
        page = self.open(f"step={step}")
        self.assertEqual(len(paths), 20)
        for path in paths:
            shape, values = trace[path]
            row = shape[0] - 1 if len(shape) == 2 else 0  # of a vector, the rows of the batch are those of its picture
            page.evaluate("([path, row]) => glassbox.set({at: path, show: null, pixel: [0, row, 0]})", [path, row])
            page.wait_for_function("path => document.querySelector('canvas.tensor')?.getAttribute('aria-label').startsWith(path + ',')", arg=path)
            page.wait_for_function("document.querySelector('.readout b')")
            shown = float(page.inner_text(".readout b").replace("−", "-"))
            index = len(values) // shape[0] * (shape[0] - 1)  # the first number of the row with the prompt
            largest = max(map(abs, values))
            self.assertAlmostEqual(shown, values[index], delta=1e-6 * largest, msg=path)

    def test_inputs_and_predictions_of_a_step(self):
        trace = native.traced(7, ["unet.mid_block"])
        page = self.open("step=7")
        page.evaluate("glassbox.look()")
        for name in ["inputs/unet.mid_block/x", "inputs/unet.mid_block/temb", "inputs/unet.mid_block/context"]:
            shape, values = trace[name]
            ours = page.evaluate("name => glassbox.model.call('tensor', name).then(t => ({shape: t.shape, data: Array.from(t.data)}))", name)
            self.assertEqual(ours["shape"], shape, name)
            largest = max(map(abs, values))
            self.assertLess(max(abs(a - b) for a, b in zip(ours["data"], values)), 1e-6 * largest, name)

    def test_a_step_runs_again_with_the_same_bits(self):
        """What the inspector looks at is the run itself: the predicted noise gives the recorded prediction."""
        page = self.open("steps=4")
        rms = page.evaluate("""async () => {
          await glassbox.look();
          const tile = glassbox.run.steps.at(-1).tiles.get('unet.mid_block.resnets.1');
          const t = await glassbox.model.call('tensor', 'unet.mid_block.resnets.1');
          const half = t.data.subarray(t.data.length / 2);
          return [tile.rms, Math.sqrt(half.reduce((sum, v) => sum + v * v, 0) / half.length)];
        }""")
        self.assertEqual(rms[0], rms[1])

    def test_refiner_in_both_ways(self):
        refiner = ["--refiner", root / "examples/tiny_sdxl/model/refiner", "--aesthetic-score", "8"]
        for state, options in [("refiner=ensemble:0.7&score=8", ["--high-noise-fraction", "0.7"]), ("refiner=image:0.4&score=8", ["--refine-strength", "0.4"])]:
            with self.subTest(state):
                page = self.open(state)
                self.assertLessEqual(largest_difference(self.picture(page), native.picture(*refiner, *options)), 1)
                self.assertIn("refiner", page.evaluate("glassbox.run.steps.map(step => step.facts.model)"))
                self.context.close()

    def test_knobs_are_those_of_the_program(self):
        cases = {
            "mute=unet.mid_block": ["--mute", "unet.mid_block"],
            "skips=2,6": ["--mute-skip", "2", "--mute-skip", "6"],
            "heads=unet.up_blocks.1.attentions.2.transformer_blocks.0.attn2:1": ["--mute-head", "unet.up_blocks.1.attentions.2.transformer_blocks.0.attn2:1"],
            "sampler=dpmpp-2m-karras&steps=12": ["--scheduler", "dpmpp-2m-karras", "--steps", "12"],
            "height=96&width=160&original=48,80&crop=8,16&target=96,160": ["--height", "96", "--width", "160", "--original-height", "48", "--original-width", "80",
                                                                         "--crop-top", "8", "--crop-left", "16"],
            "negative=a+red+circle&seed=5&guidance=7": ["--negative-prompt", "a red circle", "--seed", "5", "--guidance-scale", "7"],
        }
        page = self.open()
        for state, options in cases.items():
            with self.subTest(state):
                before = page.evaluate("glassbox.run.number")
                page.goto(self.address + "#v=1&" + state)
                self.wait_until_drawn(page, after=before)
                self.assertLessEqual(largest_difference(self.picture(page), native.picture(*options)), 1)

    def test_size_of_the_program(self):
        import gzip
        packed = len(gzip.compress((site / "glassbox.wasm").read_bytes(), 9))
        self.assertLess(packed, 1_000_000)
        listed = json.loads((site / "files.json").read_text())["files"]
        for name, size in listed.items():
            self.assertEqual(os.path.getsize(site / name), size, name)


if __name__ == "__main__":
    unittest.main()
