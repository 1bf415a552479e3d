"""Chapter 11, The transformer. Write the functions, then run: ./test book.11"""


def attention(q, k, v, heads):
    """q (T, C), k and v (S, C) -> (T, C): softmax(q k^T / sqrt(D)) v for each head of D = C / heads channels"""
    raise NotImplementedError


def geglu(ff, x):
    """The feed-forward, without calling ff itself. Its layers are ff.net[0].proj and ff.net[2]. x (N, T, C) -> (N, T, C)"""
    raise NotImplementedError


def tokens(image):
    """(C, H, W) -> (H W, C)"""
    raise NotImplementedError


def heads(glass):
    """-> four numbers: by how much each muted head of unet.up_blocks.1.attentions.2.transformer_blocks.0.attn2 changes the final
    latents, as ||without - with|| / ||with||

    `with glassbox.mute_heads(glass.unet, path, [head]):` mutes it. Prompt "a large yellow star on a blue background", seed 7,
    25 steps, guidance scale 4, output_type="latent".
    """
    raise NotImplementedError
