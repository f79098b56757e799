"""A form: the API's schema, with what the person typed kept beside the errors."""

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError, fields

from marketplace.core.database import write_down
from marketplace.core.errors import Refusal
from marketplace.web.messages import sentence
from marketplace.web.schemas import codes_of


class Form:
    """Loads a submitted form through a schema. `errors` maps a field to sentences; `""` is the form's own.

    Empty inputs count as absent. A list field takes every value of its name; a check box is `true` when sent.
    """

    def __init__(
        self, schema: Schema, given: Any = None, start: Mapping[str, Any] | None = None
    ) -> None:
        self.schema = schema
        self.raw: dict[str, Any] = dict(start or {})
        self.errors: dict[str, list[str]] = {}
        self.labels: dict[str, str] = {}
        self.data: dict[str, Any] = {}
        self.is_submitted = given is not None and len(given) > 0
        if self.is_submitted:
            self._load(given)

    @property
    def is_valid(self) -> bool:
        return self.is_submitted and not self.errors

    def value(self, name: str) -> Any:
        """What stands in the input now."""
        return self.raw.get(name, "")

    def name(self, field: str, label: str) -> str:
        """Remember what the page calls a field, so that the error summary uses the same words."""
        self.labels[field] = label
        return label

    def refuse(self, refusal: Refusal) -> None:
        """Show a command's refusal on the form, after writing what it must remember."""
        write_down(refusal)
        per_field = getattr(refusal, "fields", {})
        for name, codes in per_field.items():
            self.errors.setdefault(name, []).extend(
                sentence(code, **refusal.facts) for code in codes
            )
        if not per_field:
            self.errors.setdefault("", []).append(sentence(refusal.code, **refusal.facts))

    def _load(self, given: Any) -> None:
        collected: dict[str, Any] = {}
        for name, field in self.schema.load_fields.items():
            collected.update(self._taken(given, name, field))
        self.raw.update(collected)
        try:
            self.data = dict(self.schema.load(collected))
        except ValidationError as wrong:
            for name, codes in codes_of(wrong.messages).items():
                key = name.split(".")[0]
                self.errors.setdefault(key, []).extend(sentence(code) for code in codes)

    @staticmethod
    def _taken(given: Any, name: str, field: Any) -> dict[str, Any]:
        if isinstance(field, fields.List):
            values = [value for value in given.getlist(name) if value.strip()]
            return {name: values} if values or name in given else {}
        if isinstance(field, fields.Boolean):
            return {name: given.get(name, "") not in {"", "0", "false", "off"}}
        value = given.get(name)
        if value is None or value.strip() == "":
            return {}
        if isinstance(field, fields.Integer) and value.strip().lstrip("-").isdigit():
            return {name: int(value)}
        return {name: value}
