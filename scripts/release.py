"""Make a release of the program: wheel, source, the list of its parts (CycloneDX) and checksums, in dist/VERSION/.

Run by `make release` as `python scripts/release.py CYCLONEDX-PY`. The version is that of setup.cfg, and CHANGELOG.md
must have a section for it; `--draft` makes one of whatever is committed. The same commit gives the same bytes: all
times are that of the commit.
"""

import argparse
import base64
import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Mapping, Sequence
from configparser import ConfigParser
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
NAME = "citypeers"
VENDOR = Path("kb/web/static/vendor")
NOT_SHIPPED = {"esbuild", "@scarf/scarf"}
"""Packages of package-lock.json of which nothing is in the assets: the bundler, and a script that runs nowhere here."""


class NotPossible(Exception):
    """Why there is no release, in one line."""


def version_of(root: Path) -> str:
    """The version in setup.cfg."""
    config = ConfigParser()
    config.read(root / "setup.cfg", encoding="utf-8")
    return config["metadata"]["version"]


def require_changes(changelog: str, version: str) -> None:
    """Raise NotPossible where the changelog has no section `## VERSION`, or nothing in it."""
    section = re.search(
        rf"^## {re.escape(version)}(?![\w.])[^\n]*\n(.*?)(?=^## |\Z)", changelog, re.MULTILINE | re.DOTALL
    )
    if section is None:
        raise NotPossible(f"CHANGELOG.md has no section “## {version}”: name the section of this release so")
    if not section[1].strip():
        raise NotPossible(f"the section “## {version}” of CHANGELOG.md is empty")


def vendored(lock: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The npm packages that the pages' assets are made from, as components of a CycloneDX list."""
    components = []
    for path, package in sorted(lock["packages"].items()):
        name = path.rpartition("node_modules/")[2]
        if not name or package.get("optional") or name in NOT_SHIPPED:
            continue
        purl = f"pkg:npm/{name.replace('@', '%40')}@{package['version']}"
        algorithm, _, digest = package["integrity"].partition("-")
        components.append(
            {
                "type": "library",
                "bom-ref": purl,
                "name": name,
                "version": package["version"],
                "licenses": [{"license": {"id": package["license"]}}],
                "purl": purl,
                "hashes": [
                    {"alg": algorithm.upper().replace("SHA", "SHA-"), "content": base64.b64decode(digest).hex()}
                ],
            }
        )
    return components


def with_vendored(bom: Mapping[str, Any], lock: Mapping[str, Any], version: str) -> dict[str, Any]:
    """The list of Python packages with the program itself, and with the npm packages beside them."""
    components = [*bom["components"], *vendored(lock)]
    root = f"pkg:pypi/{NAME}@{version}"
    metadata = {
        **bom["metadata"],
        "component": {
            "type": "application",
            "bom-ref": root,
            "name": NAME,
            "version": version,
            "purl": root,
            "licenses": [{"license": {"id": "MIT"}}],
        },
    }
    references = [component["bom-ref"] for component in components]
    dependencies = [{"ref": root, "dependsOn": sorted(references)}, *({"ref": ref} for ref in sorted(references))]
    return {**bom, "metadata": metadata, "components": components, "dependencies": dependencies}


def checksums(folder: Path) -> str:
    """A line for each file of a folder, as `sha256sum --check` reads them."""
    files = sorted(path for path in folder.iterdir() if path.is_file() and path.name != "SHA256SUMS")
    return "".join(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files)


def run(command: Sequence[str | Path], **options: Any) -> bytes:
    """What a program prints. Raises NotPossible with the last line of its complaint."""
    try:
        return subprocess.run(command, cwd=ROOT, check=True, capture_output=True, **options).stdout
    except OSError as problem:
        raise NotPossible(f"{command[0]} cannot be run: {problem}") from None
    except subprocess.CalledProcessError as problem:
        complaint = problem.stderr.decode(errors="replace").strip().splitlines() or ["it gave no reason"]
        raise NotPossible(f"{Path(command[0]).name} {command[1]} failed: {complaint[-1]}") from None


def make(folder: Path, version: str, cyclonedx: str) -> None:
    """Write the files of the release into an empty folder."""
    environment = {**os.environ, "SOURCE_DATE_EPOCH": run(["git", "log", "-1", "--format=%ct"]).decode().strip()}
    prefix = f"{NAME}-{version}"
    source = run(["git", "archive", "--format=tar.gz", f"--prefix={prefix}/", "HEAD"])
    (folder / f"{prefix}.tar.gz").write_bytes(source)
    with tempfile.TemporaryDirectory() as temporary:
        with tarfile.open(fileobj=io.BytesIO(source)) as archive:
            # Debian's Python 3.11.2 has no filters; what git wrote needs none.
            archive.extraction_filter = getattr(tarfile, "data_filter", None)
            archive.extractall(temporary)  # noqa: S202
        tree = Path(temporary) / prefix
        shutil.copytree(ROOT / VENDOR, tree / VENDOR)
        for path in (tree / VENDOR).iterdir():
            path.chmod(0o644)
        pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-deps", "--no-build-isolation"]
        run([*pip, "--wheel-dir", folder, tree], env=environment)
    listed = run([cyclonedx, "requirements", "--output-reproducible", "requirements.txt"], env=environment)
    bom = with_vendored(json.loads(listed), json.loads((ROOT / "package-lock.json").read_text("utf-8")), version)
    (folder / "sbom.cdx.json").write_text(json.dumps(bom, indent=1, sort_keys=True) + "\n", "utf-8")
    shutil.copyfile(ROOT / "requirements.txt", folder / "requirements.txt")
    (folder / "SHA256SUMS").write_text(checksums(folder), "utf-8")


def main() -> int:
    """Make it; 1 with one line where it cannot be made. A release that is there is never overwritten."""
    parser = argparse.ArgumentParser(description="Make a release of the program in dist/VERSION/.")
    parser.add_argument("cyclonedx", help="the program cyclonedx-py")
    parser.add_argument(
        "--draft", action="store_true", help="of whatever is committed, without looking at CHANGELOG.md"
    )
    asked = parser.parse_args()
    os.umask(0o022)
    try:
        version = version_of(ROOT)
        if not asked.draft:
            require_changes((ROOT / "CHANGELOG.md").read_text("utf-8"), version)
        if changed := run(["git", "status", "--porcelain", "--untracked-files=no"]).decode():
            raise NotPossible(f"commit first: {len(changed.splitlines())} files are changed")
        target = ROOT / "dist" / (f"{version}-draft" if asked.draft else version)
        if target.exists() and not asked.draft:
            raise NotPossible(f"{target.relative_to(ROOT)} is there already")
        with tempfile.TemporaryDirectory() as temporary:
            made = Path(temporary) / version
            made.mkdir()
            make(made, version, asked.cyclonedx)
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(made, target)
    except (NotPossible, OSError) as problem:
        print(f"release: {problem}", file=sys.stderr)
        return 1
    print((target / "SHA256SUMS").read_text("utf-8"), end="")
    print(f"release: {target.relative_to(ROOT)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
