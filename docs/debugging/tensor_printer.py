"""For gdb: tensors and shapes in one line, and the command `at PATH`.

    (gdb) source docs/debugging/tensor_printer.py
    (gdb) at mid_block.attentions.0.transformer_blocks.1.attn2
    (gdb) run
    (gdb) up
    (gdb) info locals
"""

import gdb
import gdb.printing

NUMBERS = 4  # so many of a tensor's numbers are shown


def dims(shape):
    rank = int(shape["rank_"])
    if not 0 <= rank <= 4:
        raise ValueError("a shape that no constructor has seen yet")
    return [int(shape["dims_"]["_M_elems"][i]) for i in range(rank)]


def text(sizes):
    return "(" + ", ".join(map(str, sizes)) + ("," if len(sizes) == 1 else "") + ")"


class ShapePrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            return text(dims(self.value))
        except ValueError:
            return "Shape(not made yet)"


class TensorPrinter:
    """Tensor(1, 80, 4, 4) [-0.1273, -0.09697, 0.3641, 0.02255, ...]"""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            first = self.value["storage_"]["_M_ptr"]
            if int(first) == 0:
                return "Tensor(empty)"
            sizes = dims(self.value["shape_"])
            size = 1
            for n in sizes:
                size *= n
            numbers = ["%.4g" % float(first[i]) for i in range(min(size, NUMBERS))]
        except (ValueError, gdb.MemoryError):  # a local before its line has run
            return "Tensor(not made yet)"
        return "Tensor%s [%s]" % (text(sizes), ", ".join(numbers + ["..."] * (size > NUMBERS)))


class RecordOf(gdb.Breakpoint):
    """Stops where the module of this path records its output."""

    def __init__(self, path):
        super().__init__("nn::Module::record")
        self.path = path
        self.seen = False

    def stop(self):
        path = gdb.parse_and_eval("path_")["_M_dataplus"]["_M_p"].string()
        self.seen = self.seen or path == self.path
        return path == self.path


class At(gdb.Command):
    """at PATH: stop when the module PATH, such as mid_block.resnets.0, records its output.

One frame up is its forward with all its locals. It is a breakpoint like others: `delete` ends it."""

    def __init__(self):
        super().__init__("at", gdb.COMMAND_BREAKPOINTS)

    def invoke(self, path, from_tty):
        if not path:
            raise gdb.GdbError("at PATH, such as: at mid_block.resnets.0")
        RecordOf(path)


def say_what_never_ran(event):
    for breakpoint in gdb.breakpoints():
        if isinstance(breakpoint, RecordOf) and not breakpoint.seen:
            print("at %s: no module of this path has run" % breakpoint.path)


printers = gdb.printing.RegexpCollectionPrettyPrinter("glassbox")
printers.add_printer("Tensor", "^tensor::Tensor$", TensorPrinter)
printers.add_printer("Shape", "^tensor::Shape$", ShapePrinter)
gdb.printing.register_pretty_printer(None, printers, replace=True)
At()
gdb.events.exited.connect(say_what_never_ran)
