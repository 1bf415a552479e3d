"""The lines of Python in README and in docs/python.md run as they stand there."""

import re
from pathlib import Path

import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[2]


def block(document, kind="python"):
    """The first block of a kind, of README behind its heading."""
    text = (ROOT / document).read_text().split("## In Python")[-1]
    return re.search(f"```{kind}\n(.*?)```", text, re.DOTALL)[1]


@pytest.mark.parametrize("document", ["README.md", "docs/python.md"])
def test_the_first_lines(document, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    code = block(document)
    assert len(code.splitlines()) <= 10
    exec(compile(code, document, "exec"), {})
    if document == "README.md":
        assert all(Image.open(name).size == (128, 128) for name in ("star.png", "swapped.png"))
        assert "modules agree" in capsys.readouterr().out
    else:
        printed = capsys.readouterr().out.splitlines()[-1]
        assert re.sub(r"\d\.\d+", "n", printed) == re.sub(r"\d\.\d+", "n", block(document, "text").replace("\n", " ").strip())
