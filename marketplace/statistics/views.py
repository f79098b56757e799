"""Statistics for people: the public page, its CSV, and the entries behind each figure."""

import csv
import io
from datetime import datetime
from urllib.parse import urlencode

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from marketplace.core.access import Permission, require
from marketplace.core.clock import BEIJING, day_of
from marketplace.core.money import yuan
from marketplace.statistics import queries
from marketplace.statistics.figures import Part
from marketplace.statistics.schemas import AsOfIn, EntriesIn
from marketplace.web.forms import Form
from marketplace.web.messages import label
from marketplace.web.session import current_actor

views = Blueprint("statistics", __name__, url_prefix="/statistics")


@views.get("/")
def public() -> ResponseReturnValue:
    """The figures against the goal, with definition and data time beside them."""
    form = Form(AsOfIn(), request.args)
    found = queries.published(form.data.get("as_of") if not form.errors else None)
    is_english = str(get_locale()) == "en"
    page = render_template(
        "statistics/public.html",
        form=form,
        found=found,
        definition=found.definition.en if is_english else found.definition.zh,
        statements=queries.statements(7),
        day=day_of(found.as_of),
        points=[(name, round(fen / 10**6, 2)) for name, fen in found.figures.cumulative],
        query=urlencode({"as_of": request.args["as_of"]}) if request.args.get("as_of") else "",
    )
    return page, 422 if form.errors else 200


@views.get("/figures.csv")
def public_csv() -> Response:
    """All public figures in one table, with definition and data time on top."""
    form = Form(AsOfIn(), request.args)
    found = queries.published(form.data.get("as_of") if not form.errors else None)
    text = io.StringIO()
    write = csv.writer(text, lineterminator="\r\n").writerow
    write([_("数据时间"), found.as_of.astimezone(BEIJING).isoformat(timespec="seconds")])
    write([_("口径版本"), found.definition.version])
    write([_("环境"), _("演示") if found.is_demo else _("正式")])
    write(
        [
            _("真实金额（元）"),
            yuan(found.real_fen) if found.is_demo else _amount(found.figures.total),
        ]
    )
    write([])
    write([_("维度"), _("项目"), _("笔数"), _("金额（元）")])
    for dimension, parts in _dimensions(found):
        for name, part in parts:
            write([dimension, name, "" if part.trades is None else part.trades, _amount(part)])
    answer = Response("\ufeff" + text.getvalue(), mimetype="text/csv; charset=utf-8")
    stamp = f"{found.as_of.astimezone(BEIJING):%Y%m%d-%H%M}"
    answer.headers["Content-Disposition"] = f'attachment; filename="quanshu-statistics-{stamp}.csv"'
    return answer


@views.get("/entries")
def entries() -> ResponseReturnValue:
    """The settlements behind one figure, for who may open figures."""
    actor = current_actor()
    require(actor, Permission.FIGURE_OPEN)
    form = Form(EntriesIn(), request.args)
    asked = form.data if form.is_valid else {}
    try:
        month = asked.get("month", "")
        queries.span(month or "2026-01")
    except ValueError:
        month = ""
    rows = queries.behind(
        actor,
        sector=asked.get("sector", ""),
        data_kind=asked.get("kind", ""),
        month=month,
        as_of=asked.get("as_of"),
        after=asked.get("after"),
        limit=101,
    )
    shown = rows[:100]
    return render_template(
        "statistics/entries.html",
        rows=shown,
        total=sum(one.settlement.amount_fen for one in shown),
        asked={**asked, "month": month},
        more=_more(shown[-1].settlement.settled_at) if len(rows) > 100 else "",
    )


def _more(after: datetime) -> str:
    given = request.args.to_dict() | {"after": after.isoformat()}
    return f"{url_for('statistics.entries')}?{urlencode(given)}"


def _dimensions(found: queries.Publication) -> list[tuple[str, list[tuple[str, Part]]]]:
    figures = found.figures
    return [
        (_("合计"), [(_("累计交易额"), figures.total)]),
        (_("行业"), [(label(f"sector.{one.name}"), one) for one in figures.by_sector]),
        (_("数据类别"), [(label(f"data_kind.{one.name}"), one) for one in figures.by_kind]),
        (_("月份"), [(one.name, one) for one in figures.by_month]),
    ]


def _amount(part: Part) -> str:
    return _("不公布") if part.amount_fen is None else yuan(part.amount_fen)
