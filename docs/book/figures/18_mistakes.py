"""The figure of chapter 18."""

import re
from pathlib import Path

import matplotlib.pyplot as plt

PAGE = Path(__file__).parents[2] / "common_mistakes.md"


def sizes(glass, ink):
    rows = {}
    for line in PAGE.read_text().splitlines():
        if line.startswith("| ["):
            cells = line.split(" | ")
            rows[re.match(r"\| \[(\w+)\]", line)[1]] = float(cells[3])
    rows = dict(sorted(rows.items(), key=lambda row: row[1]))
    figure, axis = plt.subplots(figsize=(7.5, 5.6))
    axis.barh(range(len(rows)), [max(value, 1e-9) for value in rows.values()], color=ink.time)
    axis.set_xscale("log")
    axis.set_xlim(1e-7, 30)
    axis.set_yticks(range(len(rows)), rows, fontsize=8)
    axis.set_xlabel("relative change of the latents")
    return figure
