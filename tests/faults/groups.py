"""The faults, by group: each prints its rows."""
import os
import random
import resource
import signal
import subprocess
import threading
import time

from bench import OLD, SMALL
from kinds import ONE_STEP, kinds, texts

STAGES = ["open", "write", "fsync", "close", "rename"]


def points(count, most):
    """Up to `most` of the numbers 1 .. count: the first and last ones, and some between."""
    if count <= most:
        return list(range(1, count + 1))
    return sorted({1, 2, count - 1, count, *(1 + count * i // most for i in range(1, most - 2))})


def disk(bench):
    """The nth call for a file fails, or writes half, or the file may not grow further."""
    most = 3 if bench.short else 8
    for name, words, outputs in kinds(bench):
        good, _, counts = bench.good(words, outputs)
        for what, stages in [("ENOSPC", ["open", "write", "fsync", "close", "rename"]),
                             ("EIO", ["write", "fsync"]), ("short", ["write"])]:
            for stage in stages:
                results = [bench.run(words, outputs, fault=f"{stage}:{n}:{what}")
                           for n in points(counts[stage], most)]
                # Several files are written one by one: a fault of the second leaves the first.
                # The close of the early check of an output is not a write.
                allowed = {0} if what == "short" else {0, 1} if stage == "close" else {1}
                files_of_their_own = good[:1] if len(outputs) == 1 else ()
                bench.row(f"{what} at {stage} 1..{counts[stage]}", name, results,
                          files_of_their_own or good, allowed)
            if bench.short:
                break
        size = max(len(data) for data in good)
        results = [bench.run(words, outputs, limits=[(resource.RLIMIT_FSIZE, size * part // 4)])
                   for part in ([2] if bench.short else [1, 2, 3])]
        bench.row("ulimit -f of 1/4, 1/2, 3/4", name, results, good, {1})


def stdout(bench):
    """Text on a full disk, and on a pipe that nobody reads."""
    for name, words in texts(bench):
        with open("/dev/full", "wb") as full:
            started = time.time()
            result = bench.finish(bench.start(words, stdout=full), (), started)
        bench.row("stdout is /dev/full", name, [result], [], {1})
        read, write = os.pipe()
        os.close(read)
        result = bench.finish(bench.start(words, stdout=write), (), time.time())
        os.close(write)
        bench.row("stdout is a closed pipe", name, [result], [], {-signal.SIGPIPE, 0})


def kill(bench):
    """SIGKILL before and after each call for a file, and SIGINT and SIGTERM there."""
    most = 2 if bench.short else 6
    for name, words, outputs in kinds(bench):
        good, _, counts = bench.good(words, outputs)
        for what, allowed in [("kill", {-9}), ("kill-after", {-9}), ("int", {130}),
                              ("term", {143})]:
            results = [bench.run(words, outputs, fault=f"{stage}:{n}:{what}")
                       for stage in STAGES for n in points(counts[stage], most)]
            bench.row(f"{what} at every kind of call", name, results, good, allowed)


def signals(bench):
    """Signals at random times, also while the model is loaded. Before main begins, a signal has its
    default effect."""
    words, outputs = ["generate", *SMALL, "--output", "out.png", "--trace", "out.safetensors"], \
        ["out.png", "out.safetensors"]
    good, _, _ = bench.good(words, outputs)
    started = time.time()
    bench.run(words, outputs)
    length = time.time() - started
    for number, allowed in [(signal.SIGINT, {0, 130, -2}), (signal.SIGTERM, {0, 143, -15}),
                            (signal.SIGKILL, {0, -9})]:
        results = []
        for _ in range(6 if bench.short else 100):
            for name in outputs:
                (bench.folder / name).write_bytes(OLD)
            start = time.time()
            process = bench.start(words)
            time.sleep(random.uniform(0, 1.1 * length))
            process.send_signal(number)
            results.append(bench.finish(process, outputs, start))
        bench.row(f"{number.name} at a random time", "trace", results, good, allowed)


def large(words):
    return ["512" if word == "64" else word for word in words]


def memory(bench):
    """Limits of the address space, single allocations that fail, threads that do not start."""
    # So many pixels that the kernels start their threads.
    words, outputs = ["generate", *large(ONE_STEP), "--threads", "4", "--output", "out.png"], ["out.png"]
    good, _, counts = bench.good(words, outputs)
    # In much less the system cannot even start the program, and ends it by SIGSEGV.
    sizes = [int(16 * 1.11 ** i) for i in range(0, 42, 6 if bench.short else 1)]
    results = [bench.run(words, outputs, limits=[(resource.RLIMIT_AS, size << 20)])
               for size in sizes]
    fault = f"ulimit -v of {sizes[0]} MB to {sizes[-1]} MB"
    bench.row(fault, "png", results, good, {0, 1, 127})
    for backend in ["fast", "eigen"] if bench.short else ["fast", "eigen", "textbook"]:
        # Of one step: the textbook's loops are slow.
        own = ["generate", *ONE_STEP, "--backend", backend, "--threads", "4", "--output", "out.png"]
        own_good, _, counts = bench.good(own, outputs)
        # The loader and the standard library allocate first, and end the program by themselves.
        begin = 40
        chosen = [begin + n for n in points(counts["malloc"] - begin, 8 if bench.short else 60)]
        for plus in ["", "+"]:
            results = [bench.run(own, outputs, fault=f"malloc:{n}{plus}:x") for n in chosen]
            what = "all allocations from the nth fail" if plus else "the nth allocation fails"
            bench.row(what, backend, results, own_good, {0, 1})
    if os.geteuid() != 0:  # the superuser may start any number of threads, so be somebody else
        return bench.line("ulimit -u of 1, 2, 3", "png", "-", "-", "-", 0, "for the superuser alone")
    os.chmod(bench.folder, 0o777)
    results = [bench.run(words, outputs, user=65534, limits=[(resource.RLIMIT_NPROC, n)])
               for n in (1, 2, 3)]
    bench.row("ulimit -u of 1, 2, 3 (of 4 threads)", "png", results, good, {0})


def reading(bench):
    """Files that cannot be read, shrink or change while they are used."""
    words, outputs = ["generate", *SMALL, "--output", "out.png"], ["out.png"]
    good, length, counts = bench.good(words, outputs)
    most = 4 if bench.short else 40
    for what in ["EIO", "ENOMEM"]:
        results = [bench.run(words, outputs, fault=f"mmap:{n}:{what}")
                   for n in points(counts["mmap"], most)]
        bench.row(f"{what} at mapping 1..{counts['mmap']}", "png", results, good, {1})
    results = []
    for n in points(counts["mmap"], most):
        results.append(bench.run(words, outputs, fault=f"mmap:{n}:shrink"))
        bench.fresh_model()
    bench.row(f"shrinks in open, file 1..{counts['mmap']}", "png", results, good, {1})
    results = [bench.run(words, outputs, limits=[(resource.RLIMIT_NOFILE, n)])
               for n in range(4, 12)]
    bench.row("ulimit -n of 4 to 11", "png", results, good, {0, 1, 127})
    started = time.time()
    bench.run(words, outputs)
    length = time.time() - started
    weights = sorted(bench.folder.glob("model/*/*.safetensors"))
    for what, allowed in [("shortened to half", {0, 1}), ("emptied", {0, 1}), ("overwritten", {0, 1}),
                          ("replaced by a rename", {0})]:
        results = []
        for i in range(4 if bench.short else 40):
            file = weights[i % len(weights)]
            (bench.folder / "out.png").write_bytes(OLD)
            started = time.time()
            process = bench.start(words)
            time.sleep(random.uniform(0.2, 1.0) * length)
            change(file, what)
            result = bench.finish(process, outputs, started)
            # A file that was overwritten before it was opened is just another file.
            if what == "overwritten" and result.status == 0 and result.outputs != good:
                if bench.run(words, outputs).outputs == result.outputs:
                    result = result._replace(outputs=good)
            results.append(result)
            bench.fresh_model()
        bench.row(f"weights are {what}", "png", results, good, allowed)


def change(file, what):
    size = file.stat().st_size
    if what == "replaced by a rename":
        other = file.with_name("other")
        other.write_bytes(file.read_bytes())
        os.replace(other, file)
    elif what == "overwritten":
        with open(file, "r+b") as f:
            f.seek(size // 2)
            f.write(b"\1" * (size // 4))
    else:
        os.truncate(file, 0 if what == "emptied" else size // 2)


def places(bench):
    """Outputs at places that are no plain file."""
    def words(path):
        return ["generate", *ONE_STEP, "--output", path]
    (new,), _, _ = bench.good(words("out.png"), ["out.png"])
    folder = bench.folder
    for path in folder.iterdir():
        os.chmod(path, 0o755)
    (folder / "locked").mkdir(mode=0o555)
    (folder / "folder.png").mkdir()
    for name, path in [("a missing folder", "none/out.png"), ("a folder", "folder.png"),
                       ("a name of 300 bytes", "n" * 300 + ".png"), ("/dev/full", "/dev/full"),
                       ("a read-only file system", "/proc/out.png")]:
        result = bench.run(words(path))
        bench.row(f"the output is {name}", "png", [result], [], {1})
    user = 65534 if os.geteuid() == 0 else None
    result = bench.run(words("locked/out.png"), user=user)
    left = os.listdir(folder / "locked")
    bench.row("the output's folder is read-only", "png", [result._replace(stray=left)], [], {1})
    for name, path in [("a dangling link", "away.png"), ("a circle of links", "link.png")]:
        os.symlink(path, folder / "link.png")
        result = bench.run(words("link.png"))
        is_link, state = (folder / "link.png").is_symlink(), bench.state("away.png")
        wanted = (0, new) if path == "away.png" else (1, b"")
        is_good = is_link and (result.status, state) == wanted
        bench.line(f"the output is {name}", "png", str(result.status),
                   "new" if state == new else "none", "nothing", result.seconds, result.message,
                   "" if is_good else "the link or its target")
        (folder / "link.png").unlink()
        (folder / "away.png").unlink(missing_ok=True)
    os.mkfifo(folder / "pipe.png")
    got = []
    reader = threading.Thread(target=lambda: got.append((folder / "pipe.png").read_bytes()))
    reader.start()
    result = bench.run(words("pipe.png"))
    reader.join()
    bench.line("the output is a FIFO", "png", str(result.status),
               "new" if got == [new] else "other", "nothing", result.seconds, result.message,
               "" if got == [new] and result.status == 0 else "other bytes")


def runs(bench):
    """Many runs in one process: tests/sdxl/pipeline/growth_test.cpp measures its growth."""
    tests = bench.build / "glassbox_tests"
    if not tests.exists():
        bench.line("many runs in one process", "library", "-", "-", "-", 0, "no glassbox_tests there")
        return
    count = "100" if bench.short else "10000"
    started = time.time()
    done = subprocess.run([tests, "-tc=growth*", "-s"], cwd=bench.root, capture_output=True,
                          text=True, env=dict(os.environ, GLASSBOX_RUNS=count))
    said = [line for line in done.stdout.splitlines() if "MESSAGE: " in line] or [""]
    bench.line(f"{count} runs in one process", "library", str(done.returncode), "-", "-",
               time.time() - started, said[-1].partition("MESSAGE: ")[2],
               "" if done.returncode == 0 else "growth")


ALL = {f.__name__: f for f in (disk, stdout, kill, signals, memory, reading, places, runs)}
