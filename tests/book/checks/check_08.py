from pathlib import Path

import glassbox
import numpy as np


def check_bpe(answers, glass):
    merges = [tuple(line.split()) for line in (Path(glassbox.tiny_model()) / "tokenizer" / "merges.txt").read_text().splitlines()
              if line and not line.startswith("#")]
    for word in ("star", "background", "yellow", "zebra", "a", "aa"):
        expected = glass.tokenizer(word).pieces
        expected = expected[1 : expected.index("<|endoftext|>")]
        found = answers.bpe(word, list(merges))
        assert found is not None and list(found) == expected, f"{word}: expected {expected}, got {found}"


def check_causal(answers, glass):
    scores = 3 * np.random.default_rng(8).standard_normal((6, 6))
    e = np.exp(scores) * np.tril(np.ones((6, 6)))
    expected = e / e.sum(1, keepdims=True)
    found = answers.causal(scores.copy())
    assert found is not None and np.shape(found) == (6, 6), f"expected (6, 6), got {np.shape(found)}"
    assert np.allclose(found, expected, atol=1e-9), f"row 1 should be {expected[1]}, got {found[1]}"


def check_pooled_at(answers, glass):
    prompt = "a large yellow star on a blue background"
    ids = glass.tokenizer_2(prompt).ids
    end = ids.index(max(ids))
    features = glass.text_encoder_2([ids])
    found = answers.pooled_at(glass, prompt, end)
    assert found is not None and np.allclose(found, features.pooled[0], atol=1e-5), "at the end token it is the model's own pooled text"
    elsewhere = answers.pooled_at(glass, prompt, 2)
    assert np.linalg.norm(elsewhere - features.pooled[0]) > 1e-2, "at another position it is another vector"
