"""The network in the memory of the program: modules by path; tensors and weights by name.

Independent of the debugger. `debugger` is the adapter of in_gdb.py or in_lldb.py:

    read(address, size)        bytes; raises Unreadable
    offset(type, field)        of a field, in bytes
    size(type)                 of an object, in bytes
    enumerators(type)          {value: name}
    class_name(address)        the class of the module there
    evaluate(text)             a Thing, or None where it isn't an expression of C++
    selected(), newest()       a Frame
    memory_is_whole()          False for a core file

A Frame has level, function (without its arguments), file, line, pc, arguments (names), caller() and get(name), a Thing or
None. A Thing has kind (its type without const and &), address, number (of an int or a float), is_module and field(name).
All of it reads only: no function of the program is called. The names within std:: are libstdc++'s.
"""

import difflib
import re
import struct
from collections import namedtuple

from tensors import DTYPES, Values, sizes_text

NOT_MADE_YET = "not made yet"  # a local before its line has run
OUTSIDE = "not in the core file"

Module = namedtuple("Module", "address path root children parameters")


class Unreadable(Exception):
    pass


class NotMadeYet(Exception):
    pass


def nearest(name, names):
    """The three names that resemble it most: those that end with it first."""
    names = list(names)
    ending = [other for other in names if other.endswith("." + name)]
    return (ending or difflib.get_close_matches(name, names, 3, 0))[:3]


class Network:
    def __init__(self, debugger):
        self.debugger = debugger
        self.offsets = {}

    def offset(self, kind, field):
        key = kind, field
        if key not in self.offsets:
            self.offsets[key] = self.debugger.offset(kind, field)
        return self.offsets[key]

    def integers(self, address, count=1):
        return struct.unpack("<%dQ" % count, self.debugger.read(address, 8 * count))

    # Of the standard library.

    def string(self, address):
        start, size = self.integers(address, 2)
        if size > 2**16:
            raise NotMadeYet
        return self.debugger.read(start, size).decode(errors="replace") if size else ""

    def pointers(self, vector):
        begin, end = self.integers(vector, 2)
        count = (end - begin) // 8
        if not 0 <= count < 2**16:
            raise NotMadeYet
        return self.integers(begin, count) if count else ()

    # Of tensor::.

    def sizes(self, shape):
        rank = self.offset("tensor::Shape", "rank_")
        (rank,) = struct.unpack("<i", self.debugger.read(shape + rank, 4))
        if not 0 <= rank <= 4:
            raise NotMadeYet
        sizes = struct.unpack("<%dq" % rank, self.debugger.read(shape + self.offset("tensor::Shape", "dims_"), 8 * rank))
        if min(sizes, default=0) < 0 or max(sizes, default=0) > 2**34:
            raise NotMadeYet
        return list(sizes)

    def elements(self, place, sizes, dtype="f32"):
        count = 1
        for size in sizes:
            count *= size
        if not sizes or not 0 < count < 2**34:
            raise NotMadeYet
        return Values(sizes, self.debugger.read(place, count * DTYPES[dtype][0]), dtype)

    def is_empty(self, tensor):
        return self.integers(tensor + self.offset("tensor::Tensor", "storage_"))[0] == 0

    def tensor(self, address):
        """None for an empty one."""
        place, owners = self.integers(address + self.offset("tensor::Tensor", "storage_"), 2)
        if place == 0:
            return None
        sizes = self.sizes(address + self.offset("tensor::Tensor", "shape_"))
        if not 0 < struct.unpack("<i", self.debugger.read(owners + 8, 4))[0] < 2**20:
            raise NotMadeYet
        return self.elements(place, sizes)

    def view(self, address):
        """Of a tensor::WeightView. None before nn::load."""
        (place,) = self.integers(address + self.offset("tensor::WeightView", "data"))
        if place == 0:
            return None
        kind = self.offset("tensor::WeightView", "dtype")
        (number,) = struct.unpack("<i", self.debugger.read(address + kind, 4))
        dtype = self.debugger.enumerators("tensor::DType").get(number)
        if dtype is None:
            raise NotMadeYet
        if dtype not in DTYPES:
            raise ValueError("weights of %s cannot be shown; DTYPES in tensors.py has no such line" % dtype)
        return self.elements(place, self.sizes(address + self.offset("tensor::WeightView", "shape")), dtype)

    # Of nn::.

    def parameter(self, address):
        return self.view(address + self.offset("nn::Parameter", "view_"))

    def parameter_name(self, address):
        """The key in the checkpoint."""
        return self.string(address + self.offset("nn::Parameter", "name_"))

    def module(self, address):
        path = self.string(address + self.offset("nn::Module", "path_"))
        (size,) = self.integers(address + self.offset("nn::Module", "root_size_"))
        children = self.pointers(address + self.offset("nn::Module", "children_"))
        parameters = self.pointers(address + self.offset("nn::Module", "parameters_"))
        return Module(address, path, path[:size], children, parameters)

    def path(self, address):
        return self.string(address + self.offset("nn::Module", "path_"))

    def tree(self, address):
        """The module and all below it, by address, in declaration order."""
        module = self.module(address)
        result = {address: module}
        for child in module.children:
            result.update(self.tree(child))
        return result

    def names_of(self, module):
        """The names of a module's parameters, and their addresses."""
        front = module.path[len(module.root) :].lstrip(".")
        for address in module.parameters:
            yield self.parameter_name(address)[len(front) :].lstrip("."), address

    def parameters(self, tree):
        """By the path of the module and the name: unet.conv_in.weight."""
        return {
            ".".join(filter(None, (module.path, name))): address
            for module in tree.values()
            for name, address in self.names_of(module)
        }

    # By name.

    def values(self, text):
        """Of an expression of C++, or of a weight's name, with the rows that are chosen: x, x[1], to_out.0.weight[:2]."""
        try:
            found = self.named(text)
            values = found if isinstance(found, Values) else self.read(found, text)
        except NotMadeYet:
            raise ValueError("%s is %s" % (text, NOT_MADE_YET)) from None
        except Unreadable:
            whole = self.debugger.memory_is_whole()
            raise ValueError("the elements of %s are %s" % (text, NOT_MADE_YET if whole else OUTSIDE)) from None
        if values is None:
            raise ValueError("%s is empty" % text)
        return values

    def named(self, text):
        """A Thing, or Values where rows are chosen."""
        base, _, index = text.rstrip("]").rpartition("[") if text.endswith("]") else ("", "", "")
        if base:
            outer = self.named(base)
            if isinstance(outer, Values) or self.is_readable(outer):
                values = outer if isinstance(outer, Values) else self.read(outer, base)
                if values is None:
                    raise ValueError("%s is empty" % base)
                return values.slice([index])
            if outer.kind.startswith("std::vector<tensor::Tensor"):
                return self.element(outer, base, index)
        if "[" in text:  # operator[] would be a call: resnets[0].conv1.weight is read as resnets.0.conv1.weight
            return self.by_path(re.sub(r"\[(\d+)\]", r".\1", text))
        return self.debugger.evaluate(text) or self.by_path(text)

    def element(self, vector, text, index):
        begin, end = self.integers(vector.address, 2)
        size = self.debugger.size("tensor::Tensor")
        count = (end - begin) // size
        if not index.isdigit() or int(index) >= count:
            raise ValueError("%s has %d tensors, and no tensor %s" % (text, count, index))
        return self.tensor(begin + int(index) * size)

    KINDS = ("tensor::Tensor", "tensor::WeightView", "nn::Parameter", "std::optional<nn::Parameter>")

    def is_readable(self, thing):
        return thing.kind in self.KINDS and thing.address is not None

    def read(self, thing, text):
        if thing.is_module and thing.address:
            names = [name for name, _ in self.names_of(self.module(thing.address))]
            hint = ": its weights are " + ", ".join("%s.%s" % (text, name) for name in names) if names else ""
            raise ValueError("expected a tensor, got %s, which is a %s%s" % (text, thing.kind, hint))
        if not self.is_readable(thing):
            raise ValueError("expected a tensor, got %s, which is a %s" % (text, thing.kind))
        if thing.kind == "tensor::Tensor":
            return self.tensor(thing.address)
        if thing.kind == "tensor::WeightView":
            return self.view(thing.address)
        if thing.kind.startswith("std::optional"):
            engaged = self.debugger.read(thing.address + self.debugger.size("nn::Parameter"), 1)
            return self.parameter(thing.address) if engaged != b"\0" else None
        return self.parameter(thing.address)

    def by_path(self, text):
        """A weight of the modules that run here: relative to the module of the selected frame, or the end of its path."""
        running = [frame.get("this").address for frame in self.frames_of_modules(self.debugger.selected())]
        if not running:
            raise ValueError("no variable or expression %s here, and no module is running" % text)
        own = self.module(running[0])
        inner = self.parameters(self.tree(running[0]))
        address = inner.get(".".join(filter(None, (own.path, text))))
        if address:
            return Weight(address)
        outer = self.parameters(self.tree(running[-1]))
        for known in (inner, outer):
            names = [name for name in known if name == text or name.endswith("." + text)]
            if len(names) == 1:
                return Weight(known[names[0]])
            if names:
                raise ValueError("%s is the end of %d names, such as %s and %s" % (text, len(names), *names[:2]))
        raise ValueError(
            "no variable or weight %s in %s; the nearest weights: %s" % (text, own.path or "here", ", ".join(nearest(text, outer)))
        )

    # Where the program is.

    def frames_of_modules(self, frame):
        """Those of the functions of modules, from the inner one outwards."""
        while frame:
            if self.is_of_module(frame):
                yield frame
            frame = frame.caller()

    def is_of_module(self, frame):
        this = frame.get("this") if frame.is_of_network() else None
        return bool(this and this.is_module)

    def layers(self):
        """A line for each forward that is running, from the whole model inwards."""
        lines, frame = [], self.debugger.newest()
        while frame:
            if frame.function.endswith("::forward"):
                path = self.path(frame.get("this").address)
                place = "%s:%d" % (frame.file, frame.line)
                lines.append("#%-3d %-60s %s at %s" % (frame.level, path or "(all)", frame.function, place))
            frame = frame.caller()
        if not lines:
            raise ValueError("no layer is running here")
        return "\n".join(reversed(lines))

    # In one line.

    def summary(self, read):
        """Of a tensor or a shape, for a printer."""
        try:
            values = read()
            return values if isinstance(values, str) else values.summary() if values else "(empty)"
        except (NotMadeYet, Unreadable) as error:
            whole = isinstance(error, NotMadeYet) or self.debugger.memory_is_whole()
            return "(%s)" % (NOT_MADE_YET if whole else OUTSIDE)

    def shape_text(self, address):
        return self.summary(lambda: sizes_text(self.sizes(address)))


class Weight:
    """A parameter that was found by its path."""

    kind, is_module = "nn::Parameter", False

    def __init__(self, address):
        self.address = address
