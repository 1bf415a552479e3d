"""Checks the exercises of the book.

    exercises.py try NN     your answers, docs/book/exercises/book_NN.py
    exercises.py all        all solutions (solutions/book_NN.py) pass, and no empty form does

A chapter's checks are the functions check_NAME(answers, glass) of checks/check_NN.py. A check that does not hold raises
AssertionError with a hint; an answer that is not written yet raises NotImplementedError.
"""

import importlib.util
import inspect
import sys
import traceback
from pathlib import Path

HERE = Path(__file__).resolve().parent
FORMS = HERE.parents[1] / "docs" / "book" / "exercises"


def load(path):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def checks_of(chapter):
    """{name of an exercise: its check}, in the order of the file"""
    module = load(HERE / "checks" / f"check_{chapter}.py")
    functions = [(name, f) for name, f in vars(module).items() if name.startswith("check_") and inspect.isfunction(f)]
    return {name.removeprefix("check_"): f for name, f in functions}


def verdict(check, answers, glass):
    """-> "" for a right answer, or what is wrong with it"""
    try:
        check(answers, glass)
    except NotImplementedError:
        return "not written yet"
    except AssertionError as error:
        return str(error) or "this is not the answer"
    except Exception:
        return "ends with an error:\n" + traceback.format_exc(limit=-2)
    return ""


def try_answers(chapter, glass):
    form = FORMS / f"book_{chapter}.py"
    answers, wrong = load(form), 0
    for number, (name, check) in enumerate(checks_of(chapter).items(), 1):
        found = verdict(check, answers, glass)
        wrong += bool(found)
        print(f"{int(chapter)}.{number} {name}: {found or 'right'}")
    if wrong:
        print(f"Your answers are in {form.relative_to(HERE.parents[1])}.")
    return 1 if wrong else 0


class Unanswered:
    """A form in which every exercise does the same: nothing, or a wrong thing."""

    def __init__(self, function):
        self.function = function

    def __getattr__(self, name):
        return self.function


def not_written(*_, **__):
    raise NotImplementedError


EMPTY = {"the empty form": Unanswered(not_written), "a form that returns None": Unanswered(lambda *_, **__: None),
         "a form that returns 0": Unanswered(lambda *_, **__: 0)}


def try_all(glass):
    problems, count = [], 0
    for path in sorted((HERE / "checks").glob("check_*.py")):
        chapter = path.stem.removeprefix("check_")
        solved = load(HERE / "solutions" / f"book_{chapter}.py")
        for name, check in checks_of(chapter).items():
            count += 1
            found = verdict(check, solved, glass)
            if found:
                problems.append(f"book.{chapter} {name}: the solution does not pass: {found}")
            problems += [f"book.{chapter} {name}: {what} passes" for what, form in EMPTY.items() if not verdict(check, form, glass)]
    print("\n".join(problems) or f"{count} exercises: the solutions pass, the empty forms do not.")
    return 1 if problems or not count else 0


def main():
    import glassbox

    if len(sys.argv) == 3 and sys.argv[1] == "try":
        if not (FORMS / f"book_{sys.argv[2]}.py").exists():
            known = ", ".join(path.stem.removeprefix("book_") for path in sorted(FORMS.glob("book_*.py")))
            sys.exit(f"book.{sys.argv[2]}: no such exercises; there are those of the chapters {known}")
        return try_answers(sys.argv[2], glassbox.open())
    if sys.argv[1:] == ["all"]:
        return try_all(glassbox.open())
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main())
