"""For gdb, by way of .gdbinit: tensors, shapes and modules in one line, and commands for the network.

    at PATH                   stop when that module ends
    layers                    where am I in the network
    tensor-slice T INDEX...   elements of a tensor
    tensor-image T FILE.png   a tensor as an image
    tensor-save T FILE        a tensor as a safetensors file

`help at`, `help layers` ... say more. The names within std:: are libstdc++'s.
"""

import difflib
import os
import sys

import gdb
import gdb.printing
import gdb.types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tensors import Values, sizes_text  # noqa: E402

NOT_MADE_YET = "not made yet"  # a local before its line has run


class NotMadeYet(Exception):
    pass


def sizes_of(shape):
    rank = int(shape["rank_"])
    if not 0 <= rank <= 4:
        raise NotMadeYet
    return [int(shape["dims_"]["_M_elems"][i]) for i in range(rank)]


def values_of(tensor):
    """None for an empty one."""
    try:
        numbers, count = tensor["storage_"]["_M_ptr"], tensor["storage_"]["_M_refcount"]["_M_pi"]
        if int(numbers) == 0:
            return None
        sizes = sizes_of(tensor["shape_"])
        size = 4
        for n in sizes:
            size *= n
        if min(sizes, default=0) < 1 or size > 2**34 or not 0 < int(count["_M_use_count"]) < 2**20:
            raise NotMadeYet
        return Values(sizes, gdb.selected_inferior().read_memory(int(numbers), size))
    except gdb.MemoryError:
        raise NotMadeYet from None


summaries = {}  # of the tensors shown since the last stop: a backtrace shows each of them many times


class TensorPrinter:
    """Tensor(1, 80, 4, 4) min -0.1273 max 0.3641 mean 0.02255"""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        place = int(self.value["storage_"]["_M_ptr"]), str(self.value["shape_"]["dims_"]["_M_elems"])
        try:
            if place not in summaries:
                values = values_of(self.value)
                summaries[place] = values.summary() if values else "(empty)"
            return "Tensor" + summaries[place]
        except NotMadeYet:
            return "Tensor(%s)" % NOT_MADE_YET


class ShapePrinter:
    def __init__(self, value):
        self.value = value

    def to_string(self):
        try:
            return sizes_text(sizes_of(self.value))
        except NotMadeYet:
            return "Shape(%s)" % NOT_MADE_YET


def string(value):
    return value["_M_dataplus"]["_M_p"].string()


def items(vector):
    item, end = vector["_M_impl"]["_M_start"], vector["_M_impl"]["_M_finish"]
    return [(item + i).dereference().dereference() for i in range(int(end - item))]


def is_module(kind):
    return kind.code == gdb.TYPE_CODE_STRUCT and (
        kind.name == "nn::Module" or any(field.is_base_class and is_module(field.type) for field in kind.fields())
    )


class ModulePrinter:
    """nn::GroupNorm at unet.mid_block.attentions.0.norm: its parameters with their shapes, its children's classes."""

    def __init__(self, value):
        self.value = value

    def to_string(self):
        kind = gdb.types.get_basic_type(self.value.dynamic_type)
        return "%s at %s" % (kind.name, string(self.value["path_"]) or "the root")

    def children(self):
        for parameter in items(self.value["parameters_"]):
            yield string(parameter["name_"]).split(".")[-1], sizes_text(sizes_of(parameter["shape_"]))
        path = string(self.value["path_"])
        for child in items(self.value["children_"]):
            yield string(child["path_"])[len(path) + bool(path) :], child.dynamic_type.name


class RecordOf(gdb.Breakpoint):
    """Stops where the module of this path records its output."""

    def __init__(self, path):
        super().__init__("nn::Module::record")
        self.path, self.seen = path, set()

    def stop(self):
        path = string(gdb.parse_and_eval("path_"))
        self.seen.add(path)
        return path == self.path


class At(gdb.Command):
    """at PATH: stop when the module PATH, such as unet.mid_block.resnets.0, ends, and show its forward's locals.

It is a breakpoint on the module's record of its output: `delete` removes it."""

    def __init__(self):
        super().__init__("at", gdb.COMMAND_BREAKPOINTS)

    def invoke(self, path, from_tty):
        if not path:
            raise gdb.GdbError("at PATH, such as: at unet.mid_block.resnets.0")
        RecordOf(path)


def show_forward(event):
    """A stop at a record selects the frame above it: the module's forward."""
    if isinstance(event, gdb.BreakpointEvent) and any(isinstance(b, RecordOf) for b in event.breakpoints):
        gdb.newest_frame().older().select()
        gdb.execute("frame")
        gdb.execute("info locals")


def say_what_never_ran(event):
    for breakpoint in gdb.breakpoints():
        if isinstance(breakpoint, RecordOf) and breakpoint.path not in breakpoint.seen:
            near = difflib.get_close_matches(breakpoint.path, breakpoint.seen, 3, 0)
            print("at %s: no module of this path has run; the nearest: %s" % (breakpoint.path, ", ".join(near)))


class Layers(gdb.Command):
    """layers: the modules that are running, from the whole model inwards, each with its current line."""

    def __init__(self):
        super().__init__("layers", gdb.COMMAND_STACK)

    def invoke(self, arguments, from_tty):
        found, frame = [], gdb.newest_frame()
        while frame:
            if (frame.name() or "").endswith("::forward"):
                module = frame.read_var("this").dereference()
                at = frame.find_sal()
                found.append((string(module["path_"]) or "(all)", frame.name(),
                              "%s:%d" % (os.path.basename(at.symtab.filename), at.line), frame.level()))
            frame = frame.older()
        if not found:
            raise gdb.GdbError("no layer is running here")
        for path, name, line, level in reversed(found):
            print("#%-3d %-60s %s at %s" % (level, path, name, line))


class TensorCommand(gdb.Command):
    """Splits "T REST" where T is any expression that gives a Tensor: in brackets if it has spaces."""

    def __init__(self, name):
        super().__init__(name, gdb.COMMAND_DATA)

    def invoke(self, arguments, from_tty):
        words = gdb.string_to_argv(arguments)
        try:
            if len(words) < 1:
                raise ValueError("expected a tensor; help %s" % self.name)
            value = gdb.parse_and_eval(words[0])
            if gdb.types.get_basic_type(value.type).name != "tensor::Tensor":
                raise ValueError("expected a tensor, got %s, which is a %s" % (words[0], value.type))
            values = values_of(value)
            if values is None:
                raise ValueError("%s is empty" % words[0])
            print(self.use(values, words[1:]))
        except NotMadeYet:
            raise gdb.GdbError("%s: %s is %s" % (self.name, words[0], NOT_MADE_YET)) from None
        except ValueError as error:
            raise gdb.GdbError("%s: %s" % (self.name, error)) from None


class TensorSlice(TensorCommand):
    """tensor-slice T INDEX...: its elements at an index for each axis: 3, -1, 2:5 or : for all.

An axis without an index is shown whole; long axes are cut in the middle. Such as: tensor-slice q 0 :2 5"""

    name = "tensor-slice"

    def use(self, values, words):
        part = values.slice(words)
        return "%s\n%s" % (part.summary(), part.text())


class TensorImage(TensorCommand):
    """tensor-image T FILE.png: (1, 3, H, W) in colour, from -1 to 1; of any other shape the first image's channels

as grey tiles side by side, from the smallest element (black) to the largest. NaN and infinity are red."""

    name = "tensor-image"

    def use(self, values, words):
        return values.image(*words)


class TensorSave(TensorCommand):
    """tensor-save T FILE: a safetensors file with the one tensor "tensor"."""

    name = "tensor-save"

    def use(self, values, words):
        return values.save(*words)


def printer_of(value):
    kind = gdb.types.get_basic_type(value.type)
    printer = {"tensor::Tensor": TensorPrinter, "tensor::Shape": ShapePrinter}.get(kind.name)
    if printer is None and is_module(kind):
        printer = ModulePrinter
    return printer and printer(value)


printer_of.name, printer_of.enabled = "glassbox", True
gdb.printing.register_pretty_printer(None, printer_of, replace=True)
At(), Layers()
for command in (TensorSlice, TensorImage, TensorSave):
    command(command.name)
gdb.events.stop.connect(show_forward)
gdb.events.exited.connect(say_what_never_ran)
gdb.events.cont.connect(lambda event: summaries.clear())
