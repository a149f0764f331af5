"""Finds the built style sheets and scripts by the names that templates call them."""

import json
import logging
from pathlib import Path

from flask import Flask, url_for

log = logging.getLogger("throughcare.web")


def bind(app: Flask) -> None:
    """Let templates write `asset("styles.css")`. Pages work without assets, only less well."""
    manifest = Path(app.static_folder or "") / "dist" / "manifest.json"
    try:
        names = json.loads(manifest.read_text())
    except FileNotFoundError:
        names = {}
        log.warning(
            "Style sheets and scripts are not built yet: run.py builds them. Pages look plain until then."
        )

    def asset(name: str) -> str | None:
        return url_for("static", filename=f"dist/{names[name]}") if name in names else None

    app.jinja_env.globals["asset"] = asset
