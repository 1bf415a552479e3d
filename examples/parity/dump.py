"""Keeps every module's inputs and outputs while a pipeline of diffusers runs: see dump_diffusers.py."""

import contextlib
import fnmatch
import functools
import hashlib
import inspect
import json
import os

PARTS = ("text_encoder", "text_encoder_2", "unet", "vae", "controlnet")
COMPONENTS = ("text_encoder", "text_encoder_2", "unet", "vae_encoder", "vae_decoder", "controlnet")
OF_EACH_STEP = ("unet", "controlnet")
# Modules that compute nothing of their own, or whose work is part of the layer around them in Glassbox SDXL.
SILENT = {"Dropout", "Identity", "ModuleList", "Sequential", "SiLU", "GELU", "Timesteps"}
SILENT |= {"GELUActivation", "QuickGELUActivation", "QuickGELU", "PytorchGELUTanh"}
SILENT |= {"DoraLinearLayer", "DoraConv2dLayer"}  # of peft: what they return is added to the layer above


class DumpError(Exception):
    """A mistake in the arguments, as one line for the user."""


def first_tensor(output):
    """The tensor of an output, or the first one of a tuple or of an output class; None where there is none."""
    import torch

    if isinstance(output, torch.Tensor):
        return output
    if isinstance(output, dict):
        output = tuple(output.values())
    if isinstance(output, (tuple, list)) and output:
        return first_tensor(output[0])
    return None


def named_tensors(function, positional, named, lists=False):
    """The tensors among a call's arguments by name; those within a dictionary under its keys.

    lists: also lists. Numbers become a tensor; the pictures of a union ControlNet lie one behind the other along the
    batch; other tensors are NAME.0, NAME.1 ..., such as what a ControlNet adds to the UNet's skips.
    """
    import torch

    try:
        bound = inspect.signature(function).bind(*positional, **named).arguments
    except TypeError:  # a forward that was wrapped: what has no name gets its number
        bound = {str(i): value for i, value in enumerate(positional)} | named
    flat = {}
    for name, value in bound.items():
        inner = value if isinstance(value, dict) else {name: value}
        for key, item in inner.items():
            if isinstance(item, (int, float)) and key == "timestep":
                item = torch.tensor([float(item)])
            if isinstance(item, torch.Tensor):
                flat[key] = item
            elif (lists or key == "image_embeds") and isinstance(item, (list, tuple)) and item:
                flat |= of_list(key, item)
    return flat


def of_list(name, items):
    import torch

    if all(isinstance(item, (int, float)) for item in items):
        return {name: torch.tensor([float(item) for item in items])}
    if not all(isinstance(item, torch.Tensor) for item in items):
        return {}
    if name == "controlnet_cond":
        return {name: torch.cat(list(items))}
    return {f"{name}.{i}": item for i, item in enumerate(items)}


class Dump:
    """Records a pipeline's modules while it runs. `only` and `components` are as on the command line."""

    def __init__(self, pipeline, step=0, only=(), components=COMPONENTS, module_inputs=True):
        self.pipeline, self.step, self.only = pipeline, step, list(only)
        self.components, self.module_inputs = components, module_inputs
        self.tensors, self.names_by_hash, self.same = {}, {}, {}
        self.calls = dict.fromkeys(COMPONENTS, 0)
        self.active = set()
        self.paths, self.outputs = [], []
        self.latents = 0
        self.undo = []

    # What happens while it runs.

    def __enter__(self):
        for part in PARTS:
            module = getattr(self.pipeline, part, None)
            if hasattr(module, "nets"):  # several ControlNets: the UNet's inputs have their sum
                continue
            if module is not None and any(name.startswith(part) for name in self.components):
                self._watch(part, module)
        if hasattr(self.pipeline, "scheduler"):
            self._watch_scheduler()
        dora = without_dora_weights(self.active)
        dora.__enter__()
        self.undo.append(lambda: dora.__exit__(None, None, None))
        return self

    def __exit__(self, kind, _value, _trace):
        for undo in reversed(self.undo):
            undo()
        if kind is None:
            self._check()

    def _watch(self, part, module):
        if part == "vae":
            self._wrap(module, "encode", "vae_encoder")
            self._wrap(module, "decode", "vae_decoder")
        else:
            self._hook(module.register_forward_pre_hook(self._begin(part), with_kwargs=True))
        for path, child in module.named_modules():
            # diffusers' ControlNet puts out its residuals times their scale: its convolutions have them without.
            if type(child).__name__ in SILENT or (part in ("vae", "controlnet") and not path):
                continue
            full = ".".join(filter(None, (part, path)))
            self.paths.append(full)
            if self._wanted(full, path):
                self._hook(child.register_forward_hook(self._keep(part, full), with_kwargs=True))
        if part != "vae":
            self._hook(module.register_forward_hook(lambda *_: self.active.discard(part)))

    def _hook(self, handle):
        self.undo.append(handle.remove)

    def _wanted(self, full, path):
        return not self.only or any(fnmatch.fnmatchcase(full, p) or fnmatch.fnmatchcase(path, p) for p in self.only)

    def _start(self, component):
        """Whether to keep this call: the UNet's call of the chosen step, the first call of the others."""
        number = self.calls[component]
        self.calls[component] += 1
        return component in self.components and number == (self.step if component in OF_EACH_STEP else 0)

    def _begin(self, part):
        def hook(module, positional, named):
            if self._start(part):
                self.active.add(part)
                for name, value in named_tensors(module.forward, positional, named, lists=True).items():
                    self._store(f"inputs/{part}/{name}", value)

        return hook

    def _wrap(self, vae, method, component):
        """encode and decode are not modules: this wraps them to keep their inputs."""
        original = getattr(vae, method)

        @functools.wraps(original)
        def call(sample, *positional, **named):
            chosen = self._start(component)
            if chosen:
                self.active.add("vae")
                self._store(f"inputs/{component}/sample", sample)
            try:
                return original(sample, *positional, **named)
            finally:
                if chosen:
                    self.active.discard("vae")

        setattr(vae, method, call)
        self.undo.append(lambda: delattr(vae, method))

    def _keep(self, part, path):
        def hook(module, positional, named, output):
            value = first_tensor(output)
            if part not in self.active or value is None:
                return
            if self.module_inputs and path != part:
                for name, item in named_tensors(module.forward, positional, named).items():
                    self._store(f"inputs/{path}/{name}", item)
            self.outputs.append(path)
            self._store(f"outputs/{path}", value)

        return hook

    def _watch_scheduler(self):
        scheduler = self.pipeline.scheduler
        original = scheduler.step

        @functools.wraps(original)
        def step(*positional, **named):
            before = inspect.signature(original).bind(*positional, **named).arguments.get("sample")
            result = original(*positional, **named)
            if self.latents == 0 and before is not None:
                self._store("latents/0", before)
            self.latents += 1
            self._store(f"latents/{self.latents}", first_tensor(result))
            return result

        scheduler.step = step
        self.undo.append(lambda: delattr(scheduler, "step"))

    # What is kept.

    def _store(self, name, value):
        """Keeps a copy; a tensor equal to one that is there already becomes another name of it."""
        import torch

        copy = value.detach().to("cpu", copy=True).contiguous().reshape(value.shape or (1,))
        if copy.is_complex() or copy.dtype is torch.bool:
            return
        digest = hashlib.sha256(copy.view(torch.uint8).numpy().data)
        digest.update(f"{copy.dtype} {tuple(copy.shape)}".encode())
        known = self.names_by_hash.setdefault(digest.digest(), name)
        if known != name:
            self.same[name] = known
        elif name not in self.tensors:
            self.tensors[name] = copy

    def _check(self):
        if not self.outputs:
            if self.only:
                raise DumpError(f"no module matches {self.only}. {nearest(self.only[0], self.paths)}")
            raise DumpError(f"step {self.step}: the UNet ran {self.calls['unet']} times, so its steps are 0 to "
                            f"{self.calls['unet'] - 1}")
        if "unet" in self.components and 0 < self.calls["unet"] <= self.step:
            raise DumpError(f"step {self.step}: the UNet ran {self.calls['unet']} times, so its steps are 0 to "
                            f"{self.calls['unet'] - 1}")
        for pattern in self.only:
            bare = [path.split(".", 1)[-1] for path in self.paths]
            if not fnmatch.filter(self.paths, pattern) and not fnmatch.filter(bare, pattern):
                raise DumpError(f"no module matches {pattern}. {nearest(pattern, self.paths)}")

    def save(self, path, **metadata):
        """Writes the file; the keywords become metadata, as text."""
        import diffusers
        import torch
        import transformers
        from safetensors.torch import save_file

        used = [part for part in PARTS if any(output.split(".")[0] == part for output in self.outputs)]
        modules = {part: getattr(self.pipeline, part) for part in used}
        texts = {
            "format": "glassbox-sdxl dump 1",
            "versions": f"torch {torch.__version__}, diffusers {diffusers.__version__}, "
            f"transformers {transformers.__version__}",
            "pipeline": type(self.pipeline).__name__,
            "step": str(self.step),
            "outputs": json.dumps({"paths": self.outputs}),
            "same": json.dumps(self.same),
            "precision": json.dumps({part: str(module.dtype).split(".")[-1] for part, module in modules.items()}),
            "configs": json.dumps({part: config_of(module) for part, module in modules.items()}, default=str),
            "weights": json.dumps(
                {
                    f"{part}.{name}": fingerprint(weight)
                    for part, module in modules.items()
                    for name, weight in module.named_parameters()
                }
            ),
        }
        texts |= {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}
        if self.calls["unet"]:
            texts["scheduler"] = json.dumps(dict(self.pipeline.scheduler.config), default=str)
        part = f"{path}.part"  # whole or not at all
        try:
            save_file(self.tensors, part, texts)
            os.replace(part, path)
        finally:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(part)


def config_of(module):
    """The module's config, without the path of its folder, as a dump may be shared."""
    config = module.config
    config = config.to_dict() if hasattr(config, "to_dict") else dict(config)
    return {key: value for key, value in config.items() if key != "_name_or_path"}


def fingerprint(weight):
    """Mean, root of the mean square, mean times a ramp from -1 to 1 (rows in another order change it), and the shape."""
    import torch

    flat = weight.detach().flatten().double().cpu()
    ramp = (torch.arange(flat.numel(), dtype=torch.float64) % 251 - 125) / 125
    return [flat.mean().item(), flat.square().mean().sqrt().item(), (flat * ramp).mean().item(), *weight.shape]


def nearest(name, names):
    import difflib

    literal = name.replace("*", "").replace("?", "")
    close = difflib.get_close_matches(literal, names, 3, 0.4) or sorted(names)[:3]
    return "The nearest: " + ", ".join(close)


def without_dora_weights(active):
    """peft's DoRA runs an adapter's layers on an identity matrix to make a weight: those calls are not kept."""
    try:
        from peft.tuners.lora.dora import DoraLinearLayer
    except ImportError:
        return contextlib.nullcontext()

    @contextlib.contextmanager
    def patched():
        original = DoraLinearLayer.get_lora_weight

        @functools.wraps(original)
        def unseen(*positional, **named):
            before = set(active)
            active.clear()
            try:
                return original(*positional, **named)
            finally:
                active.update(before)

        DoraLinearLayer.get_lora_weight = unseen
        try:
            yield
        finally:
            DoraLinearLayer.get_lora_weight = original

    return patched()
