"""Every dependency may be used, and passed on, with a work under the EUPL."""

import json
import re
from importlib import metadata
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# SPDX identifiers. Permissive, or copyleft that stays within its own files or library.
ALLOWED = {
    "0BSD", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0", "CC0", "CC0-1.0", "EUPL-1.2", "HPND",
    "ISC", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later", "MIT", "MIT-0", "MIT-CMU", "MPL-2.0",
    "PSF-2.0", "Python-2.0", "Unlicense", "Zlib",
}  # fmt: skip

# What packages without an SPDX expression say of themselves.
OLD_WORDS = (
    (r"\bmit\b", "MIT"),
    (r"apache.*2\.0|apache software|^apache 2", "Apache-2.0"),
    (r"lgpl ?v?3|lesser general public license v3", "LGPL-3.0-or-later"),
    (r"lgpl ?v?2|lesser general public license v2|library or lesser", "LGPL-2.1-or-later"),
    (r"\bbsd\b", "BSD-3-Clause"),
    (r"mpl.*2\.0|mozilla public license 2", "MPL-2.0"),
    (r"python software foundation|\bpsf\b", "PSF-2.0"),
    (r"\bisc\b", "ISC"),
    (r"unlicense", "Unlicense"),
    (r"cc0", "CC0-1.0"),
    (r"\bzlib\b", "Zlib"),
)

# Their own words are unclear; a person has read their licence, and says why it is well.
READ = {
    "bpmn-js": "MIT, if the bpmn.io mark stays visible on every diagram; a browser test sees to that",
    "cli-table": "MIT, in its README",
    "quickjs-ng": "MIT, in its LICENSE",
    "text-unidecode": "Artistic or GPL, of which we choose Artistic; for the browser tests only",
}


def licence(name: str) -> str:
    """What an installed Python package says of itself, as an SPDX expression."""
    about = metadata.metadata(name)
    if expression := about.get("License-Expression"):
        return str(expression)
    told = [
        one.rpartition(" :: ")[2] for one in about.get_all("Classifier") or [] if one.startswith("License ::")
    ]
    text = " ".join(told) or (about.get("License") or "")[:200]
    return next((spdx for words, spdx in OLD_WORDS if re.search(words, text.lower())), text or "unknown")


def may_be_used(expression: str) -> bool:
    """Whether an SPDX expression leaves us a choice that is allowed."""
    plain = re.sub(r"[()]| WITH [\w.-]+", "", expression)
    return any(
        all(part.strip() in ALLOWED for part in choice.split(" AND ")) for choice in plain.split(" OR ")
    )


def locked_for_python() -> list[str]:
    lines = (ROOT / "tests/requirements.lock").read_text()
    return re.findall(r"^([a-z0-9.-]+)==", lines, re.MULTILINE)


@pytest.mark.parametrize("name", locked_for_python())
def test_python_packages_may_be_used(name):
    try:
        told = licence(name)
    except metadata.PackageNotFoundError:
        pytest.skip("for other machines than this")
    assert name in READ or may_be_used(told), f"{name}: {told}"


def locked_for_the_browser() -> dict[str, str]:
    packages = json.loads((ROOT / "web/frontend/package-lock.json").read_text())["packages"]
    return {
        path.rpartition("node_modules/")[2]: package.get("license", "unknown")
        for path, package in packages.items()
        if path
    }


@pytest.mark.parametrize(("name", "told"), locked_for_the_browser().items())
def test_browser_packages_may_be_used(name, told):
    assert name in READ or may_be_used(told), f"{name}: {told}"
