"""The widget other sites embed: its newest file, and an address per version that never changes.

The version is read off the file's content, so that a changed file cannot keep an old address; the hash is what a site
may write into `integrity` (Subresource Integrity).
"""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Widget:
    """The file with its version and its hash."""

    script: str
    version: str
    integrity: str


def read_widget(file: Path) -> Widget:
    """The widget as it is now."""
    content = file.read_bytes()
    digest = hashlib.sha384(content).digest()
    integrity = f"sha384-{base64.b64encode(digest).decode()}"
    return Widget(content.decode(), digest.hex()[:12], integrity)
