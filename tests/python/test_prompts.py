"""Prompts with weights and of several chunks, textual inversions, and adapters, from Python."""

import glassbox
import numpy as np
import pytest
from safetensors.numpy import save_file

PROMPT = "a large yellow star"


def rows_for(glass, n, seed=1):
    """Rows of an embedding for both encoders."""
    random = np.random.default_rng(seed)
    widths = {"clip_l": glass.text_encoder.config["hidden_size"], "clip_g": glass.text_encoder_2.config["hidden_size"]}
    return {name: random.standard_normal((n, width)).astype(np.float16) for name, width in widths.items()}


def test_weights_change_the_features_and_chunks_stand_side_by_side(glass):
    plain, pooled = glassbox.encode_prompt(glass, PROMPT)
    same, _ = glassbox.encode_prompt(glass, PROMPT, prompt_syntax="a1111")
    weighted, unweighted = glassbox.encode_prompt(glass, "a (large:1.5) yellow star", prompt_syntax="a1111")
    assert np.array_equal(plain, same) and np.array_equal(pooled, unweighted)
    assert not np.allclose(plain, weighted)
    two, _ = glassbox.encode_prompt(glass, f"{PROMPT} BREAK a ring", prompt_syntax="a1111")
    assert two.shape == (1, 154, plain.shape[2]) and np.array_equal(two[:, :77], plain)
    with pytest.raises(ValueError, match="this . has no"):
        glassbox.encode_prompt(glass, "a (star", prompt_syntax="a1111")
    with pytest.raises(ValueError, match="expected plain, a1111 or compel, got A1111"):
        glass(PROMPT, prompt_syntax="A1111")


def test_a_run_with_weights_and_its_maps(glass):
    size = {"height": 64, "width": 64, "steps": 2, "seed": 1, "output_type": "latent"}
    plain = glass(PROMPT, **size).latents
    assert np.array_equal(glass(PROMPT, prompt_syntax="compel", **size).latents, plain)
    assert not np.allclose(glass("a large yellow++ star", prompt_syntax="compel", **size).latents, plain)
    _, maps = glass.attention_maps(f"{PROMPT} BREAK a ring", ["star", "ring"], prompt_syntax="a1111", **size)
    assert list(maps["all"]) == ["star", "ring"] and maps["all"]["ring"].shape == (8, 8)


def test_embeddings(glass, tmp_path):
    save_file(rows_for(glass, 2), tmp_path / "ring-style.safetensors")
    plain, _ = glassbox.encode_prompt(glass, "a ring-style")
    try:
        glass.set_embeddings([(tmp_path / "ring-style.safetensors", [])])
        assert glass.tokenizer("a ring-style star").words[1] == ("ring-style", [2, 3])
        changed, _ = glassbox.encode_prompt(glass, "a ring-style")
        assert not np.allclose(plain, changed)
        glass.set_embeddings([(tmp_path / "ring-style.safetensors", ["<s0>", "<s1>"])])
        assert glass.tokenizer("<s1>").words == [("<s1>", [1])]
        save_file({"emb_params": rows_for(glass, 1)["clip_l"]}, tmp_path / "old.safetensors")
        with pytest.raises(RuntimeError, match="old.safetensors: has rows of 64 numbers, for text_encoder alone"):
            glass.set_embeddings([(tmp_path / "old.safetensors", [])])
    finally:
        glass.set_embeddings([])
    assert np.array_equal(glassbox.encode_prompt(glass, "a ring-style")[0], plain)
