"""Goldens of a union ControlNet: a tiny one for the tiny base, its outputs, and runs of diffusers' pipeline.

    python control_net_union.py

Writes tests/goldens/models/control_net_union_f16/ and tests/goldens/control_net_union.safetensors, the outputs of its
modules for two pictures together, and control_net_union_<case>.safetensors as control_net.py does.
"""

import inspect

import torch
from diffusers import ControlNetUnionModel, StableDiffusionXLControlNetUnionPipeline, UNet2DConditionModel
from diffusers.models.controlnets.controlnet_union import QuickGELU

from control_net import BASE, picture
from golden import SILENT, randomise, record, write
from run_pipeline import open_pipeline, run_pipeline
from tiny_models import MODELS, finish_folder, new_folder

NET, TYPES = "control_net_union_f16", 7  # six kinds have names in both published models
CASES = {
    "guided": {"control_mode": [3], "guidance_scale": 5.0, "controlnet_conditioning_scale": 0.8},
    # diffusers' pipeline gives a wrong number of rows to control_type in guess mode with guidance.
    "guess": {"control_mode": [1], "guess_mode": True, "guidance_scale": 1.0},
    "together": {
        "control_mode": [0, 6],
        "guidance_scale": 4.0,
        "num_images_per_prompt": 2,
        "controlnet_conditioning_scale": [0.5, 0.9],
        "control_guidance_end": [1.0, 0.5],
    },
}


def new_net():
    config = UNet2DConditionModel.from_pretrained(MODELS / BASE / "unet").config
    alike = {name for name in inspect.signature(ControlNetUnionModel).parameters if name in config}
    width = config.block_out_channels[0]
    net = ControlNetUnionModel(
        **{name: config[name] for name in alike},
        conditioning_embedding_out_channels=(3, 4, 6, 8),
        num_control_type=TYPES,
        num_trans_channel=width,
        num_proj_channel=width,
        num_trans_head=2,
        num_trans_layer=2,
    )
    randomise(net, 41, scale=0.8)
    folder = new_folder(NET)
    net.half().save_pretrained(folder)
    finish_folder(folder)


def open_net():
    return ControlNetUnionModel.from_pretrained(MODELS / NET, torch_dtype=torch.float32).eval()


def module():
    """Two samples that differ, with two pictures each, of an odd size."""
    net = open_net()
    torch.manual_seed(13)
    inputs = {
        "sample": torch.randn(2, 4, 3, 5),
        "timestep": torch.tensor([321.0]),
        "encoder_hidden_states": torch.randn(2, 9, net.config.cross_attention_dim),
        "picture": torch.rand(2, 3, 24, 40),
        "picture_2": torch.rand(2, 3, 24, 40),
        "text_embeds": torch.randn(2, 10),
        "time_ids": torch.tensor([[64.0, 48, 0, 4, 64, 48], [32, 96, 8, 0, 48, 64]]),
    }
    added = {name: inputs[name] for name in ("text_embeds", "time_ids")}
    modes, scales, results = [1, 6], [0.7, 1.2], {}

    def run():
        skips, mid = net(
            inputs["sample"],
            inputs["timestep"][0],
            inputs["encoder_hidden_states"],
            [inputs["picture"], inputs["picture_2"]],
            control_type=torch.zeros(2, TYPES).index_fill_(1, torch.tensor(modes), 1.0),
            control_type_idx=modes,
            conditioning_scale=scales,
            added_cond_kwargs=added,
            return_dict=False,
        )
        results.update({f"skip.{i}": skip for i, skip in enumerate(skips)} | {"mid": mid})
        return skips[0]

    fronts = ("transformer_layes", "spatial_ch_projs", "control_add_embedding", "controlnet_cond_embedding.conv_out")
    fronts += ("controlnet_down_blocks", "controlnet_mid_block")
    # A module that runs for each picture has its outputs one behind the other along the batch.
    outputs = record(net, run, silent=(*SILENT, QuickGELU))
    outputs = {path: value for path, value in outputs.items() if path.startswith(fronts)}
    write("control_net_union", __file__, inputs=inputs, outputs=outputs | results, modes=modes, scales=scales)


def main():
    new_net()
    module()
    one, two = picture(1), picture(2)
    for case, arguments in CASES.items():
        pictures = [one, two][: len(arguments["control_mode"])]
        inputs = dict(zip(("picture", "picture_2"), pictures))
        pipeline = open_pipeline(StableDiffusionXLControlNetUnionPipeline, BASE, "euler", controlnet=open_net())
        arguments = {"prompt": "a large red star", "num_inference_steps": 4, **arguments}
        about = {"images": {"control_image": pictures}, "inputs": inputs, "model": BASE, "scheduler": "euler", "net": NET}
        run_pipeline(f"control_net_union_{case}", __file__, pipeline, arguments, **about)


if __name__ == "__main__":
    main()
