"""What the public reads of a listed product: one record, put together once and kept in the index."""

import json
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from marketplace.accounts import queries as accounts
from marketplace.catalogue import preview, queries, search
from marketplace.catalogue.gates import Readiness
from marketplace.catalogue.models import Offer, Product, SearchEntry
from marketplace.catalogue.words import KIND_WORDS, RIGHT_WORDS, SECTOR_WORDS
from marketplace.core.clock import iso
from marketplace.core.instance import instance
from marketplace.datasets import queries as datasets
from marketplace.datasets.models import Dataset, Field, Version
from marketplace.valuation import quality
from marketplace.valuation import queries as valuation


def publish(product: Product, ready: Readiness) -> SearchEntry:
    """Put a listed product into the search, with all that the public reads of it."""
    assert ready.version is not None, "only what is listed has an entry"
    assert product.listed_at is not None, "only what is listed has an entry"
    dataset = datasets.dataset_by_id(product.dataset_id)
    offers = [one for one in queries.offers_of(product.id) if one.version_id == ready.version.id]
    fields = datasets.fields(ready.version.id)
    record = the_record(product, dataset, ready, offers, fields)
    paid = [one.price_fen for one in offers if one.price_fen]
    lowest = min(paid, default=0)
    entry = SearchEntry(
        product_id=product.id,
        seq=0,
        sector=dataset.sector,
        data_kind=dataset.data_kind,
        model="one_off" if paid else "free",
        update_frequency=dataset.update_frequency,
        format=ready.version.format,
        quality_band=quality.summary(ready.version.quality).band,
        price_band=search.price_band(lowest),
        price_fen=lowest,
        listed_at=product.listed_at,
        card=_card(record, lowest),
        published=json.dumps(record, ensure_ascii=False, separators=(",", ":")),
    )
    search.put(entry, product.title, _body(record, fields))
    return entry


def the_record(
    product: Product,
    dataset: Dataset,
    ready: Readiness,
    offers: list[Offer],
    fields: Sequence[Field],
) -> dict[str, Any]:
    """The public answer about one product: no buyer, no trade, no cost."""
    version = ready.version
    assert version is not None
    assert product.listed_at is not None
    return {
        "id": str(product.id),
        "number": product.number,
        "mode": instance().mode,
        "status": str(product.status),
        "title": product.title,
        "summary": product.summary,
        "scenario": product.scenario,
        "sector": dataset.sector,
        "data_kind": dataset.data_kind,
        "provider": {
            "id": str(product.provider_id),
            "name": accounts.organisation(product.provider_id).name,
        },
        "region": dataset.region,
        "update_frequency": dataset.update_frequency,
        "coverage_from": _day(dataset.coverage_from),
        "coverage_to": _day(dataset.coverage_to),
        "known_limits": dataset.known_limits,
        "version": {
            "id": str(version.id),
            "number": version.number,
            "format": version.format,
            "size": version.size,
            "rows": version.rows,
            "columns": version.columns,
            "sha256": version.sha256,
        },
        "fields": [
            {
                "name": one.name,
                "type": one.type,
                "meaning": one.meaning,
                "unit": one.unit,
                "is_key": one.is_key,
            }
            for one in fields
        ],
        "fingerprint": fingerprint(version, fields),
        "quality": quality_record(version),
        "certificate": _certificate(ready),
        "review": _review(ready),
        "price_reference": _reference(dataset),
        "offers": [offer_record(one) for one in offers],
        "listed_at": iso(product.listed_at),
    }


def offer_record(offer: Offer) -> dict[str, Any]:
    """An offer as the public reads it; amounts in fen, VAT included."""
    return {
        "id": str(offer.id),
        "name": offer.name,
        "model": offer.model,
        "price_fen": offer.price_fen,
        "tax_rate_bp": offer.tax_rate_bp,
        "purposes": offer.purposes,
        "prohibited": offer.prohibited,
        "term_days": offer.term_days,
        "inspection_days": offer.inspection_days,
        "dispute_days": offer.dispute_days,
        "quota": offer.quota,
    }


def quality_record(version: Version) -> dict[str, Any]:
    """The six dimensions with their numerators and denominators."""
    found = quality.summary(version.quality)
    return {
        "score": _number(found.score),
        "band": found.band,
        "dimensions": [
            {
                "name": one.name,
                "score": _number(one.score),
                "checks": [
                    {"code": check.code, "passed": check.passed, "checked": check.checked}
                    for check in one.checks
                ],
            }
            for one in found.dimensions
        ],
    }


def fingerprint(version: Version, fields: Sequence[Field]) -> list[list[Any]]:
    """字段指纹: per column its kind and the filled share in per cent, from the public profile."""
    profile = version.public_profile if version.is_published else None
    return [[one.kind, one.filled] for one in preview.heads(fields, profile)]


def _card(record: dict[str, Any], lowest: int) -> dict[str, Any]:
    kept = (
        "id", "number", "title", "summary", "sector", "data_kind", "region", "update_frequency",
        "coverage_from", "coverage_to", "fingerprint", "listed_at",
    )  # fmt: skip
    return {
        **{name: record[name] for name in kept},
        "provider": record["provider"]["name"],
        "format": record["version"]["format"],
        "rows": record["version"]["rows"],
        "columns": record["version"]["columns"],
        "size": record["version"]["size"],
        "quality": record["quality"]["score"],
        "purposes": list(dict.fromkeys(one for offer in record["offers"] for one in offer["purposes"]))[:4],
        "price_fen": lowest,
        "paid_offers": sum(offer["price_fen"] > 0 for offer in record["offers"]),
        "has_free": any(offer["price_fen"] == 0 for offer in record["offers"]),
        "is_reviewed": record["review"] is not None,
    }  # fmt: skip


def _body(record: dict[str, Any], fields: Sequence[Field]) -> str:
    certificate = record["certificate"] or {}
    parts = [
        record["summary"],
        record["scenario"],
        record["provider"]["name"],
        record["region"],
        record["number"] or "",
        SECTOR_WORDS.get(record["sector"], ""),
        KIND_WORDS.get(record["data_kind"], ""),
        *(RIGHT_WORDS.get(one, "") for one in certificate.get("rights", [])),
        *(f"{one.name} {one.meaning} {one.code_list[:200]}" for one in fields),
    ]
    return "\n".join(parts)


def _certificate(ready: Readiness) -> dict[str, Any] | None:
    found = ready.certificate
    if found is None:
        return None
    return {
        "id": str(found.id),
        "number": found.number,
        "scheme": found.scheme,
        "title": found.title,
        "issuer": found.issuer_name,
        "rights": found.rights,
        "restrictions": found.restrictions,
        "valid_from": _day(found.valid_from),
        "valid_until": _day(found.valid_until),
    }


def _review(ready: Readiness) -> dict[str, Any] | None:
    found = ready.review
    if found is None:
        return None
    return {
        "number": found.opinion_number,
        "grade": found.grade,
        "decided_at": iso(found.decided_at) if found.decided_at else None,
        "digest": found.subject_digest,
    }


def _reference(dataset: Dataset) -> dict[str, Any] | None:
    band = valuation.market_band(dataset)
    if band is None:
        return None
    return {
        "low_fen": band.low_fen,
        "middle_fen": band.middle_fen,
        "high_fen": band.high_fen,
        "trades": band.trades,
    }


def _day(value: Any) -> str | None:
    return value.isoformat() if value else None


def _number(value: Decimal | None) -> float | None:
    return None if value is None else float(value)
