import glassbox
import numpy as np


def run(glass, wrong=()):
    """One step, with the outputs of some modules 1 % too large. -> (outputs, inputs)"""

    def spoil(path, output):
        return output * np.float32(1.01)

    hooks = [glassbox.hook(path, spoil) for path in wrong]
    try:
        with glassbox.record("unet*", inputs=True) as seen:
            glass("a red ring", seed=7, num_inference_steps=1, guidance_scale=4, output_type="latent")
    finally:
        for hook in hooks:
            hook.remove()
    return ({path: np.array(calls[0]) for path, calls in seen.items()},
            {path: {name: np.array(x) for name, x in calls[0].items()} for path, calls in seen.inputs.items()})


def check_relative(answers, glass):
    random = np.random.default_rng(17)
    r = random.standard_normal((3, 4, 5)).astype(np.float32)
    for y in (r, r * np.float32(1.01), r + random.standard_normal(r.shape).astype(np.float32) * 1e-3):
        expected = np.linalg.norm(y.astype(float) - r) / np.linalg.norm(r.astype(float))
        found = answers.relative(y, r)
        assert found is not None and abs(found - expected) <= 1e-6 * expected + 1e-12, f"expected {expected:.6g}, got {found}"


def check_culprit(answers, glass):
    right, _ = run(glass)
    for path in ("unet.conv_in", "unet.mid_block.attentions.0.transformer_blocks.0.ff.net.2", "unet.up_blocks.1.resnets.0.norm1"):
        found = answers.culprit(run(glass, [path])[0], right)
        assert found == path, f"a mistake planted in {path}: got {found}"
    assert answers.culprit(right, right) is None, "two equal runs: expected None"


def check_wrong_layers(answers, glass):
    wrong = {"unet.down_blocks.1.resnets.0.conv1", "unet.up_blocks.2.resnets.1.norm2"}
    outputs, inputs = run(glass, wrong)
    kinds = (glassbox.Linear, glassbox.Conv2d, glassbox.GroupNorm, glassbox.LayerNorm)
    layers = {module.path: module for _, module in glass.unet.named_modules() if isinstance(module, kinds)}
    layers = {path: layer for path, layer in layers.items()
              if path in inputs and list(inputs[path]) == ["x"] and "samplers" not in path}
    found = answers.wrong_layers(layers, {path: inputs[path]["x"] for path in layers}, {path: outputs[path] for path in layers})
    assert isinstance(found, (set, list, tuple)) and set(found) == wrong, f"expected {sorted(wrong)}, got {found}"
