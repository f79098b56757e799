# ruff: noqa: E501 - invented rows read better on one line
"""36,000 invented Chinese products in the search of an embedded instance, and a server over them.

The server is one gunicorn process with two applications: ours, and under `/bare` the least that
Flask and SQLAlchemy need to answer with one row of the same table.
"""

import json
import os
import random
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from uuid import UUID

from flask import Flask, jsonify
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import MetaData, Table, insert, select, text
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from bench.instance import found
from marketplace.accounts.models import ApiToken, Membership, Organisation, Person
from marketplace.accounts.queries import digest
from marketplace.application import create_app
from marketplace.catalogue.models import Product, SearchEntry
from marketplace.catalogue.search import STATE, price_band
from marketplace.catalogue.words import SECTOR_WORDS, index_tokens
from marketplace.config import read_settings
from marketplace.core.clock import now
from marketplace.core.database import db, transaction
from marketplace.core.ids import new_id
from marketplace.core.models import NumberSeries
from marketplace.datasets.models import Dataset

ENTRIES = 36_000
TOKEN = "qs_" + "b" * 43
PLACES = [
    "济南",
    "青岛",
    "烟台",
    "潍坊",
    "历下区",
    "市中区",
    "槐荫区",
    "天桥区",
    "历城区",
    "长清区",
    "章丘区",
    "黄河沿线",
    "泉城",
]
THINGS = [
    "公交客流",
    "用电负荷",
    "气象观测",
    "企业登记",
    "医院门诊",
    "景区客流",
    "货运车辆",
    "空气质量",
    "停车泊位",
    "供水管网",
    "设备振动",
    "粮食价格",
    "信贷风险",
    "专利引用",
    "灾害预警",
    "碳排放",
    "地铁进出站",
    "快递流向",
    "土壤墒情",
    "零售价格",
]
SHAPES = [
    "日统计",
    "小时明细",
    "年度汇总",
    "指数",
    "画像",
    "时序数据",
    "分布图",
    "清单",
    "样本",
    "监测记录",
]
QUERIES = tuple(
    f"{place} {thing}" if number % 3 else thing
    for number, (place, thing) in enumerate((p, t) for t in THINGS for p in PLACES[:5])
)


def served() -> DispatcherMiddleware:
    """What gunicorn serves: ours, and the bare route beside it."""
    ours = create_app(read_settings(dict(os.environ)))
    bare = Flask("bare")
    bare.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
    rows = SQLAlchemy(bare)
    with bare.app_context():
        table = Table("search_entries", MetaData(), autoload_with=rows.engine)

    class Row(rows.Model):  # type: ignore[name-defined,misc]  # a class made for one table
        __table__ = table

    @bare.get("/row/<uuid:key>")
    def row(key: UUID) -> Any:
        one = rows.session.scalars(select(Row).where(table.c.product_id == key.hex)).one()
        return jsonify(
            {column.name: getattr(one, column.name) for column in table.c if column.name != "card"}
        )

    return DispatcherMiddleware(ours, {"/bare": bare})


@contextmanager
def server(folder: Path, entries: int) -> Iterator[tuple[HTTPConnection, list[UUID], int]]:
    """A running server over so many entries: a connection, the products' ids and the port."""
    url = f"sqlite:///{folder / 'bench.db'}"
    ids = fill(found(url, folder), entries)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = os.environ | {
        "DATA_DIR": str(folder / "data"), "KEY_DIR": str(folder / "keys"), "DATABASE_URL": url,
        "PUBLIC_URL": "http://localhost", "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    command = [
        sys.executable, "-m", "gunicorn", "--no-control-socket", "-w", "1", "-k", "gthread",
        "--threads", "4", "--log-level", "error", "-b", f"127.0.0.1:{port}",
        "bench.catalogue_data:served()",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=environment)
    try:
        yield _connected(port), ids, port
    finally:
        process.terminate()
        process.wait(20)


def _connected(port: int) -> HTTPConnection:
    for _try in range(100):
        try:
            connection = HTTPConnection("127.0.0.1", port, timeout=30)
            connection.request("GET", "/api/v1/products?size=1")
            connection.getresponse().read()
        except OSError:
            time.sleep(0.1)
        else:
            return connection
    raise TimeoutError("the server did not start")


def seconds(connection: HTTPConnection, path: str, **headers: str) -> float:
    """How long one answer took; AssertionError when it is not 200."""
    began = time.perf_counter()
    connection.request("GET", path, headers=headers)
    answer = connection.getresponse()
    answer.read()
    assert answer.status == 200, (path, answer.status)
    return time.perf_counter() - began


def fill(app: Flask, entries: int) -> list[UUID]:
    """Invent the products, the same at every run, and an API token."""
    chance = random.Random(20271231)
    with app.app_context(), transaction() as session:
        provider = Organisation(
            name="基准数据有限公司",
            credit_code="91370102MAT000001X",
            kind="enterprise",
            status="verified",
        )
        person = Person(email="bench@example.cn", name="基准", password_hash="-")
        session.add_all([provider, person])
        session.flush()
        session.add(
            Membership(person_id=person.id, organisation_id=provider.id, roles=["provider"])
        )
        session.add(_token(person.id, provider.id))
        made = [_invent(chance, number, provider.id) for number in range(1, entries + 1)]
        for model, place in ((Dataset, 0), (Product, 1), (SearchEntry, 2)):
            session.execute(insert(model), [one[place] for one in made])
        session.execute(
            text("INSERT INTO search_index (rowid, title, body) VALUES (:seq, :title, :body)"),
            [one[3] for one in made],
        )
        session.add(NumberSeries(series=STATE, last=entries))
    with app.app_context():
        db.engine.dispose()
    return [one[1]["id"] for one in made]


def _token(person_id: UUID, organisation_id: UUID) -> ApiToken:
    return ApiToken(
        person_id=person_id,
        organisation_id=organisation_id,
        name="bench",
        start=TOKEN[:9],
        token_digest=digest(TOKEN),
        scopes=["product:list"],
        expires_at=now() + timedelta(hours=1),
    )


def _invent(chance: random.Random, number: int, provider: UUID) -> tuple[Any, ...]:
    place, thing, shape = (chance.choice(one) for one in (PLACES, THINGS, SHAPES))
    title = f"{place}{thing}{shape}（第 {number} 期）"
    summary = (
        f"{place}的{thing}，按{shape}整理，" + "、".join(chance.sample(THINGS, 3)) + "可与之关联。"
    )
    sector, kind = chance.choice(list(SECTOR_WORDS)), chance.choice(["public", "enterprise"])
    price = chance.choice([0, chance.randrange(1, 100_000_000)])
    dataset_id, product_id = new_id(), new_id()
    common = {"title": title[:40], "summary": summary}
    facets = {
        "sector": sector, "data_kind": kind, "update_frequency": chance.choice(["once", "daily", "monthly"]),
        "format": chance.choice(["csv", "parquet"]),
    }  # fmt: skip
    card = {**common, **facets, "id": str(product_id), "number": f"BENCH-{number}", "price_fen": price, "provider": "基准数据有限公司", "quality": 90.0, "rows": number, "fingerprint": [["number", 100]] * 12}  # fmt: skip
    record = {**card, "fields": [{"name": f"column_{n}", "type": "number", "meaning": "字段含义", "unit": "", "is_key": False} for n in range(12)]}  # fmt: skip
    return (
        {"id": dataset_id, "provider_id": provider, **common, "sector": sector, "data_kind": kind},
        {"id": product_id, "dataset_id": dataset_id, "provider_id": provider, **common, "status": "delisted", "number": f"BENCH-{number}", "scenario": ""},
        {"id": new_id(), "product_id": product_id, "seq": number, **facets, "model": "free" if price == 0 else "one_off", "quality_band": chance.choice("abcd"), "price_band": price_band(price), "price_fen": price, "listed_at": datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=number), "card": card, "published": json.dumps(record, ensure_ascii=False)},
        {"seq": number, "title": " ".join(index_tokens(title)), "body": " ".join(index_tokens(summary))},
    )  # fmt: skip
