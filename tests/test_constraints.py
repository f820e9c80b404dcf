"""constraints.txt: two installs a month apart are the same, on any system, and bring nothing of CUDA."""

from __future__ import annotations

import importlib.metadata
import re
import tomllib
from collections.abc import Iterable

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.conftest import ROOT

PINS = {
    canonicalize_name(name): version
    for name, _, version in (
        line.partition("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    )
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
RUNTIME = [Requirement(line) for line in PROJECT["dependencies"]]
EXTRAS = [Requirement(line) for group in PROJECT["optional-dependencies"].values() for line in group]
SYSTEMS = {
    "linux": {
        "sys_platform": "linux",
        "platform_system": "Linux",
        "os_name": "posix",
        "platform_machine": "x86_64",
    },
    "windows": {
        "sys_platform": "win32",
        "platform_system": "Windows",
        "os_name": "nt",
        "platform_machine": "AMD64",
    },
    "mac": {
        "sys_platform": "darwin",
        "platform_system": "Darwin",
        "os_name": "posix",
        "platform_machine": "arm64",
    },
}
PYTHONS = ("3.11", "3.12", "3.13")


def environment(system: str, python: str) -> dict[str, str]:
    """Return the marker environment (PEP 508) of another system."""
    base = {key: str(value) for key, value in default_environment().items()}
    return base | SYSTEMS[system] | {"python_version": python, "python_full_version": f"{python}.5"}


def closure(requirements: Iterable[Requirement], env: dict[str, str]) -> dict[str, str]:
    """Return every package that ``requirements`` lead to in ``env``, with what asked for it first.

    Read from the installed packages' metadata; a package not installed here has no followers.
    """
    found: dict[str, str] = {}
    done: set[tuple[str, frozenset[str]]] = set()
    todo = [(requirement, "pyproject.toml") for requirement in requirements]
    while todo:
        requirement, asker = todo.pop()
        name = canonicalize_name(requirement.name)
        key = (name, frozenset(requirement.extras))
        found.setdefault(name, asker)
        if key in done:
            continue
        done.add(key)
        try:
            metadata = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        for follower in map(Requirement, metadata.requires or []):
            extras = {"", *requirement.extras}
            if follower.marker is None or any(follower.marker.evaluate({**env, "extra": e}) for e in extras):
                todo.append((follower, name))
    return found


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("python", PYTHONS)
def test_everything_that_an_install_brings_is_pinned(system: str, python: str) -> None:
    found = closure(RUNTIME + EXTRAS, environment(system, python))
    assert {name: asker for name, asker in found.items() if name not in PINS} == {}


def test_no_pin_is_left_over() -> None:
    needed = {n for s in SYSTEMS for p in PYTHONS for n in closure(RUNTIME + EXTRAS, environment(s, p))}
    assert set(PINS) - needed == set()


def test_lines_are_plain_pins_without_hashes_or_local_version_tags() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line)] == []


def test_nothing_of_cuda_is_pinned_and_torch_is_the_agreed_release() -> None:
    assert [name for name in PINS if re.match("nvidia|cuda|triton|pytorch-triton", name)] == []
    assert PINS["torch"] == "2.13.0"


def test_pins_lie_within_the_ranges_of_pyproject() -> None:
    outside = [str(r) for r in RUNTIME + EXTRAS if not r.specifier.contains(PINS[canonicalize_name(r.name)])]
    assert outside == []


def test_installed_versions_are_the_pinned_ones() -> None:
    here = {key: str(value) for key, value in default_environment().items()}
    other = {
        name: installed
        for name in closure(RUNTIME + EXTRAS, here)
        if (installed := importlib.metadata.version(name)) and Version(installed).public != PINS[name]
    }
    assert other == {}, "run `make install-dev`"


def test_a_plain_install_brings_no_torch() -> None:
    heavy = {"torch", "transformers", "sentence-transformers"}
    found = {n for s in SYSTEMS for p in PYTHONS for n in closure(RUNTIME, environment(s, p))}
    assert found & heavy == set()
