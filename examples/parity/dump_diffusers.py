#!/usr/bin/env python3
"""Runs an SDXL pipeline of diffusers and keeps every module's inputs and outputs, for `sdxl parity`.

    python dump_diffusers.py MODEL DUMP.safetensors --prompt "a red star" --steps 20 --seed 1
    python dump_diffusers.py MODEL DUMP.safetensors --component unet --inputs IN.safetensors
    sdxl parity DUMP.safetensors --model MODEL

The first runs the whole pipeline and keeps one step of it. The second runs one component on your own inputs, with the
names of `sdxl trace`. From Python, dump a pipeline that you have built (dump.py lies beside this file):

    from dump import Dump

    with Dump(pipeline, step=3) as dump:
        pipeline("a red star", generator=torch.Generator("cpu").manual_seed(1))
    dump.save("dump.safetensors")

In the file, PATH is a module's path that begins with its component, such as unet.mid_block.attentions.0:

    inputs/COMPONENT/NAME   a component's arguments
    inputs/PATH/NAME        a module's arguments
    outputs/PATH            a module's output
    latents/K               after K steps; 0: the first noise
    image                   (N, H, W, 3), 0 to 1

Equal tensors are stored once: the metadata's "same" maps the other names to them. "weights" has three sums and
the shape of every weight, to tell another model from a wrong layer. "precision", "versions", "configs",
"arguments" and "step" describe the run.
"""

import argparse
import contextlib
import json
import sys
from pathlib import Path

from dump import COMPONENTS, Dump, DumpError


def load_pipeline(options):
    import diffusers
    import torch

    dtype = getattr(torch, options.dtype)
    if not Path(options.model).exists() and Path(options.model).is_absolute():
        raise DumpError(f"{options.model}: there is no such folder or file")
    if Path(options.model).is_file():
        kind = diffusers.StableDiffusionXLPipeline
        pipeline = kind.from_single_file(options.model, torch_dtype=dtype)
    else:
        more = {"variant": options.variant} if options.variant else {}
        pipeline = diffusers.DiffusionPipeline.from_pretrained(options.model, torch_dtype=dtype, **more)
    if "StableDiffusionXL" not in type(pipeline).__name__:
        raise DumpError(f"{options.model}: expected an SDXL pipeline, got {type(pipeline).__name__}")
    if options.image and "Img2Img" not in type(pipeline).__name__:
        pipeline = diffusers.StableDiffusionXLImg2ImgPipeline.from_pipe(pipeline, torch_dtype=dtype)
    add_adapters(pipeline, options.lora)
    if options.control:
        net = diffusers.ControlNetModel.from_pretrained(options.control, torch_dtype=dtype)
        kind = diffusers.StableDiffusionXLControlNetPipeline
        if options.image:
            raise DumpError("--control: expected no --image; with one dump a pipeline of your own, from Python")
        pipeline = kind.from_pipe(pipeline, controlnet=net, torch_dtype=dtype)
    add_ip_adapters(pipeline, options)
    pipeline.watermark = None
    pipeline.set_progress_bar_config(disable=options.quiet)
    return pipeline.to(options.device)


def add_adapters(pipeline, choices):
    """FILE[:SCALE] of each --lora, under the names that `sdxl` gives them: default, default_1 ..."""
    names, scales = [], []
    for i, text in enumerate(choices):
        file, colon, scale = text.rpartition(":")
        try:
            scales.append(float(scale) if colon else 1.0)
        except ValueError:
            colon = ""
            scales.append(1.0)
        path = Path(file if colon else text)
        names.append("default" if i == 0 else f"default_{i}")
        pipeline.load_lora_weights(path.parent, weight_name=path.name, adapter_name=names[-1])
    if names:
        pipeline.set_adapters(names, scales)


def add_ip_adapters(pipeline, options):
    if not options.ip_adapter:
        return
    from transformers import CLIPImageProcessor, CLIPVisionModelWithProjection

    encoder = CLIPVisionModelWithProjection.from_pretrained(options.ip_encoder, torch_dtype=pipeline.unet.dtype)
    side = encoder.config.image_size
    processor = CLIPImageProcessor(size=side, crop_size=side)
    pipeline.register_modules(image_encoder=encoder, feature_extractor=processor)
    files = [Path(file) for file in options.ip_adapter]
    folders = [str(file.parent) for file in files]
    names = [file.name for file in files]
    pipeline.load_ip_adapter(folders, subfolder="", weight_name=names, image_encoder_folder=None)
    pipeline.set_ip_adapter_scale((options.ip_scale or [1.0]) * (len(files) if len(options.ip_scale) < 2 else 1))


def call_arguments(options):
    arguments = {"prompt": options.prompt, "num_inference_steps": options.steps}
    for name in ("negative_prompt", "guidance_scale", "height", "width", "strength"):
        if getattr(options, name) is not None:
            arguments[name] = getattr(options, name)
    for text in options.argument:
        name, equals, value = text.partition("=")
        if not equals:
            raise DumpError(f"--argument {text}: expected NAME=VALUE")
        try:
            arguments[name] = json.loads(value)
        except json.JSONDecodeError:
            arguments[name] = value
    return arguments


def run_pipeline(pipeline, options):
    import torch

    arguments = call_arguments(options)
    images = {}
    if options.image:
        from PIL import Image

        images["image"] = Image.open(options.image).convert("RGB")
    if options.ip_adapter:
        from PIL import Image

        pictures = [Image.open(file).convert("RGB") for file in options.ip_image]
        images["ip_adapter_image"] = [pictures] if len(options.ip_adapter) == 1 else pictures
    if options.control:
        from PIL import Image

        images["image"] = Image.open(options.control_image).convert("RGB")
        images["controlnet_conditioning_scale"] = options.control_scale
    generator = torch.Generator("cpu").manual_seed(options.seed)
    with Dump(pipeline, options.step, options.only, options.component or COMPONENTS, options.module_inputs) as dump:
        result = pipeline(**arguments, **images, generator=generator, output_type="np")
    dump.tensors["image"] = torch.from_numpy(result.images).contiguous()
    dump.save(options.dump, model=Path(options.model).name, seed=options.seed, arguments=arguments)
    return dump


def run_component(pipeline, options):
    """Runs one component by itself, on the inputs of a file."""
    import torch
    from safetensors.torch import load_file

    component = options.component[0]
    part = "vae" if component.startswith("vae") else component
    module = getattr(pipeline, part, None)
    if module is None:
        raise DumpError(f"{options.model}: the pipeline has no {part}")
    inputs = {name: value.to(options.device) for name, value in load_file(options.inputs).items()}
    if component == "controlnet":
        raise DumpError("--inputs: expected another component than controlnet; run the pipeline")
    expected = {"unet": {"sample", "timestep", "encoder_hidden_states"}, "vae": {"sample"}}.get(part, {"input_ids"})
    if expected - inputs.keys():
        raise DumpError(f"{options.inputs}: {component} expects {sorted(expected)}, got {sorted(inputs)}")
    inputs = {n: v.to(module.dtype) if v.is_floating_point() and n != "timestep" else v for n, v in inputs.items()}
    with Dump(pipeline, 0, options.only, [component], options.module_inputs) as dump, torch.no_grad():
        if component == "vae_encoder":
            module.encode(inputs["sample"])
        elif component == "vae_decoder":
            module.decode(inputs["sample"])
        elif component == "unet":
            added = {name: inputs[name] for name in ("text_embeds", "time_ids") if name in inputs}
            module(
                inputs["sample"],
                inputs["timestep"].flatten()[0],
                inputs["encoder_hidden_states"],
                timestep_cond=inputs.get("timestep_cond"),
                added_cond_kwargs=added,
            )
        else:
            module(inputs["input_ids"].long(), output_hidden_states=True)
    dump.save(options.dump, model=Path(options.model).name)
    return dump


def parse(arguments):
    parser = argparse.ArgumentParser(
        description="Runs an SDXL pipeline of diffusers and keeps every module's inputs and outputs, for `sdxl parity`.",
        epilog="Example: dump_diffusers.py MODEL dump.safetensors --prompt 'a red star' --step 3 --only 'unet.mid_block*'",
    )
    parser.add_argument("model", metavar="MODEL", help="a diffusers folder, a single file, or a name on the hub")
    parser.add_argument("dump", metavar="DUMP", help="the safetensors file to write")
    parser.add_argument("--component", action="append", choices=COMPONENTS, metavar="NAME",
                        help="keep this part only (may be repeated): " + ", ".join(COMPONENTS))
    parser.add_argument("--inputs", metavar="FILE", help="run the one --component alone, on these inputs")
    parser.add_argument("--step", type=int, default=0, metavar="K", help="which call of the UNet to keep, from 0 (0)")
    parser.add_argument("--only", action="append", default=[], metavar="PATTERN",
                        help="keep modules whose path matches, such as 'unet.mid_block*' (may be repeated)")
    parser.add_argument("--no-module-inputs", dest="module_inputs", action="store_false",
                        help="keep outputs alone: half the size, but a wrong input looks like a wrong layer")
    parser.add_argument("--prompt", default="a red star", metavar="T")
    parser.add_argument("--negative-prompt", metavar="T")
    parser.add_argument("--steps", type=int, default=20, metavar="N", help="steps of the pipeline (20)")
    parser.add_argument("--guidance-scale", type=float, metavar="G")
    parser.add_argument("--height", type=int, metavar="N")
    parser.add_argument("--width", type=int, metavar="N")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="seed of a generator on the CPU (0)")
    parser.add_argument("--image", metavar="FILE", help="image to image")
    parser.add_argument("--strength", type=float, metavar="S")
    parser.add_argument("--lora", action="append", default=[], metavar="FILE[:SCALE]",
                        help="load an adapter, as `sdxl parity --lora` does (may be repeated)")
    parser.add_argument("--ip-adapter", action="append", default=[], metavar="FILE",
                        help="load an IP-Adapter, as `sdxl parity --ip-adapter` does (may be repeated)")
    parser.add_argument("--ip-image", action="append", default=[], metavar="FILE", help="its image, or several of one")
    parser.add_argument("--ip-scale", action="append", default=[], type=float, metavar="F", help="its strength (1)")
    parser.add_argument("--ip-encoder", metavar="FOLDER", help="the image encoder of the IP-Adapters")
    parser.add_argument("--control", metavar="PATH", help="the folder of a ControlNet (no union)")
    parser.add_argument("--control-image", metavar="FILE", help="its picture")
    parser.add_argument("--control-scale", type=float, default=1.0, metavar="F", help="its strength (1)")
    parser.add_argument("--argument", action="append", default=[], metavar="NAME=VALUE",
                        help="any other argument of the pipeline, the value as JSON (may be repeated)")
    parser.add_argument("--dtype", default="float32", choices=("float32", "float16", "bfloat16"))
    parser.add_argument("--variant", metavar="V", help="which weights of the folder, such as fp16")
    parser.add_argument("--device", default="cpu", metavar="D", help="cpu, cuda ... (cpu)")
    parser.add_argument("--quiet", action="store_true", help="no progress")
    options = parser.parse_args(arguments)
    if options.inputs and (not options.component or len(options.component) != 1):
        parser.error("--inputs is for one part: name it with --component")
    if not 0 <= options.step:
        parser.error(f"--step counts from 0, got {options.step}")
    if not options.inputs and not options.image and options.step >= options.steps:
        parser.error(f"--step {options.step}: --steps {options.steps} has the steps 0 to {options.steps - 1}")
    if options.ip_adapter and not (options.ip_image and options.ip_encoder):
        parser.error("--ip-adapter needs --ip-image and --ip-encoder")
    if bool(options.control) != bool(options.control_image):
        parser.error("--control and --control-image need each other")
    if options.strength is not None and not options.image:
        parser.error("--strength is for --image")
    return options


def main():
    options = parse(sys.argv[1:])
    try:
        import diffusers  # noqa: F401
        import safetensors  # noqa: F401
        import torch  # noqa: F401
        import transformers  # noqa: F401
    except ImportError as error:
        sys.exit(f"dump_diffusers: {error}; pip install torch diffusers transformers safetensors")
    try:
        if not Path(options.dump).resolve().parent.is_dir():
            raise DumpError(f"{options.dump}: there is no folder {Path(options.dump).parent}")
        with contextlib.suppress(AttributeError):
            diffusers.utils.logging.set_verbosity_error()
        pipeline = load_pipeline(options)
        dump = (run_component if options.inputs else run_pipeline)(pipeline, options)
    except (DumpError, OSError, ValueError, TypeError, RuntimeError) as error:
        sys.exit(f"dump_diffusers: {error}")
    size = Path(options.dump).stat().st_size / 1e6
    print(f"{options.dump}: {size:.1f} MB, {len(dump.outputs)} outputs, {dump.latents} steps")


if __name__ == "__main__":
    main()
