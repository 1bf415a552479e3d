"""Writes tests/fuzz/corpus/NAME/: the seeds of the fuzzers, from the goldens and the tiny models.

    python tests/fuzz/make_corpus.py

Inputs that a fuzzer found stay there beside them; their names begin with "found_". The standard
library is enough.
"""
import json
import pathlib
import struct
import zlib

ROOT = pathlib.Path(__file__).resolve().parents[2]
GOLDENS = ROOT / "tests" / "goldens"
MODELS = GOLDENS / "models"
CORPUS = ROOT / "tests" / "fuzz" / "corpus"


def save(fuzzer, name, content):
    folder = CORPUS / fuzzer
    folder.mkdir(parents=True, exist_ok=True)
    data = content.encode() if isinstance(content, str) else content
    (folder / name).write_bytes(data)


def read_safetensors(path):
    """The header of a file, and its data."""
    data = path.read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    return json.loads(data[8 : 8 + length]), data[8 + length :]


def safetensors(header, data):
    text = json.dumps(header, separators=(",", ":")).encode()
    return struct.pack("<Q", len(text)) + text + data


def one(name, shape, dtype, data, **metadata):
    """A safetensors file of one tensor."""
    header = {"__metadata__": metadata} if metadata else {}
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [0, len(data)]}
    return safetensors(header, data)


def cut(text, limit):
    return text if len(text) <= limit else text[:limit]


def images():
    """The image files that the goldens hold, of each format the different ones."""
    for golden in ("image_files", "photo_files"):
        header, data = read_safetensors(GOLDENS / f"{golden}.safetensors")
        for name, entry in header.items():
            if not name.startswith("file/"):
                continue
            file = name.removeprefix("file/")
            begin, end = entry["data_offsets"]
            kind = file.rsplit(".")[-1].replace("jpg", "jpeg")
            is_one_of_many = any(f"_{i}.jpg" in file for i in (1, 2, 3, 4, 5, 7, 8))
            if not is_one_of_many:
                save(kind, file, data[begin:end])
            if "turn" in file or "orientation_6" in file:
                save("exif", file, data[begin:end])
    header = struct.pack("<2sIHHI", b"BM", 0, 0, 0, 0)
    for bits, table in ((1, 8), (4, 64), (8, 1024), (16, 12), (32, 16)):
        row = (4 * bits + 31) // 32 * 4
        offset = 14 + 40 + table
        size = offset + 2 * row
        info = struct.pack("<IiiHHIIiiII", 40, 4, 2, 1, bits, 3 if bits in (16, 32) else 0, 0, 0, 0, 0, 0)
        if bits == 16:
            colours = struct.pack("<III", 0xF800, 0x07E0, 0x001F)
        elif bits == 32:
            colours = struct.pack("<IIII", 0xFF0000, 0xFF00, 0xFF, 0xFF000000)
        else:
            colours = bytes(range(256)) * 4
        head = struct.pack("<2sIHHI", b"BM", size, 0, 0, offset)
        save("bmp", f"{bits}_bits.bmp", head + info + colours[:table] + bytes(range(2 * row)))
    core = struct.pack("<2sIHHI", b"BM", 50, 0, 0, 26) + struct.pack("<IHHHH", 12, 2, 2, 1, 24)
    save("bmp", "core_header.bmp", core + bytes(16))
    assert header


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_texts():
    head = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0))
    end = chunk(b"IDAT", zlib.compress(b"\0\1\2\3")) + chunk(b"IEND", b"")
    text = chunk(b"tEXt", b"parameters\0a fox\nSteps: 20, Sampler: Euler")
    save("png_texts", "text.png", head + text + end)
    text = chunk(b"iTXt", b"prompt\0\0\0en\0key\0" + "a f\u00f6x".encode())
    save("png_texts", "international.png", head + text + end)
    text = chunk(b"iTXt", b"prompt\0\1\0\0\0" + zlib.compress(b"a fox"))
    save("png_texts", "compressed.png", head + text + chunk(b"zTXt", b"a\0\0" + zlib.compress(b"b")) + end)
    save("png_texts", "latin_1.png", head + chunk(b"tEXt", b"a\0f\xf6x\xff") + end)


def exif():
    for order, name in ((">", b"MM"), ("<", b"II")):
        entries = [(0x010F, 2, 1, 0), (0x0112, 3, 1, 6 if order == "<" else 6 << 16)]
        tiff = name + struct.pack(order + "HIH", 42, 8, len(entries))
        tiff += b"".join(struct.pack(order + "HHII", *entry) for entry in entries) + bytes(4)
        save("exif", f"{name.decode().lower()}.tiff", tiff)
    xmp = b'<x:xmpmeta><rdf:Description tiff:Orientation="6"/></x:xmpmeta>'
    segment = b"http://ns.adobe.com/xap/1.0/\0" + xmp
    save("exif", "xmp.jpg", b"\xff\xd8\xff\xe1" + struct.pack(">H", len(segment) + 2) + segment)
    riff = b"WEBPEXIF" + struct.pack("<I", 26) + b"II*\0\x08\0\0\0\1\0\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"
    save("exif", "exif.webp", b"RIFF" + struct.pack("<I", len(riff)) + riff)


def weights():
    numbers = struct.pack("<4f", 1, 2, -3, 0.5)
    save("safetensors_file", "f32.safetensors", one("latents", [1, 4, 1, 1], "F32", numbers))
    save("safetensors_file", "metadata.safetensors", one("a", [4], "F32", numbers, format="pt"))
    for dtype, data in (("F16", b"\0\x3c"), ("BF16", b"\x80\x3f"), ("F8_E4M3", b"\x38"),
                        ("F8_E5M2", b"\x3c"), ("F64", struct.pack("<d", 1e300)), ("I64", b"\2" + bytes(7)),
                        ("U8", b"\7"), ("BOOL", b"\1"), ("I32", b"\xff" * 4), ("U16", b"\1\0")):
        save("safetensors_file", f"{dtype.lower()}.safetensors", one("a", [1], dtype, data))
    save("safetensors_file", "empty_tensor.safetensors", one("a", [0, 3], "F32", b""))
    save("safetensors_file", "comfyui.latent",
         safetensors({"latent_tensor": {"dtype": "F32", "shape": [1, 4, 1, 1], "data_offsets": [0, 16]},
                      "latent_format_version_0": {"dtype": "F32", "shape": [0], "data_offsets": [16, 16]}},
                     numbers))
    header, _ = read_safetensors(GOLDENS / "conv2d_3x3.safetensors")
    save("safetensors_header", "golden", cut(json.dumps(header), 4000))
    for path in sorted((CORPUS / "safetensors_file").iterdir()):
        data = path.read_bytes()
        (length,) = struct.unpack("<Q", data[:8])
        save("safetensors_header", path.name.rsplit(".")[0], data[8 : 8 + length] + b"\0" + data[8 + length :])
    index = {"metadata": {"total_size": 24}, "weight_map": {
        "a": "model-00001-of-00002.safetensors", "b": "model-00002-of-00002.safetensors"}}
    save("sharded_index", "whole.json", json.dumps(index, indent=2))
    index["weight_map"]["c"] = "model-00001-of-00002.safetensors"
    save("sharded_index", "absent_tensor.json", json.dumps(index))
    index["weight_map"]["a"] = "../model.safetensors"
    save("sharded_index", "outside.json", json.dumps(index))


def configs():
    for model in sorted(path for path in MODELS.iterdir() if path.is_dir()):
        for path in sorted(model.rglob("*.json")):
            name = f"{model.name}_{path.parent.name}.json"
            if path.name == "config.json" and model.name in (
                    "two_levels_f16", "sd_1_f32", "refiner_f16", "every_level_bf16", "vae_tiny"):
                save("config", name, path.read_text())
            if path.name == "scheduler_config.json" and model.name in ("two_levels_f16", "sd_1_f32"):
                save("scheduler_config", name, path.read_text())
            if path.name == "model_index.json" and model.name in ("two_levels_f16", "sd_1_f32", "refiner_f16"):
                save("model_index", f"{model.name}.json", path.read_text())
    sdxl = {"num_train_timesteps": 1000, "beta_start": 0.00085, "beta_end": 0.012,
            "beta_schedule": "scaled_linear", "timestep_spacing": "leading", "steps_offset": 1}
    for name in ("DDPM", "DDIM", "EulerDiscrete", "EulerAncestralDiscrete", "DPMSolverMultistep",
                 "UniPCMultistep", "DEISMultistep", "HeunDiscrete", "KDPM2Discrete", "LCM", "TCD", "PNDM",
                 "EDMEuler", "EDMDPMSolverMultistep"):
        save("scheduler_config", f"{name.lower()}.json",
             json.dumps({"_class_name": f"{name}Scheduler", **({} if name.startswith("EDM") else sdxl)}))
    more = {"_class_name": "DPMSolverMultistepScheduler", **sdxl, "algorithm_type": "sde-dpmsolver++",
            "use_karras_sigmas": True, "lambda_min_clipped": float("-inf"), "thresholding": True,
            "final_sigmas_type": "zero", "solver_order": 3, "rescale_betas_zero_snr": True}
    save("scheduler_config", "many_fields.json", json.dumps(more))


def tokenizers():
    folder = MODELS / "two_levels_f16" / "tokenizer"
    whole = json.loads((folder / "tokenizer.json").read_text())
    vocabulary = whole["model"]["vocab"]
    small = {token: i for i, token in enumerate(list(vocabulary)[:512] + list(vocabulary)[512:530])}
    merges = [m for m in whole["model"]["merges"]
              if all(part in small for part in m) and "".join(m) in small]
    for token in ("<|startoftext|>", "<|endoftext|>"):
        small[token] = len(small)
    added = [{"id": small[t], "content": t, "normalized": False, "single_word": False}
             for t in ("<|startoftext|>", "<|endoftext|>")]
    one_file = {"added_tokens": added, "model": {"type": "BPE", "vocab": small, "merges": merges}}
    config = (folder / "tokenizer_config.json").read_text()
    compact = {"separators": (",", ":"), "ensure_ascii": False}
    save("tokenizer_files", "one_file",
         f"==> tokenizer.json\n{json.dumps(one_file, **compact)}\n==> tokenizer_config.json\n{config}")
    pairs = "#version: 0.2\n" + "\n".join(" ".join(m) for m in merges)
    special = {"bos_token": "<|startoftext|>", "pad_token": {"content": "!", "normalized": True}}
    save("tokenizer_files", "older_files",
         f"==> vocab.json\n{json.dumps(small, **compact)}\n==> merges.txt\n{pairs}\n"
         f"==> special_tokens_map.json\n{json.dumps(special)}\n==> added_tokens.json\n" + '{"<fox>": 9000}')
    tiny = {"a": 0, "a</w>": 1, "<|startoftext|>": 2, "<|endoftext|>": 3, "aa</w>": 4}
    save("tokenizer_files", "few_tokens",
         f"==> tokenizer.json\n" + json.dumps({"model": {"vocab": tiny, "merges": [["a", "a</w>"]]}}) +
         '\n==> tokenizer_config.json\n{"added_tokens_decoder": {"7": {"content": "b", "normalized": true}}}')


def prompts():
    for name, text in {
        "plain": "a large red star on a blue background, 4k, artist's sketch",
        "weights": "a (red:1.2) [fox|cat:0.5] \\(animal\\) <lora:foxes:0.8> ((x))",
        "accents": "cafe\u0301 na\u00efve \u00c5ngstr\u00f6m \u1e9b\u0323 \uac00\u11a8",
        "scripts": "\u732b\u304c\u597d\u304d \u041c\u0438\u0440 \u0639\u0631\u0628\u064a \u0e44\u0e17\u0e22",
        "emoji": "\U0001f98a\U0001f3fd\u200d\u2640\ufe0f ok",
        "special": "<|startoftext|>a<|endoftext|> b<|ENDOFTEXT|>",
        "endings": "it's they're we've I'm we'll he'd don't 'S 12345 \u00bd \u2160",
        "spaces": "a\u00a0b\u2003c\u3000d\t\r\n e",
    }.items():
        save("prompt", name, text)


def traces():
    header, data = read_safetensors(GOLDENS / "parity_dump.safetensors")
    metadata = header["__metadata__"]
    paths = ["unet.conv_in", "unet.conv_out", "unet"]
    new, position, bytes_of = {}, 0, b""
    names = ["inputs/unet/sample", "inputs/unet/timestep", "inputs/text_encoder/input_ids",
             *(f"outputs/{path}" for path in paths)]
    for name in names:
        entry = header.get(name)
        if entry is None:
            continue
        begin, end = entry["data_offsets"]
        new[name] = {**entry, "data_offsets": [position, position + end - begin]}
        bytes_of += data[begin:end]
        position += end - begin
    metadata = {
        "format": metadata["format"], "versions": metadata["versions"], "precision": metadata["precision"],
        "outputs": json.dumps({"paths": [p for p in paths if f"outputs/{p}" in new]}),
        "same": json.dumps({"inputs/unet.conv_in/input": "inputs/unet/sample"}),
        "weights": json.dumps(dict(list(json.loads(metadata["weights"]).items())[:3])),
    }
    save("dump", "golden.safetensors", safetensors({"__metadata__": metadata, **new}, bytes_of))
    numbers = struct.pack("<2f", 1, 2)
    for name in ("unet.conv_in", "conv_in", "inputs/unet/sample", "step.1/inputs/unet/sample", "sample",
                 "step.1/unet.conv_in", "inputs/refiner.vae.decoder/z", "text_encoder.text_model"):
        save("trace", name.replace("/", "_") + ".safetensors", one(name, [1, 2], "F32", numbers))
    save("trace", "nan.safetensors", one("unet.conv_in", [1, 2], "F32", struct.pack("<2f", 1, float("nan"))))
    save("trace", "shape.safetensors", one("unet.conv_out", [2], "F32", numbers))


def single_files():
    names = ROOT / "tests" / "names"

    def lines(file, prefix, every):
        kept = (names / f"{file}.txt").read_text().splitlines()[::every]
        return [prefix + line for line in kept]

    xl = lines("single_file_unet_base", "model.diffusion_model.", 80)
    xl.append("model.diffusion_model.label_emb.0.0.weight 1280 2816")
    xl += lines("single_file_vae", "first_stage_model.", 20)
    xl += lines("single_file_text_encoder_2", "conditioner.embedders.1.model.", 40)
    xl += lines("text_encoder", "conditioner.embedders.0.transformer.", 30)
    save("single_file", "sdxl_base", "\n".join(xl + ["v_pred", "ztsnr"]))
    sd = lines("single_file_unet_sd", "model.diffusion_model.", 40)
    sd.append("model.diffusion_model.input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight 320 768")
    save("single_file", "sd_1", "\n".join(sd + lines("text_encoder", "cond_stage_model.transformer.", 30)))
    save("single_file", "unet_alone", "\n".join(lines("unet_sd15", "", 30)))
    save("single_file", "vae_alone", "\n".join(lines("vae", "", 10)))
    save("single_file", "text_encoder", "\n".join(lines("text_encoder", "", 10)))
    save("single_file", "open_clip", "\n".join(lines("single_file_text_encoder_2", "", 40)))
    save("single_file", "tiny_vae", "decoder.layers.0.weight 64 4 3 3\ndecoder.layers.0.bias 64\n")
    save("single_file", "lora", "lora_unet_mid_block.lora_down.weight 4 320\nlora_unet_mid_block.alpha\n")


def adapter_files():
    def listed(path):
        header, _ = read_safetensors(path)
        header.pop("__metadata__", None)
        return "\n".join(" ".join([name, *map(str, entry["shape"])]) for name, entry in header.items())

    for folder, names in {
        "adapters": ("ip_adapter_plain", "ip_adapter_plus", "kohya", "dora", "loha", "lokr", "locon_mid"),
        "upscalers": ("real_esrgan_x2", "real_esrgan_x4"),
    }.items():
        for name in names:
            save("adapter_files", name, listed(GOLDENS / folder / f"{name}.safetensors"))
    widths = (768, 1024, 128, 64, 16, 1)
    layers = [(n, o, i) for n, o, i in zip((0, 2, 4, 6, 7), widths[1:], widths)]
    predictor = [f"layers.{n}.weight {o} {i}\nlayers.{n}.bias {o}" for n, o, i in layers]
    save("adapter_files", "predictor", "\n".join(predictor))
    save("adapter_files", "image_encoder", "vision_model.embeddings.class_embedding 1280\n"
         "vision_model.embeddings.patch_embedding.weight 1280 3 14 14\nvisual_projection.weight 1024 1280\n")
    save("adapter_files", "face_id", "image_proj.proj.0.weight 1024 512\nip_adapter.0.to_k_lora.down.weight 4 320\n")


def settings():
    save("a1111", "sdxl",
         "a ((red)) fox, (snow:1.2) \\(animal\\) <lora:foxes:0.8>\nsecond line\nNegative prompt: blurry, [low]\n"
         "Steps: 30, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 4219467701, "
         "Size: 1216x832, Model hash: 31e35c80fc, Model: sd_xl_base_1.0, Clip skip: 2, "
         "Lora hashes: \"foxes: 50b3, b: c\", Version: v1.9.4")
    save("a1111", "hires", "a\nSteps: 20, Sampler: DPM++ 2M Karras, Size: 512x512, Denoising strength: 0.5, "
         "Hires upscale: 2, Hires upscaler: Latent, Refiner: sd_xl_refiner_1.0 [7440], Refiner switch at: 0.8")
    save("a1111", "inpaint", "a\nSteps: 20, Sampler: Euler a, Denoising strength: 0.75, Mask blur: 4, RNG: CPU, VAE: x")
    graph = {
        "3": {"class_type": "KSampler", "inputs": {
            "seed": 1566, "steps": 20, "cfg": 8.0, "sampler_name": "euler", "scheduler": "normal",
            "denoise": 1.0, "model": ["4", 0], "positive": ["6", 0], "negative": ["7", 0], "latent_image": ["5", 0]}},
        "4": {"class_type": "CheckpointLoaderSimple", "inputs": {"ckpt_name": "sd_xl_base_1.0.safetensors"}},
        "5": {"class_type": "EmptyLatentImage", "inputs": {"width": 1024, "height": 768, "batch_size": 1}},
        "6": {"class_type": "CLIPTextEncode", "inputs": {"text": "a (red:1.3) fox", "clip": ["4", 1]}},
        "7": {"class_type": "CLIPTextEncode", "inputs": {"text": "", "clip": ["4", 1]}},
        "8": {"class_type": "VAEDecode", "inputs": {"samples": ["3", 0], "vae": ["4", 2]}},
        "9": {"class_type": "SaveImage", "inputs": {"filename_prefix": "x", "images": ["8", 0]}}}
    save("comfyui", "prompt.json", json.dumps(graph))
    graph["3"] = {"class_type": "KSamplerAdvanced", "inputs": {
        **graph["3"]["inputs"], "noise_seed": 7, "start_at_step": 0, "end_at_step": 10, "add_noise": "enable"}}
    save("comfyui", "advanced.json", json.dumps(graph))
    workflow = {"nodes": [
        {"id": 3, "type": "KSampler", "inputs": [{"name": "model", "link": 1}, {"name": "positive", "link": 2}],
         "widgets_values": [1566, "fixed", 20, 8, "euler", "normal", 1]},
        {"id": 4, "type": "CheckpointLoaderSimple", "widgets_values": ["sd_xl_base_1.0.safetensors"]},
        {"id": 6, "type": "CLIPTextEncode", "inputs": [{"name": "clip", "link": 3}], "widgets_values": ["a fox"]}],
        "links": [[1, 4, 0, 3, 0, "MODEL"], [2, 6, 0, 3, 1, "CONDITIONING"], [3, 4, 1, 6, 0, "CLIP"]]}
    save("comfyui", "workflow.json", json.dumps(workflow))
    save("arguments", "list.json", json.dumps(["--prompt", "a 'fox'\n", "--steps", "20", "--output", "a b.png"]))


def command_lines():
    for name, words in {
        "generate": "generate --prompt a_fox --steps 20 --seed 7 --guidance-scale 4.5 --height 512 --width 768 --images 2",
        "image": "generate --prompt x --image a.png --mask b.png --strength 0.5 --scheduler dpmpp-2m-karras",
        "hires": "generate --prompt x --hires-scale 2 --hires-strength 0.4 --scheduler-option use_karras_sigmas=true",
        "refiner": "generate --prompt x --refiner R --high-noise-fraction 0.7 --rng cuda:h100 --latents a.safetensors",
        "given": "generate --prompt x --timesteps 999,500,1 --seed 1,2,3 --output a.png",
        "sigmas": "generate --prompt x --sigmas 14.6,3,0 --scheduler euler --negative-prompt y --clip-skip 1",
        "knobs": "generate --prompt x --mute unet.* --scale unet.mid_block=0.5 --mute-head unet.*:3 --knob-steps 0:5",
        "trace": "generate --prompt x --trace a.safetensors --trace-step all --trace-paths unet.* --trace-inputs",
        "sizes": "generate --prompt x --original-height 1024 --crop-top 0 --negative-original-height 512 --unet U",
        "attention": "attention --prompt a_fox --words fox --layers unet.* --head 1 --step 3 --scale sheet",
        "places": "attention --prompt a --from 10,20 --by head",
        "schedule": "schedule --scheduler euler --steps 20",
        "sweep": "sweep --prompt x --vary steps=1,2 --vary guidance-scale=1,4",
        "ablate": "ablate --of blocks --prompt x --steps 4 --ranges 2",
        "strip": "strip --prompt x --steps 4",
        "traces": "trace --component unet --inputs i.safetensors --output a.safetensors",
        "compare": "compare a.safetensors b.safetensors --limit 1e-4",
        "parity": "parity dump.safetensors --model M",
        "tokenize": "tokenize a red fox",
        "encode": "encode a.png b.safetensors",
        "decode": "decode a.safetensors b.png",
        "tree": "tree --component unet --depth 2 --json",
        "buckets": "buckets 1024 768",
        "info": "info a.png",
        "images": "generate --prompt x --ip-adapter a.safetensors --ip-image a.png --ip-scale 0.5 --ip-encoder E",
        "upscaler": "generate --prompt x --hires-scale 2 --hires-upscaler u.safetensors",
        "score": "score a.png --clip C --predictor p.safetensors --json",
        "upscale": "upscale a.png --upscaler u.safetensors --scale 2 --output b.png",
    }.items():
        save("command_line", name, "\n".join(words.split(" ")))


for make in (images, png_texts, exif, weights, configs, tokenizers, prompts, traces, single_files, adapter_files, settings,
             command_lines):
    make()
