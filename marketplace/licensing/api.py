"""Contract templates for programs: public, by name and version."""

from typing import Any

from flask_smorest import Blueprint
from marshmallow import fields

from marketplace.licensing.templates import Template, template
from marketplace.web.schemas import Out

bp = Blueprint(
    "licensing_api", __name__, url_prefix="/api/v1/contract-templates", description="合同模板"
)


class TermsFieldOut(Out):
    name = fields.String()
    kind = fields.String()
    clause = fields.Integer()
    is_risk = fields.Boolean()
    is_agreed = fields.Boolean()
    label = fields.Dict()
    help = fields.Dict()


class TemplateOut(Out):
    name = fields.String()
    version = fields.String()
    digest = fields.String()
    title = fields.Dict()
    fields_ = fields.List(fields.Nested(TermsFieldOut), attribute="fields", data_key="fields")
    texts = fields.Dict()
    policy = fields.Dict()


@bp.get("/<string:name>/<string:version>")
@bp.response(200, TemplateOut)
def read_template(name: str, version: str) -> Template | Any:
    """The typed terms, both texts and the policy's skeleton of one version, with its digest."""
    return template(name, version)
