"""The invented organisations and people of a demo, one account per role and two reviewers.

Passwords, second factors and PINs are made for each instance and kept in `DATA_DIR`, for the
person who started it. Every name says 演示, and no person exists.
"""

import json
import os
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from marketplace.accounts import credit_code, passwords, totp
from marketplace.accounts.service.staff import Founder, found_staff
from marketplace.accounts.states import OrganisationKind
from marketplace.core.access import STAFF, Role, system
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict
from marketplace.core.ids import crockford
from marketplace.core.instance import instance

FILE = "demo-accounts.json"
DOMAIN = "demo.quanshu.example"
K = OrganisationKind


@dataclass(frozen=True)
class Seat:
    """One account to make."""

    key: str
    label: str
    name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True)
class House:
    """One invented organisation; `stem` are the first 17 characters of its invented credit code."""

    name: str
    stem: str
    kind: OrganisationKind
    seats: tuple[Seat, ...]
    facts: Mapping[str, str] | None = None


HOUSES: tuple[House, ...] = (
    House(
        "济南数据要素流通服务中心（演示）",
        "91370100MADEMP001",
        K.PLATFORM,
        (
            Seat("administrator", "管理员 administrator", "演示管理员", (Role.ADMINISTRATOR,)),
            Seat("operator", "运营 operator", "演示运营", (Role.OPERATOR,)),
            Seat("finance", "财务 finance clerk", "演示财务", (Role.FINANCE_CLERK,)),
            Seat("checker", "复核付款 checker", "演示付款复核", (Role.CHECKER,)),
            Seat("security", "安全 security officer", "演示安全官", (Role.SECURITY_OFFICER,)),
            Seat("auditor", "审计 auditor", "演示审计", (Role.AUDITOR,)),
        ),
    ),
    House(
        "泉城数据产权登记所（演示，虚构）",
        "91370100MADEMR001",
        K.REGISTRAR,
        (Seat("registrar", "登记 registrar", "演示登记员", (Role.REGISTRAR,)),),
        {"registrar_code": "DEMO1"},
    ),
    House(
        "明湖合规评估事务所（演示，虚构）",
        "91370100MADEMW001",
        K.REVIEW,
        (
            Seat("reviewer-a", "复核员甲 reviewer A", "演示复核员甲", (Role.REVIEWER,)),
            Seat("reviewer-b", "复核员乙 reviewer B", "演示复核员乙", (Role.REVIEWER,)),
            Seat("chief", "首席复核 chief reviewer", "演示首席复核员", (Role.CHIEF_REVIEWER,)),
        ),
    ),
    House(
        "趵突泉数据科技有限公司（演示，虚构）",
        "91370102MADEMX001",
        K.ENTERPRISE,
        (Seat("provider", "供方 provider", "演示供方", (Role.MANAGER, Role.PROVIDER)),),
    ),
    House(
        "大明湖交通咨询有限公司（演示，虚构）",
        "91370103MADEMB001",
        K.ENTERPRISE,
        (Seat("buyer", "需方 buyer", "演示需方", (Role.MANAGER, Role.BUYER)),),
    ),
)


def seed(data_dir: Path) -> Path:
    """Make the accounts and write them to `DATA_DIR/demo-accounts.json` (mode 0600), once.

    The passwords are written down first, so that a start that is cut off goes on where it was.
    Conflict `demo_only` in production.
    """
    if not instance().is_demo:
        raise Conflict("demo_only")
    path = data_dir / FILE
    part = path.with_suffix(".part")
    if path.exists():
        return path
    accounts = _read(part)
    if not accounts:
        accounts = [_account(seat) for house in HOUSES for seat in house.seats]
        _write(part, accounts)
    known = {account["key"]: account for account in accounts}
    for house in HOUSES:
        founders = [_founder(seat, known[seat.key]) for seat in house.seats]
        with transaction():
            found_staff(
                system("demo"),
                house.kind,
                house.name,
                credit_code.complete(house.stem),
                founders,
                _facts(house),
            )
    part.replace(path)
    return path


def _facts(house: House) -> dict[str, Any]:
    """What the organisation says about itself; traders have an invented account for payouts."""
    facts: dict[str, Any] = {"address": "济南市（演示地址）", "contact": "0531-82000000"}
    facts |= dict(house.facts or {})
    if house.kind == K.ENTERPRISE:
        digits = "".join(sign for sign in house.stem if sign.isdigit())
        number = f"9990{digits}".ljust(16, "0")
        facts["bank_account"] = {
            "name": house.name, "number": number, "bank": "演示银行济南分行"
        }  # fmt: skip
    return facts


def _account(seat: Seat) -> dict[str, str]:
    account = {
        "key": seat.key,
        "label": seat.label,
        "email": f"{seat.key}@{DOMAIN}",
        "password": "-".join(crockford(5).lower() for _ in range(3)),
    }
    if set(seat.roles) & STAFF:
        account["totp"] = totp.new_secret()
    else:
        account["pin"] = _pin()
    return account


def _pin() -> str:
    """Six digits that a signing key accepts."""
    while True:
        pin = f"{secrets.randbelow(10**6):06d}"
        if len(set(pin)) >= 3:
            return pin


def _founder(seat: Seat, account: Mapping[str, str]) -> Founder:
    password_hash = passwords.hash_password(account["password"])
    return Founder(account["email"], seat.name, seat.roles, password_hash, account.get("totp"))


def _read(part: Path) -> list[dict[str, str]]:
    """The accounts of a start that was cut off; none when it had not come so far."""
    try:
        accounts: list[dict[str, str]] = json.loads(part.read_text(encoding="utf-8"))["accounts"]
    except (FileNotFoundError, ValueError, KeyError):
        return []
    return accounts


def _write(part: Path, made: Sequence[Mapping[str, str]]) -> None:
    """Readable by this user only; parents are made when they are not there."""
    part.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        json.dump({"accounts": made}, file, ensure_ascii=False, indent=2)
