#!/usr/bin/env python3
"""Runs the debugger sessions of docs/debugging/README.md and of the book, and compares what they print with the page.

    sessions.py gdb PROGRAM        the blocks with (gdb)
    sessions.py lldb-19 PROGRAM    those with (lldb)

A line of the page must be printed, in the order of the page. In it `...` stands for anything, and white space for any. The number
of a source line may differ; an integer must be equal, another number within 2 %, or 0.01. Needs no package.
"""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "docs/debugging/README.md", *sorted((ROOT / "docs/book").glob("*.md"))]
NUMBER = r"[-+]?\d+(?:\.\d+)?(?:e[-+]?\d+)?"


def sessions(page, prompt):
    """Lists of a session's lines. A block that starts no debugger continues the last session."""
    found = []
    for language, block in re.findall(r"^```(\S*).*?\n(.*?)^```$", page.read_text(), re.S | re.M):
        lines = [] if language else block.splitlines()
        if not any(line.startswith(prompt) for line in lines):
            continue
        if not found or any(line.startswith("$ ") for line in lines):
            found.append([])
        found[-1] += lines
    return found


def moved(command, made):
    """Its files in the folder `made`, and no image in the project."""
    command = re.sub(r"\b[\w.]+\.(safetensors|png)\b", lambda name: str(made / name[0]), command)
    is_drawing = re.match(r"(run|\S*sdxl) generate", command) and "--output" not in command
    return command + " --output %s" % (made / "image.png") if is_drawing else command


def printed(debugger, program, commands):
    if debugger.startswith("gdb"):
        call, option = [debugger, "-nx", "-batch", "-x", "docs/debugging/glassbox.gdb"], "-ex"
    else:
        call, option = [debugger, "--no-lldbinit", "-b", "-s", "docs/debugging/glassbox.lldb"], "-o"
    for command in commands:
        call += [option, command]
    environment = {**os.environ, "ASAN_OPTIONS": "detect_leaks=0"}
    done = subprocess.run([*call, program], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.stdout.decode(errors="replace")


def pattern(line):
    """Of a line of the page: numbers are groups."""
    parts = re.split(r"(\.\.\.|(?<![\w.])%s(?![\w.])|(?<=:)\d+|\s+)" % NUMBER, line)
    result = ""
    for part in parts:
        if part == "...":
            result += ".*"
        elif part.isspace():
            result += r"\s+"
        elif re.fullmatch(NUMBER, part):
            result += "(%s)" % NUMBER
        else:
            result += re.escape(part)
    return re.compile(result + ".*" * line.endswith("...")), [part for part in parts if re.fullmatch(NUMBER, part)]


def agrees(line, other):
    expression, numbers = pattern(line)
    match = expression.search(other)
    if not match:
        return False
    for number, found in zip(numbers, match.groups()):
        is_source_line = re.search(r":%s\b" % re.escape(number), line) or re.match(r"%s\s{4}" % number, line)
        is_exact = re.fullmatch(r"[-+]?\d+", number) and re.fullmatch(r"[-+]?\d+", found)
        tolerance = 0 if is_exact else max(0.02 * abs(float(number)), 0.01)
        if not is_source_line and abs(float(number) - float(found)) > tolerance:
            return False
    return True


def check(debugger, program, page, lines, prompt, made):
    commands = [moved(line[len(prompt) :], made) for line in lines if line.startswith(prompt)]
    for line in lines:
        if line.startswith("$ build/"):
            command = moved(line[2:], made).replace("build/debug/sdxl", str(program))
            subprocess.run("OMP_WAIT_POLICY=passive " + command + " --quiet", shell=True, cwd=ROOT, check=True)
    said = printed(debugger, program, commands)
    rest = iter(said.replace(str(made) + "/", "").splitlines())
    for line in lines:
        if line.startswith(("$ ", prompt)) or not line.strip():
            continue
        if not any(agrees(line, other) for other in rest):
            sys.exit("%s\n%s: the session above does not print this line of %s, or not in this place:\n%s" % (said, debugger, page.name, line))
    failed = re.findall(r"(?m)^(?:No symbol .*|Undefined command.*|.* is not defined.*|tensor-\w+: .*)$", said)
    if failed:
        sys.exit("%s\n%s: a command of %s fails: %s" % (said, debugger, page.name, failed[0]))
    return len(commands)


def main():
    debugger, program = sys.argv[1], Path(sys.argv[2]).resolve()
    prompt = "(gdb) " if debugger.startswith("gdb") else "(lldb) "
    found = [(page, lines) for page in PAGES for lines in sessions(page, prompt)]
    if not found:
        sys.exit("no session in %s: this guard checks nothing" % PAGES[0])
    with tempfile.TemporaryDirectory() as made:
        counts = [check(debugger, program, page, lines, prompt, Path(made)) for page, lines in found]
    print("%s: %d sessions of %d commands print what docs/debugging/README.md and docs/book show." % (debugger, len(found), sum(counts)))


if __name__ == "__main__":
    main()
