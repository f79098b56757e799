"""Contract templates for people: read before anything is asked for."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from marketplace.licensing import document
from marketplace.licensing.templates import template

views = Blueprint("licensing", __name__, url_prefix="/contract-templates")


@views.get("/<string:name>/<string:version>")
def show(name: str, version: str) -> ResponseReturnValue:
    """The text, with what each blank means."""
    found = template(name, version)
    language = "en" if request.script_root.endswith("/en") else "zh"
    labels = {one.name: f"［{one.label[language]}］" for one in found.fields}
    return render_template(
        "licensing/template.html",
        template=found,
        language=language,
        blocks=document.blocks(document.with_blanks(found, labels, language)),
    )
