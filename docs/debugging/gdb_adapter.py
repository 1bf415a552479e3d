"""What network.py and stops.py need of gdb."""

import os

import gdb
import gdb.types

from network import Unreadable

OF_NETWORK = ("nn::", "sdxl::")


def is_module(kind):
    return kind.code == gdb.TYPE_CODE_STRUCT and (
        kind.name == "nn::Module" or any(field.is_base_class and is_module(field.type) for field in kind.fields())
    )


class Thing:
    """A value of the program: see network.py."""

    def __init__(self, value):
        if value.type.strip_typedefs().code in (gdb.TYPE_CODE_REF, gdb.TYPE_CODE_RVALUE_REF):
            value = value.referenced_value()
        self.type = value.type.strip_typedefs().unqualified()
        self.text = str(value.type)
        if self.type.code == gdb.TYPE_CODE_PTR and self.type.target().strip_typedefs().code == gdb.TYPE_CODE_STRUCT:
            value = value.dereference()
            self.type = value.type.strip_typedefs().unqualified()
        self.value = value

    @property
    def kind(self):
        return self.type.name or self.text

    @property
    def address(self):
        return int(self.value.address) if self.value.address is not None else None

    @property
    def is_module(self):
        return is_module(self.type)

    @property
    def number(self):
        return float(self.value) if self.type.code == gdb.TYPE_CODE_FLT else int(self.value)

    def field(self, name):
        return Thing(self.value[name])


class Frame:
    def __init__(self, frame):
        self.frame = frame

    @property
    def function(self):
        return self.frame.name() or ""

    @property
    def level(self):
        return self.frame.level()

    @property
    def pc(self):
        return self.frame.pc()

    @property
    def file(self):
        symtab = self.frame.find_sal().symtab
        return os.path.basename(symtab.filename) if symtab else "?"

    @property
    def line(self):
        return self.frame.find_sal().line

    @property
    def arguments(self):
        function = self.frame.function()
        block = function and self.frame.block()
        while block and not block.function:
            block = block.superblock
        return [symbol.name for symbol in block if symbol.is_argument and symbol.name != "this"] if block else []

    def is_of_network(self):
        return self.function.startswith(OF_NETWORK)

    def caller(self):
        older = self.frame.older()
        return Frame(older) if older else None

    def get(self, name):
        try:
            return Thing(self.frame.read_var(name))
        except (ValueError, RuntimeError, gdb.error):
            return None


class Gdb:
    """The adapter of network.py and stops.py. in_gdb.py sets `entries`, a breakpoint, and `returns`, which makes one."""

    def __init__(self):
        self.entries, self.returns, self.returns_at = None, None, {}

    def read(self, address, size):
        try:
            return bytes(gdb.selected_inferior().read_memory(address, size))
        except (gdb.error, OverflowError):
            raise Unreadable from None

    def offset(self, kind, field):
        return gdb.lookup_type(kind)[field].bitpos // 8

    def size(self, kind):
        return gdb.lookup_type(kind).sizeof

    def enumerators(self, kind):
        return {field.enumval: field.name.split("::")[-1] for field in gdb.lookup_type(kind).fields()}

    def class_name(self, address):
        module = gdb.Value(address).cast(gdb.lookup_type("nn::Module").pointer())
        return module.dynamic_type.target().name

    def evaluate(self, text):
        try:
            return Thing(gdb.parse_and_eval(text))
        except gdb.error:
            return None

    def selected(self):
        try:
            return Frame(gdb.selected_frame())
        except gdb.error:
            raise ValueError("the program is not running") from None

    def newest(self):
        try:
            return Frame(gdb.newest_frame())
        except gdb.error:
            raise ValueError("the program is not running") from None

    def memory_is_whole(self):
        return not is_core()

    def say(self, text):
        print(text)

    def watch_entries(self, on):
        if self.entries.enabled != on:
            self.entries.enabled = on

    def watch_return(self, pc):
        if pc not in self.returns_at:
            self.returns_at[pc] = self.returns("*%d" % pc, internal=True)
        self.returns_at[pc].enabled = True


def is_core():
    connection = getattr(gdb.selected_inferior(), "connection", None)
    return connection is not None and connection.type == "core"
