"""Goldens of guidance by changed layers: runs of diffusers with PAG, APG and FreeU, and of DeepCache's own helper.

    python guidance.py

Writes tests/goldens/guidance_<case>.safetensors: the control picture if there is one, the latents after every step and
the images (the picture to start from is noise of seed 3, the mask a rectangle: the test makes them, too); and guidance_pag_dump.safetensors, a step with PAG for `sdxl parity`.
The models are those of pipeline.py, image_to_image.py, inpaint.py and control_net.py.
"""

import functools
import json
import sys
from pathlib import Path

import torch
from DeepCache import DeepCacheSDHelper
from diffusers import (
    ControlNetModel,
    StableDiffusionXLControlNetPAGPipeline,
    StableDiffusionXLImg2ImgPipeline,
    StableDiffusionXLInpaintPipeline,
    StableDiffusionXLPAGImg2ImgPipeline,
    StableDiffusionXLPAGInpaintPipeline,
    StableDiffusionXLPAGPipeline,
    StableDiffusionXLPipeline,
)
from diffusers.guiders import AdaptiveProjectedGuidance

from golden import GOLDENS
from run_pipeline import noise_image, open_pipeline, run_pipeline
from tiny_models import MODELS

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "examples/parity"))
from dump import Dump  # noqa: E402

BASE, REFINER, NINE = "three_levels_f32", "refiner_f16", "inpaint_f16"
SIZE = {"height": 40, "width": 56}
CALL = {"prompt": "a large red star", "num_inference_steps": 4}
NOTHING = {"mask": "", "apg": "{}", "freeu": "{}", "deep_cache": "{}"}
TWO = {"num_images_per_prompt": 2}


def picture():
    return {"image": noise_image(**SIZE)}


def draw(name, pipeline, arguments, model=BASE, images=None, inputs=None, **metadata):
    about = {"model": model, "scheduler": "euler", "layers": '["mid"]', **NOTHING, **metadata}
    if images and "mask_image" in images:
        about["mask"] = "10:30, 8:40"
    run_pipeline(f"guidance_{name}", __file__, pipeline, {**CALL, **arguments}, images=images, inputs=inputs, **about)


def of_mask():
    mask = torch.zeros(1, 1, *SIZE.values())
    mask[..., 10:30, 8:40] = 1
    return {**picture(), "mask_image": mask}


# PAG: the pipelines of diffusers that have it.


def perturbed(name, kind, arguments, layers="mid", model=BASE, **more):
    pipeline = open_pipeline(kind, model, "euler", pag_applied_layers=layers, **more.pop("components", {}))
    draw(name, pipeline, arguments, model, layers=json.dumps([layers] if isinstance(layers, str) else layers), **more)


def pag():
    perturbed("pag", StableDiffusionXLPAGPipeline, {**SIZE, **TWO, "pag_scale": 3.0, "guidance_scale": 5.0})
    perturbed(
        "pag_unguided",
        StableDiffusionXLPAGPipeline,
        {**SIZE, "guidance_scale": 0.0, "pag_scale": 2.5, "pag_adaptive_scale": 0.004},
    )
    perturbed(
        "pag_layers",
        StableDiffusionXLPAGPipeline,
        {**SIZE, "pag_scale": 3.0, "guidance_rescale": 0.5},
        ["mid", "up_blocks.0.attentions.1", "down_blocks.1"],
    )
    image = picture()
    strength = {"pag_scale": 2.0, "strength": 0.6, "guidance_scale": 5.0}
    perturbed("pag_image", StableDiffusionXLPAGImg2ImgPipeline, {**strength, **TWO}, images=image)
    perturbed("pag_refiner", StableDiffusionXLPAGImg2ImgPipeline, strength, model=REFINER, images=image)
    for case, model in (("pag_mask", BASE), ("pag_nine", NINE)):
        arguments = {**SIZE, **strength}
        perturbed(case, StableDiffusionXLPAGInpaintPipeline, arguments, model=model, images=of_mask())
    net = ControlNetModel.from_pretrained(MODELS / "control_net_f16", torch_dtype=torch.float32).eval()
    control = torch.rand(1, 3, *SIZE.values(), generator=torch.Generator().manual_seed(1))
    perturbed(
        "pag_control",
        StableDiffusionXLControlNetPAGPipeline,
        {"pag_scale": 3.0, "controlnet_conditioning_scale": 0.8, "guidance_scale": 5.0},
        components={"controlnet": net},
        images={"image": control},
        inputs={"picture": control},
    )


def pag_dump():
    """A step with PAG: of the middle block, which is perturbed, and of one attention that is not."""
    pipeline = open_pipeline(StableDiffusionXLPAGPipeline, BASE, "euler", pag_applied_layers="mid")
    only = ["unet.mid_block.attentions.0.transformer_blocks.*", "unet.up_blocks.1.attentions.1*"]
    with Dump(pipeline, only=only, components=("unet",), module_inputs=False) as dump:
        pipeline("a star", num_inference_steps=1, height=16, width=24, pag_scale=3.0, output_type="latent")
    path = GOLDENS / "guidance_pag_dump.safetensors"
    dump.save(path)
    path.chmod(0o644)


# APG: the pipeline's own guidance, u + s (c - u), gives the guider's result if u and c both are that.


def with_guider(pipeline, guidance_scale, **options):
    guider = AdaptiveProjectedGuidance(guidance_scale=guidance_scale, **options)
    guider.set_state(step=0, num_inference_steps=CALL["num_inference_steps"], timestep=None)
    guider.prepare_inputs({})
    original = pipeline.unet.forward

    @functools.wraps(original)
    def forward(*positional, **named):
        uncond, cond = original(*positional, **named)[0].chunk(2)
        return (torch.cat([guider.forward(cond, uncond).pred] * 2),)

    pipeline.unet.forward = forward
    return pipeline, guider


def apg(name, kind=StableDiffusionXLPipeline, model=BASE, arguments=None, images=None, **options):
    """`options` are the guider's; its memory is emptied before the second run of run_pipeline."""
    pipeline, guider = with_guider(open_pipeline(kind, model, "euler"), 8.0, **options)
    original = kind.__call__

    class Fresh(type(pipeline)):
        def __call__(self, *positional, **named):
            guider.prepare_inputs({})
            return original(self, *positional, **named)

    pipeline.__class__ = Fresh
    draw(name, pipeline, {"guidance_scale": 8.0, **(arguments or SIZE)}, model, images, apg=json.dumps(options))


def all_apg():
    threshold = "adaptive_projected_guidance_rescale"
    momentum = "adaptive_projected_guidance_momentum"
    apg("apg", arguments={**SIZE, **TWO}, eta=0.0, **{threshold: 6.0, momentum: -0.5})
    apg("apg_eta", eta=0.3, **{threshold: 0.0})
    arguments = {"strength": 0.6}
    for case, model in (("apg_image", BASE), ("apg_refiner", REFINER)):
        apg(case, StableDiffusionXLImg2ImgPipeline, model, arguments, picture(), eta=0.0, **{threshold: 5.0})


# FreeU and DeepCache: text to image, image to image, and inpainting.


def kinds():
    yield "", StableDiffusionXLPipeline, BASE, {**SIZE, **TWO}, None
    yield "_unguided", StableDiffusionXLPipeline, BASE, {**SIZE, "guidance_scale": 1.0}, None
    yield "_image", StableDiffusionXLImg2ImgPipeline, BASE, {"strength": 0.8}, picture()
    yield "_refiner", StableDiffusionXLImg2ImgPipeline, REFINER, {"strength": 0.8}, picture()
    yield "_nine", StableDiffusionXLInpaintPipeline, NINE, {**SIZE, "strength": 0.8}, of_mask()


def freeu():
    factors = {"s1": 0.9, "s2": 0.2, "b1": 1.3, "b2": 1.4}
    for end, kind, model, arguments, images in kinds():
        pipeline = open_pipeline(kind, model, "euler")
        pipeline.enable_freeu(**factors)
        draw(f"freeu{end}", pipeline, arguments, model, images, freeu=json.dumps(factors))


def deep_cache():
    """The helper counts three layers to a block: with one resnet and one sampler its branch 3 b + l is skip 2 b + l."""
    cases = [(end, 3, 0, rest) for end, *rest in kinds()]
    plain = cases[0][3]
    cases += [(f"_branch_{2 * b + l}", 2, 3 * b + l, plain) for b, l in ((0, 1), (1, 0), (1, 1), (2, 0))]
    for end, interval, branch, (kind, model, arguments, images) in cases:
        pipeline = open_pipeline(kind, model, "euler")
        original = kind.__call__

        class Fresh(type(pipeline)):
            def __call__(self, *positional, **named):
                helper = DeepCacheSDHelper(pipe=self)
                helper.set_params(cache_interval=interval, cache_branch_id=branch)
                helper.enable()
                result = original(self, *positional, **named)
                helper.disable()
                return result

        pipeline.__class__ = Fresh
        options = json.dumps({"interval": interval, "branch": 2 * (branch // 3) + branch % 3})
        steps = {"num_inference_steps": 5}
        draw(f"deep_cache{end}", pipeline, {**arguments, **steps}, model, images, deep_cache=options)


if __name__ == "__main__":
    pag()
    pag_dump()
    all_apg()
    freeu()
    deep_cache()
