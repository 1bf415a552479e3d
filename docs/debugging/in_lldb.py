"""For lldb, by way of glassbox.lldb: what in_gdb.py is for gdb. network.py and stops.py do the work.

`help at`, `help layers`, `help tensor-slice` ... describe the commands.
"""

import os
import shlex
import sys

import lldb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lldb_adapter import Frame, Lldb, Thing, is_core, target  # noqa: E402
from network import Network, NotMadeYet, Unreadable  # noqa: E402
from reference import AtDiff  # noqa: E402
from stops import At, AtNan, Stops  # noqa: E402

# What the breakpoints call. False: go on.


def begins(frame, _location, _extra, _):
    return show_later(stops.enter(Frame(frame)))


def returns(_frame, location, _extra, _):
    location.GetBreakpoint().SetEnabled(False)
    stops.leave()
    return False


def leaves(_frame, _location, _extra, _):
    stops.leave()
    return False


def run_begins(_frame, _location, _extra, _):
    stops.reset()
    stops.leave()
    return False


def run_ends(_frame, _location, _extra, _):
    stops.endings()
    return False


requests = {}  # by the breakpoint's number


def recorded(frame, location, _extra, _):
    this = frame.FindVariable("this").GetValueAsUnsigned()
    return show_later(requests[location.GetBreakpoint().GetID()].check(stops, this, Frame(frame)))


shown = []  # the Stop whose frame is to be shown


def show_later(stop):
    if stop:
        shown.append(stop)
    return bool(stop)


class Show:
    """After a stop: what the request says, the module's forward and its locals (lldb itself shows its line)."""

    def __init__(self, *_):
        pass

    def handle_stop(self, context, stream):
        level = None
        while shown:
            stop = shown.pop(0)
            stream.Print(stop.text + "\n")
            level = stop.level if level is None else level
        if level is not None:
            context.GetThread().SetSelectedFrame(level)
            for value in context.GetThread().GetFrameAtIndex(level).GetVariables(False, True, False, True):
                stream.Print("%s = %s\n" % (value.GetName(), value.GetSummary() or value.GetValue() or "..."))
        return True


# Commands.


def command(name):
    """Mistakes are one line."""

    def wrap(do):
        def run(debugger, arguments, result, _):
            try:
                text = do(shlex.split(arguments))
            except ValueError as error:
                return result.SetError("%s: %s" % (name, error))
            if text:
                print(text, file=result)

        run.__doc__ = do.__doc__
        commands[name] = run
        return run

    return wrap


commands = {}


def add(request):
    if is_core():
        raise ValueError("a core file does not run; layers and tensor-slice, -image and -save read it")
    if not target().IsValid():
        raise ValueError("no program; start lldb with build/debug/sdxl")
    breakpoint = target().BreakpointCreateByName("nn::Module::record")
    requests[breakpoint.GetID()] = request
    breakpoint.SetScriptCallbackFunction("in_lldb.recorded")
    return stops.add(request, breakpoint.SetEnabled) or request.greeting()


@command("at")
def at(words):
    """at PATH [step N] [call N]: stop when the module PATH ends. Steps are counted from 0, calls from 1."""
    return add(At(words))


@command("at-nan")
def at_nan(words):
    """at-nan: stop where the first NaN or infinity is made: a module's output has one, and its arguments have none."""
    return add(AtNan(words))


@command("at-diff")
def at_diff(words):
    """at-diff REFERENCE.safetensors [LIMIT] [step N]: stop at the first module whose output differs from a trace or dump."""
    return add(AtDiff(words))


@command("layers")
def layers(_words):
    """layers: the modules that are running, from the whole model inwards, each with its current line."""
    return network.layers()


def of_tensor(words):
    if not words:
        raise ValueError("expected a tensor")
    return network.values(words[0]), words[1:]


@command("tensor-slice")
def tensor_slice(words):
    """tensor-slice T INDEX...: its elements at an index for each axis: 3, -1, 2:5 or : for all. T: h, h[1], conv1.weight."""
    values, rest = of_tensor(words)
    part = values.slice(rest)
    return "%s\n%s" % (part.summary(), part.text())


@command("tensor-image")
def tensor_image(words):
    """tensor-image T FILE.png: (1, 3, H, W) in colour, from -1 to 1; of any other shape the channels as grey tiles."""
    values, rest = of_tensor(words)
    return values.image(*rest)


@command("tensor-save")
def tensor_save(words):
    """tensor-save T FILE: a safetensors file with the one tensor "tensor"."""
    values, rest = of_tensor(words)
    return values.save(*rest)


# A value in one line, in `frame variable`.


def tensor_summary(value, _):
    return network.summary(lambda: network.tensor(Thing(value).address))


def shape_summary(value, _):
    return network.shape_text(Thing(value).address)


def parameter_summary(value, _):
    return network.summary(lambda: network.parameter(Thing(value).address))


def scheduler_summary(value, _):
    """Its own class, not the base class that `scheduler` has."""
    return value.GetNonSyntheticValue().GetDynamicValue(lldb.eDynamicDontRunTarget).GetTypeName().rstrip(" &*")


def module_summary(value, _):
    thing = Thing(value)
    if not thing.is_module:
        return ""  # a type of nn:: or sdxl:: that is no module
    try:
        module = network.module(thing.address)
        names = [network.path(child)[len(module.path) + bool(module.path) :] for child in module.children]
    except (NotMadeYet, Unreadable):
        return "not readable"
    return "at %s: %s" % (module.path or "the root", ", ".join(names) or "a layer")


network = Network(Lldb())
stops = Stops(network)


def __lldb_init_module(debugger, _):
    def do(command):
        debugger.HandleCommand(command)

    do("type summary add -w glassbox -F in_lldb.tensor_summary tensor::Tensor")
    do("type summary add -w glassbox -F in_lldb.shape_summary tensor::Shape")
    do("type summary add -w glassbox -F in_lldb.parameter_summary nn::Parameter")
    do("type summary add -w glassbox -F in_lldb.scheduler_summary sdxl::Scheduler")
    do("type summary add -w glassbox -p -e -F in_lldb.module_summary -x '^(nn|sdxl)::[A-Za-z0-9]+$'")
    do("type category enable glassbox")
    for name in commands:
        do("command script add -o -f in_lldb.%s %s" % (name.replace("-", "_"), name))
