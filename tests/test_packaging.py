"""The wheel: holds what runs and what is shipped, leaves tests out, works outside the checkout."""

from __future__ import annotations

import email
import json
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("assistant", "corpus", "eval", "ingest")
SHIPPED = (
    "assistant/app/static/*",
    "corpus/catalog.toml",
    "corpus/documents/*",
    "corpus/cards/*.toml",
    "corpus/lexicon/*",
    "corpus/embedding/model/*",
    "eval/questions/*",
    "ingest/training/*.txt",
)
TIMEOUT = 100  # seconds for one call of a tool


def call(command: list[str | Path], cwd: Path, **variables: str) -> str:
    """Run ``command`` and return its standard output; the test fails with its error output."""
    environment = {**os.environ, "PYTHONUTF8": "1", **variables}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, timeout=TIMEOUT,
        capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy: building leaves files behind, and old ones would get into the wheel."""
    source = tmp_path_factory.mktemp("source")
    for name in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__", "runs"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE"):
        shutil.copy(ROOT / name, source)
    out = tmp_path_factory.mktemp("wheel")
    call([sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", out, "."], source)
    return next(out.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the wheel alone into a folder; its dependencies are this environment's."""
    target = tmp_path_factory.mktemp("installed")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    call([*pip, "--no-deps", "--no-index", "--target", target, wheel], target)
    return target


def test_wheel_leaves_tests_and_everything_unknown_out(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == set(PACKAGES)
    assert [name for name in names if "__pycache__" in name or Path(name).name.startswith("test_")] == []


@pytest.mark.parametrize("pattern", SHIPPED)
def test_wheel_holds_shipped_data(wheel: Path, pattern: str) -> None:
    expected = {path.relative_to(ROOT).as_posix() for path in ROOT.glob(pattern) if path.is_file()}
    assert expected, f"nothing to ship at {pattern}"
    assert expected - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_wheel_holds_every_module(wheel: Path) -> None:
    modules = {p.relative_to(ROOT).as_posix() for name in PACKAGES for p in (ROOT / name).rglob("*.py")}
    assert modules - set(zipfile.ZipFile(wheel).namelist()) == set()


def test_wheel_names_its_licences_and_runs_without_torch(wheel: Path) -> None:
    archive = zipfile.ZipFile(wheel)
    info = next(name.partition("/")[0] for name in archive.namelist() if ".dist-info/" in name)
    for name in ("LICENSE", "NOTICE"):
        assert archive.read(f"{info}/licenses/{name}") == (ROOT / name).read_bytes()
    fields = email.message_from_bytes(archive.read(f"{info}/METADATA"))
    assert fields["License-Expression"] == "Apache-2.0"
    assert [r for r in fields.get_all("Requires-Dist", []) if "torch" in r and "extra ==" not in r] == []


def test_wheel_works_outside_the_checkout(installed: Path, tmp_path: Path) -> None:
    """From a folder elsewhere: the command, the shipped library built, the main question answered."""
    elsewhere = {"PYTHONPATH": str(installed), "TROLY_DATA_DIR": str(tmp_path / "kho")}
    where = call([sys.executable, "-c", "import assistant; print(assistant.__file__)"], tmp_path, **elsewhere)
    assert Path(where.strip()).is_relative_to(installed), "the checkout was imported, not the wheel"

    troly = shutil.which("troly", path=str(installed / "bin")) or pytest.fail("the wheel installs no command")
    assert "ingest" in call([troly, "--help"], tmp_path, **elsewhere)
    call([troly, "ingest"], tmp_path, **elsewhere)
    question = "Ai chủ trì tuyên truyền cải cách hành chính?"
    answer = json.loads(call([troly, "ask", "--json", question], tmp_path, **elsewhere))
    assert "Trung tâm Dịch vụ tổng hợp" in answer["answer"].splitlines()[0]
