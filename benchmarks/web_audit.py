# ruff: noqa: T201 -- a command that prints its findings
"""Audits the served pages with tools from npm (`make web-audit`) and writes the figures into `benchmarks/web.json`.

Lighthouse, pa11y, html-validate and the Nu checker; how long an answer takes on a slow phone with a slow line; what
goes over the line; and what a virtual screen reader says when an answer comes. How busy the machine was is written
beside it: Lighthouse and the answer's time mean something on a quiet one only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import sync_playwright

from assistant.api import create_app
from assistant.settings import ROOT, Settings

TOOLS = ROOT / "var" / "web-audit"
PACKAGES = ("lighthouse@12", "pa11y", "html-validate", "vnu-jar", "@guidepup/virtual-screen-reader", "esbuild")
CHROMIUM = "/usr/bin/chromium"
TRIES = 3  # Lighthouse misses the start of a page now and then; an answer's time is the middle one of so many
RESULT = ROOT / "benchmarks" / "web.json"
PORT = 8765
URL = f"http://127.0.0.1:{PORT}"
QUESTION = "Ich suche eine Ausbildung in Nidda"
PAGES = ("/", "/angebote", "/angebote/abendschule", "/stellen/jobcenter-wetterau", "/barrierefreiheit", "/?sprache=ar")
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 200_000, "uploadThroughput": 93_750}  # 1.6 Mbit/s down
HTML_RULES = {
    "root": True,
    "extends": ["html-validate:recommended", "html-validate:a11y"],
    # Written by hand: the doctype in lower case, and ends of void elements as HTML has them.
    "rules": {
        "doctype-style": "off",
        # Several offers on one sheet are several fields of one name.
        "form-dup-name": "off",
        "long-title": "off",
        "no-trailing-whitespace": "off",
    },
}


def main() -> int:
    """Serve, audit, write; 1 when a tool found something."""
    _install()
    busy = round(os.getloadavg()[0], 2)
    server = uvicorn.Server(uvicorn.Config(create_app(Settings()), port=PORT, log_level="error"))
    threading.Thread(target=server.run, daemon=True).start()
    while not server.started:
        time.sleep(0.1)
    with tempfile.TemporaryDirectory() as folder:
        files = _saved(Path(folder))
        found = {"html-validate": _html_validate(files), "vnu": _vnu(files), "pa11y": _pa11y()}
    answers = sorted(round(_slow_answer()) for _ in range(TRIES))
    figures = {
        "day": time.strftime("%Y-%m-%d"),
        "busy_before": busy,
        "answer_ms_on_a_slow_phone": {"median": answers[TRIES // 2], "all": answers},
        "kilobytes_with_headers": {path: _weight(path) for path in ("/", "/angebote")},
        "lighthouse_mobile": {path: _lighthouse(path) for path in ("/", "/angebote")},
        "findings": {tool: len(problems) for tool, problems in found.items()},
        "virtual_screen_reader": _spoken(),
    }
    told = json.dumps(figures, ensure_ascii=False, indent=1)
    RESULT.write_text(told + "\n", encoding="utf-8")
    print(told)
    for tool, problems in found.items():
        print(f"{tool}: {len(problems)}", *problems[:20], sep="\n  ")
    return int(any(found.values()))


def _install() -> None:
    TOOLS.mkdir(parents=True, exist_ok=True)
    if not all((TOOLS / "node_modules" / package.removesuffix("@12")).exists() for package in PACKAGES):
        environment = {**os.environ, "PUPPETEER_SKIP_DOWNLOAD": "1"}
        subprocess.run(["npm", "i", "--ignore-scripts", "--silent", *PACKAGES], cwd=TOOLS, env=environment, check=True)


def _saved(folder: Path) -> list[Path]:
    """Every page as a file, an answer and an error with them."""
    files = []
    asked = (("answer", {"message": QUESTION}), ("empty", {"message": ""}), ("emergency", {"message": "suizid"}))
    for path in PAGES:
        files.append(folder / f"{path.strip('/').replace('/', '-').replace('?', '-') or 'start'}.html")
        files[-1].write_bytes(_read(path))
    for name, form in asked:
        files.append(folder / f"{name}.html")
        files[-1].write_bytes(_read("/", form))
    files.append(folder / "merkzettel.html")
    files[-1].write_bytes(_read("/merkzettel", {"offer": "abendschule"}))
    return files


def _read(path: str, form: dict[str, str] | None = None) -> bytes:
    data = urllib.parse.urlencode(form).encode() if form is not None else None
    try:
        with urllib.request.urlopen(URL + path, data) as response:
            return bytes(response.read())
    except urllib.error.HTTPError as error:
        return bytes(error.read())


def _run(*command: str) -> tuple[str, str]:
    """What a tool prints; through a file, since some end before a pipe is read to its end."""
    out, err = TOOLS / "out.txt", TOOLS / "err.txt"
    with out.open("w") as printed, err.open("w") as complained:
        subprocess.run(command, cwd=TOOLS, stdout=printed, stderr=complained, check=False)
    return out.read_text(), err.read_text()


def _html_validate(files: list[Path]) -> list[str]:
    (TOOLS / ".htmlvalidate.json").write_text(json.dumps(HTML_RULES))
    told, _ = _run(
        "node_modules/.bin/html-validate", "--formatter", "json", "--config", ".htmlvalidate.json", *map(str, files)
    )
    return [
        f"{Path(page['filePath']).name}:{found['line']} {found['ruleId']}: {found['message']}"
        for page in json.loads(told or "[]")
        for found in page["messages"]
    ]


def _vnu(files: list[Path]) -> list[str]:
    if not shutil.which("java"):
        return ["java is missing"]
    jar = "node_modules/vnu-jar/build/dist/vnu.jar"
    return _run("java", "-jar", jar, "--errors-only", *map(str, files))[1].splitlines()


def _pa11y() -> list[str]:
    launch = {"executablePath": CHROMIUM, "args": ["--no-sandbox"]}
    (TOOLS / "pa11y.json").write_text(
        json.dumps({"chromeLaunchConfig": launch, "standard": "WCAG2AA", "runners": ["htmlcs", "axe"]})
    )
    found = []
    for path in PAGES:
        told, _ = _run("node_modules/.bin/pa11y", "--config", "pa11y.json", "--reporter", "json", URL + path)
        found += [f"{path} {issue['code']}: {issue['context'][:120]}" for issue in json.loads(told or "[]")]
    return found


def _lighthouse(path: str) -> dict[str, Any]:
    result = TOOLS / "lighthouse.json"
    environment = {**os.environ, "CHROME_PATH": CHROMIUM}
    flags = "--chrome-flags=--headless=new --no-sandbox --disable-gpu"
    command = ["node_modules/.bin/lighthouse", URL + path, "--quiet", "--output=json", f"--output-path={result}", flags]
    for _ in range(TRIES):
        subprocess.run(command, cwd=TOOLS, env=environment, capture_output=True, check=False)
        told: dict[str, Any] = json.loads(result.read_text())
        if "runtimeError" not in told:
            break
    else:
        return {"not measured": f"{told['runtimeError']['code']}. Run it again when the machine is quiet."}
    scores = {name: round(100 * (category["score"] or 0)) for name, category in told["categories"].items()}
    timings = ("largest-contentful-paint", "cumulative-layout-shift", "total-blocking-time", "total-byte-weight")
    measured = {name: told["audits"][name]["displayValue"] for name in timings}
    return {**scores, **measured, "missed": [name for name, audit in told["audits"].items() if audit["score"] == 0]}


def _weight(path: str) -> dict[str, float]:
    """How many requests the first view of a page makes and what goes over the line, headers with it."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page()
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        received: list[float] = []
        session.on("Network.loadingFinished", lambda told: received.append(told["encodedDataLength"]))
        page.goto(URL + path)
        page.wait_for_load_state("networkidle")
        browser.close()
    return {"requests": len(received), "kilobytes": round(sum(received) / 1024, 1)}


def _spoken() -> list[str]:
    """What a virtual screen reader says from the moment a question is sent, and over the next three steps."""
    (TOOLS / "reader.mjs").write_text(
        "import {virtual} from '@guidepup/virtual-screen-reader'; window.reader = virtual;"
    )
    bundle = ("--bundle", "--format=iife", "--define:global=window", "--outfile=reader.js")
    _run("node_modules/.bin/esbuild", "reader.mjs", *bundle)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_context(bypass_csp=True).new_page()
        page.goto(URL)
        page.add_script_tag(path=str(TOOLS / "reader.js"))
        page.evaluate("reader.start({container: document.body})")
        page.fill("#message", QUESTION)
        page.evaluate("reader.clearSpokenPhraseLog()")
        page.press("#message", "Enter")
        page.wait_for_selector("#antwort")
        page.wait_for_timeout(500)
        for _ in range(3):
            page.evaluate("reader.next()")
        spoken: list[str] = page.evaluate("reader.spokenPhraseLog()")
        browser.close()
    return spoken


def _slow_answer() -> float:
    """Milliseconds from sending a question to seeing its answer, 4× slower, 150 ms and 1.6 Mbit/s away."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 360, "height": 640})
        page.goto(URL)
        page.fill("#message", QUESTION)
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.send("Network.emulateNetworkConditions", SLOW)
        session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        took = page.evaluate(
            """() => new Promise(done => {
              const start = performance.now();
              new MutationObserver(() => requestAnimationFrame(() => done(performance.now() - start)))
                .observe(document.querySelector(".turns"), {childList: true});
              document.querySelector("#frage").requestSubmit();
            })"""
        )
        browser.close()
    return float(took)


if __name__ == "__main__":
    sys.exit(main())
