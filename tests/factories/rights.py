"""Claims, certificates and the papers of public data, made through the commands."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from marketplace.core.access import Actor, Role
from marketplace.core.clock import now, today
from marketplace.core.database import add, transaction
from marketplace.datasets.models import Dataset, DeclaredUse, Field, Version
from marketplace.rights import service
from marketplace.rights.models import Authorisation, Certificate, Claim, PublicRegistration
from marketplace.rights.queries import certificate_of_claim
from tests.factories import accounts

FIELDS: dict[str, Any] = {
    "route": "registrar",
    "name": "济南市公交线路客流日统计（2026）",
    "overview": "按线路与日汇总的刷卡客流，供出行分析。",
    "industry": "G54",
    "circumstance": "own",
    "rights": ["hold", "use", "operate"],
    "contract_grants": [],
    "conditions": [],
    "region": "city",
    "covers_from": date(2026, 1, 1),
    "covers_until": date(2026, 6, 30),
    "update_frequency": "month",
    "volume_rows": 1000,
    "volume_bytes": 65536,
    "form": "table",
    "structure": "structured",
    "restrictions": "无",
    "allocation": [],
    "waiver_request": "数据用于演示，公示期不影响他人权益。",
}


def ready_dataset(provider: Actor, **given: Any) -> Dataset:
    """A declared dataset of the provider with one ready version, dictionary and declared use."""
    with transaction():
        values: dict[str, Any] = {
            "provider_id": provider.organisation_id,
            "title": "公交线路客流日统计",
            "summary": "按线路与日汇总。",
            "sector": "transport",
            "data_kind": "enterprise",
            "source": "own",
            "declaration": {
                "source": "own",
                "personal_information": False,
                "state_secret_reviewed": True,
                "right_to_supply": True,
            },
        }
        dataset = add(Dataset(**(values | given)))
        version = ready_version(dataset)
        add(
            Field(
                version_id=version.id,
                position=0,
                name="line",
                type="text",
                meaning="线路",
                is_key=True,
            )
        )
        add(
            DeclaredUse(
                dataset_id=dataset.id,
                purposes=["internal_analysis"],
                prohibited=["reidentification"],
                delivery_modes=["file"],
                price_basis="one_off",
                digest="0" * 64,
            )
        )
        return dataset  # fmt: skip


def ready_version(dataset: Dataset, **given: Any) -> Version:
    """A row within the caller's transaction."""
    values: dict[str, Any] = {
        "status": "ready",
        "dataset_id": dataset.id,
        "provider_id": dataset.provider_id,
        "number": 1,
        "filename": "flow.csv",
        "format": "csv",
        "size": 65536,
        "sha256": "a" * 64,
        "rows": 1000,
        "columns": 1,
        "scan": {},
        "has_personal_information": False,
    }
    return add(Version(**(values | given)))


def draft(provider: Actor, dataset: Dataset | UUID, evidence: bool = True, **given: Any) -> Claim:
    """A claim in draft with its proof of acquisition."""
    dataset_id = dataset if isinstance(dataset, UUID) else dataset.id
    registrar, _platform = accounts.registrar_organisation(), accounts.platform()
    fields = FIELDS | given
    with transaction():
        claim = service.draft(
            provider,
            dataset_id,
            registrar_id=registrar.id if fields["route"] == "registrar" else None,
            **fields,
        )
    if evidence:
        document = accounts.document(provider)
        with transaction():
            service.attach(provider, claim.id, document.id, "acquisition")
    return claim


def submitted(provider: Actor, dataset: Dataset | UUID, **given: Any) -> Claim:
    """A claim that waits for its handler."""
    claim = draft(provider, dataset, **given)
    with transaction():
        return service.submit(provider, claim.id)


def registrar() -> Actor:
    """Somebody who registers at the registrar."""
    return accounts.staff(Role.REGISTRAR)


def reviewing(
    provider: Actor, dataset: Dataset | UUID, handler: Actor | None = None, **given: Any
) -> Claim:
    """A claim that its handler accepted."""
    claim = submitted(provider, dataset, **given)
    handler = handler or (
        registrar() if claim.route == "registrar" else accounts.staff(Role.OPERATOR)
    )
    with transaction():
        return service.accept(handler, claim.id)


def certificate(provider: Actor, dataset: Dataset | UUID, **given: Any) -> Certificate:
    """A live certificate of the registrar with all three rights, its notice waived."""
    handler = registrar()
    claim = reviewing(provider, dataset, handler, **given)
    with transaction():
        service.waive_notice(handler, claim.id, reason="理由成立")
    found = certificate_of_claim(claim.id)
    assert found is not None
    return found


def registration(provider: Actor, dataset: Dataset, confirmed: bool = True) -> PublicRegistration:
    """The registration of a public-data resource."""
    document = accounts.document(provider)
    with transaction():
        filed = service.file_registration(
            provider, dataset.id, code="JN-2026-000123", coded_on=today(), document_id=document.id
        )
    if confirmed:
        operator = accounts.staff(Role.OPERATOR)
        with transaction():
            service.confirm_registration(operator, filed.id)
    return filed


def authorisation(
    provider: Actor, dataset: Dataset, purpose: str = "industry", confirmed: bool = True
) -> Authorisation:
    """A live authorisation to operate public data."""
    document = accounts.document(provider)
    with transaction():
        filed = service.file_authorisation(
            provider,
            dataset.id,
            grantor="济南市大数据局（演示）",
            scope="公交客流",
            purpose=purpose,
            valid_from=today() - timedelta(days=1),
            valid_until=today() + timedelta(days=365),
            document_id=document.id,
        )
    if confirmed:
        operator = accounts.staff(Role.OPERATOR)
        with transaction():
            service.confirm_authorisation(operator, filed.id)
    return filed  # fmt: skip


def public_dataset(provider: Actor, **given: Any) -> Dataset:
    """Public data with registration and authorisation."""
    dataset = ready_dataset(provider, data_kind="public", **given)
    registration(provider, dataset)
    authorisation(provider, dataset)
    return dataset


def long_ago() -> Any:
    """A day before anything here."""
    return now() - timedelta(days=400)
