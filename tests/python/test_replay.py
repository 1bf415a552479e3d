"""replay finds porting mistakes in a torch module: at the right module, with their kind."""

import types

import diffusers
import glassbox
import pytest
import torch
import torch.nn.functional as F
from diffusers.models.attention_processor import AttnProcessor2_0

BLOCK = "unet.down_blocks.1.attentions.0.transformer_blocks.0"
TEXT = "text_encoder.text_model.encoder.layers.0"


def forward(module, function):
    """Gives one torch module another forward."""
    module.forward = types.MethodType(function, module)


def constant(name, value):
    return lambda module: setattr(module, name, value)


def resnet(wrong):
    def run(self, x, temb=None, *args, **kwargs):
        h = self.conv1(self.nonlinearity(self.norm1(x)))
        if temb is not None:
            h = h + self.time_emb_proj(temb if wrong == "temb" else self.nonlinearity(temb))[:, :, None, None]
        h = self.conv2(self.nonlinearity(self.norm2(h)))
        return h + (self.conv_shortcut(x) if self.conv_shortcut is not None and wrong != "shortcut" else 0)

    return lambda module: forward(module, run)


def block(wrong):
    def run(self, x, attention_mask=None, encoder_hidden_states=None, *args, **kwargs):
        y = self.norm1(x)
        h = x + self.attn1(y, encoder_hidden_states=x if wrong == "unnormed context" else None)
        h2 = h + self.attn2(h if wrong == "no norm2" else self.norm2(h), encoder_hidden_states=encoder_hidden_states)
        return (x if wrong == "residual" else h2) + self.ff(self.norm3(h2))

    return lambda module: forward(module, run)


class Processor(AttnProcessor2_0):
    def __init__(self, wrong):
        self.wrong = wrong

    def __call__(self, attn, x, encoder_hidden_states=None, *args, **kwargs):
        context = x if encoder_hidden_states is None else encoder_hidden_states
        heads = 1 if self.wrong == "one head" else attn.heads
        q, k, v = (y.unflatten(-1, (heads, -1)).transpose(1, 2) for y in (attn.to_q(x), attn.to_k(context), attn.to_v(context)))
        if self.wrong == "swapped":
            k, v = v, k
        if self.wrong == "split":  # the heads interleaved
            q, k, v = (y.transpose(1, 2).flatten(2).unflatten(-1, (-1, heads)).permute(0, 3, 1, 2) for y in (q, k, v))
        scale = 1.0 / q.shape[-1] if self.wrong == "scale" else None
        h = F.scaled_dot_product_attention(q, k, v, scale=scale).transpose(1, 2).flatten(2)
        return attn.to_out[0](h)


def processor(wrong):
    return lambda module: module.set_processor(Processor(wrong))


def geglu(wrong):
    def run(self, x, *args, **kwargs):
        value, gate = self.proj(x).chunk(2, dim=-1)
        return gate * F.gelu(value) if wrong == "halves" else value * F.gelu(gate, approximate="tanh")

    return lambda module: forward(module, run)


def time_embedding(module):
    forward(module, lambda self, x, condition=None: self.linear_2(self.linear_1(x)))


def upsample(module):
    forward(module, lambda self, x, *args, **kwargs: F.interpolate(self.conv(x), scale_factor=2.0))


def downsample(module):
    def run(self, x, *args, **kwargs):
        return self.conv(F.pad(x, (0, 1, 0, 1)))

    module.conv.padding = (0, 0)
    forward(module, run)


def downsample_all_sides(module):
    module.padding = 1
    module.conv.padding = (1, 1)


def mid_block(module):
    def run(self, x, temb=None, encoder_hidden_states=None, *args, **kwargs):
        h = self.resnets[0](x, temb)
        h = self.attentions[0](x, encoder_hidden_states=encoder_hidden_states, return_dict=False)[0]
        return self.resnets[1](h, temb)

    forward(module, run)


def up_block(module):
    def run(self, hidden_states, res_hidden_states_tuple, temb=None, **kwargs):
        for layer, residual in zip(self.resnets, reversed(res_hidden_states_tuple)):
            hidden_states = layer(torch.cat([residual, hidden_states], 1), temb)
        return hidden_states

    forward(module, run)


def skips_in_order(module):
    def run(self, hidden_states, res_hidden_states_tuple, temb=None, **kwargs):
        for layer, residual in zip(self.resnets, res_hidden_states_tuple):
            hidden_states = layer(torch.cat([hidden_states, residual], 1), temb)
        return hidden_states

    forward(module, run)


def another_weight(module):
    module.weight.data = module.weight.data.clone()
    module.weight.data[0] += 0.1


def another_act(module):
    module.conv_act = torch.nn.Identity()


def no_post_quant_conv(module):
    module._decode = lambda z, return_dict=True: types.SimpleNamespace(sample=module.decoder(z))


def mlp_residual(module):
    def run(self, x, attention_mask=None, **kwargs):
        h = x + self.self_attn(self.layer_norm1(x), attention_mask=attention_mask, **kwargs)[0]
        y = self.layer_norm2(h)
        return y + self.mlp(y)

    forward(module, run)


def quick_gelu(module):
    forward(module, lambda self, x: self.fc2((lambda h: h * torch.sigmoid(1.702 * h))(self.fc1(x))))


def sees_all(module):
    inner = type(module).forward

    def run(self, hidden_states, attention_mask=None, **kwargs):
        words = hidden_states.shape[1]
        return inner(self, hidden_states, attention_mask=torch.zeros(1, 1, words, words), **{**kwargs, "is_causal": False})

    forward(module, run)


def positions(module):
    inner = type(module).forward

    def run(self, input_ids=None, position_ids=None, inputs_embeds=None):
        shifted = torch.arange(input_ids.shape[1])[None].roll(-1, 1)
        return inner(self, input_ids=input_ids, position_ids=shifted)

    forward(module, run)


def pooled_at_the_end(module):
    inner = type(module).forward

    def run(self, input_ids=None, **kwargs):
        output = inner(self, input_ids=input_ids, **kwargs)
        output.pooler_output = output.last_hidden_state[:, -1]
        return output

    forward(module, run)


def sine_first(module):
    module.time_proj.flip_sin_to_cos = not module.time_proj.flip_sin_to_cos


def sizes_first(module):
    def run(x):
        width = module.add_embedding.linear_1.in_features
        return x.roll(width // 2, -1)

    inner = module.add_embedding.linear_1.forward
    module.add_embedding.__dict__["forward"] = lambda sample, condition=None: type(module.add_embedding).forward(
        module.add_embedding, run(sample))
    assert inner


def transposed(module):
    inner = type(module).forward

    def run(self, x, *args, return_dict=True, **kwargs):
        h = inner(self, x, *args, return_dict=False, **kwargs)[0] - x
        return (x + h.transpose(2, 3),)

    forward(module, run)


MISTAKES = [
    ("unet", "time_embedding", time_embedding, "unet.time_embedding", "wrong arithmetic"),
    ("unet", "", sine_first, "unet", "wrong arithmetic"),
    ("unet", "", sizes_first, "unet.add_embedding", "wrong arithmetic"),
    ("unet", "", another_act, "unet", "wrong arithmetic"),
    ("unet", "down_blocks.0.resnets.0.norm2", constant("num_groups", 4), "unet.down_blocks.0.resnets.0.norm2", "wrong constant"),
    ("unet", "down_blocks.0.resnets.0.norm1", constant("eps", 1e-2), "unet.down_blocks.0.resnets.0.norm1", "wrong constant"),
    ("unet", "down_blocks.0.resnets.0", resnet("temb"), "unet.down_blocks.0.resnets.0", "wrong arithmetic"),
    ("unet", "down_blocks.1.resnets.0", resnet("shortcut"), "unet.down_blocks.1.resnets.0", "wrong arithmetic"),
    ("unet", BLOCK[5:] + ".attn1", processor("swapped"), BLOCK + ".attn1", "wrong arithmetic"),
    ("unet", BLOCK[5:] + ".attn1", processor("one head"), BLOCK + ".attn1", "wrong arithmetic"),
    ("unet", BLOCK[5:] + ".attn1", processor("scale"), BLOCK + ".attn1", "wrong arithmetic"),
    ("unet", BLOCK[5:] + ".attn2", processor("split"), BLOCK + ".attn2", "wrong arithmetic"),
    ("unet", BLOCK[5:] + ".ff.net.0", geglu("halves"), BLOCK + ".ff.net.0", "wrong arithmetic"),
    ("unet", BLOCK[5:] + ".ff.net.0", geglu("tanh"), BLOCK + ".ff.net.0", "wrong arithmetic"),
    ("unet", BLOCK[5:], block("unnormed context"), BLOCK, "wrong arithmetic"),
    ("unet", BLOCK[5:], block("no norm2"), BLOCK, "wrong arithmetic"),
    ("unet", BLOCK[5:], block("residual"), BLOCK, "wrong arithmetic"),
    ("unet", "down_blocks.1.attentions.0.norm", constant("eps", 1e-2), "unet.down_blocks.1.attentions.0.norm", "wrong constant"),
    ("unet", "down_blocks.1.attentions.0", transposed, "unet.down_blocks.1.attentions.0", "wrong arithmetic"),
    ("unet", "down_blocks.0.downsamplers.0", downsample, "unet.down_blocks.0.downsamplers.0.conv", "not comparable"),
    ("unet", "mid_block", mid_block, "unet.mid_block", "wrong arithmetic"),
    ("unet", "up_blocks.2", up_block, "unet.up_blocks.2", "wrong arithmetic"),
    ("unet", "up_blocks.2", skips_in_order, "unet.up_blocks.2", "wrong arithmetic"),
    ("unet", "mid_block.resnets.0.conv1", another_weight, "unet.mid_block.resnets.0.conv1", "other weights"),
    ("text_encoder", "encoder.layers.0.self_attn", sees_all, TEXT + ".self_attn", "wrong arithmetic"),
    ("text_encoder", "encoder.layers.0", mlp_residual, TEXT, "wrong arithmetic"),
    ("text_encoder", "embeddings", positions, "text_encoder.text_model.embeddings", "wrong arithmetic"),
    ("text_encoder", "", pooled_at_the_end, "text_encoder", "wrong arithmetic"),
    ("text_encoder_2", "text_model.encoder.layers.0.mlp", quick_gelu, "text_encoder_2.text_model.encoder.layers.0.mlp", "wrong arithmetic"),
    ("vae", "encoder.down_blocks.0.resnets.0.norm1", constant("eps", 1e-2), "vae.encoder.down_blocks.0.resnets.0.norm1", "wrong constant"),
    ("vae", "encoder.down_blocks.0.downsamplers.0", downsample_all_sides, "vae.encoder.down_blocks.0.downsamplers.0.conv", "wrong constant"),
    ("vae", "encoder", another_act, "vae.encoder", "wrong arithmetic"),
    ("vae", "decoder.up_blocks.0.upsamplers.0", upsample, "vae.decoder.up_blocks.0.upsamplers.0", "wrong arithmetic"),
    ("vae", "", no_post_quant_conv, "vae", "wrong arithmetic"),
]  # fmt: skip


@pytest.mark.parametrize("component, path, plant, found, kind", MISTAKES, ids=[
    f"{found}-{i}" for i, (_, _, _, found, _) in enumerate(MISTAKES)])  # fmt: skip
def test_a_mistake_is_found_where_it_is(fresh, glass, component, path, plant, found, kind):
    model = fresh(component)
    plant(model.get_submodule(path))
    report = glassbox.replay(model, getattr(glass, component))
    assert (report.first.path, report.first.kind) == (found, kind), str(report)
    assert report.verdict.startswith(f"first divergence at {found}: {kind}: ")


@pytest.mark.parametrize("component", ["unet", "text_encoder", "text_encoder_2", "vae"])
def test_an_unchanged_component_agrees(pipe, glass, component):
    report = glassbox.replay(getattr(pipe, component), getattr(glass, component))
    assert report.agrees and len(report.rows) > 20, str(report)
    assert report.worst[0].relative >= report.worst[-1].relative
    assert "modules agree" in report.verdict and "<table>" in report._repr_html_()
    assert not any(module._forward_hooks for module in getattr(pipe, component).modules())


def test_without_a_model_here(fresh):
    model = fresh("unet")
    resnet("temb")(model.down_blocks[0].resnets[0])
    assert glassbox.replay(model).first.path == "down_blocks.0.resnets.0"


def test_a_controlled_step_agrees(pipe, glass):
    inputs = glassbox.example_inputs(pipe.unet)
    torch.manual_seed(3)
    net = diffusers.ControlNetModel.from_unet(pipe.unet)
    for layer in [*net.controlnet_down_blocks, net.controlnet_mid_block]:
        torch.nn.init.normal_(layer.weight, std=0.05)
    picture = torch.rand(1, 3, *(8 * side for side in inputs["sample"].shape[2:]))
    with torch.no_grad():
        skips, mid = net(**inputs, controlnet_cond=picture, return_dict=False)
    plain = glass.unet(inputs["sample"], 500.0, inputs["encoder_hidden_states"], **inputs["added_cond_kwargs"])
    inputs |= {"down_block_additional_residuals": tuple(skips), "mid_block_additional_residual": mid}
    report = glassbox.replay(pipe.unet, glass.unet, inputs)
    assert report.agrees and len(report.rows) > 20, str(report)
    residuals = {name: inputs[name] for name in ("down_block_additional_residuals", "mid_block_additional_residual")}
    added = inputs["added_cond_kwargs"]
    assert abs(glass.unet(inputs["sample"], 500.0, inputs["encoder_hidden_states"], **added, **residuals) - plain).max() > 1e-3


def test_half_precision_is_one_finding(fresh, glass):
    report = glassbox.replay(fresh("unet").to(torch.bfloat16), glass.unet)
    assert report.limit == 3e-2 and report.agrees, str(report)


def test_nan_of_the_reference(fresh, glass):
    model = fresh("unet")
    model.mid_block.resnets[0].conv1.weight.data = torch.full_like(model.mid_block.resnets[0].conv1.weight, float("inf"))
    report = glassbox.replay(model, glass.unet)
    assert report.first.path == "unet.mid_block.resnets.0.conv1" and report.first.kind in ("not comparable", "other weights")


def test_classes_without_a_twin(glass):
    with pytest.raises(ValueError, match="no module of Sequential has a twin"):
        glassbox.replay(torch.nn.Sequential(torch.nn.ReLU()), glass.unet, torch.zeros(1))
    with pytest.raises(ValueError, match="has no example inputs"):
        glassbox.replay(torch.nn.Linear(2, 2))
