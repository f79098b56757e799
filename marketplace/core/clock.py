"""The one clock. Instants are aware UTC; days are computed in Beijing time."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BEIJING = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return datetime.now(UTC)


def day_of(instant: datetime) -> date:
    """The calendar day of an instant in Beijing."""
    return instant.astimezone(BEIJING).date()


def today() -> date:
    """The present calendar day in Beijing."""
    return day_of(now())


def start_of(day: date) -> datetime:
    """The instant at which a Beijing day begins, in UTC."""
    return datetime(day.year, day.month, day.day, tzinfo=BEIJING).astimezone(UTC)


def iso(instant: datetime) -> str:
    """RFC 3339 in UTC with seconds, as written into signed records."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
