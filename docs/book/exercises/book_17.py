"""Chapter 17, Is it right? Write the functions, then run: ./test book.17"""


def relative(ours, theirs):
    """-> ||ours - theirs|| / ||theirs||, computed in double precision"""
    raise NotImplementedError


def culprit(ours, theirs):
    """-> the path of the first module that differs by more than 1e-5, or None

    ours and theirs are {path: output}, in the order in which the modules end: a module stands behind its children.
    """
    raise NotImplementedError


def wrong_layers(layers, inputs, outputs):
    """-> the set of paths of the layers that are not the reference's

    layers {path: layer of ours, to be called with an array}, inputs and outputs {path: array}: the reference's own. A layer
    is right if its local error is at most 1e-5.
    """
    raise NotImplementedError
