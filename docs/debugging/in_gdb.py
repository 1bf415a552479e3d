"""For gdb, by way of glassbox.gdb: tensors, shapes and modules in one line, and commands for the network.

`help at`, `help layers`, `help tensor-slice` ... describe the commands. network.py and stops.py do the work.
"""

import os
import sys

import gdb
import gdb.printing
import gdb.types

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gdb_adapter import Frame, Gdb, is_core, is_module  # noqa: E402
from network import Network, NotMadeYet, Unreadable  # noqa: E402
from reference import AtDiff  # noqa: E402
from stops import At, AtNan, Stops  # noqa: E402

class Beginning(gdb.Breakpoint):
    """Where an outermost module begins. The other breakpoints of this file are on only inside of one."""

    def stop(self):
        return show_later(stops.enter(Frame(gdb.newest_frame())))


class Return(gdb.Breakpoint):
    def stop(self):
        self.enabled = False
        stops.leave()
        return False


class Thrown(gdb.Breakpoint):
    def stop(self):
        stops.leave()
        return False


class RunBegins(gdb.Breakpoint):
    def stop(self):
        stops.reset()
        stops.leave()
        return False


class RequestBreakpoint(gdb.Breakpoint):
    """Where a module ends that a request is for."""

    def __init__(self, request):
        super().__init__("nn::Module::record")
        self.request = request
        self.problem = stops.add(request, self.switch)

    def switch(self, on):
        if self.is_valid() and self.enabled != on:
            self.enabled = on

    def stop(self):
        frame = Frame(gdb.newest_frame())
        return show_later(self.request.check(stops, frame.get("this").address, frame))


shown = []  # the Stop whose frame is to be shown


def show_later(stop):
    if stop:
        shown.append(stop)
    return bool(stop)


def show(event):
    if not shown or not isinstance(event, gdb.BreakpointEvent):
        return
    level = None
    while shown:
        stop = shown.pop(0)
        print(stop.text)
        level = stop.level if level is None else level
    if level is None:
        return
    frame = gdb.newest_frame()
    while frame.level() < level:
        frame = frame.older()
    frame.select()
    gdb.execute("frame")
    gdb.execute("info locals")


def forget(breakpoint):
    """`delete` of a request's breakpoint."""
    if isinstance(breakpoint, RequestBreakpoint):
        stops.requests.pop(breakpoint.request, None)


def say_endings(event):
    stops.endings()


class Command(gdb.Command):
    """Mistakes are one line: "NAME: what was expected"."""

    kind = gdb.COMMAND_DATA

    def __init__(self):
        super().__init__(self.name, self.kind)

    def invoke(self, arguments, from_tty):
        try:
            text = self.do(gdb.string_to_argv(arguments))
        except ValueError as error:
            raise gdb.GdbError("%s: %s" % (self.name, error)) from None
        if text:
            print(text)


class RequestCommand(Command):
    kind = gdb.COMMAND_BREAKPOINTS

    def do(self, words):
        if is_core():
            raise ValueError("a core file does not run; layers and tensor-slice, -image and -save read it")
        request = self.request(words)
        problem = RequestBreakpoint(request).problem
        return problem or request.greeting()


class AtCommand(RequestCommand):
    """at PATH [step N] [call N]: stop when the module PATH, such as unet.mid_block.resnets.0, ends.

It prints the step, the timestep and which rows of the batch are which half of guidance, and shows the locals of the module's
forward. `step 10` stops in this step of the denoising loop only, counted from 0; `call 2` at the second call only. * in PATH
stands for any characters. `delete N` removes breakpoint N."""

    name, request = "at", At


class AtNanCommand(RequestCommand):
    """at-nan: stop where the first NaN or infinity is made: the output of a module has one, and its arguments have none.

It names weights with NaN or infinity, and shows the locals of the forward that made it."""

    name, request = "at-nan", AtNan


class AtDiffCommand(RequestCommand):
    """at-diff REFERENCE.safetensors [LIMIT] [step N]: stop at the first module whose output differs from the reference's.

REFERENCE is a file of sdxl generate --trace, of sdxl trace, or of examples/parity/dump_diffusers.py. The default limit of the
relative error is 1e-5, of a reference in float16 4e-3 and in bfloat16 3e-2. The UNet is compared in step N, counted from 0."""

    name, request = "at-diff", AtDiff


class Layers(Command):
    """layers: the modules that are running, from the whole model inwards, each with its current line."""

    name, kind = "layers", gdb.COMMAND_STACK

    def do(self, words):
        return network.layers()


class TensorCommand(Command):
    """Of "T REST": T is a tensor or a weight, in quotes if it has spaces."""

    def do(self, words):
        if not words:
            raise ValueError("expected a tensor; help %s" % self.name)
        return self.use(network.values(words[0]), words[1:])


class TensorSlice(TensorCommand):
    """tensor-slice T INDEX...: its elements at an index for each axis: 3, -1, 2:5 or : for all.

T is an expression of C++, or the name of a weight below the module of the selected frame, such as conv1.weight or
transformer_blocks.0.attn1.to_q.weight; x[1] is the second row. An axis without an index is shown whole; long axes are cut in the
middle. Such as: tensor-slice q 0 :2 5"""

    name = "tensor-slice"

    def use(self, values, words):
        part = values.slice(words)
        return "%s\n%s" % (part.summary(), part.text())


class TensorImage(TensorCommand):
    """tensor-image T FILE.png: (1, 3, H, W) in colour, from -1 to 1; of any other shape the first image's channels

as grey tiles side by side, from the smallest element (black) to the largest. NaN and infinity are red. x[1] is the second image."""

    name = "tensor-image"

    def use(self, values, words):
        return values.image(*words)


class TensorSave(TensorCommand):
    """tensor-save T FILE: a safetensors file with the one tensor "tensor"."""

    name = "tensor-save"

    def use(self, values, words):
        return values.save(*words)


class Printer:
    """A value in one line."""

    def __init__(self, value):
        self.value = value
        self.address = int(value.address) if value.address is not None else 0


class TensorPrinter(Printer):
    """Tensor(1, 80, 4, 4) min -0.1273 max 0.3641 mean 0.02255"""

    def to_string(self):
        place = int(self.value["storage_"]["_M_ptr"]), str(self.value["shape_"]["dims_"]["_M_elems"])
        if place not in summaries:
            summaries[place] = network.summary(lambda: network.tensor(self.address))
        return "Tensor" + summaries[place]


class ShapePrinter(Printer):
    def to_string(self):
        return network.shape_text(self.address)


class ParameterPrinter(Printer):
    """conv_in.weight (320, 4, 3, 3) f16 min -1.2 max 1.1 mean 0.01"""

    def to_string(self):
        text = network.summary(lambda: network.parameter(self.address))
        return "%s %s" % (network.summary(lambda: network.parameter_name(self.address)), text)


class ModulePrinter(Printer):
    """nn::GroupNorm at unet.mid_block.attentions.0.norm: its parameters with their shapes, its children's classes."""

    def to_string(self):
        kind = gdb.types.get_basic_type(self.value.dynamic_type)
        return "%s at %s" % (kind.name, network.summary(lambda: network.path(self.address)) or "the root")

    def children(self):
        try:
            module = network.module(self.address)
            shape = network.offset("nn::Parameter", "shape_")
            for name, address in network.names_of(module):
                yield name, network.shape_text(address + shape)
            for child in module.children:
                yield network.path(child)[len(module.path) + bool(module.path) :], network.debugger.class_name(child)
        except (NotMadeYet, Unreadable):
            return


class SchedulerPrinter(Printer):
    """A scheduler as its own class, not as the base class that `scheduler` has."""

    def to_string(self):
        return gdb.types.get_basic_type(self.value.dynamic_type).name

    def children(self):
        yield "timesteps_", self.value["timesteps_"]


PRINTERS = {
    "tensor::Tensor": TensorPrinter,
    "tensor::Shape": ShapePrinter,
    "nn::Parameter": ParameterPrinter,
    "sdxl::Scheduler": SchedulerPrinter,
}


def printer_of(value):
    kind = gdb.types.get_basic_type(value.type)
    printer = PRINTERS.get(kind.name) or (ModulePrinter if is_module(kind) else None)
    return printer and printer(value)


summaries = {}  # of the tensors shown since the last stop: a backtrace shows each of them many times
network = Network(Gdb())
stops = Stops(network)
network.debugger.entries = Beginning("nn::Module::record_inputs", internal=True)
network.debugger.entries.enabled = False
network.debugger.returns = Return
Thrown("__cxa_throw", internal=True)
RunBegins("main", internal=True)
printer_of.name, printer_of.enabled = "glassbox", True
gdb.printing.register_pretty_printer(None, printer_of, replace=True)
for command in (AtCommand, AtNanCommand, AtDiffCommand, Layers, TensorSlice, TensorImage, TensorSave):
    command()
gdb.events.stop.connect(show)
gdb.events.exited.connect(say_endings)
gdb.events.breakpoint_deleted.connect(forget)
gdb.events.cont.connect(lambda event: summaries.clear())
