"""The stops of `at`, `at-nan` and `at-diff`. Independent of the debugger.

A breakpoint at every module's end would stop the program thousands of times. So `Stops` has one where an outermost module
begins (record_inputs): there it reads the paths of all modules below and the step of the denoising loop, and only if a
request is for them, the breakpoint of this request (record) is switched on until that module returns.

The adapter of the debugger has, besides what network.py needs:

    watch_entries(on), watch_return(pc)    switch these breakpoints; the return's is switched off when it is hit
    say(text)                              print a line
"""

import fnmatch
from collections import namedtuple

from network import NotMadeYet, Unreadable, nearest

Step = namedtuple("Step", "number count text")  # number: from 0; None outside of the denoising loop
Stop = namedtuple("Stop", "text level")  # level: of the frame to show; None: no frame


def rows_text(network, guidance_frame):
    """Which rows of the batch are which part of guidance."""
    guidance, sample = guidance_frame.get("guidance"), guidance_frame.get("sample")
    is_on = not network.is_empty(guidance.field("uncond").field("context").address)
    parts = ["the negative prompt's half"] if is_on else []
    parts.append("the prompt's")
    if guidance.field("changes").field("pag").field("scale").number > 0:
        parts.append("the perturbed prompt's")
    if len(parts) == 1:
        return "guidance is off: no negative half"
    n = network.sizes(sample.field("shape_").address)[0]
    rows = ["row %d is" % i if n == 1 else "rows %d to %d are" % (i * n, i * n + n - 1) for i in range(len(parts))]
    rows[1:] = [text.rsplit(" ", 1)[0] for text in rows[1:]]
    return ", ".join("%s %s" % pair for pair in zip(rows, parts))


def step_at(network, frame):
    """From the locals of the frames further out: GuidedUNet::predict's, denoise's, or encode's of the text encoders."""
    said, number, count = [], None, None
    while frame:
        try:
            if frame.function == "sdxl::GuidedUNet::predict":
                said = ["timestep %g" % frame.get("timestep").number, rows_text(network, frame)]
            elif frame.function == "sdxl::denoise":
                steps = frame.get("steps")
                first, last = (steps.field(name).number for name in ("first", "last"))
                number, count = frame.get("i").number - first, last - first
                said.insert(0, "step %d of %d" % (number, count))
                break
            elif frame.function.endswith("::encode") and frame.get("text"):
                said = ['text "%s"' % network.string(frame.get("text").address)]
                break
        except (AttributeError, TypeError, NotMadeYet, Unreadable):
            pass  # optimised away, or a loop of the user's own
        frame = frame.caller()
    return Step(number, count, ", ".join(said))


class Request:
    """What to stop at. A subclass has wants() and check()."""

    problem, said = None, None  # a sentence that stops the program; the one that was said

    def greeting(self):
        """What the command prints."""

    def reset(self):
        """Before a run."""

    def ending(self):
        """A sentence for the end of the run, or None."""


class At(Request):
    """At the end of the modules of a path or pattern: in every step, or in one; at every call, or at one."""

    USAGE = "at PATH [step N] [call N], such as: at unet.mid_block.resnets.0 step 10"

    def __init__(self, words):
        self.path, self.step, self.call = None, None, None
        words = list(words)
        if words:
            self.path = words.pop(0)
        while len(words) >= 2 and words[0] in ("step", "call") and words[1].isdigit():
            setattr(self, words[0], int(words[1]))
            del words[:2]
        if not self.path or words or self.call == 0:
            raise ValueError("expected %s; steps are counted from 0, calls from 1" % self.USAGE)
        self.name = " ".join(["at", self.path] + ["%s %d" % (k, v) for k in ("step", "call") if (v := getattr(self, k)) is not None])
        self.reset()

    def reset(self):
        self.seen, self.roots, self.calls, self.stopped, self.warned, self.steps = {}, set(), {}, False, set(), None
        self.found = None  # the tree's own paths that match

    def matching(self, root, paths):
        """The paths of a tree that are meant. transformers leaves a level out: text_encoder.encoder is text_model.encoder."""
        names = [self.path]
        if self.path.startswith(root + "."):
            names.append(root + ".text_model" + self.path[len(root) :])
        for name in names:
            found = [path for path in paths if fnmatch.fnmatchcase(path, name)]
            if found:
                return found
        return []

    def wants(self, network, tree, step):
        modules = list(tree.values())
        root = modules[0].root
        key = modules[0].address, modules[0].path
        if key not in self.seen:
            paths = {module.path: module.address for module in modules}
            found = self.matching(root, paths)
            self.seen[key] = {paths[path] for path in found}
            self.roots.update(paths)
            is_whole = modules[0].path == root
            if root and is_whole and not found and self.path.startswith(root + "."):
                self.problem = "%s: %s has no such module; the nearest: %s" % (self.name, root, ", ".join(nearest(self.path, paths)))
                return False
            if found and all(network.debugger.class_name(paths[path]).startswith("nn::ModuleList") for path in found):
                below = [path for path in paths if path.startswith(found[0] + ".")]
                self.problem = "%s: a list of modules has no forward; try %s" % (self.name, below[0] if below else root)
                self.seen[key] = set()
        wanted = self.seen[key]
        if not wanted or self.step is None:
            return bool(wanted)
        if step.count is None:
            return False
        self.steps = step.count
        if self.step >= step.count and step.count not in self.warned:
            self.warned.add(step.count)
            network.debugger.say("%s: this run has no such step: %s" % (self.name, steps_text(step.count)))
        return self.step == step.number

    def check(self, stops, address, frame):
        if not any(address in wanted for wanted in self.seen.values()):
            return None
        path = stops.network.path(address)
        self.calls[path] = self.calls.get(path, 0) + 1
        if self.call not in (None, self.calls[path]):
            return None
        self.stopped = True
        text = "call %d" % self.calls[path] if stops.step.number is None or self.call else ""
        return Stop("at %s: %s" % (path, ", ".join(filter(None, (text, stops.step.text)))), 1)

    def ending(self):
        if self.stopped or self.problem:
            return None
        if not self.roots:
            return "%s: no module has run" % self.name
        if not any(self.seen.values()):
            return "%s: no module of this path has run; the nearest: %s" % (self.name, ", ".join(nearest(self.path, self.roots)))
        if self.step is not None:
            if self.steps is None:
                return "%s: this module ran outside of the denoising loop; leave out step" % self.name
            return None if self.step >= self.steps else "%s: the module did not end in this step" % self.name
        if self.call is not None:
            return "%s: this module had %d calls" % (self.name, max(self.calls.values(), default=0))
        return "%s: the module began and did not end" % self.name


def steps_text(count):
    return "its steps are 0 to %d" % (count - 1)


class AtNan(Request):
    """Where the first NaN or infinity is made: the output of a module has one, and its arguments have none."""

    name = "at-nan"

    def __init__(self, words=()):
        if words:
            raise ValueError("expected at-nan without arguments")
        self.reset()

    def reset(self):
        self.found = False

    def wants(self, network, tree, step):
        return not self.found

    def check(self, stops, address, frame):
        network = stops.network
        if self.found:
            return None
        output = network.tensor(frame.get("out").address)
        count, place = output.non_finite() if output else (0, None)
        if not count:
            return None
        self.found = True
        made, below, argument = frame.caller(), None, None
        while made.caller() and (name := non_finite_argument(network, made)):
            below, argument, made = made, name, made.caller()
            if not network.is_of_module(made):
                break
        path = network.path(made.get("this").address) if network.is_of_module(made) else None
        taker = below and network.path(below.get("this").address)
        if below and not path:
            text = "%s of %s is not finite, and no module has made it" % (argument, taker)
        elif below:
            text = "made by %s itself, before %s takes it as %s" % (path, taker, argument)
        else:
            text = "made by %s: %s, the first at %s" % (path, of_elements(count, output), place)
            text += self.weights_text(network, address)
        return Stop("; ".join(filter(None, ("at-nan: " + text, stops.step.text))), made.level)

    def weights_text(self, network, address):
        """NaN in the weights of a module: damaged, or converted to a dtype without their range."""
        said = []
        for name, parameter in network.names_of(network.module(address)):
            weight = network.parameter(parameter)
            count, place = weight.non_finite() if weight else (0, None)
            if count:
                said.append("; its parameter %s has %s, the first at %s" % (name, of_elements(count, weight), place))
        return "".join(said) or "; its parameters are finite"

    def ending(self):
        return None if self.found else "at-nan: every module's output was finite"


def of_elements(count, values):
    return "%d of %d elements NaN or infinite" % (count, len(values.numbers))


def non_finite_argument(network, frame):
    """The name of an argument with NaN or infinity: a tensor, or a field of a struct of tensors such as cond.context."""
    for name in frame.arguments:
        thing = frame.get(name)
        things = {name: thing} if thing else {}
        if thing and thing.kind == "sdxl::Conditioning":
            things = {name + "." + field: thing.field(field) for field in ("context", "pooled", "time_ids", "concat")}
        for label, value in things.items():
            if value and value.kind == "tensor::Tensor" and is_non_finite(network, value):
                return label
    return None


def is_non_finite(network, thing):
    try:
        values = network.tensor(thing.address)
        return values is not None and values.non_finite()[0] > 0
    except (NotMadeYet, Unreadable):
        return False  # an argument by value that was moved from


class Stops:
    """All requests, and where the program is. The breakpoints of the adapter call it."""

    def __init__(self, network):
        self.network, self.debugger = network, network.debugger
        self.requests = {}  # request -> a function that switches its breakpoint
        self.reset()

    def reset(self):
        """A run begins."""
        self.trees, self.step = {}, Step(None, None, "")
        for request in self.requests:
            request.reset()
            request.problem = request.said = None

    def add(self, request, switch):
        """Returns a sentence if it cannot be met, else None."""
        self.requests[request] = switch
        switch(False)
        self.debugger.watch_entries(True)
        try:
            frames = list(self.network.frames_of_modules(self.debugger.newest()))
        except ValueError:
            return None  # nothing runs yet
        stop = self.begin(frames[-1]) if frames else None
        return stop and stop.text

    def enter(self, frame):
        """An outermost module begins. Returns the Stop for a request that cannot be met, else None."""
        frame = frame.caller()
        while frame.function.endswith("::record_inputs"):
            frame = frame.caller()
        return self.begin(frame)

    def begin(self, frame):
        address = frame.get("this").address
        path = self.network.path(address)
        if (address, path) not in self.trees:
            self.trees[address, path] = self.network.tree(address)
        self.step = step_at(self.network, frame)
        for request, switch in self.requests.items():
            if request.wants(self.network, self.trees[address, path], self.step):
                switch(True)
        self.debugger.watch_entries(False)
        self.debugger.watch_return(frame.caller().pc)
        problems = [request for request in self.requests if request.problem != request.said]
        for request in problems:
            request.said = request.problem
        return Stop("\n".join(request.problem for request in problems), None) if problems else None

    def leave(self):
        """It has returned, or thrown."""
        for switch in self.requests.values():
            switch(False)
        self.debugger.watch_entries(bool(self.requests))

    def endings(self):
        for request in self.requests:
            text = request.ending()
            if text:
                self.debugger.say(text)
