"""What a replay found, as text, as a DataFrame and in a notebook."""

from __future__ import annotations

from dataclasses import dataclass
from html import escape


@dataclass
class Row:
    """One module: its largest difference over all calls."""

    path: str
    kind: str  # its class
    relative: float
    max_absolute: float
    problem: str = ""

    def is_beyond(self, limit: float) -> bool:
        return bool(self.problem) or not self.relative <= limit

    def is_worse_than(self, other: Row) -> bool:
        return (bool(self.problem), self.relative) > (bool(other.problem), other.relative)


@dataclass
class Finding:
    """A module whose own forward differs: where, and as what."""

    path: str
    kind: str  # "other weights", "wrong constant", "wrong arithmetic", "lower precision", "not comparable"
    text: str

    def __str__(self):
        return f"{self.path}: {self.kind}: {self.text}"


class Report:
    """The rows are in the order in which the modules ended; `worst` has the largest difference first."""

    def __init__(self, rows, findings, limit, root, stopped=""):
        self.rows, self.findings, self.limit = rows, findings, limit
        self.stopped = stopped  # why torch's own run ended early, or ""
        beyond = [row for row in rows if row.is_beyond(limit)]
        largest = max((row.relative for row in rows), default=0.0)
        is_spread = 2 * len(beyond) >= len(rows) > 4 and largest <= 5e-3
        if is_spread and not any(row.problem for row in rows) and all(f.kind != "other weights" for f in findings):
            self.findings = [Finding(root, "lower precision", f"{len(beyond)} of {len(rows)} modules differ by at most "
                                     f"rel {largest:.3g}: the reference rounded to half precision or TF32")]

    @property
    def agrees(self) -> bool:
        return not self.findings and not self.stopped

    @property
    def first(self) -> Finding | None:
        return self.findings[0] if self.findings else None

    @property
    def worst(self) -> list[Row]:
        return sorted(self.rows, key=lambda row: (bool(row.problem), row.relative), reverse=True)

    @property
    def verdict(self) -> str:
        """One line: all agree, or the first divergence."""
        if self.findings:
            return f"first divergence at {self.findings[0]} (limit {self.limit:g})"
        if self.stopped:
            return f"torch's run stopped: {self.stopped}"
        return f"all {len(self.rows)} modules agree: rounding (limit {self.limit:g})"

    def table(self, most: int = 20) -> str:
        """The worst rows as text."""
        rows = self.worst[:most]
        width = max([len(row.path) for row in rows], default=4)
        lines = [f"{'module':{width}}  {'relative':>9}  {'max |d|':>9}  class"]
        for row in rows:
            mark = "  <" if row.is_beyond(self.limit) else ""
            lines.append(f"{row.path:{width}}  {row.relative:9.2e}  {row.max_absolute:9.2e}  {row.kind}{mark}")
        if len(self.rows) > most:
            lines.append(f"... and {len(self.rows) - most} more")
        return "\n".join(lines)

    def __repr__(self):
        return "\n".join([self.verdict, *(str(finding) for finding in self.findings[1:]), "", self.table()])

    def to_dataframe(self):
        """All rows as a DataFrame of pandas."""
        import pandas

        names = ("path", "kind", "relative", "max_absolute", "problem")
        return pandas.DataFrame([{name: getattr(row, name) for name in names} for row in self.rows])

    def _repr_html_(self):
        marked = " style='color:#dc3c3c;font-weight:bold'"  # to be read on white and on black
        cells = "".join(
            f"<tr{marked if row.is_beyond(self.limit) else ''}><td style='text-align:left'>"
            f"{escape(row.path)}</td><td>{row.relative:.2e}</td><td>{row.max_absolute:.2e}</td>"
            f"<td style='text-align:left'>{escape(row.kind)}</td><td style='text-align:left'>{escape(row.problem)}</td></tr>"
            for row in self.worst[:50])
        head = "<tr><th>module</th><th>relative</th><th>max |d|</th><th>class</th><th></th></tr>"
        return f"<p><b>{escape(self.verdict)}</b></p><table>{head}{cells}</table>"
