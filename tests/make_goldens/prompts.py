"""Goldens of prompts with weights, of several chunks, and with textual inversions, on tiny models.

    python prompts.py

Writes tests/goldens/prompts_<case>.safetensors: the features of the prompt and of the negative prompt, latents and
images of whole runs; and tests/goldens/embeddings/<name>.safetensors.

diffusers has no weights. Their reference is the rule that A1111 and compel publish, computed here on transformers'
encoders and passed to diffusers as prompt_embeds. A case has its prompt as a list of chunks of (text, weight), beside
the same prompt with marks, which is what the C++ code reads.
"""

import json
import math

import torch
from diffusers import StableDiffusionXLPipeline
from safetensors.torch import save_file

from golden import GOLDENS
from run_pipeline import as_bytes, generator_of, keep_in, open_pipeline, run_pipeline, seed_text, write_images

EMBEDDINGS = GOLDENS / "embeddings"
LENGTH = 77

# The tiny models' vocabulary has few words, so that these are more than 75 tokens.
LONG = "seven green rings above a white moon, a blue square below them, and a yellow star to the left of it"
CASES = {
    "a1111_guided": {
        "model": "three_levels_f32",
        "prompt": "a (large:1.4) ((red) star) [on] a \\(blue\\) ring BREAK " + LONG + ", (a moon:0.6)",
        "runs": [
            [("a ", 1), ("large", 1.4), (" ", 1), ("red", 1.1 * 1.1), (" star", 1.1), (" ", 1), ("on", 1 / 1.1),
             (" a (blue) ring ", 1)],
            [(" " + LONG + ", ", 1), ("a moon", 0.6)],
        ],
        "negative_prompt": "(blurred:1.2), dark",
        "negative_runs": [[("blurred", 1.2), (", dark", 1)]],
        "arguments": {"guidance_scale": 5.0, "num_images_per_prompt": 2},
    },
    "a1111_unguided": {
        "model": "two_levels_f16",
        "prompt": "a red (star:-0.5)",
        "runs": [[("a red ", 1), ("star", -0.5)]],
        "arguments": {"guidance_scale": 1.0},
    },
    "compel_guided": {
        "model": "two_levels_f16",
        "prompt": "a large+ (red star)1.3 \"on a\"0.7 blue-- ring",
        "runs": [[("a", 1), ("large", 1.1), ("red star", 1.3), ("on a", 0.7), ("blue", 0.9**2), ("ring", 1)]],
        "negative_prompt": LONG + ". (a moon)0.4 in " + LONG,
        "negative_runs": [[(LONG + ".", 1), ("a moon", 0.4), ("in " + LONG, 1)]],
        "arguments": {"guidance_scale": 5.0, "num_images_per_prompt": 2},
    },
    "compel_unguided": {
        "model": "three_levels_f32",
        "prompt": "a red star++",
        "runs": [[("a red", 1), ("star", 1.1**2)]],
        "arguments": {"guidance_scale": 1.0},
    },
}  # fmt: skip
SIZE = {"num_inference_steps": 3, "height": 40, "width": 56}


class Encoder:
    """A tokenizer and its text encoder."""

    def __init__(self, tokenizer, encoder):
        self.tokenizer, self.encoder = tokenizer, encoder

    def ids(self, text):
        return self.tokenizer(text, add_special_tokens=False)["input_ids"]

    def framed(self, ids):
        ids = [self.tokenizer.bos_token_id, *ids, self.tokenizer.eos_token_id]
        return ids + [self.tokenizer.pad_token_id] * (LENGTH - len(ids))

    def run(self, ids, mask=None):
        """(S, C), (P)"""
        mask = None if mask is None else torch.tensor([mask])
        out = self.encoder(torch.tensor([ids]), mask, output_hidden_states=True)
        return out.hidden_states[-2][0], out[0][0]


def cut_a1111(pieces):
    """How many tokens are of the first chunk."""
    if len(pieces) <= LENGTH - 2:
        return len(pieces)
    commas = [i for i, piece in enumerate(pieces[: LENGTH - 2]) if piece == ",</w>"]
    near = commas and LENGTH - 2 - commas[-1] <= 20 and pieces[LENGTH - 2] != ",</w>"
    return commas[-1] + 1 if near else LENGTH - 2


def cut_compel(pieces):
    if len(pieces) <= LENGTH - 2:
        return len(pieces)
    for ends in ((".</w>",), tuple(f"{mark}</w>" for mark in ".,;:"), None):
        for i in range(LENGTH - 3, -1, -1):
            if pieces[i] in ends if ends else pieces[i].endswith("</w>"):
                return i + 1
    return LENGTH - 2


def chunks_of(encoder, runs, cut):
    """[(ids of 77 tokens, weights, the run of each token)]"""
    chunks, number = [], 0
    for group in runs:
        tokens = []
        for text, weight in group:
            tokens += [(token, float(weight), number) for token in encoder.ids(text)]
            number += 1
        while True:
            n = cut(encoder.tokenizer.convert_ids_to_tokens([token for token, _, _ in tokens]))
            part, tokens = tokens[:n], tokens[n:]
            around = LENGTH - 1 - len(part)
            chunks.append((
                encoder.framed([token for token, _, _ in part]),
                [1.0] + [weight for _, weight, _ in part] + [1.0] * around,
                [None] + [run for _, _, run in part] + [None] * around,
            ))  # fmt: skip
            if not tokens:
                break
    return chunks


def a1111(encoder, _prompt, runs):
    features, pooled = [], None
    for ids, weights, _ in chunks_of(encoder, runs, cut_a1111):
        z, text = encoder.run(ids)
        pooled = text if pooled is None else pooled
        mean = z.mean()
        z = z * torch.tensor(weights)[:, None]
        features.append(z * (mean / z.mean()))
    return torch.cat(features), pooled


def compel(encoder, prompt, runs):
    chunks = chunks_of(encoder, runs, cut_compel)
    places = [run for _, _, chunk in chunks for run in chunk]
    empty = encoder.run(encoder.framed([]))[0]

    def features(mask):
        parts = []
        for i, (ids, weights, _) in enumerate(chunks):
            z = encoder.run(ids, mask[i * LENGTH : (i + 1) * LENGTH])[0]
            parts.append(empty + (z - empty) * torch.tensor(weights)[:, None])
        return torch.cat(parts)

    everything = [1] * len(places)
    variants, shares = [features(everything)], [1.0]
    weights = [weight for group in runs for _, weight in group]
    for run, weight in enumerate(weights):
        if weight >= 1:
            continue
        mask = list(everything)
        first, last = places.index(run), len(places) - 1 - places[::-1].index(run)
        mask[first : last + 1] = [0] * (last + 1 - first)
        mask[0::LENGTH] = [1] * len(chunks)
        mask[LENGTH - 1 :: LENGTH] = [1] * len(chunks)
        variants.append(features(mask))
        shares.append(math.tan((1 - weight) * math.pi / 2))
    shares = torch.tensor(shares) / sum(shares)
    pooled = encoder.run(encoder.framed(encoder.ids(prompt)[: LENGTH - 2]))[1]
    return (torch.stack(variants) * shares[:, None, None]).sum(0), pooled


def lengthened(encoder, features, n):
    empty = encoder.run(encoder.framed([]))[0]
    return torch.cat([features] + [empty] * ((n - len(features)) // LENGTH))


def both_encoders(pipeline, rule, prompt, runs):
    """context (1, S, C), pooled (1, P)"""
    encoders = [Encoder(pipeline.tokenizer, pipeline.text_encoder), Encoder(pipeline.tokenizer_2, pipeline.text_encoder_2)]
    (first, _), (second, pooled) = [rule(encoder, prompt, runs) for encoder in encoders]
    n = max(len(first), len(second))
    parts = [lengthened(encoder, features, n) for encoder, features in zip(encoders, (first, second))]
    return torch.cat(parts, -1)[None], pooled[None]


@torch.no_grad()
def weighted(name, case):
    rule = {"a1111": a1111, "compel": compel}[name.split("_")[0]]
    pipeline = open_pipeline(StableDiffusionXLPipeline, case["model"], "euler")
    outputs = {}
    outputs["context"], outputs["pooled"] = both_encoders(pipeline, rule, case["prompt"], case["runs"])
    call = {"prompt": case["prompt"], "prompt_syntax": name.split("_")[0], **SIZE, **case["arguments"]}
    embeds = {"prompt_embeds": outputs["context"], "pooled_prompt_embeds": outputs["pooled"]}
    if "negative_prompt" in case:
        call["negative_prompt"] = case["negative_prompt"]
        negative, pooled = both_encoders(pipeline, rule, case["negative_prompt"], case["negative_runs"])
        n = max(negative.shape[1], outputs["context"].shape[1])
        encoders = [Encoder(pipeline.tokenizer, pipeline.text_encoder), Encoder(pipeline.tokenizer_2, pipeline.text_encoder_2)]
        empty = torch.cat([encoder.run(encoder.framed([]))[0] for encoder in encoders], -1)[None]
        longer = lambda x: torch.cat([x] + [empty] * ((n - x.shape[1]) // LENGTH), 1)  # noqa: E731
        outputs |= {"negative_context": negative, "negative_pooled": pooled}
        embeds |= {"prompt_embeds": longer(outputs["context"]), "negative_prompt_embeds": longer(negative)}
        embeds["negative_pooled_prompt_embeds"] = pooled
    print(f"  {name}: {embeds['prompt_embeds'].shape[1] // LENGTH} chunks, context {outputs['context'].shape}")

    steps, seed = {}, 7
    arguments = {**SIZE, **case["arguments"], **embeds, "callback_on_step_end": keep_in(steps)}
    latents = pipeline(**arguments, generator=generator_of(seed), output_type="latent").images
    pixels = as_bytes(pipeline(**arguments, generator=generator_of(seed)).images)
    outputs = {**outputs, **steps, "latents": latents, "pixels": pixels}
    texts = {"seed": seed_text(seed), "arguments": json.dumps(call), "model": case["model"], "scheduler": "euler"}
    write_images(f"prompts_{name}", __file__, outputs, **texts)


def save(name, tensors):
    EMBEDDINGS.mkdir(exist_ok=True)
    path = EMBEDDINGS / f"{name}.safetensors"
    save_file(tensors, path, {"format": "pt"})
    path.chmod(0o644)
    print(f"embeddings/{path.name}: {path.stat().st_size} bytes")


def embedded(name, model, token, rows, arguments):
    """A run with rows for each encoder, in the order of the components."""
    pipeline = open_pipeline(StableDiffusionXLPipeline, model, "euler")
    parts = ((pipeline.tokenizer, pipeline.text_encoder), (pipeline.tokenizer_2, pipeline.text_encoder_2))
    for (tokenizer, encoder), own in zip(parts, rows):
        pipeline.load_textual_inversion(own.float(), token=token, tokenizer=tokenizer, text_encoder=encoder)
    run_pipeline(f"prompts_{name}", __file__, pipeline, {**SIZE, **arguments}, model=model, scheduler="euler")


def embeddings():
    torch.manual_seed(4)
    rows = [torch.randn(3, 12).half(), torch.randn(3, 16).half()]
    save("ring", {"clip_l": rows[0], "clip_g": rows[1]})
    texts = {"prompt": "a large <ring> star, a <ring>", "negative_prompt": "<ring>, blurred"}
    embedded("embedding_guided", "three_levels_f32", "<ring>", rows, {**texts, "num_images_per_prompt": 2})

    rows = [torch.randn(1, 8).half(), torch.randn(1, 20).half()]
    save("learned_embeds", {"<moon>": rows[0][0]})
    save("learned_embeds_2", {"<moon>": rows[1]})
    texts = {"prompt": "a red<moon>", "guidance_scale": 1.0}
    embedded("embedding_unguided", "two_levels_f16", "<moon>", rows, texts)


def main():
    for name, case in CASES.items():
        weighted(name, case)
    embeddings()


if __name__ == "__main__":
    main()
