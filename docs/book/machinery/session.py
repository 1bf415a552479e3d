"""The Python session of a chapter: what its claims and figures start from.

    scripts/book --python          the same in a terminal

As a program it reads requests, a line of JSON each, and answers with a line of JSON:

    {"run": SOURCE}                           -> {"out": what it printed}
    {"draw": FILE, "name": N, "to": FOLDER}   -> {"files": [...]}
"""

import ast
import contextlib
import importlib.util
import io
import json
import os
import sys
import traceback

import glassbox
import numpy as np

np.set_printoptions(precision=4, suppress=True, linewidth=100)
glass = glassbox.open()


def show(value):
    """As Python's prompt shows it; NumPy's numbers without the name of their type."""
    if value is not None:
        print(repr(value.item() if isinstance(value, np.generic) else value))


def run(source, names):
    tree = ast.parse(source)
    for statement in tree.body:
        if isinstance(statement, ast.Expr):
            show(eval(compile(ast.Expression(statement.value), "<claim>", "eval"), names))
        else:
            exec(compile(ast.Module([statement], []), "<claim>", "exec"), names)


def answer(request, names):
    if "run" in request:
        out = io.StringIO()
        with contextlib.redirect_stdout(out):
            run(request["run"], names)
        return {"out": out.getvalue()}
    import figures

    spec = importlib.util.spec_from_file_location("drawing", request["draw"])
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return {"files": figures.write(getattr(module, request["name"]), glass, request["to"], request["name"])}


def serve():
    names = {"glassbox": glassbox, "np": np, "glass": glass, "__name__": "__claims__"}
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # nothing that a library prints may come between
    for line in sys.stdin:
        try:
            reply = answer(json.loads(line), names)
        except Exception:
            reply = {"error": traceback.format_exc(limit=-3)}
        replies.write(json.dumps(reply) + "\n")
        replies.flush()


if __name__ == "__main__" and not sys.flags.interactive:
    serve()
