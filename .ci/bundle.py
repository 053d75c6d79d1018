"""bundle.py linux|windows: all that an installation without internet needs, as one zip in dist/.

For Python 3.11 on 64-bit Intel and AMD machines, in the versions of constraints.txt.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from email.parser import Parser
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

ROOT = Path(__file__).parents[1]
PLATFORMS = {
    "linux": [*(f"manylinux_2_{glibc}_x86_64" for glibc in (28, 27, 26, 24, 17)), "manylinux2014_x86_64"],
    "windows": ["win_amd64"],
}
MARKERS = {
    "linux": {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix", "platform_machine": "x86_64"},
    "windows": {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt", "platform_machine": "AMD64"},
}


def pip(*words: str) -> None:
    """Run pip; what it prints is shown only where it fails."""
    done = subprocess.run([sys.executable, "-m", "pip", *words], cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stdout + done.stderr)


def requires(wheel: Path, system: str) -> list[Requirement]:
    """Give what a wheel needs on the system it is for: pip asks the markers of the system it runs on."""
    with zipfile.ZipFile(wheel) as archive:
        name = next(one for one in archive.namelist() if one.endswith(".dist-info/METADATA"))
        told = Parser().parsestr(archive.read(name).decode("utf-8"))
    environment = {**MARKERS[system], "python_version": "3.11", "python_full_version": "3.11.0", "extra": ""}
    found = [Requirement(line) for line in told.get_all("Requires-Dist", [])]
    return [one for one in found if one.marker is None or one.marker.evaluate(environment)]


def bundle(system: str) -> Path:
    """Make the zip."""
    version = (ROOT / "layout_planner" / "_version.py").read_text(encoding="utf-8").split('"')[-2]
    name = f"layout_planner-{version}-{system}"
    target = ROOT / "dist" / f"{name}.zip"
    with tempfile.TemporaryDirectory() as work:
        wheels = Path(work) / name / "wheels"
        wheels.mkdir(parents=True)
        pip("wheel", "--no-deps", "--wheel-dir", str(wheels), ".")
        platforms = [word for one in PLATFORMS[system] for word in ("--platform", one)]
        asked: set[str] = set()
        while True:
            have = {parse_wheel_filename(one.name)[0] for one in wheels.glob("*.whl")}
            needed = [one for wheel in sorted(wheels.glob("*.whl")) for one in requires(wheel, system)]
            lacking = {str(one).split(";")[0] for one in needed if canonicalize_name(one.name) not in have} - asked
            if not lacking:
                break
            asked |= lacking
            pip(
                "download", "--no-deps", "--dest", str(wheels), "--only-binary=:all:", "--implementation", "cp",
                "--python-version", "3.11", *platforms, "--constraint", "constraints.txt", *sorted(lacking),
            )  # fmt: skip
        shutil.copy(ROOT / ".ci" / "bundle.txt", Path(work) / name / "README.txt")
        target.parent.mkdir(exist_ok=True)
        part = shutil.make_archive(str(target.with_suffix(".part")), "zip", work, name)
        os.replace(part, target)
        print(f"{target.relative_to(ROOT)}: {target.stat().st_size / 1e6:.0f} MB, {len(have)} wheels")
    return target


if __name__ == "__main__":
    if sys.argv[1:] not in (["linux"], ["windows"]):
        sys.exit(__doc__)
    bundle(sys.argv[1])
