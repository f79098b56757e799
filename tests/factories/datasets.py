"""Datasets and versions: a small CSV goes the whole way through the store and the table engine's code."""

import tempfile
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from marketplace.core.access import Actor
from marketplace.core.database import transaction
from marketplace.core.holdings import holdings
from marketplace.datasets import examine, intake, queries, readers, service
from marketplace.datasets.models import Dataset, Version

CSV = "line,stop,day,riders\n" + "".join(
    f"K{n % 3},{('泉城广场', '大明湖', '千佛山')[n % 3]},2025-0{n % 9 + 1}-11,{100 + n % 40}\n"
    for n in range(120)
)
PERSONAL_CSV = "姓名,手机,余额\n" + "".join(
    f"{name},1{prefix}{n:08d},{n}\n"
    for n, (name, prefix) in enumerate(
        (
            f"{'王李张刘陈杨'[i % 6]}{'伟芳娜敏静丽强磊军洋'[i % 10]}",
            f"{(38, 39, 59, 86, 77)[i % 5]}",
        )
        for i in range(60)
    )
)
DESCRIPTION: dict[str, Any] = {
    "title": "公交客流",
    "summary": "按线路、站点和日期统计的乘车人次，供公共服务和研究使用。",
    "sector": "transport",
    "data_kind": "enterprise",
    "location": "platform",
    "region": "济南市",
    "update_frequency": "monthly",
    "coverage_from": date(2025, 1, 1),
    "coverage_to": date(2025, 12, 31),
    "known_limits": "不含现金乘车。",
}


def dataset(provider: Actor, *, declared: bool = True, **given: Any) -> Dataset:
    """A described dataset, declared unless told otherwise. `personal_information` is declared."""
    personal = bool(given.pop("personal_information", False))
    source = str(given.pop("source", "own"))
    with transaction():
        made = service.describe(provider, **(DESCRIPTION | given))
        if declared:
            declare(provider, made.id, personal_information=personal, source=source)
        return made


def declare(provider: Actor, dataset_id: UUID, **given: Any) -> Dataset:
    """The declaration, inside the caller's transaction."""
    said = {
        "source": "own",
        "personal_information": False,
        "state_secret_reviewed": True,
        "right_to_supply": True,
    }
    return service.declare(provider, dataset_id, **(said | given))


def uploaded(
    provider: Actor, dataset_id: UUID, content: str | bytes = CSV, name: str = "a.csv"
) -> Version:
    """A version in quarantine, its bytes in the store; not yet scanned."""
    raw = content.encode() if isinstance(content, str) else content
    blob = holdings().store().put([raw])
    with transaction():
        return service.add_version(provider, dataset_id, blob, name)


def ready_version(
    provider: Actor,
    rows: str = CSV,
    of: Dataset | None = None,
    *,
    with_use: bool = True,
    **given: Any,
) -> Version:
    """A ready version with dictionary and declared use; `rows` is CSV text. Scanned in this process."""
    home = of or dataset(provider, **given)
    version = uploaded(provider, home.id, rows)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.csv"
        path.write_text(rows, encoding="utf-8")
        examined = examine.examine(readers.open_table(path, "a.csv", Path(folder)))
    with transaction():
        intake.take_in(intake.ACTOR, version.id, examined, {"checker": "off", "found": None})
    with transaction():
        lines = [
            {"name": one.name, "meaning": f"{one.name} 的含义"}
            for one in queries.fields(version.id)
        ]
        service.describe_fields(provider, version.id, lines)
        if with_use:
            declare_use(provider, home.id)
    return queries.version(version.id)


def declare_use(provider: Actor, dataset_id: UUID, **given: Any) -> None:
    """What it is offered for, inside the caller's transaction."""
    said = {
        "purposes": ["internal_analysis", "research", "public_service"],
        "prohibited": ["resale", "reidentification"],
        "delivery_modes": ["file"],
        "price_basis": "one_off",
    }
    service.declare_use(provider, dataset_id, **(said | given))
