"""The pipelines, with diffusers' arguments."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from . import _glassbox as core
from .display import Tensor, png
from .images import image_of, mask_of, output_of

OUTPUT_TYPES = ("pil", "np", "pt", "latent")
CHANGES = {"pag_scale", "pag_adaptive_scale", "pag_applied_layers", "adaptive_projected_guidance_eta",
           "adaptive_projected_guidance_rescale", "adaptive_projected_guidance_momentum", "cache_interval",
           "cache_branch_id"}


@dataclass
class Output:
    """The images of a run; its latents, still scaled."""

    images: list
    latents: np.ndarray

    def __getitem__(self, i):
        return (self.images,)[i]

    def _repr_png_(self):
        return self.images[0]._repr_png_() if hasattr(self.images[0], "_repr_png_") else None


def _noise(generator, seed, batch):
    """The source of random numbers: of a seed, of one for each image, or of torch's generators."""
    if generator is not None and seed is not None:
        raise ValueError("generator and seed: expected one of them")
    if generator is None:
        if isinstance(seed, (list, tuple)):
            return core.NoisePerImage([int(one) for one in seed])
        return core.SeededNoise(int.from_bytes(os.urandom(4), "little") if seed is None else int(seed))
    import torch

    if isinstance(generator, (list, tuple)):
        return core.DrawnInPython(lambda shape: torch.cat([
            torch.randn((1, *shape[1:]), generator=one, device=one.device).cpu() for one in generator[: shape[0]]]))
    return core.DrawnInPython(lambda shape: torch.randn(shape, generator=generator, device=generator.device).cpu())


def _numbered(words):
    counts = [words[: i + 1].count(word) for i, word in enumerate(words)]
    return [word if count == 1 else f"{word} ({count})" for word, count in zip(words, counts)]


def _pair(size, default):
    return tuple(int(side) for side in size) if size is not None else tuple(default)


class StableDiffusionXL(core.StableDiffusionXL):
    """A model: its components by attribute, and its pipelines, with the arguments of diffusers."""

    _freeu = (1.0, 1.0, 1.0, 1.0)

    def enable_freeu(self, s1: float, s2: float, b1: float, b2: float):
        """FreeU in all runs from now on, with diffusers' arguments: (0.9, 0.2, 1.3, 1.4) is usual for SDXL."""
        self._freeu = (s1, s2, b1, b2)

    def disable_freeu(self):
        """No FreeU from now on."""
        self._freeu = StableDiffusionXL._freeu

    @property
    def modules(self):
        """The components that are modules, in the order in which they run."""
        parts = (self.text_encoder, self.text_encoder_2, self.image_encoder, self.unet, self.vae)
        return [part for part in parts if part is not None]

    def scheduler(self, name: str = "", steps: int | None = None, **fields) -> core.Scheduler:
        """A scheduler with the model's settings, by the program's name ("euler"); "": the model's own.

        `fields` are those of a scheduler_config.json to change: timestep_spacing="trailing".
        """
        scheduler = core.Scheduler(self.scheduler_config.updated(fields), name)
        if steps is not None:
            scheduler.set_timesteps(steps)
        return scheduler

    def load_ip_adapter(self, path, subfolder="", weight_name=None, image_encoder_folder="image_encoder"):
        """Adds IP-Adapters: diffusers' load_ip_adapter. `weight_name` is one file of the folder, or a list of them.

        Without a weight_name `path` is the file. The image encoder is a folder in the subfolder, or with a slash in its
        name below `path`. A model takes its adapters once.
        """
        folder = Path(path) / subfolder
        names = [weight_name] if isinstance(weight_name, (str, os.PathLike)) else weight_name
        files = [Path(path)] if names is None else [folder / name for name in names]
        home = files[0].parent if names is None or "/" not in str(image_encoder_folder) else Path(path)
        self.load_ip_adapters([str(file) for file in files], str(home / image_encoder_folder))

    def set_ip_adapter_scale(self, scale):
        """The strength of what IP-Adapters add: one for all, or a list with one for each."""
        scales = list(scale) if isinstance(scale, (list, tuple)) else [scale] * self.ip_adapters
        self.set_ip_adapter_scales(scales)

    def __repr__(self):
        parts = "\n".join(f"  {part.path}: {part.class_name}, {len(part.named_modules())} modules"
                          for part in self.modules)
        return f"{type(self).__name__} {self.name}\n{parts}"

    def _repr_html_(self):
        return "".join(part._repr_html_() for part in self.modules)

    def __call__(self, prompt="", prompt_2=None, height=None, width=None, num_inference_steps=50, timesteps=None,
                 sigmas=None, denoising_end=None, guidance_scale=5.0, negative_prompt=None, negative_prompt_2=None,
                 num_images_per_prompt=1, generator=None, latents=None, output_type="pil", return_dict=True,
                 guidance_rescale=0.0, original_size=None, crops_coords_top_left=(0, 0), target_size=None,
                 negative_original_size=None, negative_crops_coords_top_left=(0, 0), negative_target_size=None,
                 clip_skip=None, callback_on_step_end=None, **ours):
        """Text to image: diffusers' StableDiffusionXLPipeline. -> an object with `images`

        Beside diffusers' arguments: seed, steps (for num_inference_steps), scheduler (a name or an object), progress,
        preview (a function of the step and of a small picture), attention (an AttentionRequest), prompt_syntax (how
        marks in the prompts are read: "plain", "a1111" or "compel"), ip_adapter_image (one
        for each IP-Adapter, or a list of several); pag_scale, pag_adaptive_scale, pag_applied_layers
        (StableDiffusionXLPAGPipeline's), adaptive_projected_guidance_eta, ..._rescale, ..._momentum
        (AdaptiveProjectedGuidance's), cache_interval, cache_branch_id (DeepCache's).
        """
        arguments = core.TextToImage()
        default = self.default_size
        size = (height or default[0], width or default[1])
        arguments.size = size
        arguments.set_latents(latents)
        self._fill(arguments, prompt, prompt_2, negative_prompt, negative_prompt_2, num_images_per_prompt,
                   num_inference_steps, timesteps, sigmas, guidance_scale, guidance_rescale, clip_skip, ours)
        arguments.denoising_end = denoising_end
        original, target = _pair(original_size, size), _pair(target_size, size)
        arguments.set_sizes(original, _pair(crops_coords_top_left, (0, 0)), target, 6.0)
        if negative_original_size is not None and negative_target_size is not None:
            arguments.set_negative_sizes(_pair(negative_original_size, size),
                                         _pair(negative_crops_coords_top_left, (0, 0)),
                                         _pair(negative_target_size, size), 2.5)
        return self._run(core.text_to_image, arguments, generator, callback_on_step_end, output_type, return_dict, ours)

    def image_to_image(self, prompt="", prompt_2=None, image=None, strength=0.3, num_inference_steps=50,
                       timesteps=None, sigmas=None, denoising_start=None, denoising_end=None, guidance_scale=5.0,
                       negative_prompt=None, negative_prompt_2=None, num_images_per_prompt=1, generator=None,
                       output_type="pil", return_dict=True, guidance_rescale=0.0, aesthetic_score=6.0,
                       negative_aesthetic_score=2.5, clip_skip=None, callback_on_step_end=None, **ours):
        """Image to image, and the refiner: diffusers' StableDiffusionXLImg2ImgPipeline. -> an object with `images`

        `image` is a PIL image, an array, or latents of another run. For the keywords of Glassbox see __call__.
        """
        arguments = core.ImageToImage()
        self._fill(arguments, prompt, prompt_2, negative_prompt, negative_prompt_2, num_images_per_prompt,
                   num_inference_steps, timesteps, sigmas, guidance_scale, guidance_rescale, clip_skip, ours)
        self._set_image(arguments, image, strength, denoising_end, aesthetic_score, negative_aesthetic_score)
        arguments.denoising_start = denoising_start
        return self._run(core.image_to_image, arguments, generator, callback_on_step_end, output_type, return_dict, ours)

    def inpaint(self, prompt="", prompt_2=None, image=None, mask_image=None, strength=0.9999, num_inference_steps=50,
                timesteps=None, sigmas=None, denoising_start=None, denoising_end=None, guidance_scale=7.5,
                negative_prompt=None, negative_prompt_2=None, num_images_per_prompt=1, generator=None,
                output_type="pil", return_dict=True, guidance_rescale=0.0, aesthetic_score=6.0,
                negative_aesthetic_score=2.5, clip_skip=None, callback_on_step_end=None, **ours):
        """Inpainting: diffusers' StableDiffusionXLInpaintPipeline. `mask_image` is white where the image is repainted."""
        arguments = core.Inpaint()
        self._fill(arguments, prompt, prompt_2, negative_prompt, negative_prompt_2, num_images_per_prompt,
                   num_inference_steps, timesteps, sigmas, guidance_scale, guidance_rescale, clip_skip, ours)
        size = self._set_image(arguments, image, strength, denoising_end, aesthetic_score, negative_aesthetic_score)
        arguments.denoising_start = denoising_start
        arguments.set_mask(mask_of(mask_image, size))
        return self._run(core.inpaint, arguments, generator, callback_on_step_end, output_type, return_dict, ours)

    def attention_maps(self, prompt, words=None, *, places=None, rows="one", layers=(), head=-1, step=-1, **arguments):
        """Draws an image and keeps where it attends to the words of the prompt, or from places (row, column) of the latents.

        -> (the output, {row: {word: map (h, w)}}); rows: "one", "layers", "heads" or "steps". A word that comes again
        has its number behind it: "a", "a (2)".
        """
        if arguments.get("pag_scale"):
            raise ValueError("attention_maps: the maps are of the last rows of a batch, which pag_scale perturbs; expected "
                             "no pag_scale")
        request = core.AttentionRequest()
        syntax = arguments.get("prompt_syntax") or "plain"
        known = core.prompt_words(self.tokenizer or self.tokenizer_2, prompt, syntax)
        chosen = [word for word in known if words is None or word[0] in words]
        missing = set(words or ()) - {word for word, _ in known}
        if missing:
            raise ValueError(f"attention_maps: the prompt has no word {sorted(missing)[0]!r}; it has: "
                             f"{', '.join(word for word, _ in known)}")
        request.words = [] if places else chosen
        request.places = list(places or ())
        request.rows, request.layers, request.head, request.step = rows, list(layers), head, step
        output = self(prompt, attention=request, **arguments)
        names = [str(place) for place in places] if places else _numbered([word for word, _ in chosen])
        maps = {row: dict(zip(names, np.asarray(each).view(Tensor))) for row, each in request.results}
        return output, maps

    def _fill(self, arguments, prompt, prompt_2, negative_prompt, negative_prompt_2, images, steps, timesteps, sigmas,
              guidance_scale, guidance_rescale, clip_skip, ours):
        known = {"seed", "steps", "scheduler", "progress", "preview", "attention", "eta", "ip_adapter_image",
                 "prompt_syntax"} | CHANGES
        unknown = set(ours) - known
        given = {name for name in unknown if ours[name] is not None}
        if given:
            raise ValueError(f"{sorted(given)[0]} is not built here; expected None")
        if not isinstance(prompt, str):
            raise ValueError(f"prompt: expected one text, got {type(prompt).__name__}; for several images of it use "
                             "num_images_per_prompt")
        arguments.prompt, arguments.prompt_2 = prompt, prompt_2 or ""
        arguments.negative_prompt, arguments.negative_prompt_2 = negative_prompt, negative_prompt_2 or ""
        arguments.prompt_syntax = ours.get("prompt_syntax") or "plain"
        arguments.num_images_per_prompt = int(images)
        arguments.num_inference_steps = int(ours.get("steps") or steps)
        arguments.timesteps, arguments.sigmas = list(timesteps or ()), list(sigmas or ())
        arguments.guidance_scale, arguments.guidance_rescale = guidance_scale, guidance_rescale
        arguments.clip_skip = clip_skip or 0
        self._change(arguments, **{name: ours[name] for name in CHANGES & set(ours)})
        images = ours.get("ip_adapter_image")
        if images is not None:
            groups = images if isinstance(images, (list, tuple)) else [images]
            groups = [group if isinstance(group, (list, tuple)) else [group] for group in groups]
            arguments.set_image_prompts(self, [[image_of(image, 1, 0) for image in group] for group in groups])

    def _change(self, arguments, *, pag_scale=0.0, pag_adaptive_scale=0.0, pag_applied_layers="mid",
                adaptive_projected_guidance_eta=1.0, adaptive_projected_guidance_rescale=0.0,
                adaptive_projected_guidance_momentum=None, cache_interval=1, cache_branch_id=0):
        """PAG, APG, FreeU and DeepCache, with the names of diffusers and of DeepCache's program."""
        layers = [pag_applied_layers] if isinstance(pag_applied_layers, str) else list(pag_applied_layers)
        arguments.set_pag(pag_scale, pag_adaptive_scale, layers)
        arguments.set_apg(adaptive_projected_guidance_eta, adaptive_projected_guidance_rescale or 0.0,
                          adaptive_projected_guidance_momentum or 0.0)
        arguments.set_deep_cache(cache_interval, cache_branch_id)
        arguments.set_freeu(*self._freeu)

    def _set_image(self, arguments, image, strength, denoising_end, score, negative_score):
        if image is None:
            raise ValueError("image: expected an image or latents, got None")
        x = image_of(image, 8, 4)
        size = tuple(x.shape[2:]) if x.shape[1] == 3 else (8 * x.shape[2], 8 * x.shape[3])
        arguments.set_image(x)
        arguments.strength, arguments.denoising_end = strength, denoising_end
        arguments.set_sizes(size, (0, 0), size, score)
        if negative_score != 2.5:
            arguments.set_negative_sizes(size, (0, 0), size, negative_score)
        return size

    def _run(self, pipeline, arguments, generator, callback, output_type, return_dict, ours):
        if output_type not in OUTPUT_TYPES:
            raise ValueError(f"output_type: expected one of {', '.join(OUTPUT_TYPES)}, got {output_type!r}")
        chosen = ours.get("scheduler")
        scheduler = chosen if isinstance(chosen, core.Scheduler) else self.scheduler(chosen or "")
        noise = _noise(generator, ours.get("seed"), arguments.num_images_per_prompt)
        steps = _Steps(self, scheduler, callback, ours.get("progress"), ours.get("preview"))
        with steps:
            latents = pipeline(self, scheduler, arguments, noise, steps.before, steps.end if callback else None,
                               steps.predicted if steps.preview else None, ours.get("attention"))
        if output_type == "latent":
            images = latents
        else:
            images = output_of(core.decode_latents(self.vae, latents, self.vae_tiling), output_type)
        return Output(images, latents) if return_dict else (images,)


class _Steps:
    """What happens in a step: progress, previews and the user's callback."""

    def __init__(self, model, scheduler, callback, progress, preview):
        self.model, self.scheduler, self.callback, self.progress, self.preview = (
            model, scheduler, callback, progress, preview)
        self._bar = self._colours = None

    def __enter__(self):
        if self.progress:
            try:
                from tqdm.auto import tqdm
            except ImportError as error:
                raise ImportError("progress: expected the package tqdm (pip install tqdm)") from error
            self._bar = tqdm()
        return self

    def __exit__(self, kind, *error):
        if self._bar is None:
            return
        if kind is None:
            self._bar.update()
        self._bar.close()

    def before(self, i, n):
        if self._bar is not None and i == 0:
            self._bar.reset(total=n)
        elif self._bar is not None:
            self._bar.update()

    def end(self, i, n, latents):
        timesteps = self.scheduler.timesteps
        timestep = timesteps[len(timesteps) - n + i] if n <= len(timesteps) else None
        answer = self.callback(self.model, i, timestep, {"latents": np.array(latents)})
        return (answer or {}).get("latents")

    def predicted(self, i, n, x0):
        if self._colours is None:
            self._colours = core.LatentColours(self.model.vae)
        self.preview(i, output_of(self._colours(x0), "pil")[0])


def tiny_model() -> Path:
    """The folder of the tiny model that the package carries; its refiner is in the folder's `refiner`."""
    return Path(__file__).parent / "model"


def open(path=None, *, variant="", config="", name="", **parts) -> StableDiffusionXL:
    """A model of a diffusers folder or a single file; without a path the tiny model that the package carries.

    Weights stay mapped from the files. `parts` are components from elsewhere: unet=, vae=, text_encoder=,
    text_encoder_2=, tokenizer=, tokenizer_2=, scheduler_config=. `name` stands in front of all paths, so that two
    models differ in them: "refiner".
    Errors: RuntimeError that names the file, and what was expected.
    """
    names = {"unet", "vae", "text_encoder", "text_encoder_2", "tokenizer", "tokenizer_2", "scheduler_config"}
    unknown = sorted(set(parts) - names)
    if unknown:
        raise TypeError(f"open: {unknown[0]}: expected one of {', '.join(sorted(names))}")
    given = {part: str(file) for part, file in parts.items() if file is not None}
    return StableDiffusionXL(str(path or tiny_model()), variant, str(config), given, name)


def tokenize(prompt: str, folder=None):
    """The tokens of a prompt, by the vocabulary of OpenAI's CLIP or that of a tokenizer's folder."""
    return core.ClipTokenizer(folder)(prompt)
