"""What network.py and stops.py need of lldb. The callbacks of its breakpoints are functions of in_lldb.py."""

import struct

import lldb

from network import Unreadable

ANONYMOUS = "(anonymous namespace)"


def target():
    return lldb.debugger.GetSelectedTarget()


def process():
    return target().GetProcess()


kinds_of_modules = {}  # name -> whether nn::Module is among the bases


def is_module(kind):
    name = kind.GetName()
    if name not in kinds_of_modules:
        bases = [kind.GetDirectBaseClassAtIndex(i).GetType() for i in range(kind.GetNumberOfDirectBaseClasses())]
        kinds_of_modules[name] = name == "nn::Module" or any(map(is_module, bases))
    return kinds_of_modules[name]


class Thing:
    """A value of the program: see network.py."""

    def __init__(self, value):
        value = value.GetNonSyntheticValue()
        kind = value.GetType().GetCanonicalType()
        self.text = value.GetTypeName()
        is_pointer = kind.IsPointerType() and kind.GetPointeeType().GetTypeClass() in (lldb.eTypeClassStruct, lldb.eTypeClassClass)
        if kind.IsReferenceType() or is_pointer:
            value = value.Dereference().GetNonSyntheticValue()
            kind = value.GetType().GetCanonicalType()
        self.value, self.type = value, kind.GetUnqualifiedType()
        is_plain = self.type.GetTypeClass() == lldb.eTypeClassBuiltin
        self.kind = self.text if is_plain else self.type.GetName()

    @property
    def address(self):
        address = self.value.GetLoadAddress()
        return None if address == lldb.LLDB_INVALID_ADDRESS else address

    @property
    def is_module(self):
        return is_module(self.type)

    @property
    def number(self):
        is_float = self.type.GetBasicType() in (lldb.eBasicTypeFloat, lldb.eBasicTypeDouble)
        return float(self.value.GetValue()) if is_float else self.value.GetValueAsSigned()

    def field(self, name):
        return Thing(self.value.GetChildMemberWithName(name))


class Frame:
    def __init__(self, frame):
        self.frame = frame

    @property
    def function(self):
        """Without arguments, as gdb has it."""
        name = (self.frame.GetFunctionName() or "").replace(ANONYMOUS, "[]")
        return name.split("(")[0].replace("[]", ANONYMOUS)

    @property
    def level(self):
        return self.frame.GetFrameID()

    @property
    def pc(self):
        return self.frame.GetPC()

    @property
    def file(self):
        return self.frame.GetLineEntry().GetFileSpec().GetFilename() or "?"

    @property
    def line(self):
        return self.frame.GetLineEntry().GetLine()

    @property
    def arguments(self):
        return [value.GetName() for value in self.frame.GetVariables(True, False, False, False) if value.GetName() != "this"]

    def is_of_network(self):
        return self.function.startswith(("nn::", "sdxl::"))

    def caller(self):
        older = self.frame.GetThread().GetFrameAtIndex(self.level + 1)
        return Frame(older) if older.IsValid() else None

    def get(self, name):
        value = self.frame.FindVariable(name)
        return Thing(value) if value.IsValid() else None


class Lldb:
    """The adapter of network.py and stops.py."""

    def __init__(self):
        self.entries, self.returns = None, {}

    def read(self, address, size):
        error = lldb.SBError()
        data = process().ReadMemory(address, size, error)
        if error.Fail() or len(data) != size:
            raise Unreadable
        return data

    def offset(self, kind, field):
        fields = target().FindFirstType(kind).get_fields_array()
        return next(item.GetOffsetInBytes() for item in fields if item.GetName() == field)

    def size(self, kind):
        return target().FindFirstType(kind).GetByteSize()

    def enumerators(self, kind):
        return {item.GetValueAsUnsigned(): item.GetName() for item in target().FindFirstType(kind).GetEnumMembers()}

    def class_name(self, address):
        (table,) = struct.unpack("<Q", self.read(address, 8))
        return (target().ResolveLoadAddress(table).GetSymbol().GetName() or "").replace("vtable for ", "")

    def evaluate(self, text):
        frame = self.selected().frame
        options = lldb.SBExpressionOptions()
        options.SetAllowJIT(False)
        for value in (frame.GetValueForVariablePath(text), frame.GetValueForVariablePath("this->" + text)):
            if value.IsValid() and value.GetError().Success():
                return Thing(value)
        value = frame.EvaluateExpression(text, options)
        return Thing(value) if value.GetError().Success() else None

    def selected(self):
        frame = process().GetSelectedThread().GetSelectedFrame()
        if not frame.IsValid():
            raise ValueError("the program is not running")
        return Frame(frame)

    def newest(self):
        self.selected()
        return Frame(process().GetSelectedThread().GetFrameAtIndex(0))

    def memory_is_whole(self):
        return not is_core()

    def say(self, text):
        print(text)

    def watch_entries(self, on):
        if not self.entries:
            self.start()
        self.entries.SetEnabled(on)

    def start(self):
        self.entries = hidden("nn::Module::record_inputs", "begins")
        hidden("__cxa_throw", "leaves")
        hidden("main", "run_begins")
        hidden("exit", "run_ends")
        # By a name: a callback cannot be made within a callback.
        self.name = lldb.SBBreakpointName(target(), "returns")
        self.name.SetScriptCallbackFunction("in_lldb.returns")
        quietly("target stop-hook add -P in_lldb.Show")

    def watch_return(self, pc):
        if pc not in self.returns:
            self.returns[pc] = target().BreakpointCreateByAddress(pc)
            self.returns[pc].AddName("returns")
        self.returns[pc].SetEnabled(True)


def quietly(command):
    lldb.debugger.GetCommandInterpreter().HandleCommand(command, lldb.SBCommandReturnObject())


def is_core():
    return process().IsValid() and process().GetPluginName() == "elf-core"


def hidden(function, callback):
    breakpoint = target().BreakpointCreateByName(function)
    breakpoint.SetScriptCallbackFunction("in_lldb." + callback)
    return breakpoint
