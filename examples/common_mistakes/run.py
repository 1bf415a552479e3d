"""Makes each known porting mistake in a copy of the source and finds the first test that fails. Needs Pillow.

    python examples/common_mistakes/run.py                 # all of them, then docs/common_mistakes.md
    python examples/common_mistakes/run.py --only NAME     # one; as often as needed
    python examples/common_mistakes/run.py --list

README.md beside this file describes a patch and how to add one.
"""

import argparse
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
from pathlib import Path

from evidence import Probe
from report import write_report

HERE = Path(__file__).resolve().parent
SOURCE = HERE.parent.parent

# The tests from the inside out: what a layer is made of, the parts of a model, the pipeline, whole models
# and images; and last those that take longer than all the others together.
INNERMOST = "random:*,ops:*,nn:*,kernels:*"
PIPELINE = "pipeline:*"
WHOLE = ("summary:*,stable diffusion:*,image to image:*,refiner:*,inpaint:*,high resolution:*,parity:*,"
         "vae: text to image*,vae: image to image*")
SLOW = ("cli:*,inspect:*,single file:*,image: two thousand*,image: a file that is no*,kernels: conv2d agrees*,"
        "kernels: linear agrees*,pipeline: each step reports*")
STAGES = [[f"-tc={INNERMOST}", f"-tce={SLOW}"], [f"-tce={INNERMOST},{PIPELINE},{WHOLE},{SLOW}"],
          [f"-tc={PIPELINE}", f"-tce={SLOW}"], [f"-tc={WHOLE}"], [f"-tc={SLOW}"]]


class Mistake:
    """A patch file: a sentence, fields such as `seen: ADDRESS`, and the change itself."""

    def __init__(self, path):
        self.path = path
        self.name = path.stem
        head = path.read_text().split("--- a/")[0].strip().splitlines()
        self.sentence = head[0]
        fields = dict(line.split(": ", 1) for line in head[1:])
        self.options = shlex.split(fields.get("options", ""))
        self.seen = fields["seen"]


def run(command, folder, check=True):
    """Runs quietly; where it has to succeed and fails, its last lines are the message."""
    threads = {"OMP_WAIT_POLICY": "passive"}  # leaves idle cores to other programs
    # The copy may lie in a checkout's build folder: git must not find that checkout from there.
    environment = {**os.environ, **threads, "GIT_CEILING_DIRECTORIES": str(Path(folder).parent)}
    result = subprocess.run(command, cwd=folder, capture_output=True, text=True, env=environment)
    if check and result.returncode != 0:
        last_lines = "\n".join((result.stdout + result.stderr).splitlines()[-30:])
        sys.exit(f"{shlex.join(map(str, command))} failed in {folder}:\n{last_lines}")
    return result


def tracked_files():
    names = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], SOURCE)
    return [name for name in names.stdout.split("\0") if name and (SOURCE / name).is_file()]


def restore(scratch, names):
    """Makes the copy equal to the source again; a file that is equal keeps its age, so that no more
    is built again than was changed."""
    for name in names:
        original, copy = SOURCE / name, scratch / name
        if copy.is_file() and copy.read_bytes() == original.read_bytes():
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(original, copy)  # not its age: a restored file is newer than what was built


def take_out_others(scratch, names):
    """Files of an earlier state of the source, which the build would pick up."""
    kept = {scratch / name for name in names}
    for top in {Path(name).parts[0] for name in names}:
        for path in (scratch / top).rglob("*"):
            if path.is_file() and path not in kept:
                path.unlink()


def build(scratch, jobs):
    folder = scratch / "build/release"
    if not (folder / "build.ninja").is_file():
        launcher = ["-DCMAKE_CXX_COMPILER_LAUNCHER=ccache"] if shutil.which("ccache") else []
        run(["cmake", "--preset", "release", *launcher], scratch)
    run(["nice", "ninja", f"-j{jobs}", "sdxl", "glassbox_tests"], folder)


def first_failure(scratch):
    """The name of the first test that fails, from the layers to the whole models."""
    tests = scratch / "build/release/glassbox_tests"
    for stage in STAGES:
        result = run(["nice", tests, *stage, "--abort-after=1", "--no-colors=true"], scratch, False)
        if result.returncode == 0:
            continue
        for block in result.stdout.split("=" * 79 + "\n"):
            if "ERROR:" in block and "TEST CASE:" in block:
                return block.split("TEST CASE:")[1].splitlines()[0].strip()
        sys.exit(f"{tests} failed without naming a test:\n{result.stdout[-2000:]}{result.stderr}")
    return ""


def examine(mistake, scratch, probe, jobs):
    started = time.monotonic()
    run(["git", "apply", mistake.path], scratch)
    build(scratch, jobs)
    caught_by = first_failure(scratch)
    evidence = probe.examine(mistake.name, mistake.options)
    return {"caught_by": caught_by, **evidence, "seconds": time.monotonic() - started}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--list", action="store_true", help="name the mistakes and stop")
    parser.add_argument("--only", metavar="NAME", action="append", help="this one; the others as they were")
    parser.add_argument("--scratch", type=Path, default=SOURCE / "build/common_mistakes",
                        help="where the copy of the source is built (build/common_mistakes)")
    parser.add_argument("--jobs", type=int, default=1, help="compilers at a time (1)")
    parser.add_argument("--report", action="store_true", help="only write the table of what was found before")
    o = parser.parse_args()
    mistakes = [Mistake(path) for path in sorted(HERE.glob("*.patch"))]
    unknown = set(o.only or []) - {m.name for m in mistakes}
    if unknown:
        sys.exit(f"no mistake is named {', '.join(sorted(unknown))}; --list names them")
    if o.list:
        print("\n".join(f"{m.name:28}{m.sentence}" for m in mistakes))
        return
    scratch = o.scratch.resolve()
    if (scratch / ".git").exists():
        sys.exit(f"{scratch} is a checkout; expected a folder whose files may be overwritten")

    found_path = scratch / "build/found.json"
    found = json.loads(found_path.read_text()) if found_path.is_file() else {}
    probe = Probe(scratch, run)
    chosen = [] if o.report else [m for m in mistakes if not o.only or m.name in o.only]
    if chosen:
        names = tracked_files()
        take_out_others(scratch, names)
        restore(scratch, names)
        build(scratch, o.jobs)
        failing = first_failure(scratch)
        if failing:  # it would seem to catch every mistake
            sys.exit(f"without any mistake a test fails: {failing}")
        probe.prepare([m.options for m in chosen])
    for i, mistake in enumerate(chosen):
        print(f"[{i + 1}/{len(chosen)}] {mistake.name} ", end="", flush=True)
        found[mistake.name] = examine(mistake, scratch, probe, o.jobs)
        restore(scratch, names)
        found_path.write_text(json.dumps(found, indent=1))
        result = found[mistake.name]
        print(f"{result['seconds']:.0f} s: {result['caught_by'] or 'NO TEST FAILS'}", flush=True)

    missing = [m.name for m in mistakes if m.name not in found]
    if missing:
        print(f"the table is not written: it lacks {', '.join(missing)}")
    else:
        write_report(SOURCE, mistakes, found, probe)
    uncaught = [m.name for m in mistakes if m.name in found and not found[m.name]["caught_by"]]
    if uncaught:
        sys.exit(f"no test catches {', '.join(uncaught)}: a gap in the tests, to be closed by one more")


if __name__ == "__main__":
    main()
