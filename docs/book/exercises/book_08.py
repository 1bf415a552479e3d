"""Chapter 8, Words. Write the functions, then run: ./test book.08"""


def bpe(word, merges):
    """word: "star". merges: a list of pairs, the most important first -> a list of pieces

    Begin with the letters, the last one with "</w>" behind it. Then again and again: of the neighbouring pairs that are in the
    list take the one that stands first in it, and join every place where it occurs. Stop when none is left.
    """
    raise NotImplementedError


def causal(scores):
    """scores (S, S): row t has those of query t -> weights (S, S): each row a softmax over the keys 0 to t, and 0 behind"""
    raise NotImplementedError


def pooled_at(glass, prompt, position):
    """-> (96): the tiny model's pooled text, taken at a position in place of the end token

    encoder = glass.text_encoder_2; encoder(list of lists of ids) gives last_hidden_state (1, 77, C), behind the final norm;
    encoder.text_projection is a linear layer. glass.tokenizer_2(prompt).ids are the ids.
    """
    raise NotImplementedError
