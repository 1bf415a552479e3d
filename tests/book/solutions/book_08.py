import numpy as np


def bpe(word, merges):
    rank = {tuple(pair): i for i, pair in enumerate(merges)}
    pieces = [*word[:-1], word[-1] + "</w>"]
    while True:
        pairs = [pair for pair in zip(pieces, pieces[1:]) if pair in rank]
        if not pairs:
            return pieces
        best, joined, i = min(pairs, key=rank.get), [], 0
        while i < len(pieces):
            if tuple(pieces[i : i + 2]) == best:
                joined.append(pieces[i] + pieces[i + 1])
                i += 2
            else:
                joined.append(pieces[i])
                i += 1
        pieces = joined


def causal(scores):
    scores = np.where(np.tril(np.ones(scores.shape, bool)), scores, -np.inf)
    e = np.exp(scores - scores.max(1, keepdims=True))
    return e / e.sum(1, keepdims=True)


def pooled_at(glass, prompt, position):
    encoder = glass.text_encoder_2
    states = encoder([glass.tokenizer_2(prompt).ids]).last_hidden_state
    return encoder.text_projection(states[:, position])[0]
