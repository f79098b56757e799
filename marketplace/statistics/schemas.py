"""Shapes of statistics."""

from datetime import UTC, date, datetime, timedelta

from marshmallow import ValidationError, fields

from marketplace.core.clock import start_of
from marketplace.web.schemas import In, Out, text


class Moment(fields.Field[datetime]):
    """A day (its end in Beijing) or an RFC 3339 instant with an offset."""

    def _deserialize(
        self, value: object, attr: str | None, data: object, **_kwargs: object
    ) -> datetime:
        given = str(value).strip()
        try:
            if len(given) == 10:
                day = date.fromisoformat(given)
                return start_of(day + timedelta(days=1)) - timedelta(microseconds=1)
            instant = datetime.fromisoformat(given.replace(" ", "+"))
        except (ValueError, OverflowError):
            raise ValidationError("field_invalid") from None
        if instant.tzinfo is None or not 2000 <= instant.year <= 2200:
            raise ValidationError("field_invalid")
        return instant.astimezone(UTC)


class AsOfIn(In):
    as_of = Moment()


class EntriesIn(In):
    as_of = Moment()
    sector = text(16, required=False, load_default="")
    kind = text(12, required=False, load_default="")
    month = text(20, required=False, load_default="")
    after = Moment()


class PartOut(Out):
    name = fields.String()
    trades = fields.Integer(allow_none=True)
    amount_fen = fields.Integer(allow_none=True)
    is_withheld = fields.Boolean()


class PathOut(Out):
    goal_fen = fields.Integer()
    goal_day = fields.Date()
    due_by_now_fen = fields.Integer()
    months_left = fields.Integer()
    needed_per_month_fen = fields.Integer(allow_none=True)


class DefinitionOut(Out):
    version = fields.Integer()
    from_day = fields.Date()
    zh = fields.String()
    en = fields.String()


class FiguresOut(Out):
    total = fields.Nested(PartOut)
    by_sector = fields.List(fields.Nested(PartOut))
    by_kind = fields.List(fields.Nested(PartOut))
    by_month = fields.List(fields.Nested(PartOut))
    path = fields.Nested(PathOut)


class PublicationOut(Out):
    """In a demo instance the figures count simulated trades; `real_fen` is the real sum."""

    mode = fields.String()
    is_demo = fields.Boolean()
    real_fen = fields.Integer()
    as_of = fields.AwareDateTime()
    definition = fields.Nested(DefinitionOut)
    figures = fields.Nested(FiguresOut)


class FigureEntryOut(Out):
    order_id = fields.UUID(attribute="settlement.order_id")
    sector = fields.String(attribute="settlement.sector")
    data_kind = fields.String(attribute="settlement.data_kind")
    amount_fen = fields.Integer(attribute="settlement.amount_fen")
    settled_at = fields.AwareDateTime(attribute="settlement.settled_at")
    simulated = fields.Boolean(attribute="settlement.simulated")
    entry_id = fields.UUID(attribute="settlement.entry_id", allow_none=True)
    log_entry_id = fields.UUID(attribute="settlement.log_entry_id")
    log_index = fields.Integer(allow_none=True)


class FigureStatementOut(Out):
    day = fields.Date()
    definition = fields.Integer()
    as_of = fields.AwareDateTime()
    digest = fields.String()
    figures = fields.Dict()
    log_entry_id = fields.UUID(allow_none=True)
