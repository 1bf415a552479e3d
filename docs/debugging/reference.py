"""The stop of `at-diff`: the first module whose output differs from a trace or from a dump of diffusers."""

import json
import os
import struct

from network import nearest
from stops import Request, Stop
from tensors import DTYPES, Values, sizes_text

LIMITS = {"float32": 1e-5, "float16": 4e-3, "bfloat16": 3e-2}  # as `sdxl parity` has them


class Reference:
    """The outputs by path in a file of `sdxl trace`, `sdxl generate --trace` or examples/parity/dump_diffusers.py."""

    def __init__(self, path):
        self.path = os.path.expanduser(path)
        try:
            with open(self.path, "rb") as file:
                (size,) = struct.unpack("<Q", file.read(8))
                if size > os.path.getsize(self.path):
                    raise ValueError("too short")
                self.entries = json.loads(file.read(size))
        except OSError as error:
            raise ValueError("%s cannot be read: %s" % (path, error.strerror)) from None
        except (ValueError, struct.error):
            raise ValueError("%s is not a safetensors file" % path) from None
        self.start = 8 + size
        self.metadata = self.entries.pop("__metadata__", {})
        self.is_dump = self.metadata.get("format", "").startswith("glassbox-sdxl dump")
        self.names = self.names_of_dump() if self.is_dump else {name: name for name in self.entries}

    def names_of_dump(self):
        """By this program's paths; "inputs/..." as they are. Equal tensors are stored once."""
        stored = {name: name for name in self.entries} | json.loads(self.metadata.get("same", "{}"))
        names = {}
        for name, place in stored.items():
            kind, _, path = name.partition("/")
            if path.startswith("text_encoder.") and not path.startswith("text_encoder.text_model"):
                path = path.replace("text_encoder.", "text_encoder.text_model.", 1)
            if kind == "outputs" and path != "text_encoder":
                names.setdefault(path, place)
        return names

    def step(self):
        """Of a dump, or the first of a trace that has several; None where the file has no number."""
        steps = self.steps()
        text = self.metadata.get("step", "")
        return steps[0] if steps else int(text) if text.isdigit() else None

    def steps(self):
        """Of a trace of several steps, whose names begin with step.K/."""
        heads = {name.partition("/")[0] for name in self.entries if name.startswith("step.")}
        return sorted(int(head[5:]) for head in heads if head[5:].isdigit())

    def choose(self, step):
        """The outputs of one step of several, and those outside of the denoising loop."""
        steps = self.steps()
        if not steps:
            return
        if step not in steps:
            raise ValueError("%s has no step %d; it has %s" % (self.path, step, ", ".join(map(str, steps))))
        head = "step.%d/" % step
        self.names = {name.removeprefix(head): name for name in self.names if name.startswith(head) or name[:5] != "step."}

    def limit(self):
        precisions = json.loads(self.metadata.get("precision", "{}")).values() if self.is_dump else ()
        return max([LIMITS.get(name, LIMITS["float32"]) for name in precisions] or [LIMITS["float32"]])

    def paths(self):
        return [name for name in self.names if "/" not in name]

    def tensor(self, path):
        """None for a path that is not there, and for integers."""
        entry = self.entries.get(self.names.get(path))
        dtype = entry and {"F8_E4M3": "f8_e4m3", "F8_E5M2": "f8_e5m2"}.get(entry["dtype"], entry["dtype"].lower())
        if not entry or dtype not in DTYPES:
            return None
        begin, end = entry["data_offsets"]
        with open(self.path, "rb") as file:
            file.seek(self.start + begin)
            return Values(entry["shape"], file.read(end - begin), dtype)


class AtDiff(Request):
    """Where an output differs from the reference's: by more than the limit, by shape, or by NaN."""

    USAGE = "at-diff REFERENCE.safetensors [LIMIT] [step N], such as: at-diff good.safetensors 1e-4"

    def __init__(self, words):
        words = list(words)
        self.step, self.limit = None, None
        if len(words) >= 3 and words[-2] == "step" and words[-1].isdigit():
            self.step = int(words[-1])
            del words[-2:]
        try:
            self.limit = float(words[1]) if len(words) == 2 else None
        except ValueError:
            words = []
        if len(words) not in (1, 2):
            raise ValueError("expected %s" % self.USAGE)
        self.name = "at-diff %s" % words[0]
        self.reference = Reference(words[0])
        if self.limit is None:
            self.limit = self.reference.limit()
        if self.step is None:
            self.step = self.reference.step()
        self.reference.choose(self.step)
        self.reset()

    def greeting(self):
        """What the command prints."""
        text = "%s: %d outputs, limit %g" % (self.name, len(self.reference.paths()), self.limit)
        if self.step is None:
            return text + "; the file has no number of a step: the UNet is compared in step 0 (at-diff FILE step N: in another)"
        return "%s, step %d of the denoising loop" % (text, self.step)

    def reset(self):
        self.found, self.compared, self.largest, self.calls, self.roots = False, 0, (0.0, ""), {}, set()

    def wants(self, network, tree, step):
        if self.found:
            return False
        self.roots.update(module.path for module in tree.values())
        return step.number is None or step.number == (self.step or 0)

    def check(self, stops, address, frame):
        path = stops.network.path(address)
        theirs = self.reference.tensor(path) if not self.found else None
        if theirs is None:
            return None
        ours = stops.network.tensor(frame.get("out").address)
        theirs = self.rows_of_call(path, ours, theirs)
        problem = theirs and self.problem_of(path, ours, theirs)
        if not problem:
            return None
        self.found = True
        return Stop("; ".join(filter(None, ("at-diff: %s: %s" % (path, problem), stops.step.text))), 1)

    def rows_of_call(self, path, ours, theirs):
        """A module that ran twice (a text encoder) has one entry in a trace, with both calls' rows; a dump has its first."""
        call = self.calls.get(path, 0)
        self.calls[path] = call + 1
        same = ours and ours.sizes[1:] == theirs.sizes[1:]
        if not same or self.reference.is_dump or theirs.sizes[0] <= ours.sizes[0]:
            return theirs if call == 0 else None
        n = ours.sizes[0]
        return theirs.slice(["%d:%d" % (call * n, (call + 1) * n)]) if (call + 1) * n <= theirs.sizes[0] else None

    def problem_of(self, path, ours, theirs):
        self.compared += 1
        if ours is None or ours.sizes != theirs.sizes:
            return "the shape is %s, the reference's %s" % (sizes_text(ours.sizes if ours else []), sizes_text(theirs.sizes))
        error = ours.relative_error(theirs)
        if error <= self.limit:
            self.largest = max(self.largest, (error, path))
            return None
        place = ours.worst(theirs)
        return "relative error %.4g (limit %g), most at %s: %.6g, the reference has %.6g" % (
            error, self.limit, ours.index(place), ours.numbers[place], theirs.numbers[place])

    def ending(self):
        if self.found:
            return None
        if not self.compared:
            paths = self.reference.paths()
            near = ", ".join(nearest(paths[0], self.roots)) if paths else "none"
            return "%s: no output of the file was compared: it has %s, and the program ran %s" % (
                self.name, ", ".join(paths[:3]) or "no outputs", near or "no module")
        if self.largest[0] == 0:
            return "%s: all %d outputs agree, bit for bit" % (self.name, self.compared)
        return "%s: all %d outputs agree, the largest relative error is %.2g at %s" % (self.name, self.compared, *self.largest)
