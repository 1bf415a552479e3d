"""A full-size SDXL base or refiner with random weights, and what diffusers computes with it.

    python full_size.py make FOLDER                   writes a base, float16, in diffusers' layout (7 GB)
    python full_size.py make_refiner FOLDER           writes a refiner (6 GB)
    python full_size.py COMPONENT FOLDER IN.safetensors THEIRS.safetensors [--height 512 --width 512]

The second runs `unet`, `vae_decoder`, `text_encoder` or `text_encoder_2` in float32 and writes its inputs and its
results under the names that `sdxl trace` uses, so that

    sdxl trace --model FOLDER --component COMPONENT --inputs IN.safetensors --output OURS.safetensors
    sdxl compare OURS.safetensors THEIRS.safetensors --limit 1e-4

compares the two.
"""

import argparse
import json
import resource
import struct
import time
from pathlib import Path

import torch
from diffusers import AutoencoderKL, EulerDiscreteScheduler, UNet2DConditionModel
from safetensors.torch import save_file
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTextModelWithProjection

ROOT = Path(__file__).resolve().parents[2]
COMPONENTS = {
    "unet": (UNet2DConditionModel, "diffusion_pytorch_model"),
    "vae": (AutoencoderKL, "diffusion_pytorch_model"),
    "text_encoder": (CLIPTextModel, "model"),
    "text_encoder_2": (CLIPTextModelWithProjection, "model"),
}


BASE_UNET = {
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "projection_class_embeddings_input_dim": 1280 + 6 * 256,
}
REFINER_UNET = {
    "block_out_channels": (384, 768, 1536, 1536),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": 4,
    "attention_head_dim": (6, 12, 24, 24),
    "cross_attention_dim": 1280,
    "projection_class_embeddings_input_dim": 1280 + 5 * 256,
}


def empty_models(unet_config=BASE_UNET):
    """The published configs, with no memory behind their weights."""
    with torch.device("meta"):
        unet = UNet2DConditionModel(
            **unet_config,
            sample_size=128,
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=256,
        )
        vae = AutoencoderKL(
            block_out_channels=(128, 256, 512, 512),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=2,
            latent_channels=4,
            sample_size=1024,
            scaling_factor=0.13025,
        )
        # The ids are those of the published configs: known to be wrong; every loader allows for that.
        ids = {"bos_token_id": 0, "eos_token_id": 2, "pad_token_id": 1}
        text_encoder = CLIPTextModel(
            CLIPTextConfig(hidden_size=768, intermediate_size=3072, num_hidden_layers=12, num_attention_heads=12,
                           hidden_act="quick_gelu", projection_dim=768, **ids)
        )  # fmt: skip
        text_encoder_2 = CLIPTextModelWithProjection(
            CLIPTextConfig(hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=20,
                           hidden_act="gelu", projection_dim=1280, **ids)
        )  # fmt: skip
    return {"unet": unet, "vae": vae, "text_encoder": text_encoder, "text_encoder_2": text_encoder_2}


def random_weight(name, shape, generator):
    """Matrices that keep their input's deviation, norms' weights near 1, small biases."""
    noise = torch.randn(shape, generator=generator)
    if len(shape) >= 2:
        return noise / max(1, noise[0].numel()) ** 0.5
    return 1 + 0.1 * noise if name.endswith("weight") else 0.1 * noise


def write_weights(path, model, seed):
    """Writes safetensors tensor by tensor, so that only one is in memory."""
    header, offset = {}, 0
    for name, value in model.state_dict().items():
        size = 2 * value.numel()
        header[name] = {"dtype": "F16", "shape": list(value.shape), "data_offsets": [offset, offset + size]}
        offset += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    generator = torch.Generator().manual_seed(seed)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        for name, value in model.state_dict().items():
            file.write(random_weight(name, value.shape, generator).half().numpy().tobytes())
    print(f"{path}: {offset / 1e9:.2f} GB")


def write_tokenizers(folder, parts):
    merges_txt = (ROOT / "sdxl/text/data/clip_merges.txt").read_text(encoding="utf-8")
    merges = merges_txt.split("\n")[1:-1]
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    symbols = [chr(byte) for byte in printable] + [chr(256 + i) for i in range(256 - len(printable))]
    tokens = symbols + [symbol + "</w>" for symbol in symbols] + ["".join(merge.split(" ")) for merge in merges]
    tokens += ["<|startoftext|>", "<|endoftext|>"]
    assert len(tokens) == 49408, len(tokens)
    for part in parts:
        pad = "!" if part == "tokenizer_2" else "<|endoftext|>"
        (folder / part).mkdir(exist_ok=True)
        (folder / part / "vocab.json").write_text(json.dumps({token: i for i, token in enumerate(tokens)}))
        (folder / part / "merges.txt").write_text(merges_txt, encoding="utf-8")
        names = {"bos_token": "<|startoftext|>", "eos_token": "<|endoftext|>", "unk_token": "<|endoftext|>"}
        config = {**names, "pad_token": pad, "model_max_length": 77, "tokenizer_class": "CLIPTokenizer"}
        (folder / part / "tokenizer_config.json").write_text(json.dumps(config))


def make(folder, is_refiner):
    models = empty_models(REFINER_UNET if is_refiner else BASE_UNET)
    tokenizers = ["tokenizer", "tokenizer_2"]
    if is_refiner:
        del models["text_encoder"], tokenizers[0]
    for seed, part in enumerate(models):
        stem = COMPONENTS[part][1]
        (folder / part).mkdir(parents=True, exist_ok=True)
        model = models[part]
        config = model.config.to_json_string() if hasattr(model.config, "to_json_string") else model.to_json_string()
        values = json.loads(config)
        if part.startswith("text"):
            values["architectures"] = [type(model).__name__]
        (folder / part / "config.json").write_text(json.dumps(values, indent=2))
        write_weights(folder / part / f"{stem}.safetensors", model, seed)
    write_tokenizers(folder, tokenizers)
    EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", timestep_spacing="leading", steps_offset=1
    ).save_pretrained(folder / "scheduler")
    kind = "StableDiffusionXLImg2ImgPipeline" if is_refiner else "StableDiffusionXLPipeline"
    index = {"_class_name": kind, "_diffusers_version": "0.42.1"}
    index |= {"force_zeros_for_empty_prompt": not is_refiner, "requires_aesthetics_score": is_refiner}
    index |= {"scheduler": ["diffusers", "EulerDiscreteScheduler"]}
    index |= {part: ["diffusers" if part in ("unet", "vae") else "transformers", COMPONENTS[part][0].__name__]
              for part in models}  # fmt: skip
    index |= {part: ["transformers", "CLIPTokenizer"] for part in tokenizers}
    (folder / "model_index.json").write_text(json.dumps(index, indent=2))


def inputs_for(component, height, width, unet_config=BASE_UNET):
    generator = torch.Generator().manual_seed(3)
    latents = torch.randn(1, 4, height // 8, width // 8, generator=generator)
    if component == "vae_decoder":
        return {"sample": latents}
    if component == "unet":
        ids = [height, width, 0.0, 0.0, height, width] if unet_config is BASE_UNET else [height, width, 0.0, 0.0, 6.0]
        return {
            "sample": latents,
            "timestep": torch.tensor([501.0]),
            "encoder_hidden_states": torch.randn(1, 77, unet_config["cross_attention_dim"], generator=generator),
            "text_embeds": torch.randn(1, 1280, generator=generator),
            "time_ids": torch.tensor([ids]),
        }
    ids = torch.full((1, 77), 49407)
    ids[0, :8] = torch.tensor([49406, 320, 1125, 539, 320, 2368, 49407, 49407])
    return {"input_ids": ids}


def run_component(component, model, x):
    if component == "vae_decoder":
        return {"sample": model.decode(x["sample"]).sample}
    if component == "unet":
        added = {key: x[key] for key in ("text_embeds", "time_ids")}
        y = model(x["sample"], x["timestep"], x["encoder_hidden_states"], added_cond_kwargs=added)
        return {"sample": y.sample}
    y = model(x["input_ids"], output_hidden_states=True)
    results = {"last_hidden_state": y.last_hidden_state}
    results |= {f"hidden_states.{i}": value for i, value in enumerate(y.hidden_states)}
    pooled = "text_embeds" if component == "text_encoder_2" else "pooler_output"
    return results | {pooled: y[pooled]}


def run(component, folder, inputs_file, results_file, height, width):
    part = "vae" if component == "vae_decoder" else component
    kind, _ = COMPONENTS[part]
    model = kind.from_pretrained(folder / part, torch_dtype=torch.float32).eval()
    is_refiner = not (folder / "text_encoder").exists()
    inputs = inputs_for(component, height, width, REFINER_UNET if is_refiner else BASE_UNET)
    start = time.time()
    with torch.no_grad():
        results = run_component(component, model, inputs)
    seconds = time.time() - start
    save_file(inputs, inputs_file)
    save_file({key: value.contiguous() for key, value in results.items()}, results_file)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"{component}: {seconds:.1f} s, peak {peak:.1f} GiB")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["make", "make_refiner", "unet", "vae_decoder", "text_encoder", "text_encoder_2"])
    parser.add_argument("folder", type=Path)
    parser.add_argument("inputs", type=Path, nargs="?")
    parser.add_argument("results", type=Path, nargs="?")
    parser.add_argument("--height", type=int, default=512)
    parser.add_argument("--width", type=int, default=512)
    arguments = parser.parse_args()
    if arguments.action.startswith("make"):
        make(arguments.folder, arguments.action == "make_refiner")
    else:
        run(arguments.action, arguments.folder, arguments.inputs, arguments.results, arguments.height, arguments.width)


if __name__ == "__main__":
    main()
