import os
import re
import subprocess
from pathlib import Path

PICTURES = ((3000, 4000), (1000, 1000), (400, 1700), (2160, 1080), (3001, 2000))


def program():
    return os.environ.get("SDXL_PROGRAM", Path(__file__).parents[3] / "build" / "release" / "sdxl")


def buckets_of(*options):
    return subprocess.run([program(), "buckets", *map(str, options)], stdout=subprocess.PIPE, check=True, text=True).stdout


def check_bucket(answers, glass):
    buckets = [tuple(map(int, line.split()[:2])) for line in buckets_of().splitlines()[1:]]
    for height, width in PICTURES:
        text = buckets_of("--height", height, "--width", width)
        expected = tuple(map(int, re.search(r"bucket +(\d+) x (\d+)", text).groups()))
        found = answers.bucket(height, width, list(buckets))
        assert found is not None and tuple(found) == expected, f"{height} x {width}: expected {expected}, got {found}"


def check_crop_range(answers, glass):
    for height, width in PICTURES:
        text = buckets_of("--height", height, "--width", width)
        target = tuple(map(int, re.search(r"bucket +(\d+) x (\d+)", text).groups()))
        scaled = tuple(map(int, re.search(r"scaled +(\d+) x (\d+)", text).groups()))
        top, left = map(int, re.search(r"cut off +(\d+) rows and (\d+)", text).groups())
        size, most_top, most_left = answers.crop_range(height, width, target)
        assert (tuple(size), most_top, most_left) == (scaled, top, left), \
            f"{height} x {width} for {target}: expected {scaled}, {top} and {left}, got {size}, {most_top} and {most_left}"


def check_time_ids(answers, glass):
    found = answers.time_ids(3000, 4000, 0, 17, (896, 1152))
    assert found is not None and list(found) == [3000, 4000, 0, 17, 896, 1152], f"got {found}; the original size first, then the cut, then the bucket"
