"""The static page as one file: `verify.html` with its script inside, to save, to send, to serve, to open from a disk.

Classic scripts on purpose, and one file: browsers load no module from `file://` (its origin is opaque), and what a
patient keeps must open without a server.
"""

import base64
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

PAGE_FILE = "verify.html"
_FOLDER = Path(__file__).parent
_LINKED = re.compile(r'<script src="(verify\.js)"></script>')
_INLINE_SCRIPT = re.compile(r"<script>(.*?)</script>", re.S)
_INLINE_STYLE = re.compile(r"<style>(.*?)</style>", re.S)
_OWN_POLICY = re.compile(r'(<meta http-equiv="Content-Security-Policy" content=")[^"]*(">)')


@dataclass(frozen=True, slots=True)
class VerifyPage:
    """The page (UTF-8) and the content security policy under which exactly its own script and style run."""

    content: bytes
    policy: str


def verify_page() -> VerifyPage:
    """The page in one file. Raises OSError when the library was installed without it."""
    script = (_FOLDER / "verify.js").read_text(encoding="utf-8")
    html = (_FOLDER / PAGE_FILE).read_text(encoding="utf-8")
    html = _LINKED.sub(lambda _: f"<script>\n{script}</script>", html)
    scripts = " ".join(_hash(text) for text in _INLINE_SCRIPT.findall(html))
    styles = " ".join(_hash(text) for text in _INLINE_STYLE.findall(html))
    policy = f"default-src 'none'; script-src {scripts}; style-src {styles}; form-action 'none'; base-uri 'none'"
    html = _OWN_POLICY.sub(lambda found: found[1] + policy + found[2], html)
    return VerifyPage(html.encode(), policy)


def _hash(text: str) -> str:
    """A script or style as Content Security Policy level 2 names it."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
