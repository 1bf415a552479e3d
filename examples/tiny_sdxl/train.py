"""Trains the tiny SDXL from nothing: autoencoder, text encoders, base, refiner; writes diffusers' folders.

    python train.py --preset gpu --folder /tmp/tiny          # every stage, one after the other
    python train.py --preset cpu --folder /tmp/tiny autoencoder --minutes 20
    python train.py --smoke --folder /tmp/smoke

A run that was stopped goes on from its checkpoint in the folder.
"""

import argparse
from pathlib import Path

import torch

from assemble import assemble
from autoencoder import train_autoencoder
from presets import PRESETS
from text_encoders import train_text_encoders
from unet import train_base, train_refiner

STAGES = {
    "autoencoder": train_autoencoder,
    "text": train_text_encoders,
    "base": train_base,
    "refiner": train_refiner,
    "assemble": assemble,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("stages", nargs="*", metavar="STAGE", help=", ".join(STAGES) + " (all)")
    parser.add_argument("--preset", choices=PRESETS, default="cpu")
    parser.add_argument("--smoke", action="store_true", help="a few steps of everything at the least size")
    parser.add_argument("--folder", type=Path, default=Path("tiny_sdxl_training"))
    parser.add_argument("--minutes", type=float, help="for each stage, at most")
    parser.add_argument("--threads", type=int, help="of the processor")
    args = parser.parse_args()
    if args.threads:
        torch.set_num_threads(args.threads)
    device = "cuda" if torch.cuda.is_available() and not args.smoke else "cpu"
    preset = PRESETS["smoke" if args.smoke else args.preset]
    for stage in args.stages or STAGES:
        STAGES[stage](preset, args.folder, device, args.minutes)


if __name__ == "__main__":
    main()
