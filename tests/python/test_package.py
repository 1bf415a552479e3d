"""Models, layers, hooks, pipelines and bad input, from Python."""

import ast
import gc
import os
import signal
import threading
import time
from pathlib import Path

import glassbox
import numpy as np
import pytest
import torch
from conftest import PROMPT


def test_a_module_by_attribute_index_and_path(glass):
    attention = glass.unet.down_blocks[1].attentions[0]
    assert attention.class_name == "Transformer2D"
    assert attention is glass.unet.get_submodule("down_blocks.1.attentions.0")
    assert attention.transformer_blocks[0].attn1.to_out[0].path.endswith("attn1.to_out.0")
    assert "(attn1): Attention(" in str(attention) and "<details" in attention._repr_html_()
    with pytest.raises(AttributeError, match="unet .UNet2DConditionModel. has no conv_inn; it has conv_in"):
        glass.unet.conv_inn
    with pytest.raises(IndexError, match="has no 9"):
        glass.unet.down_blocks[9]
    assert "Multi-head attention" in glassbox.Attention.__doc__


def test_an_editor_can_read_the_stubs():
    classes = {node.name: node for node in ast.parse((Path(glassbox.__file__).parent / "_glassbox.pyi").read_text()).body
               if isinstance(node, ast.ClassDef)}  # fmt: skip
    public = {name for name, value in vars(glassbox._glassbox).items() if isinstance(value, type)}
    assert public == set(classes)
    assert all(ast.get_docstring(classes[kind]) for kind in ("Attention", "ResnetBlock", "UNet2DConditionModel"))
    assert (Path(glassbox.__file__).parent / "py.typed").is_file()


def test_a_published_model_without_weights():
    rows = {row.path: row for row in glassbox.summary("sdxl-base", height=512, width=512)}
    assert rows["unet"].parameters == 2_567_463_684 and rows["unet"].output == (1, 4, 64, 64)
    assert rows["unet"].multiply_adds < glassbox.summary("sdxl-base")[0].multiply_adds
    with pytest.raises(ValueError, match="summary: expected one of clip-l, .*, got sdxl"):
        glassbox.summary("sdxl")
    with pytest.raises(ValueError, match="summary: expected multiples of 8 pixels, got 12 x 0"):
        glassbox.summary("sdxl-base", height=12)


def test_weights_as_arrays_and_a_module_from_arrays(glass):
    weights = glass.unet.mid_block.resnets[0].state_dict()
    assert not weights["conv1.weight"].flags.writeable
    block = glassbox.ResnetBlock(128, 128, 192, 8, 1e-5)
    block.load_state_dict(weights)
    x, temb = np.random.randn(1, 128, 4, 4), np.random.randn(1, 192)
    assert np.array_equal(block(x, temb), glass.unet.mid_block.resnets[0](x, temb))
    del weights["conv1.bias"]
    with pytest.raises(RuntimeError, match="missing in file .1.:\n    conv1.bias"):
        block.load_state_dict(weights)
    with pytest.raises(RuntimeError, match="no weights were loaded"):
        glassbox.Linear(2, 3)(np.ones((1, 2)))


@pytest.mark.parametrize("kind", ["unet", "text_encoder", "text_encoder_2", "vae"])
def test_a_model_from_its_own_config(glass, kind):
    model = getattr(glass, kind)
    copy = type(model)(model.config)
    copy.load_state_dict(model.state_dict())
    assert copy.config == model.config


def test_arrays_of_every_kind_go_in(glass):
    layer = glass.unet.conv_in
    x = torch.randn(1, 8, 8, 4, dtype=torch.float64).permute(0, 3, 1, 2)
    expected = layer(x.float().contiguous().numpy())
    for array in (x, x.numpy(), x.clone().requires_grad_(), x[:, ::1], np.asfortranarray(x.numpy())):
        assert np.array_equal(layer(array), expected)
    assert layer(x.to(torch.bfloat16)).shape == layer(np.ones((1, 4, 8, 8), int)).shape


@pytest.mark.parametrize("x, error, text", [
    (np.zeros((1, 5, 8, 8)), ValueError, r"conv_in: Conv2d expects \(N, 4, H, W\), got \(1, 5, 8, 8\)"),
    (np.zeros((1, 1, 1, 4, 8, 8)), ValueError, "x: expected at most 4 axes, got 6"),
    (np.full((1, 4, 8, 8), np.nan), ValueError, "x: expected finite numbers, got NaN or infinity"),
    (np.zeros((1, 4, 8, 8), complex), TypeError, "x: expected an array of real numbers"),
    (torch.zeros(1, 4, 8, 8, dtype=torch.complex64), TypeError, "x: expected real numbers, got torch.complex64"),
    ("a star", TypeError, "x: expected an array of real numbers, got str"),
    (object(), TypeError, "x: expected an array of real numbers"),
])  # fmt: skip
def test_bad_arrays(glass, x, error, text):
    with pytest.raises(error, match=text):
        glass.unet.conv_in(x)


def test_bad_models_and_arguments(glass, tmp_path):
    (tmp_path / "model_index.json").write_text('{"_class_name": "StableDiffusionXLPipeline", "unet": [')
    for folder in (tmp_path, "nowhere"):
        with pytest.raises(RuntimeError, match=str(folder)):
            glassbox.open(folder)
    with pytest.raises(ValueError, match="output_type: expected one of"):
        glass(PROMPT, output_type="jpg")
    with pytest.raises(ValueError, match="latents: expected .1, 4, 16, 16."):
        glass(PROMPT, latents=np.zeros((1, 4, 3, 3)))
    with pytest.raises(ValueError, match="cross_attention_kwargs is not built here"):
        glass(PROMPT, cross_attention_kwargs={"scale": 0.5})
    with pytest.raises(ValueError, match="unknown scheduler|no scheduler|euler"):
        glass(PROMPT, scheduler="eulr")
    with pytest.raises(ValueError, match="has no word 'moon'"):
        glass.attention_maps(PROMPT, ["moon"], steps=1)
    with pytest.raises(RuntimeError, match="no module's path is like"):
        glassbox.mute(glass, "unet.nothing")


def test_record_and_hooks(glass):
    with glassbox.record("unet.mid_block.*", inputs=True) as seen:
        before = glass(PROMPT, steps=2, seed=1, output_type="np").images
    path = "unet.mid_block.resnets.0"
    assert len(seen[path]) == 2 and seen[path][0].shape == (2, 128, 4, 4)
    assert set(seen.inputs[path][0]) == {"x", "temb"}
    assert "<img" in seen[path][0]._repr_html_()
    calls = []
    with glassbox.hook("unet.mid_block", lambda path, out: calls.append(path) or np.zeros(out.shape)):
        zero = glass(PROMPT, steps=2, seed=1, output_type="np").images
    assert calls == ["unet.mid_block"] * 2 and np.abs(zero - before).max() > 0.01
    with pytest.raises(ValueError, match="expected .2, 128, 4, 4. in place of its output"):
        with glassbox.hook("unet.mid_block", lambda path, out: np.zeros(3)):
            glass(PROMPT, steps=1, seed=1)
    with pytest.raises(ZeroDivisionError), glassbox.hook("unet.conv_in", lambda path, out: 1 / 0):
        glass(PROMPT, steps=1)
    after = glass(PROMPT, steps=2, seed=1, output_type="np").images
    assert np.array_equal(before, after)


def test_knobs(glass):
    plain = glass(PROMPT, steps=2, seed=1, output_type="latent").latents
    heads = "unet.mid_block.attentions.0.transformer_blocks.0.attn2"
    for knob in (lambda: glassbox.mute(glass, "unet.mid_block"), lambda: glassbox.scale(glass, {"*.attn2": 0.5}),
                 lambda: glassbox.mute_heads(glass.unet, heads, [0]), lambda: glassbox.mute_skips(glass.unet, [3])):
        with knob():
            assert np.abs(glass(PROMPT, steps=2, seed=1, output_type="latent").latents - plain).max() > 1e-4
    with glassbox.scale(glass, {"*.attn2": 1.0}):
        assert np.array_equal(glass(PROMPT, steps=2, seed=1, output_type="latent").latents, plain)


def test_pipelines(glass):
    steps = []
    end = lambda pipe, i, t, given: steps.append((i, round(t))) or {"latents": given["latents"] * 0.5}
    previews = []
    output = glass(PROMPT, steps=3, seed=1, callback_on_step_end=end, preview=lambda i, image: previews.append(image.size))
    assert [i for i, _ in steps] == [0, 1, 2] and previews == [(16, 16)] * 3
    image = output.images[0]
    assert glass.image_to_image(PROMPT, image=image, strength=0.5, steps=4, seed=1).images[0].size == (128, 128)
    mask = np.zeros((128, 128))
    mask[:64] = 1
    painted = np.asarray(glass.inpaint(PROMPT, image=image, mask_image=mask, steps=4, seed=1).images[0]).astype(int)
    assert np.abs(painted[100:] - np.asarray(image)[100:]).mean() < np.abs(painted[:30] - np.asarray(image)[:30]).mean()
    refiner = glassbox.open(glassbox.tiny_model() / "refiner", name="refiner")
    latents = glass(PROMPT, steps=10, seed=1, denoising_end=0.8, output_type="latent").images
    assert refiner.image_to_image(PROMPT, image=latents, denoising_start=0.8, steps=10, seed=1).images[0].size == (128, 128)
    output, maps = glass.attention_maps(PROMPT, ["star", "blue"], rows="steps", steps=2, seed=1)
    assert list(maps) == ["step 0", "step 1"] and maps["step 0"]["star"].shape == (16, 16)
    _, maps = glass.attention_maps("a red circle above a blue square", steps=1, seed=1)
    assert list(maps["all"]) == ["a", "red", "circle", "above", "a (2)", "blue", "square"]


def test_schedulers_and_tokens(glass):
    scheduler = glass.scheduler("euler", steps=5)
    assert len(scheduler.timesteps) == 5 and scheduler.init_noise_sigma > 1
    assert glass.scheduler("euler", steps=5, timestep_spacing="trailing").timesteps[0] == 999
    with pytest.raises(ValueError, match="colour: no scheduler has such a field"):
        glass.scheduler("euler", colour="red")
    with pytest.raises(RuntimeError, match="timestep_spacing"):
        glass.scheduler("euler", timestep_spacing="sideways")
    assert glassbox.tokenize("a photo of a cat").ids[1:6] == [320, 1125, 539, 320, 2368]
    assert [word for word, _ in glassbox.tokenize("a cat").words] == ["a", "cat"]


def test_arrays_outlive_their_model():
    model = glassbox.open()
    weight, layer = model.unet.state_dict()["conv_in.weight"], model.unet.mid_block.resnets[0].conv1
    output = model.unet.conv_in(np.ones((1, 4, 8, 8)))
    copies = weight.copy(), output.copy()
    del model
    gc.collect()
    assert np.array_equal(weight, copies[0]) and np.array_equal(output, copies[1])
    assert layer(np.ones((1, 128, 3, 3))).shape == (1, 128, 3, 3)
    torch_layer = torch.nn.Linear(3, 2)
    twin = glassbox.like(torch_layer)
    expected = twin(np.ones((1, 3))).copy()
    del torch_layer
    gc.collect()
    assert np.array_equal(twin(np.ones((1, 3))), expected)


def test_no_leak():
    def resident():
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 2**20

    def work(opens, calls):
        layer = glassbox.Linear(64, 64)
        layer.load_state_dict({"weight": np.ones((64, 64), np.float32), "bias": np.ones(64, np.float32)})
        for _ in range(calls):
            layer(np.ones((64, 64)))
        for _ in range(opens):
            glassbox.open(vae=None).unet.state_dict()
        gc.collect()

    opens = int(os.environ.get("GLASSBOX_OPENS", "20"))
    work(5, 200)
    before = resident()
    work(opens, 1000)
    assert resident() - before < 40  # MiB; the model has 24


def test_two_threads_and_torch_in_one_process(glass, pipe):
    def run(results, i):
        results[i] = glass(PROMPT, steps=2, seed=i, output_type="latent").latents

    alone, together = {}, {}
    for i in range(2):
        run(alone, i)
    threads = [threading.Thread(target=run, args=(together, i)) for i in range(2)]
    for thread in threads:
        thread.start()
    for _ in range(20):
        torch.randn(256, 256) @ torch.randn(256, 256)
    for thread in threads:
        thread.join()
    assert all(np.array_equal(alone[i], together[i]) for i in range(2))


def test_the_lock_is_free_while_kernels_run(glass):
    turns, done = 0, threading.Event()
    thread = threading.Thread(target=lambda: (glass(PROMPT, steps=4, seed=1), done.set()))
    thread.start()
    while not done.is_set():
        turns += 1
        time.sleep(0.001)
    thread.join()
    assert turns > 5


def test_ctrl_c_stops_a_run(glass):
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a program in the background ignores it
    steps = []
    timer = threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT))
    timer.start()
    with pytest.raises(KeyboardInterrupt):
        glass(PROMPT, steps=1000, seed=1, callback_on_step_end=lambda pipe, i, t, given: steps.append(i))
    timer.join()
    assert len(steps) < 900
    assert glass(PROMPT, steps=1, seed=1).images


def test_guidance_by_changed_layers(glass):
    def draw(**more):
        return glass(PROMPT, height=64, width=64, steps=4, seed=3, output_type="latent", **more).latents

    plain = draw()
    assert np.array_equal(draw(pag_scale=0.0, cache_interval=1, adaptive_projected_guidance_eta=1.0), plain)
    changed = [
        draw(pag_scale=3.0, pag_applied_layers=["mid", "up_blocks.1"]),
        draw(adaptive_projected_guidance_eta=0.0, adaptive_projected_guidance_momentum=-0.5),
        draw(cache_interval=2, cache_branch_id=1),
    ]
    glass.enable_freeu(s1=0.9, s2=0.2, b1=1.3, b2=1.4)
    changed.append(draw())
    glass.disable_freeu()
    assert all(np.abs(latents - plain).max() > 1e-4 for latents in changed)
    assert np.array_equal(draw(), plain)
    with pytest.raises(RuntimeError, match="pag_applied_layers: no module's path is like .middle.; the nearest"):
        draw(pag_scale=1.0, pag_applied_layers="middle")
    with pytest.raises(ValueError, match="attention_maps: the maps are of the last rows of a batch, which pag_scale"):
        glass.attention_maps(PROMPT, pag_scale=1.0)
    with pytest.raises(ValueError, match="FreeU: expected factors above 0, got s1 0"):
        glass.enable_freeu(0.0, 1.0, 1.0, 1.0)
        try:
            draw()
        finally:
            glass.disable_freeu()
