"""What stands in `deploy/` fits the code: settings, routes, figures and files it names exist, and its linters pass."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest
import yaml
from prometheus_client import REGISTRY

from assistant import metrics
from assistant.api import create_app
from assistant.settings import ROOT, Settings
from deploy import check

DEPLOY = ROOT / "deploy"
FILES = sorted(path for path in DEPLOY.iterdir() if path.is_file() and path.suffix != ".pyc")
README = (DEPLOY / "README.md").read_text()


def test_what_can_be_linted_here_passes() -> None:
    failed = [(name, said) for name, passed, said in check.checks() if not passed and not said.endswith("is missing.")]
    assert failed == []


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_setting_named_in_a_file_exists(file: Path) -> None:
    named = set(re.findall(r"LOTSE_([A-Z_]+[A-Z])", file.read_text()))
    known = {name.upper() for name in Settings.model_fields}
    assert named - known == set()


def test_every_figure_to_alert_on_exists() -> None:
    named = set(re.findall(r"lotse_[a-z_]+", README))
    known = {sample for metric in REGISTRY.collect() for sample in (metric.name, f"{metric.name}_total")}
    known |= {f"{metric.name}_bucket" for metric in REGISTRY.collect()}
    assert metrics.ANSWERS
    assert named - known == set()


def test_every_route_named_exists() -> None:
    named = set(re.findall(r"GET (/[a-z/]+)", README))
    assert named
    assert named - {getattr(route, "path", "") for route in create_app(Settings(secret="geheim")).routes} == set()


def test_every_problem_of_health_has_something_to_do() -> None:
    code = (ROOT / "assistant" / "reload.py").read_text()
    problems = set(re.findall(r'_note\("([a-z]+)"', code)) | {"clock"}
    assert {name for name in problems - {"reload"} if f"problem `{name}`" not in README} == set()


def test_the_container_has_a_read_only_file_system_no_rights_and_no_way_in_from_outside() -> None:
    lotse = yaml.safe_load((DEPLOY / "compose.yaml").read_text())["services"]["lotse"]
    assert (lotse["read_only"], lotse["cap_drop"]) == (True, ["ALL"])
    assert all(port.startswith("127.0.0.1:") for port in lotse["ports"])
    assert [volume for volume in lotse["volumes"] if not volume.endswith(":ro")] == ["var:/app/var"]


def test_nginx_neither_logs_addresses_nor_believes_what_a_visitor_says_of_theirs() -> None:
    snippet = (DEPLOY / "nginx.conf").read_text()
    format = re.search(r"log_format lotse '([^']*)'", snippet)
    assert format is not None
    assert not re.search(r"remote_addr|forwarded|request_uri|\$uri|args|referer|user_agent|\$request ", format[1])
    assert re.findall(r"access_log ([^;]*);", snippet) == ["off", "/var/log/nginx/lotse.log lotse"]
    assert re.findall(r"X-Forwarded-For ([^;]*);", snippet) == ["$remote_addr"]


def test_the_image_holds_no_questions_and_nothing_of_var() -> None:
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    assert ignored[0] == "*"
    assert "content/questions" in ignored
    assert not {"!var", "!.venv", "!.git"} & set(ignored)


def test_tools_of_the_system_are_named_when_they_are_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda _: None)
    said = {name: text for name, passed, text in check.checks() if not passed}
    assert said["lotse.service"] == "systemd-analyze is missing."
    assert said["compose.yaml"] == "docker-compose is missing."
