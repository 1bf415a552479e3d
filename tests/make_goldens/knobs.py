"""A tiny UNet with one change inside: muted blocks, heads and skips, a scaled block, another prompt's context.

Each output is that of the base UNet of unet.py in which a hook changes one module, as docs/knobs.md says.
"""

import torch
from diffusers import UNet2DConditionModel
from safetensors.torch import load_file

from golden import GOLDENS, write
from unet import FAMILIES, SEED

WEIGHTS = "weights/"


def returns_its_input(module, args, kwargs, output):
    x = args[0] if args else kwargs["hidden_states"]
    return (x,) if isinstance(output, tuple) else x


def returns_its_shortcut(module, args, kwargs, output):
    return module.conv_shortcut(args[0])


def returns_zeros(module, args, kwargs, output):
    return torch.zeros_like(output)


def halved(module, args, kwargs, output):
    return args[0] + 0.5 * (output - args[0])


def without_columns(first, last):
    def hook(module, args, kwargs, output):
        output = output.clone()
        output[..., first:last] = 0
        return output

    return hook


def with_context(context):
    """The other context in the last row, the conditional one."""

    def hook(module, args, kwargs):
        own = kwargs["encoder_hidden_states"]
        return args, {**kwargs, "encoder_hidden_states": torch.cat([own[:1], context])}

    return hook


def without_skip(place):
    def hook(module, args, kwargs):
        skips = list(kwargs["res_hidden_states_tuple"])
        skips[place] = torch.zeros_like(skips[place])
        return args, {**kwargs, "res_hidden_states_tuple": tuple(skips)}

    return hook


def main():
    base = load_file(GOLDENS / "unet_base.safetensors")
    unet = UNet2DConditionModel(sample_size=8, norm_num_groups=4, **FAMILIES["base"]).eval()
    unet.load_state_dict({k[len(WEIGHTS) :]: v for k, v in base.items() if k.startswith(WEIGHTS)})
    inputs = {k[len("inputs/") :]: v for k, v in base.items() if k.startswith("inputs/")}
    torch.manual_seed(SEED)
    context = torch.randn(1, 7, 20)

    def run(path, hook, is_before=False):
        module = unet.get_submodule(path)
        register = module.register_forward_pre_hook if is_before else module.register_forward_hook
        handle = register(hook, with_kwargs=True)
        with torch.no_grad():
            result = unet(
                inputs["sample"],
                inputs["timestep"],
                inputs["encoder_hidden_states"],
                added_cond_kwargs={key: inputs[key] for key in ("text_embeds", "time_ids")},
                return_dict=False,
            )[0]
        handle.remove()
        return result

    attention = "mid_block.attentions.0.transformer_blocks.0.attn1"
    columns = unet.get_submodule(attention).to_v.out_features // unet.get_submodule(attention).heads
    outputs = {
        "mid_block": run("mid_block", returns_its_input),
        "resnet": run("mid_block.resnets.0", returns_its_input),
        "wider_resnet": run("down_blocks.1.resnets.0", returns_its_shortcut),
        "transformer": run("down_blocks.1.attentions.0", returns_its_input),
        "block": run("down_blocks.2.attentions.0.transformer_blocks.1", returns_its_input),
        "attention": run("up_blocks.0.attentions.1.transformer_blocks.0.attn2", returns_zeros),
        "conv_in": run("conv_in", returns_zeros),
        "half": run("mid_block.resnets.1", halved),
        "head": run(attention + ".to_v", without_columns(columns, 2 * columns)),
        "context": run("up_blocks.0.attentions.0.transformer_blocks.0.attn2", with_context(context), True),
        # Of the three skips of a level, the last one pushed is taken first.
        "skip_0": run("up_blocks.2", without_skip(0), True),
        "skip_4": run("up_blocks.1", without_skip(1), True),
        "skip_8": run("up_blocks.0", without_skip(2), True),
    }
    write("knobs", __file__, inputs={"other_context": context}, outputs=outputs, seed=SEED)


if __name__ == "__main__":
    main()
