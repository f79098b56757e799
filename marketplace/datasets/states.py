"""The words of a dataset, and the life of a version."""

from enum import StrEnum

from marketplace.core.access import Permission
from marketplace.core.lives import Life, step


class Sector(StrEnum):
    """Where the data comes from; the twelve of 数据要素×."""

    INDUSTRY = "industry"
    AGRICULTURE = "agriculture"
    COMMERCE = "commerce"
    TRANSPORT = "transport"
    FINANCE = "finance"
    TECHNOLOGY = "technology"
    CULTURE = "culture"
    HEALTH = "health"
    EMERGENCY = "emergency"
    WEATHER = "weather"
    CITY = "city"
    GREEN = "green"


class DataKind(StrEnum):
    """Public data (公共数据) needs a registration and an authorisation; enterprise data does not."""

    PUBLIC = "public"
    ENTERPRISE = "enterprise"


class Source(StrEnum):
    """How the provider came by the data (`rules.md` 1.2)."""

    OWN = "own"
    CRAWLED = "crawled"
    CONTRACT = "contract"
    DERIVED = "derived"


class Location(StrEnum):
    """Where the bytes are. Only data on the platform is delivered by it."""

    PLATFORM = "platform"
    PROVIDER_API = "provider_api"
    PROVIDER_FILE = "provider_file"


class Frequency(StrEnum):
    """How often the provider says the data is renewed."""

    ONCE = "once"
    REALTIME = "realtime"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"
    YEARLY = "yearly"


class Format(StrEnum):
    """The file formats the table engine reads."""

    CSV = "csv"
    XLSX = "xlsx"
    PARQUET = "parquet"
    NDJSON = "ndjson"


class Purpose(StrEnum):
    """What a buyer may be allowed, or forbidden, to use the data for."""

    INTERNAL_ANALYSIS = "internal_analysis"
    RESEARCH = "research"
    PUBLIC_SERVICE = "public_service"
    PRODUCT_DEVELOPMENT = "product_development"
    MODEL_TRAINING = "model_training"
    RISK_CONTROL = "risk_control"
    MARKETING = "marketing"
    RESALE = "resale"
    REIDENTIFICATION = "reidentification"


class DeliveryMode(StrEnum):
    """How the data reaches the buyer. This release delivers files."""

    FILE = "file"
    API = "api"


class PriceBasis(StrEnum):
    """How the provider means to charge; the price itself stands in an offer."""

    FREE = "free"
    ONE_OFF = "one_off"


class Audience(StrEnum):
    """Who may see a version's masked sample; pushed down by the compliance review."""

    PROVIDER = "provider"
    VERIFIED = "verified"
    PUBLIC = "public"


class VersionStatus(StrEnum):
    """Where a version's content stands between arrival and sale."""

    STAGED = "staged"
    QUARANTINED = "quarantined"
    SCANNED = "scanned"
    READY = "ready"
    REFUSED = "refused"
    DESTROYED = "destroyed"


S = VersionStatus
P = Permission
VERSION_LIFE = Life(
    VersionStatus,
    step(
        "quarantine",
        {S.STAGED},
        S.QUARANTINED,
        P.DATASET_EDIT,
        "version.uploaded",
        party="provider_id",
    ),
    step("scan", {S.QUARANTINED}, S.SCANNED, P.SYSTEM, "version.scanned"),
    step("release", {S.SCANNED}, S.READY, P.SYSTEM, "version.ready"),
    step("refuse", {S.STAGED, S.QUARANTINED, S.SCANNED}, S.REFUSED, P.SYSTEM, "version.refused"),
    step(
        "retry",
        {S.REFUSED},
        S.QUARANTINED,
        P.DATASET_EDIT,
        "version.retried",
        party="provider_id",
    ),
    step("destroy", {S.REFUSED}, S.DESTROYED, P.SYSTEM, "version.destroyed"),
)
