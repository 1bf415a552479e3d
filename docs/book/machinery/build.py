"""Builds the book in each language, and checks its links: build.py BUILD_FOLDER OUT. A warning is an error; a claim that does
not hold, too.

BUILD_FOLDER has the program and python/site. For scripts/book and tests/guards/book.sh. English is built first, and its claims
run; the other languages show what they printed, and the build lists what they lack.
"""

import os
import sys
from pathlib import Path

import catalogues
import links
from language import FOLDERS
from sphinx.cmd.build import build_main

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]


def build(language, out, options):
    os.environ["BOOK_LOCALE"] = str(catalogues.compile_into(out / "locale"))
    os.environ["BOOK_REPLIES"] = str(out / "replies")
    os.environ.pop("BOOK_REPLAY", None)
    if language != "en":
        os.environ["BOOK_REPLAY"] = "1"
    return build_main(["-W", "--keep-going", "-q", "-b", "html", "-c", str(HERE), "-d", str(out / "doctrees" / language), "-D",
                       f"language={language}", *options, str(ROOT), str(out / "site" / FOLDERS[language])])


def main():
    folder, out = Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()
    os.environ["BOOK_PROGRAM"] = str(folder / "sdxl")
    os.environ["BOOK_SITE"] = str(folder / "python" / "site")
    os.environ.setdefault("BOOK_PAGE", str(ROOT / "build" / "web" / "site"))
    site = out / "site"
    for language in FOLDERS:
        status = build(language, out, sys.argv[3:])
        if status:
            return status
        if language != "en":
            catalogues.report(language, (site / FOLDERS[language] / ".untranslated").read_text())
    problems, counted = links.check(site)
    for problem in problems:
        print(problem)
    if not problems:
        print(f"The book's pages have {counted} links; each has a target, and none leads a page to another host.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
