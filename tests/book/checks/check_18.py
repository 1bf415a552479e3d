import re
from pathlib import Path

PAGE = Path(__file__).parents[3] / "docs" / "common_mistakes.md"


def check_symptoms(answers, glass):
    rows = {}
    for line in PAGE.read_text().splitlines():
        if line.startswith("| ["):
            cells = line.split(" | ")
            rows[re.match(r"\| \[(\w+)\]", line)[1]] = float(cells[2]), float(cells[3])
    found = answers.symptoms(dict(rows))
    assert isinstance(found, dict) and set(found) == set(rows), f"expected one entry for each of {len(rows)} mistakes"
    for name, (image, latents) in rows.items():
        expected = "lost" if image > 20 else "equal" if image < 0.01 and latents < 1e-4 else "plausible"
        assert found[name] == expected, f"{name}, image {image}, latents {latents}: expected {expected}, got {found[name]}"


def check_time_ids(answers, glass):
    found = answers.time_ids((1, 2), (3, 4), (5, 6))
    assert found is not None and list(found) == [1, 2, 3, 4, 5, 6], f"time_ids((1, 2), (3, 4), (5, 6)) gives {found}"
