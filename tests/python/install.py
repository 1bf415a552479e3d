"""install.py FOLDER: the source archive, from its files the wheel, and the wheel's files in FOLDER/site."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from scikit_build_core import build


def in_source_archive(archive):
    """Each file of an sdist below its one folder, with its bytes."""
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            yield Path(*Path(member.name).parts[1:]), tar.extractfile(member).read()


def in_wheel(archive):
    """Each file of a wheel, with its bytes."""
    with zipfile.ZipFile(archive) as wheel:
        for name in wheel.namelist():
            yield Path(name), wheel.read(name)


def unpack(files, folder):
    """Writes the files that differ and removes those the archive lacks: what is the same is not compiled again, and a
    process that imports from `folder` does not lose it."""
    held = set()
    for name, data in files:
        file = folder / name
        held.add(file)
        if not file.is_file() or file.read_bytes() != data:
            file.parent.mkdir(parents=True, exist_ok=True)
            written = file.with_name(file.name + ".part")
            written.write_bytes(data)
            written.replace(file)  # a library that a process has mapped stays whole
    for file in folder.rglob("*"):
        if file.is_file() and file not in held and file.parent.name != "__pycache__":
            file.unlink()


folder = Path(sys.argv[1])
sources, packed, site = folder / "sources", folder / "packed", folder / "site"
shutil.rmtree(packed, ignore_errors=True)
unpack(in_source_archive(packed / build.build_sdist(str(packed))), sources)
subprocess.run([sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", packed,
                "--config-settings", f"build-dir={folder / 'build'}", sources], check=True)  # fmt: skip
(wheel,) = packed.glob("*.whl")
unpack(in_wheel(wheel), site)
