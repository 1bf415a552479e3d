"""Shared by all trainings: Muon, the mean of the weights, and a run that can be stopped and resumed."""

import json
import math
import time
from pathlib import Path

import torch


def orthogonalised(matrices):
    """Newton-Schulz: singular values of (N, rows, columns) are brought near 1, directions kept (Jordan et al. 2024).

    Multiplies in bfloat16 where that is fast: less exact, and three times as fast on two cores with AVX-512.
    """
    tall = matrices.shape[-2] > matrices.shape[-1]
    x = matrices.mT if tall else matrices
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    if x.is_cuda or torch.backends.cpu.get_cpu_capability() == "AVX512":
        x = x.bfloat16()
    for _ in range(5):
        gram = x @ x.mT
        x = 3.4445 * x + (-4.775 * gram + 2.0315 * gram @ gram) @ x
    return (x.mT if tall else x).to(matrices.dtype)


class Muon(torch.optim.Optimizer):
    """Orthogonalised momentum for matrices and kernels; those of one shape are orthogonalised together."""

    def __init__(self, parameters, lr, momentum=0.95, weight_decay=0.05):
        super().__init__(parameters, {"lr": lr, "momentum": momentum, "weight_decay": weight_decay})

    @torch.no_grad()
    def step(self):
        for group in self.param_groups:
            shapes = {}
            for p in group["params"]:
                if p.grad is not None:
                    shapes.setdefault((p.shape[0], p[0].numel()), []).append(p)
            for (rows, columns), parameters in shapes.items():
                self.step_together(group, rows, columns, parameters)

    def step_together(self, group, rows, columns, parameters):
        updates = []
        for p in parameters:
            velocity = self.state[p].setdefault("velocity", torch.zeros_like(p))
            velocity.lerp_(p.grad, 1 - group["momentum"])
            updates.append(p.grad.lerp(velocity, group["momentum"]).reshape(rows, columns))
        step = orthogonalised(torch.stack(updates)) * math.sqrt(max(1, rows / columns))
        for p, update in zip(parameters, step):
            p.mul_(1 - group["lr"] * group["weight_decay"]).add_(update.view_as(p), alpha=-group["lr"])


def make_optimisers(modules, lr):
    """Muon for matrices, AdamW at a tenth of its rate for embeddings, norms' weights and biases."""
    named = [(name, p) for module in modules for name, p in module.named_parameters() if p.requires_grad]
    matrices = [p for name, p in named if p.ndim >= 2 and "embedding.weight" not in name]
    others = [p for name, p in named if p.ndim < 2 or "embedding.weight" in name]
    return [Muon(matrices, lr), torch.optim.AdamW(others, lr / 10, betas=(0.9, 0.99), weight_decay=0.0)]


class MeanOfWeights:
    """Exponential moving average; short at the start, so that the first weights are soon forgotten."""

    def __init__(self, module, decay=0.999):
        self.decay, self.steps = decay, 0
        self.weights = {name: x.detach().clone() for name, x in module.state_dict().items()}

    @torch.no_grad()
    def update(self, module):
        self.steps += 1
        share = 1 - min(self.decay, self.steps / (self.steps + 10))
        for name, x in module.state_dict().items():
            if x.is_floating_point():
                self.weights[name].lerp_(x, share)

    def state_dict(self):
        return {"steps": self.steps, "weights": self.weights}

    def load_state_dict(self, state):
        self.steps, self.weights = state["steps"], state["weights"]


class Run:
    """Counts the steps of one training and ends it after `steps`, or after `minutes` if that is sooner.

    for step, generator in run: ...; run.learn(loss)

    The rate is constant and falls to zero in the last half. Random numbers depend on seed and step alone, so that a
    run that was stopped continues with the same result. parts: the objects whose state is kept, by name.
    """

    def __init__(self, folder, name, steps, parts, optimisers, minutes=None, seed=0, device="cpu"):
        self.folder, self.name, self.steps, self.seed, self.device = Path(folder), name, steps, seed, device
        self.minutes = minutes or math.inf
        self.optimisers = optimisers
        self.parts = parts | {f"optimiser {i}": optimiser for i, optimiser in enumerate(optimisers)}
        self.rates = [[group["lr"] for group in optimiser.param_groups] for optimiser in optimisers]
        self.step, self.spent, self.mean_loss = 0, 0.0, None
        self.folder.mkdir(parents=True, exist_ok=True)
        self.checkpoint = self.folder / f"{name}.checkpoint"
        if self.checkpoint.exists():
            self.load()

    @property
    def progress(self):
        return max(self.step / self.steps, self.spent / 60 / self.minutes)

    def load(self):
        state = torch.load(self.checkpoint, map_location=self.device, weights_only=True)
        self.step, self.spent, self.mean_loss = state["step"], state["spent"], state["mean_loss"]
        for name, part in self.parts.items():
            part.load_state_dict(state["parts"][name])

    def save(self):
        parts = {name: part.state_dict() for name, part in self.parts.items()}
        state = {"step": self.step, "spent": self.spent, "mean_loss": self.mean_loss, "parts": parts}
        torch.save(state, self.checkpoint.with_suffix(".part"))
        self.checkpoint.with_suffix(".part").rename(self.checkpoint)

    def report(self):
        line = f"{self.name}: step {self.step} of {self.steps}, {self.spent / 60:.1f} min, loss {self.mean_loss:.4f}"
        print(line, flush=True)
        record = {"run": self.name, "step": self.step, "seconds": round(self.spent, 1), "loss": self.mean_loss}
        with open(self.folder / "log.jsonl", "a") as log:
            log.write(json.dumps(record | {"device": str(self.device), "threads": torch.get_num_threads()}) + "\n")

    def __iter__(self):
        last, reported, saved = time.time(), time.time(), time.time()
        while self.progress < 1:
            fall = min(1.0, 2 * (1 - self.progress)) * min(1.0, (self.step + 1) / 20)
            for optimiser, rates in zip(self.optimisers, self.rates):
                for group, rate in zip(optimiser.param_groups, rates):
                    group["lr"] = rate * fall
            yield self.step, torch.Generator(self.device).manual_seed(1_000_003 * self.seed + self.step)
            self.step += 1
            now = time.time()
            self.spent += now - last
            last = now
            if now - reported > 20 or self.progress >= 1:
                self.mean_loss = float(self.mean_loss)
                self.report()
                reported = now
            if now - saved > 90 or self.progress >= 1:
                self.mean_loss = float(self.mean_loss)
                self.save()
                saved = now

    def learn(self, loss):
        loss.backward()
        for optimiser in self.optimisers:
            optimiser.step()
            optimiser.zero_grad(set_to_none=True)
        loss = loss.detach()
        self.mean_loss = loss if self.mean_loss is None else self.mean_loss + 0.02 * (loss - self.mean_loss)


def as_input(pixels, device):
    """(N, H, W, 3) bytes → (N, 3, H, W) in [-1, 1]"""
    return pixels.to(device).permute(0, 3, 1, 2).float() / 127.5 - 1


def as_bytes(x):
    """(N, 3, H, W) in [-1, 1] → (N, H, W, 3) bytes, numpy"""
    return ((x.float().clamp(-1, 1) + 1) * 127.5).round().byte().permute(0, 2, 3, 1).cpu().numpy()
