"""What is configurable and what can be typed is explained where it stands."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from assistant import cli
from assistant.settings import ROOT, Settings, settings_table
from index.model import DEFAULT_MODEL


def _commands(command: Any, path: str = "assistant") -> Iterator[tuple[str, Any]]:
    """Every command and group with its path as typed."""
    yield path, command
    for name, below in getattr(command, "commands", {}).items():
        yield from _commands(below, f"{path} {name}")


COMMANDS = dict(_commands(typer.main.get_command(cli.app)))


@pytest.mark.parametrize("name", list(Settings.model_fields))
def test_every_setting_is_described(name: str) -> None:
    assert Settings.model_fields[name].description


def test_every_setting_has_a_default(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in Settings.model_fields:
        monkeypatch.delenv(f"LOTSE_{name.upper()}", raising=False)
    assert set(Settings().model_dump()) == set(Settings.model_fields)


@pytest.mark.parametrize(("value", "longest"), [("17", 17), ("", 2000)])
def test_a_setting_is_read_from_the_environment_and_an_empty_one_means_the_default(
    monkeypatch: pytest.MonkeyPatch, value: str, longest: int
) -> None:
    monkeypatch.setenv("LOTSE_LONGEST_MESSAGE", value)
    assert Settings().longest_message == longest


def test_the_default_model_is_the_one_that_the_set_up_makes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOTSE_MODEL", raising=False)
    assert Settings().model == DEFAULT_MODEL


def test_without_a_secret_every_start_draws_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LOTSE_SECRET", raising=False)
    assert Settings().secret != Settings().secret


def test_the_commands_of_the_design_exist() -> None:
    """DESIGN.md, "The contract"; import comes with the importers."""
    wanted = {"check", "index", "ask", "serve", "evaluate", "benchmark", "benchmark retrieval", "report"}
    assert {f"assistant {name}" for name in wanted} <= set(COMMANDS)


@pytest.mark.parametrize("path", COMMANDS)
def test_every_command_has_a_help(path: str) -> None:
    assert COMMANDS[path].help


@pytest.mark.parametrize("path", COMMANDS)
def test_every_option_and_argument_has_a_help(path: str) -> None:
    own = [parameter for parameter in COMMANDS[path].params if not str(parameter.name).endswith("_completion")]
    assert [parameter.name for parameter in own if not parameter.help] == []


@pytest.mark.parametrize("package", ["index", "assistant"])
def test_every_module_begins_with_what_it_is_for(package: str) -> None:
    silent = [
        str(file.relative_to(ROOT))
        for file in sorted((ROOT / package).rglob("*.py"))
        if file.read_text().strip() and not ast.get_docstring(ast.parse(file.read_text()))
    ]
    assert silent == []


def test_the_table_of_settings_is_the_one_in_the_code() -> None:
    assert (ROOT / "deploy" / "SETTINGS.md").read_text(encoding="utf-8").rstrip().endswith(settings_table())
