"""Make this folder again from the npm packages named in manifest.json.

Run `python layout_planner/page/vendor/fetch.py` where npm is at hand. Every file is checked against its SHA-256; with
`--accept` new digests are written into the manifest instead (for an upgrade: look at the difference first).
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def main(accept: bool) -> int:
    """Fetch each package once, take the files the manifest names, check them; 0 when all agree."""
    manifest = json.loads((HERE / "manifest.json").read_text(encoding="utf-8"))
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for package in manifest["packages"]:
            archive = pack(f"{package['name']}@{package['version']}", folder)
            for entry in package["files"]:
                if entry["source"] is None:  # the archive has no licence file; ours is the text its header names
                    continue
                member = archive.extractfile(f"package/{entry['source']}")
                assert member is not None, entry["source"]
                content = member.read()
                digest = hashlib.sha256(content).hexdigest()
                if accept:
                    entry["sha256"] = digest
                elif digest != entry["sha256"]:
                    print(f"{entry['file']}: SHA-256 is {digest}, the manifest says {entry['sha256']}")
                    wrong += 1
                    continue
                target = HERE / entry["file"]
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
    if accept:
        text = json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"
        (HERE / "manifest.json").write_text(text, encoding="utf-8")
    return 1 if wrong else 0


def pack(what: str, folder: str) -> tarfile.TarFile:
    """Download one package's archive with npm."""
    done = subprocess.run(
        ["npm", "pack", "--silent", "--pack-destination", folder, what], check=True, capture_output=True, text=True
    )
    return tarfile.open(Path(folder) / done.stdout.strip().splitlines()[-1])


if __name__ == "__main__":
    sys.exit(main("--accept" in sys.argv[1:]))
