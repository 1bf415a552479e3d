"""Runs every notebook, or those named, and keeps nothing: `python notebooks/execute.py [NAME...]`.

Fails when a cell does, when a notebook holds outputs, and when it is larger than 200 KB.
"""

import sys
from pathlib import Path

import nbformat
from nbclient import NotebookClient

folder = Path(__file__).resolve().parent
chosen = [folder / name for name in sys.argv[1:]] or sorted(folder.glob("*.ipynb"))
for path in chosen:
    notebook = nbformat.read(path, as_version=4)
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    if any(cell.outputs or cell.execution_count for cell in code):
        sys.exit(f"{path.name}: holds outputs; clear them before it is committed")
    if path.stat().st_size > 200_000:
        sys.exit(f"{path.name}: {path.stat().st_size} bytes; expected at most 200 000")
    NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(folder)}}).execute()
    print(f"{path.name}: {len(code)} cells run")
