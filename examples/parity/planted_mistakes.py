#!/usr/bin/env python3
"""Plants one mistake after the other in a copy of the source, and runs `sdxl parity` on each.

    python dump_diffusers.py tests/goldens/models/every_level_bf16 dump.safetensors --steps 2 --step 1 \\
        --image IMAGE_OF_24_BY_16.png --strength 1 --argument height=16 --argument width=24
    python planted_mistakes.py dump.safetensors

Prints a row for each: the mistake, and the module that the first line names. Exit status 1 if a line names another
module than the changed one. The copy is built in build/planted; ccache makes that fast.
"""

import argparse
import os
import shutil
import subprocess
import sys
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
COPY = SOURCE / "build" / "planted"
MODEL = SOURCE / "tests/goldens/models/every_level_bf16"
ATTENTION = "unet.down_blocks.0.attentions.0"
BLOCK = ATTENTION + ".transformer_blocks.0"

# (what, the file within sdxl/, the right lines, the wrong ones, the module)
MISTAKES = [
    ("no SiLU between the two layers of the time embedding", "unet/timestep_embedding.cpp",
     "  h = silu(h);\n", "", "unet.time_embedding"),
    ("sine and cosine swapped", "unet/embed_time.cpp",
     "config.block_out_channels.front(),\n                                          config.flip_sin_to_cos",
     "config.block_out_channels.front(),\n                                          !config.flip_sin_to_cos", "unet"),
    ("sizes before the pooled text", "unet/embed_time.cpp",
     "concat(cond.pooled, s, 1)", "concat(s, cond.pooled, 1)", "unet"),
    ("no SiLU in front of the last convolution", "unet/unet_2d_condition.cpp",
     "h = silu(conv_norm_out.forward(h));", "h = conv_norm_out.forward(h);", "unet"),
    ("a resnet's second norm with half the groups", "unet/resnet_block.cpp",
     'norm2(child("norm2"), c.groups,', 'norm2(child("norm2"), std::max<int64_t>(1, c.groups / 2),',
     "unet.down_blocks.0.resnets.0.norm2"),
    ("no SiLU on the time in a resnet", "unet/resnet_block.cpp",
     "Tensor t = silu(temb);", "Tensor t = temb;", "unet.down_blocks.0.resnets.0"),
    ("a resnet without its shortcut", "unet/resnet_block.cpp",
     "record(shortcut + h)", "record(conv_shortcut ? h : shortcut + h)", "unet.down_blocks.1.resnets.0"),
    ("keys and values swapped", "unet/attention.cpp",
     "(q, k, v, heads_)", "(q, v, k, heads_)", BLOCK + ".attn1"),
    ("one head", "unet/attention.cpp", "heads_(heads)", "heads_(heads > 0 ? 1 : 0)", "unet.down_blocks.1" + BLOCK[18:] + ".attn1"),
    ("value and gate swapped", "unet/feed_forward.cpp",
     "geglu(h)", "geglu(concat(split_half(h, 2).second, split_half(h, 2).first, 2))", BLOCK + ".ff.net.0"),
    ("self-attention to what was not normed", "unet/basic_transformer_block.cpp",
     "attn1.forward(y, y)", "attn1.forward(y, x)", BLOCK),
    ("cross-attention without its norm", "unet/basic_transformer_block.cpp",
     "attn2.forward(y, context)", "attn2.forward(h, context)", BLOCK),
    ("the feed-forward's residual from the block's input", "unet/basic_transformer_block.cpp",
     "h = h + y;\n  return", "h = x + y;\n  return", BLOCK),
    ("Transformer2D's norm with 1e-3", "unet/transformer_2d.cpp",
     "c.channels, 1e-6f", "c.channels, 1e-3f", ATTENTION + ".norm"),
    ("height and width swapped behind the transformer", "unet/transformer_2d.cpp",
     "reshape({n, c, height, width})", "reshape({n, c, width, height})", ATTENTION),
    ("the downsampler pads two sides", "unet/down_blocks.cpp",
     "tensor::Padding::all(1)", "tensor::Padding{.bottom = 1, .right = 1}",
     "unet.down_blocks.0.downsamplers.0.conv"),
    ("convolution before enlarging", "unet/resample.cpp",
     "return record(conv.forward(x, 2));", "return record(upsample_nearest(conv.forward(x), height, width));",
     "vae.decoder.up_blocks.0.upsamplers.0"),
    ("the middle's attention gets the block's input", "unet/mid_block.cpp",
     "attentions[layer].forward(h,", "attentions[layer].forward(x,", "unet.mid_block"),
    ("skips in front of the running value", "unet/up_blocks.cpp",
     "concat(h, skips.pop(), 1)", "concat(skips.pop(), h, 1)", "unet.up_blocks.0"),
    ("tokens see the ones behind them", "text/clip_attention.cpp",
     "heads_, mask_)", "heads_)", "text_encoder.text_model.encoder.layers.0.self_attn"),
    ("the MLP's residual from its norm", "text/clip_encoder_layer.cpp",
     "y = mlp.forward(y);\n  h = h + y;", "h = y + mlp.forward(y);", "text_encoder.text_model.encoder.layers.0"),
    ("quick GELU for all", "text/clip_mlp.cpp",
     "activation_ == ClipActivation::gelu ? gelu(h) :", "activation_ == ClipActivation::gelu ? quick_gelu(h) :",
     "text_encoder_2.text_model.encoder.layers.0.mlp"),
    ("positions from 1", "text/clip_text_embeddings.cpp",
     "positions.end(), 0);", "positions.end(), 1);\n  positions.back() = 0;", "text_encoder.text_model.embeddings"),
    ("no final norm", "text/clip_text_model.cpp",
     "h = final_layer_norm.forward(h);", "final_layer_norm.forward(h);", "text_encoder.text_model"),
    ("pooled at the last token", "text/clip_text_model.cpp",
     "gather_positions(h, pooled_positions(ids, eos_token_id_))",
     "gather_positions(h, std::vector<int64_t>(ids.size(), h.dim(1) - 1 + 0 * eos_token_id_))",
     "text_encoder_2"),
    ("the VAE's resnets with 1e-3", "vae/vae_blocks.cpp",
     "0, groups, 1e-6f", "0, groups, 1e-3f", "vae.encoder.down_blocks.0.resnets.0.norm1"),
    ("the encoder's downsampler pads all sides", "vae/vae_blocks.cpp",
     "tensor::Padding{.bottom = 1, .right = 1}", "tensor::Padding::all(1)",
     "vae.encoder.down_blocks.0.downsamplers.0.conv"),
    ("rows and columns of the VAE's attention confused", "vae/vae_attention.cpp",
     "h = permute(h, {0, 2, 1}).reshape({n, c, height, width});", "h = h.reshape({n, c, height, width});",
     "vae.encoder.mid_block.attentions.0"),
    ("no SiLU in front of the encoder's last convolution", "vae/encoder.cpp",
     "h = silu(conv_norm_out.forward(h));", "h = conv_norm_out.forward(h);", "vae.encoder"),
    ("no post_quant_conv", "vae/autoencoder_kl.cpp",
     "if (post_quant_conv) h = post_quant_conv->forward(h);", "", "vae"),
]


def copy_source():
    """Makes the copy equal to the source; unchanged files keep their time, so that little is built again."""
    names = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=SOURCE, check=True,
                           capture_output=True, text=True).stdout
    for name in filter(None, names.split("\0")):
        original, copy = SOURCE / name, COPY / name
        if original.is_file() and not (copy.is_file() and copy.read_bytes() == original.read_bytes()):
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(original, copy)


def build(jobs):
    environment = os.environ | {"CCACHE_BASEDIR": str(COPY), "CCACHE_NOHASHDIR": "1"}
    launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
    commands = [["nice", "ninja", "-C", "build/release", f"-j{jobs}", "sdxl"]]
    if not (COPY / "build/release/build.ninja").is_file():
        commands.insert(0, ["cmake", "--preset", "release", *launcher])
    for command in commands:
        result = subprocess.run(command, cwd=COPY, env=environment, capture_output=True, text=True)
        if result.returncode:
            sys.exit(f"{' '.join(command)}:\n{result.stdout[-3000:]}")


def first_line(dump):
    result = subprocess.run([COPY / "build/release/sdxl", "parity", dump, "--model", MODEL], capture_output=True,
                            text=True)
    return (result.stdout or result.stderr).splitlines()[0]


def named(line):
    _, found, rest = line.partition("first divergence at ")
    return rest.split(": ")[:2] if found else ["-", line]


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("dump", metavar="DUMP", nargs="?", help="of all five components; without it, only look "
                        "whether the source still has the lines to change")
    parser.add_argument("--only", metavar="WORDS", default="", help="mistakes whose text has these words")
    parser.add_argument("--jobs", type=int, default=1, metavar="N", help="compilers at a time (1)")
    o = parser.parse_args()
    chosen = [mistake for mistake in MISTAKES if o.only in mistake[0]]
    for _, file, lines, _, _ in chosen:
        if lines not in (SOURCE / "sdxl" / file).read_text():
            sys.exit(f"sdxl/{file} no longer has: {lines}")
    if o.dump is None:
        print(f"{len(chosen)} mistakes fit the source")
        return
    copy_source()
    build(o.jobs)
    right = first_line(o.dump)
    if "agree" not in right:
        sys.exit(f"the right source and {o.dump} part already: {right}")
    print("| mistake | in | named | as |\n|---|---|---|---|", flush=True)
    others = 0
    for what, file, lines, wrong, module in chosen:
        path = COPY / "sdxl" / file
        text = path.read_text()
        try:
            path.write_text(text.replace(lines, wrong))
            build(o.jobs)
            found, kind = named(first_line(o.dump))
        finally:
            path.write_text(text)
        others += found != module
        note = "" if found == module else f" (expected {module})"
        print(f"| {what} | `{file}` | `{found}`{note} | {kind} |", flush=True)
    print(f"\n{len(chosen) - others} of {len(chosen)} at the right module")
    sys.exit(others > 0)


if __name__ == "__main__":
    main()
