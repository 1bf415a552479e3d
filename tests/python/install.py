"""install.py FOLDER: the source archive, from its files the wheel, and the wheel's files in FOLDER/site."""

import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

from scikit_build_core import build


def unpack(archive, folder):
    """Writes the files that differ, so that the others are not compiled again, and removes what the archive lacks."""
    held = set()
    with tarfile.open(archive) as tar:
        for member in tar.getmembers():
            file = folder / Path(*Path(member.name).parts[1:])
            data = tar.extractfile(member).read()
            held.add(file)
            if not file.is_file() or file.read_bytes() != data:
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(data)
    for file in folder.rglob("*"):
        if file.is_file() and file not in held:
            file.unlink()


folder = Path(sys.argv[1])
sources, packed, site = folder / "sources", folder / "packed", folder / "site"
shutil.rmtree(packed, ignore_errors=True)
unpack(packed / build.build_sdist(str(packed)), sources)
subprocess.run([sys.executable, "-m", "pip", "wheel", "--no-index", "--no-deps", "--no-build-isolation", "--wheel-dir", packed,
                "--config-settings", f"build-dir={folder / 'build'}", sources], check=True)  # fmt: skip
shutil.rmtree(site, ignore_errors=True)
(wheel,) = packed.glob("*.whl")
zipfile.ZipFile(wheel).extractall(site)
