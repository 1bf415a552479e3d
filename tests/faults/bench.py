"""Runs the program under faults in a folder of its own, and judges what came."""
import collections
import os
import pathlib
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time

OLD = b"an older file\n"
# The name of a temporary file: tensor/io/atomic_file.h.
PARTIAL = re.compile(r"\.partial-[0-9]+-[0-9]+$")
SMALL = ["--model", "model", "--height", "64", "--width", "64", "--prompt", "star", "--seed", "7",
         "--steps", "2"]

Result = collections.namedtuple("Result", "status message seconds outputs stray")


class Bench:
    def __init__(self, root, build, short):
        self.root, self.build, self.short = root, build, short
        self.program = str(build / "sdxl")
        self.bad, self.rows, self.runs = 0, 0, 0

    def __enter__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="glassbox-faults-"))
        os.chmod(self.folder, 0o755)
        self.fresh_model()
        self.library = self.folder / "inject.so"
        subprocess.run(["cc", "-O1", "-shared", "-fPIC", "-o", self.library,
                        self.root / "tests/faults/inject.c", "-ldl"], check=True)
        print(f"{'fault':44} {'command':10} {'status':22} {'outputs':18} {'left':12} {'s':>5}  message",
              flush=True)
        return self

    def __exit__(self, *_):
        shutil.rmtree(self.folder, ignore_errors=True)

    def fresh_model(self):
        shutil.rmtree(self.folder / "model", ignore_errors=True)
        shutil.copytree(self.root / "tests/goldens/models/every_level_bf16", self.folder / "model")

    def start(self, words, fault="", limits=(), user=None, **more):
        """Starts the program; `limits` are (resource, bytes)."""
        def prepare():
            for number in (signal.SIGINT, signal.SIGTERM):  # in the background they may be ignored
                signal.signal(number, signal.SIG_DFL)
            for kind, size in limits:
                resource.setrlimit(kind, (size, size))
            if user is not None:
                os.setgid(user)
                os.setuid(user)
        environment = dict(os.environ, OMP_WAIT_POLICY="passive")
        if fault:
            environment.update(FAULT=fault, LD_PRELOAD=str(self.library))
        environment.update(more.pop("environment", {}))
        self.runs += 1
        return subprocess.Popen([self.program, *words], cwd=self.folder, env=environment,
                                stdin=subprocess.DEVNULL, stdout=more.pop("stdout", subprocess.DEVNULL),
                                stderr=subprocess.PIPE, preexec_fn=prepare, **more)

    def finish(self, process, outputs=(), started=None):
        """Waits for the end; says how it ended and what the outputs and the folder hold."""
        try:
            err = process.communicate(timeout=120)[1].decode(errors="replace")
        except subprocess.TimeoutExpired:
            process.kill()
            err = process.communicate()[1].decode(errors="replace") + "\nHUNG"
        seconds = time.time() - started if started else 0
        lines = [line for line in re.split(r"[\r\n]+", err) if line.strip()]
        stray = [name for name in os.listdir(self.folder) if name.startswith(".")]
        for name in stray:
            os.remove(self.folder / name)
        return Result(process.returncode, lines[-1].strip() if lines else "", seconds,
                      [self.state(name) for name in outputs], stray)

    def state(self, name):
        path = self.folder / name
        return path.read_bytes() if path.is_file() else b""

    def run(self, words, outputs=(), **more):
        for name in outputs:
            (self.folder / name).unlink(missing_ok=True)
            (self.folder / name).write_bytes(OLD)
            (self.folder / name).chmod(0o666)
        started = time.time()
        return self.finish(self.start(words, **more), outputs, started)

    def good(self, words, outputs, **more):
        """A run without a fault: the outputs' bytes, the time and the numbers of calls."""
        counts = self.folder / "counts"
        result = self.run(words, outputs, fault="mmap:0:none",
                          environment={"FAULT_COUNTS": str(counts)}, **more)
        if result.status != 0:
            raise SystemExit(f"faults: the run without a fault fails: {words}: {result.message}")
        numbers = dict(line.split() for line in counts.read_text().splitlines())
        counts.unlink()
        return result.outputs, result.seconds, {name: int(n) for name, n in numbers.items()}

    def judge(self, result, good, allowed):
        """What is wrong with a result, or "". `allowed` are the statuses that may come. A file is
        the old or the new one; after status 0 it is the new one, after 1 the old one."""
        s = result.status
        if s not in allowed:
            return f"status {s}"
        for got, new in zip(result.outputs, good):
            if got not in (OLD, new):
                return "a file that is neither old nor new"
            if s == 0 and got != new:
                return "status 0 without its output"
        if result.stray and s != -9:
            return "temporary files after an orderly end"
        if not all(PARTIAL.fullmatch(name) for name in result.stray):
            return "files of undocumented names"
        if s == 1 and not re.search("sdxl: |libgomp: ", result.message):
            return "no message"
        if s == 1 and good and result.outputs == good and OLD not in good:
            return "status 1, but all outputs are there"
        return ""

    def row(self, fault, command, results, good, allowed):
        """One line of the table for the runs of one kind."""
        wrong = [problem for problem in (self.judge(r, good, allowed) for r in results) if problem]
        statuses = collections.Counter(r.status for r in results)
        came = collections.Counter("old" if got == OLD else "new" if got == new else "DAMAGED"
                                   for r in results for got, new in zip(r.outputs, good))
        left = sum(len(r.stray) for r in results)
        messages = [r.message for r in results if r.status not in (0, -9)] or [""]
        self.line(fault, command, ", ".join(f"{s} x{n}" for s, n in sorted(statuses.items())),
                  ", ".join(f"{n} {what}" for what, n in sorted(came.items())) or "-",
                  f"{left} temporary" if left else "nothing", max(r.seconds for r in results),
                  messages[len(messages) // 2], wrong[0] if wrong else "")

    def line(self, fault, command, status, outputs, left, seconds, message, wrong=""):
        self.rows += 1
        self.bad += bool(wrong)
        message = message.replace(str(self.folder) + "/", "")
        print(f"{fault:44} {command:10} {status:22} {outputs:18} {left:12} {seconds:5.1f}  "
              f"{('BAD: ' + wrong + ' | ') if wrong else ''}{message[:110]}", flush=True)

    def say_total(self):
        print(f"faults: {self.runs} runs, {self.rows} rows, {self.bad} bad")
