"""Runs commands of the program and lines of Python for the chapter that is being read: one folder and one session for each."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SECONDS = 180


def program():
    return Path(os.environ.get("BOOK_PROGRAM", ROOT / "build" / "release" / "sdxl")).resolve()


def environment():
    site = os.environ.get("BOOK_SITE", ROOT / "build" / "release" / "python" / "site")
    parts = [str(site), str(HERE), str(HERE.parent / "figures"), str(ROOT / "examples" / "tiny_sdxl"),
             str(ROOT / "examples" / "paper")]
    return {**os.environ, "PYTHONPATH": os.pathsep.join(parts), "PYTHONDONTWRITEBYTECODE": "1", "SDXL_PROGRAM": str(program()),
            "PATH": f"{program().parent}{os.pathsep}{os.environ['PATH']}", "OMP_WAIT_POLICY": "passive", "OMP_NUM_THREADS": "1", "COLUMNS": "100"}


def replays():
    """True where another language is built: what the English page's commands and sessions gave is shown again."""
    return "BOOK_REPLAY" in os.environ


def record(name):
    return Path(os.environ.get("BOOK_REPLIES", ROOT / "build" / "book" / "replies")) / f"{name}.json"


def key(request):
    """A request without its folders"""
    return json.dumps({name: value for name, value in request.items() if name not in ("draw", "to")}, sort_keys=True)


class Chapter:
    """A chapter's scratch folder and its Python session, which begins with the first request. Replies are recorded."""

    def __init__(self, name):
        self.name = name
        self.folder = tempfile.TemporaryDirectory(prefix="glassbox-book-")
        for linked in ("examples", "tests"):
            (Path(self.folder.name) / linked).symlink_to(ROOT / linked)
        self.process, self.replies = None, {}

    def keep(self, request, reply):
        self.replies.setdefault(key(request), []).append(reply)
        return reply

    def command(self, text):
        """-> (status, what the command printed)"""
        done = subprocess.run(["bash", "-o", "pipefail", "-c", text], cwd=self.folder.name, env=environment(), timeout=SECONDS,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return tuple(self.keep({"command": text}, [done.returncode, done.stdout.decode(errors="replace")]))

    def ask(self, **request):
        if self.process is None:
            self.process = subprocess.Popen([sys.executable, str(HERE / "session.py")], cwd=self.folder.name, env=environment(),
                                            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.process.stdin.write(json.dumps(request) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"the Python session of {self.name} ended with status {self.process.wait()}")
        reply = json.loads(line)
        if "error" in reply:
            raise RuntimeError(reply["error"])
        return self.keep(request, reply)

    def close(self):
        if self.process is not None:
            self.process.stdin.close()
            self.process.wait()
        self.folder.cleanup()
        record(self.name).parent.mkdir(parents=True, exist_ok=True)
        record(self.name).write_text(json.dumps(self.replies))


class Replay:
    """A chapter of another language: nothing runs."""

    def __init__(self, name):
        if not record(name).exists():
            raise RuntimeError(f"{name}: nothing is recorded: build the English book first")
        self.name, self.replies = name, json.loads(record(name).read_text())

    def reply(self, request):
        found = self.replies.get(key(request))
        if not found:
            raise RuntimeError(f"{self.name}: not recorded: {key(request)}: build the English book first")
        return found.pop(0) if len(found) > 1 else found[0]

    def command(self, text):
        return tuple(self.reply({"command": text}))

    def ask(self, **request):
        return self.reply(request)

    def close(self):
        pass


_open = {}


def of(docname):
    """The chapter that is being read; the one before is closed."""
    if docname not in _open:
        close()
        _open[docname] = Replay(docname) if replays() else Chapter(docname)
    return _open[docname]


def close(*_):
    while _open:
        _open.popitem()[1].close()
