"""The figures of chapter 20. The times of the ladder are those of docs/performance.md."""

import re
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np

PAGE = Path(__file__).resolve().parents[2] / "performance.md"


def rungs():
    """{kernel: [(rung, times as fast as the textbook)]}, and PyTorch's as the rung "PyTorch" """
    table = PAGE.read_text().split("\n## The ladder\n")[1].split("\n## ")[0]
    found, first = {}, {}
    for kernel, rung, time, unit, ratio in re.findall(r"^\| ([^|]+) \| ([^|]+) \| ([\d.]+) (m?s) \| [\d. ]*\| ([\d.]+) \|$", table, re.M):
        seconds = float(time) * (1e-3 if unit == "ms" else 1)
        if rung == "textbook":
            first[kernel], found[kernel] = seconds, []
            found[kernel].append(("PyTorch", float(ratio)))
        else:
            found[kernel].append((rung, first[kernel] / seconds))
    return found


def ladder(glass, ink):
    colours = {"eigen": ink.words, "fast, no Winograd": ink.time, "fast": ink.picture}
    figure, axis = plt.subplots(figsize=(7.6, 3.8))
    place, ticks, names = 0.0, [], []
    for kernel, bars in reversed(rungs().items()):
        start = place
        for rung, times in reversed(bars[1:]):
            axis.barh(place, times, 0.8, color=colours[rung])
            axis.text(max(times, bars[0][1]) * 1.06, place, f"{rung}: {times:.0f}", va="center", fontsize=8.5)
            place += 1
        axis.plot([bars[0][1]] * 2, [start - 0.5, place - 0.5], color=ink.text, lw=1.6)
        ticks.append((start + place - 1) / 2)
        names.append(kernel)
        place += 0.8
    axis.set_xscale("log")
    axis.set_xlim(1, 4000)
    axis.set_yticks(ticks, names)
    axis.set_xlabel("times as fast as the textbook")
    axis.plot([], [], color=ink.text, lw=1.6, label="PyTorch")
    axis.legend(loc="lower right")
    return figure


def block(glass, ink):
    figure, axis = plt.subplots(figsize=(7.4, 3.6))
    for i in range(12):
        axis.add_patch(plt.Rectangle((0, -i), 0.8, -0.9, fill=False, ec=ink.words))
        for j in range(2):
            axis.add_patch(plt.Rectangle((2 + 5.2 * j, -i), 5, -0.9, fill=False, ec=ink.picture))
    for j in range(2):
        axis.add_patch(plt.Rectangle((2 + 5.2 * j, 1.5), 5, 0.9, fill=False, ec=ink.time))
        for k in np.linspace(2 + 5.2 * j, 7 + 5.2 * j, 17)[1:-1]:
            axis.plot([k, k], [1.5, 2.4], color=ink.time, lw=0.5)
    axis.text(7.1, 2.9, "two vectors of B, from its panel", ha="center", color=ink.time, fontsize=9.5)
    axis.text(-0.4, -5.5, "twelve\nnumbers\nof A", ha="right", va="center", color=ink.words, fontsize=9.5)
    axis.text(12.7, -5.5, "24 sums of C,\nin registers", ha="left", va="center", color=ink.picture, fontsize=9.5)
    axis.set_xlim(-3.2, 16.5)
    axis.set_ylim(-11.3, 3.8)
    axis.axis("off")
    return figure
