"""The templates' environment: what pages share, such as the style sheet and how numbers look."""

from pathlib import Path

import jinja2
from markupsafe import Markup

from reports import look, wording

TEMPLATES = Path(__file__).resolve().parent / "templates"


def environment() -> jinja2.Environment:
    """Everything from data is escaped; only our own SVG and CSS are let through."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals["css"] = Markup((TEMPLATES / "report.css").read_text())
    environment.globals["marker_paths"] = look.PATHS
    environment.filters |= {
        "count": wording.count,
        "hash": wording.short_hash,
        "percent": wording.percent,
        "significant": wording.significant,
        "memory": wording.mebibytes,
        "seconds": wording.seconds,
        "breakable": break_at_underscores,
        "svg": Markup,
        "times": wording.times,
        "duration": wording.duration,
        "sentence": wording.sentence,
    }
    return environment


def break_at_underscores(name: str) -> Markup:
    """A name that may be broken behind an underscore, so that a table's head stays narrow."""
    return Markup("_<wbr>").join(name.split("_"))
