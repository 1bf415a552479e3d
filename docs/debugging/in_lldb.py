"""For lldb, by `command script import docs/debugging/in_lldb.py`: what in_gdb.py is for gdb.

    at PATH                   stop when that module ends
    layers                    where am I in the network
    tensor-slice T INDEX...   elements of a tensor
    tensor-image T FILE.png   a tensor as an image
    tensor-save T FILE        a tensor as a safetensors file

The names within std:: are libstdc++'s.
"""

import os
import shlex
import sys

import lldb

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from tensors import Values, sizes_text  # noqa: E402

NOT_MADE_YET = "not made yet"  # a local before its line has run


class NotMadeYet(Exception):
    pass


def member(value, *names):
    for name in names:
        value = value.GetNonSyntheticValue().GetChildMemberWithName(name)
    return value.GetNonSyntheticValue()


def sizes_of(shape):
    rank = member(shape, "rank_").GetValueAsSigned(-1)
    if not 0 <= rank <= 4:
        raise NotMadeYet
    sizes = member(shape, "dims_", "_M_elems")
    return [sizes.GetChildAtIndex(i).GetValueAsSigned() for i in range(rank)]


def values_of(tensor):
    """None for an empty one."""
    place = member(tensor, "storage_", "_M_ptr").GetValueAsUnsigned()
    if place == 0:
        return None
    sizes = sizes_of(member(tensor, "shape_"))
    size = 4
    for n in sizes:
        size *= n
    holders = member(tensor, "storage_", "_M_refcount", "_M_pi", "_M_use_count").GetValueAsSigned()
    if min(sizes, default=0) < 1 or size > 2**34 or not 0 < holders < 2**20:
        raise NotMadeYet
    error = lldb.SBError()
    data = tensor.GetProcess().ReadMemory(place, size, error)
    if error.Fail():
        raise NotMadeYet
    return Values(sizes, data)


def tensor_summary(value, _):
    try:
        values = values_of(value)
        return values.summary() if values else "(empty)"
    except NotMadeYet:
        return "(%s)" % NOT_MADE_YET


def shape_summary(value, _):
    try:
        return sizes_text(sizes_of(value))
    except NotMadeYet:
        return "(%s)" % NOT_MADE_YET


def path_of(module):
    place = member(module, "path_", "_M_dataplus", "_M_p").GetValueAsUnsigned()
    return module.GetProcess().ReadCStringFromMemory(place, 4096, lldb.SBError())


def module_summary(value, _):
    if not member(value, "children_").IsValid():
        return ""  # a type of nn:: or sdxl:: that is no module
    path = path_of(value)
    children = [child.Dereference() for child in value.GetChildMemberWithName("children_")]
    names = [path_of(child)[len(path) + bool(path) :] for child in children]
    return "at %s: %s" % (path or "the root", ", ".join(names) or "a layer")


def at(debugger, path, result, _):
    """at PATH: stop when the module PATH, such as unet.mid_block.resnets.0, records its output. Its forward is one up."""
    if not path:
        return result.SetError("at PATH, such as: at unet.mid_block.resnets.0")
    breakpoint = debugger.GetSelectedTarget().BreakpointCreateByName("nn::Module::record")
    breakpoint.AddName("at")
    paths[breakpoint.GetID()] = path
    breakpoint.SetScriptCallbackFunction("in_lldb.is_there")


paths = {}  # by the breakpoint's number


def is_there(frame, location, _extra, _):
    return path_of(frame.FindVariable("this")) == paths[location.GetBreakpoint().GetID()]


def layers(debugger, _arguments, result, _):
    """layers: the modules that are running, from the whole model inwards, each with its current line."""
    frames = debugger.GetSelectedTarget().GetProcess().GetSelectedThread().frames
    found = [frame for frame in frames if "::forward(" in (frame.GetFunctionName() or "")]
    if not found:
        return result.SetError("no layer is running here")
    for frame in reversed(found):
        line = frame.GetLineEntry()
        name = frame.GetFunctionName().split("(")[0]
        where = path_of(frame.FindVariable("this")) or "(all)"
        print("#%-3d %-60s %s at %s:%d" % (frame.idx, where, name, line.GetFileSpec().GetFilename(), line.GetLine()),
              file=result)


def with_tensor(use):
    """A command "T WORDS": T is any expression that gives a Tensor, in quotes if it has spaces."""

    def command(debugger, arguments, result, _):
        words = shlex.split(arguments)
        if not words:
            return result.SetError("expected a tensor: " + use.__doc__)
        frame = debugger.GetSelectedTarget().GetProcess().GetSelectedThread().GetSelectedFrame()
        value = frame.FindVariable(words[0])
        value = value if value.IsValid() else frame.EvaluateExpression(words[0])
        if "tensor::Tensor" not in (value.GetTypeName() or ""):
            return result.SetError("expected a tensor, got %s, which is a %s" % (words[0], value.GetTypeName()))
        try:
            values = values_of(value)
            if values is None:
                raise ValueError("%s is empty" % words[0])
            print(use(values, words[1:]), file=result)
        except NotMadeYet:
            result.SetError("%s is %s" % (words[0], NOT_MADE_YET))
        except ValueError as error:
            result.SetError(str(error))

    command.__doc__ = use.__doc__
    return command


@with_tensor
def tensor_slice(values, words):
    """tensor-slice T INDEX...: its elements at an index for each axis: 3, -1, 2:5 or : for all."""
    part = values.slice(words)
    return "%s\n%s" % (part.summary(), part.text())


@with_tensor
def tensor_image(values, words):
    """tensor-image T FILE.png: (1, 3, H, W) in colour, from -1 to 1; of any other shape the channels as grey tiles."""
    return values.image(*words)


@with_tensor
def tensor_save(values, words):
    """tensor-save T FILE: a safetensors file with the one tensor "tensor"."""
    return values.save(*words)


def __lldb_init_module(debugger, _):
    def do(command):
        debugger.HandleCommand(command)

    do("type summary add -w glassbox -F in_lldb.tensor_summary tensor::Tensor")
    do("type summary add -w glassbox -F in_lldb.shape_summary tensor::Shape")
    do("type summary add -w glassbox -p -e -F in_lldb.module_summary -x '^(nn|sdxl)::[A-Za-z0-9]+$'")
    do("type category enable glassbox")
    for name in ("at", "layers", "tensor-slice", "tensor-image", "tensor-save"):
        do("command script add -f in_lldb.%s %s" % (name.replace("-", "_"), name))
