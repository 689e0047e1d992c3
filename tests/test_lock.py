"""What is installed is what was tested: every package in one version, with hashes, from no named place."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from assistant.settings import ROOT
from deploy import audit

PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
LOCKS = {"all": ["build", "test", "postgres", "redis"], "serve": ["postgres", "redis"]}
OUTSIDE = {"torch", "lotse"}  # see the Makefile


def pinned(name: str) -> dict[str, str]:
    """The packages of a lock and their versions."""
    lines = (ROOT / "deploy" / f"{name}.lock").read_text().splitlines()
    found = [re.match(r"([A-Za-z0-9._-]+)(?:\[[^]]*\])?==([^ ;]+)", line) for line in lines]
    return {canonicalize_name(match[1]): match[2] for match in found if match}


def declared(extras: list[str]) -> list[Requirement]:
    lists = [PROJECT["dependencies"], *(PROJECT["optional-dependencies"][extra] for extra in extras)]
    return [Requirement(one) for part in lists for one in part]


@pytest.mark.parametrize("name", LOCKS)
def test_every_package_we_declare_is_locked_in_a_version_we_allow(name: str) -> None:
    versions = pinned(name)
    wanted = [one for one in declared(LOCKS[name]) if one.name not in OUTSIDE]
    missing = [str(one) for one in wanted if versions.get(canonicalize_name(one.name), "0") not in one.specifier]
    assert missing == [], "run: make lock"


@pytest.mark.parametrize("name", LOCKS)
def test_every_locked_package_has_a_hash_and_no_place_is_named(name: str) -> None:
    text = (ROOT / "deploy" / f"{name}.lock").read_text()
    entries = re.split(r"\n(?=[A-Za-z0-9])", re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).strip())
    assert [entry for entry in entries if "--hash=sha256:" not in entry] == []
    assert not re.search(r"https?:|index-url|find-links", text)


def test_what_serves_is_what_was_tested() -> None:
    tested = pinned("all")
    assert {name: version for name, version in pinned("serve").items() if tested.get(name) != version} == {}


def test_a_weakness_is_told_with_what_to_do() -> None:
    flaw = {"id": "PYSEC-2026-1", "fix_versions": ["2.0"]}
    found: list[dict[str, Any]] = [
        {"name": "a", "version": "1.0", "vulns": [flaw]},
        {"name": "b", "skip_reason": "not found"},
    ]
    weak, said = audit.told(found)
    assert (weak, said) == (
        True,
        ["a 1.0: PYSEC-2026-1. Update to 2.0.", "audit: 1 of 2 packages asked about, 1 weaknesses"],
    )


def test_a_database_that_cannot_be_reached_is_no_clean_bill() -> None:
    weak, said = audit.told([{"name": "a", "skip_reason": "not found"}])
    assert (weak, said[0].split(":")[0]) == (False, "audit skipped")
