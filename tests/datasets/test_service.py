"""What a provider may say and do, and what is refused."""

import pytest
from flask import Flask

from marketplace.accounts import signing
from marketplace.core.access import Actor, Role, system
from marketplace.core.canonical import canonical
from marketplace.core.database import transaction
from marketplace.core.errors import Conflict, Forbidden, Invalid, NotFound
from marketplace.core.events import history
from marketplace.core.holdings import holdings
from marketplace.core.ids import new_id
from marketplace.core.queue import Worker
from marketplace.datasets import intake, queries, service
from marketplace.datasets.models import Version
from marketplace.datasets.states import VERSION_LIFE, VersionStatus
from tests.factories import accounts
from tests.factories import datasets as factories

USE = {
    "purposes": ["research"],
    "prohibited": [],
    "delivery_modes": ["file"],
    "price_basis": "free",
}


@pytest.fixture
def provider(app: Flask) -> Actor:
    return accounts.actor(Role.PROVIDER)


def test_an_upload_before_the_declaration_is_refused(provider: Actor) -> None:
    dataset = factories.dataset(provider, declared=False)

    with pytest.raises(Conflict, match="declaration_missing"), transaction():
        service.check_upload(provider, dataset.id)


def test_a_declaration_without_secrecy_review_or_right_is_none(provider: Actor) -> None:
    dataset = factories.dataset(provider, declared=False)

    with pytest.raises(Invalid) as refused, transaction():
        factories.declare(provider, dataset.id, state_secret_reviewed=False, right_to_supply=False)

    assert set(refused.value.fields) == {"state_secret_reviewed", "right_to_supply"}
    assert not queries.dataset(provider, dataset.id).is_declared


def test_an_upload_is_quarantined_until_it_is_scanned(provider: Actor, worker: Worker) -> None:
    dataset = factories.dataset(provider)

    version = factories.uploaded(provider, dataset.id)
    version_id = version.id

    assert version.status == VersionStatus.QUARANTINED
    assert queries.latest_version(dataset.id) is None
    worker.drain()
    ready = queries.version(version_id)
    assert ready.status == VersionStatus.READY
    assert (ready.rows, ready.columns, ready.has_personal_information) == (120, 4, False)
    assert [one.name for one in queries.fields(version_id)] == ["line", "stop", "day", "riders"]
    assert [one.name for one in history("dataset_versions", version_id)] == [
        "version.uploaded",
        "version.scanned",
        "version.ready",
    ]
    assert ready.quality is not None
    assert ready.quality["overall"] > 50


def test_scanning_twice_is_scanning_once(provider: Actor) -> None:
    version = factories.ready_version(provider)
    before = len(history("dataset_versions", version.id))

    with transaction():
        intake.take_in(intake.ACTOR, version.id, {}, {"checker": "off", "found": None})

    assert len(history("dataset_versions", version.id)) == before


def test_personal_information_found_against_the_declaration_is_marked(provider: Actor) -> None:
    version = factories.ready_version(provider, factories.PERSONAL_CSV)

    assert version.has_personal_information
    assert version.contradicts_declaration
    assert {"name", "mobile"} <= set(version.scan["kinds"])  # type: ignore[index]

    with transaction():
        factories.declare(provider, version.dataset_id, personal_information=True)
    assert not queries.version(version.id).contradicts_declaration


def test_the_same_bytes_are_no_new_version(provider: Actor) -> None:
    dataset = factories.dataset(provider)
    factories.uploaded(provider, dataset.id)

    with pytest.raises(Conflict, match="version_unchanged"):
        factories.uploaded(provider, dataset.id)


def test_a_file_that_cannot_be_read_is_refused_and_destroyed_later(
    provider: Actor, worker: Worker
) -> None:
    dataset_id = factories.dataset(provider).id
    version_id = factories.uploaded(provider, dataset_id, "a,b\n1,2\n3\n").id
    worker.drain()

    refused = queries.version(version_id)
    assert refused.status == VersionStatus.REFUSED
    assert refused.refusal == {
        "code": "rows_ragged",
        "facts": {"line": 3, "found": 1, "expected": 2},
    }
    address = refused.address
    assert address is not None

    with transaction():
        destroyed = intake.destroy(intake.ACTOR, version_id)
    assert destroyed == address
    assert queries.version(version_id).status == VersionStatus.DESTROYED


def test_bytes_that_another_version_refers_to_are_kept(provider: Actor) -> None:
    first = factories.uploaded(provider, factories.dataset(provider).id)
    factories.uploaded(provider, factories.dataset(provider).id)
    with transaction():
        intake.refuse(intake.ACTOR, first.id, "file_malicious", {})

    with transaction():
        assert intake.destroy(intake.ACTOR, first.id) is None


def test_a_refused_version_can_be_read_again(provider: Actor, worker: Worker) -> None:
    version_id = factories.uploaded(provider, factories.dataset(provider).id).id
    with transaction():
        intake.refuse(intake.ACTOR, version_id, "table_took_too_long", {"seconds": 1})

    with transaction():
        service.retry(provider, version_id)
    worker.drain()

    assert queries.version(version_id).status == VersionStatus.READY


def test_masking_makes_a_new_version_in_which_nothing_is_found(
    provider: Actor, worker: Worker
) -> None:
    origin_id = factories.ready_version(provider, factories.PERSONAL_CSV).id
    recipe = [
        {"column": "姓名", "method": "hash", "to": ""},
        {"column": "手机", "method": "drop", "to": ""},
        {"column": "余额", "method": "generalise", "to": "10"},
    ]

    with transaction():
        derived_id = service.derive(provider, origin_id, recipe).id
    worker.drain()

    made = queries.version(derived_id)
    assert made.status == VersionStatus.READY
    assert made.derived_from_id == origin_id
    assert made.recipe == recipe
    assert made.has_personal_information is False
    assert made.columns == 2
    assert queries.version(origin_id).has_personal_information


def test_a_recipe_for_a_column_that_is_not_there_is_refused(provider: Actor) -> None:
    origin = factories.ready_version(provider)

    with pytest.raises(Invalid, match="recipe_column_unknown"), transaction():
        service.derive(provider, origin.id, [{"column": "x", "method": "drop"}])


def test_what_a_review_approves_changes_with_dictionary_declaration_and_use(
    provider: Actor,
) -> None:
    version = factories.ready_version(provider)
    dataset_id = version.dataset_id
    seen = {_subject(version)}

    with transaction():
        service.describe_fields(provider, version.id, [{"name": "line", "meaning": "线路"}])
    seen.add(_subject(version))
    with transaction():
        service.declare_use(provider, dataset_id, **USE)
    seen.add(_subject(version))
    with transaction():
        factories.declare(provider, dataset_id, source="contract")
    seen.add(_subject(version))

    assert len(seen) == 4
    changed = [one for one in history("datasets", dataset_id) if one.name == "dataset.changed"]
    assert [one.facts["what"] for one in changed][-3:] == ["dictionary", "use", "declaration"]


def test_saying_the_same_again_changes_nothing(provider: Actor) -> None:
    version = factories.ready_version(provider)
    before = len(history("datasets", version.dataset_id))

    with transaction():
        service.describe_fields(provider, version.id, [{"name": "line", "meaning": "line 的含义"}])
        factories.declare_use(provider, version.dataset_id)

    assert len(history("datasets", version.dataset_id)) == before


def test_the_next_version_takes_over_the_dictionary(provider: Actor) -> None:
    first = factories.ready_version(provider)
    home = queries.dataset(provider, first.dataset_id)

    second = factories.ready_version(provider, factories.CSV + "K9,八一立交桥,2025-01-11,7\n", home)

    assert second.number == 2
    assert queries.fields(second.id)[0].meaning == "line 的含义"
    assert queries.latest_version(home.id).id == second.id  # type: ignore[union-attr]


def test_where_the_data_stays_is_settled_with_the_first_version(provider: Actor) -> None:
    version = factories.ready_version(provider)

    with pytest.raises(Conflict, match="location_settled"), transaction():
        service.change(
            provider, version.dataset_id, **(factories.DESCRIPTION | {"location": "provider_api"})
        )


def test_data_at_the_providers_registers_with_a_signed_profile(provider: Actor) -> None:
    home = accounts.member(provider.organisation_id, Role.MANAGER)  # type: ignore[arg-type]
    pin = "135790"
    with transaction():
        signing.make_key(home, pin)
    dataset = factories.dataset(provider, location="provider_api")
    profile = canonical(
        {
            "dataset_id": str(dataset.id),
            "rows": 1000,
            "columns": [
                {"name": "id", "type": "integer", "nulls": 0, "distinct": 1000, "pii": []},
                {"name": "手机", "type": "text", "nulls": 5, "distinct": 990, "pii": ["mobile"]},
            ],
        }
    )
    with transaction():
        jws, _ = signing.sign_for(home, profile, pin)

    with transaction():
        version = service.add_signed_profile(provider, dataset.id, profile.decode(), jws, "p.json")

    assert version.status == VersionStatus.READY
    assert (version.address, version.rows, version.has_personal_information) == (None, 1000, True)
    with pytest.raises(Conflict, match="data_stays_at_provider"), transaction():
        service.check_upload(provider, dataset.id)
    with pytest.raises(Invalid, match="signature_not_valid"), transaction():
        service.add_signed_profile(provider, dataset.id, profile.decode() + " ", jws, "p.json")


def test_a_stopped_dataset_takes_no_version_until_it_is_resumed(provider: Actor) -> None:
    dataset = factories.dataset(provider)
    with transaction():
        service.stop(system("compliance"), dataset.id)

    with pytest.raises(Conflict, match="dataset_stopped"), transaction():
        service.check_upload(provider, dataset.id)

    with transaction():
        service.resume(system("compliance"), dataset.id)
        service.check_upload(provider, dataset.id)


def test_the_sample_is_seen_only_as_far_as_the_review_opened_it(provider: Actor) -> None:
    version = factories.ready_version(provider)
    stranger = accounts.actor(Role.BUYER)

    assert queries.sample(stranger, version.id) is None
    assert queries.public_profile(version.id) is None
    with transaction():
        service.push_exposure(system("compliance"), version.id, "verified", True)

    assert queries.sample(stranger, version.id) is not None
    assert queries.public_profile(version.id) is not None
    with pytest.raises(Forbidden), transaction():
        service.push_exposure(provider, version.id, "public", True)


def test_nobody_else_sees_or_changes_it(provider: Actor) -> None:
    version = factories.ready_version(provider)
    dataset_id = version.dataset_id
    stranger = accounts.actor(Role.PROVIDER)

    for attempt in _commands(stranger, version):
        with pytest.raises(NotFound), transaction():
            attempt()

    assert queries.dataset(accounts.staff(Role.REVIEWER), dataset_id).id == dataset_id
    with pytest.raises(NotFound):
        queries.version_seen(stranger, version.id)


def test_another_role_of_the_same_organisation_changes_nothing(provider: Actor) -> None:
    version = factories.ready_version(provider)
    colleague = accounts.member(provider.organisation_id, Role.BUYER)  # type: ignore[arg-type]

    for attempt in _commands(colleague, version):
        with pytest.raises(Forbidden), transaction():
            attempt()
    with pytest.raises(Forbidden), transaction():
        service.describe(colleague, **factories.DESCRIPTION)


def test_only_the_system_takes_in_refuses_and_destroys(provider: Actor) -> None:
    version = factories.uploaded(provider, factories.dataset(provider).id)
    off = {"checker": "off", "found": None}

    for attempt in (
        lambda: intake.take_in(provider, version.id, {}, off),
        lambda: intake.refuse(provider, version.id, "file_empty", {}),
        lambda: intake.destroy(provider, version.id),
        lambda: service.stop(provider, version.dataset_id),
    ):
        with pytest.raises(Forbidden), transaction():
            attempt()


def test_the_life_of_a_version_on_its_whole_grid(provider: Actor) -> None:
    stranger = accounts.actor(Role.PROVIDER)
    colleague = accounts.member(provider.organisation_id, Role.BUYER)  # type: ignore[arg-type]
    dataset = factories.dataset(provider)

    for number, status in enumerate(VersionStatus, start=1):
        thing = _version(dataset.id, provider, number, status)
        for action, row in VERSION_LIFE.steps.items():
            by_provider = row.permission == "dataset:edit"
            allowed = status in row.sources
            assert (action in VERSION_LIFE.open_to(provider, thing)) == (allowed and by_provider)
            assert (action in VERSION_LIFE.open_to(system("engine"), thing)) == allowed
            assert action not in VERSION_LIFE.open_to(stranger, thing)
            assert action not in VERSION_LIFE.open_to(colleague, thing)
            for actor in (stranger, colleague):
                with pytest.raises(Forbidden), transaction():
                    VERSION_LIFE.take(actor, thing, action)
            if not allowed:
                with pytest.raises(Conflict, match="wrong_state"), transaction():
                    VERSION_LIFE.take(system("engine"), thing, action)


def _subject(version: Version) -> str:
    again = queries.version(version.id)
    return service.subject_digest(again, queries.declared_use(again.dataset_id))


def _version(dataset_id: object, provider: Actor, number: int, status: str) -> Version:
    return Version(
        id=new_id(),
        dataset_id=dataset_id,
        provider_id=provider.organisation_id,
        number=number,
        filename="a.csv",
        format="csv",
        sha256="0" * 64,
        status=status,
    )


def _commands(actor: Actor, version: Version) -> list:  # type: ignore[type-arg]
    blob = holdings().store().put([b"a\n1\n"])
    dataset_id, version_id = version.dataset_id, version.id
    return [
        lambda: service.change(actor, dataset_id, **factories.DESCRIPTION),
        lambda: factories.declare(actor, dataset_id),
        lambda: service.check_upload(actor, dataset_id),
        lambda: service.add_version(actor, dataset_id, blob, "a.csv"),
        lambda: service.add_signed_profile(actor, dataset_id, "{}", "x", "p"),
        lambda: service.describe_fields(actor, version_id, [{"name": "line", "meaning": "x"}]),
        lambda: service.declare_use(actor, dataset_id, **USE),
        lambda: service.retry(actor, version_id),
        lambda: service.derive(actor, version_id, [{"column": "line", "method": "drop"}]),
    ]
