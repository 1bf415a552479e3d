"""Builds the book, and checks its links: build.py BUILD_FOLDER OUT. A warning is an error; a claim that does not hold, too.

BUILD_FOLDER has the program and python/site. For scripts/book and tests/guards/book.sh.
"""

import os
import sys
from pathlib import Path

import links
from sphinx.cmd.build import build_main

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def main():
    folder, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    os.environ["BOOK_PROGRAM"] = str(folder / "sdxl")
    os.environ["BOOK_SITE"] = str(folder / "python" / "site")
    os.environ.setdefault("BOOK_PAGE", str(ROOT / "build" / "web" / "site"))
    site = out / "site"
    options = ["-W", "--keep-going", "-q", "-b", "html", "-c", str(HERE), "-d", str(out / "doctrees")]
    status = build_main([*options, *sys.argv[3:], str(ROOT), str(site)])
    if status:
        return status
    problems, counted = links.check(site)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"The book's pages have {counted} links; each has a target, and none leads a page to another host.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
