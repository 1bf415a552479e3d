"""Trains the tiny SDXL from nothing: autoencoder, text encoders, base, refiner, adapters; writes diffusers' folders.

    python train.py --preset gpu --folder /tmp/tiny          # every stage, one after the other
    python train.py --preset cpu --folder /tmp/tiny autoencoder --minutes 20
    python train.py --preset cpu --folder /tmp/more --start model base.sizes refiner assemble
    python train.py --preset cpu --folder /tmp/more --start model lora control_net
    python train.py --smoke --folder /tmp/smoke

A run that was stopped continues from its checkpoint in the folder. base.NAME is one stage of the base alone; it
continues with the UNet in the folder; --start writes a model's components there.
"""

import argparse
from functools import partial
from pathlib import Path

import torch

from train_adapters import train_control_net, train_lora
from assemble import assemble
from autoencoder import train_autoencoder
from presets import CPU, PRESETS
from start import start_from
from text_encoders import train_text_encoders
from unet import train_base, train_refiner

STAGES = {
    "autoencoder": train_autoencoder,
    "text": train_text_encoders,
    "base": train_base,
    **{f"base.{stage.name}": partial(train_base, name=stage.name) for stage in CPU.stages},
    "refiner": train_refiner,
    "lora": train_lora,
    "control_net": train_control_net,
    "assemble": assemble,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=", ".join(STAGES) + " (all)")
    parser.add_argument("--preset", choices=PRESETS, default="cpu")
    parser.add_argument("--smoke", action="store_true", help="a few steps of everything at the least size")
    parser.add_argument("--folder", type=Path, default=Path("tiny_sdxl_training"))
    parser.add_argument("--start", type=Path, metavar="MODEL", help="a model to continue from")
    parser.add_argument("--minutes", type=float, help="for each stage, at most")
    parser.add_argument("--threads", type=int, help="of the processor")
    args = parser.parse_args()
    for stage in args.stages:
        if stage not in STAGES:
            parser.error(f"there is no stage {stage}; the stages are {', '.join(STAGES)}")
    if args.threads:
        torch.set_num_threads(args.threads)
    device = "cuda" if torch.cuda.is_available() and not args.smoke else "cpu"
    preset = PRESETS["smoke" if args.smoke else args.preset]
    if args.start:
        start_from(args.start, args.folder)
    for stage in args.stages or [stage for stage in STAGES if "." not in stage]:
        STAGES[stage](preset, args.folder, device, args.minutes)


if __name__ == "__main__":
    main()
