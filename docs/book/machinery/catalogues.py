"""The catalogues of docs/book/locale: compiles them, reports what is stale, and brings them up to date with the English pages.

    scripts/book --translate            # all that exist
    scripts/book --translate 03-noise   # begins one, too

The English book must have been built: its claims are not run again.
"""

import os
import sys
import tempfile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[2]
SOURCES = HERE.parent / "locale"
HEADER = """# {}
msgid ""
msgstr ""
"Language: {}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def read(path, language=None):
    with path.open("rb") as file:
        return read_po(file, locale=language)


def compile_into(folder):
    """The .mo files of all catalogues, beside copies of the .po files; written where they differ. -> the folder"""
    for path in SOURCES.rglob("*.po"):
        target = folder / path.relative_to(SOURCES)
        if target.exists() and target.read_bytes() == path.read_bytes():
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.with_suffix(".mo").open("wb") as file:
            write_mo(file, read(path))
        target.write_bytes(path.read_bytes())
    return folder


def stale(language):
    """The fuzzy messages: their English has changed since they were translated."""
    for path in sorted((SOURCES / language).rglob("*.po")):
        for message in read(path):
            if message.id and message.fuzzy:
                yield f"{path.relative_to(ROOT)}:{message.lineno}: stale: {message.id[:80]!r}"


def report(language, untranslated):
    chapters = sorted(path.stem for path in HERE.parent.glob("*.md"))
    pages = SOURCES / language / "LC_MESSAGES" / "docs" / "book"
    english = [name for name in chapters if not (pages / f"{name}.po").exists()]
    lines = [*stale(language), *untranslated.splitlines()]
    print(f"{language}: {len(chapters) - len(english)} of {len(chapters)} chapters are translated, {len(lines)} messages in them "
          "are stale or not translated." + (f" English still: {', '.join(english)}." if english else ""))
    for line in lines:
        print(line)


def update(templates, names):
    """Brings catalogues up to date. What has changed is marked as fuzzy, and the old English is kept beside it."""
    for language in sorted(path.name for path in SOURCES.iterdir() if path.is_dir()):
        folder = SOURCES / language / "LC_MESSAGES"
        for path in sorted({*folder.glob("docs/**/*.po"), *(folder / "docs" / "book" / f"{name}.po" for name in names)}):
            template = templates / path.relative_to(folder).with_suffix(".pot")
            if not template.exists():
                sys.exit(f"{path.relative_to(ROOT)}: there is no such page")
            fresh = read(template)
            catalogue = read(path, language) if path.exists() else Catalog(language, fuzzy=False)
            catalogue.update(fresh)
            for message in catalogue:
                message.auto_comments, message.locations = [], []
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("wb") as file:
                file.write(HEADER.format(path.stem, language).encode())
                write_po(file, catalogue, width=110, omit_header=True, include_previous=True, ignore_obsolete=True)
            print(path.relative_to(ROOT))


def main():
    os.environ.update(BOOK_REPLIES=str(Path(sys.argv[1]).resolve() / "replies"), BOOK_REPLAY="1")
    from sphinx.cmd.build import build_main

    with tempfile.TemporaryDirectory() as folder:
        status = build_main(["-q", "-b", "gettext", "-c", str(HERE), str(ROOT), folder])
        return status or update(Path(folder), sys.argv[2:])


if __name__ == "__main__":
    sys.exit(main())
