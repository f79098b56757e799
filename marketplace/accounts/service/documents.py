"""Papers: added, removed, and opened by staff with a trace."""

from uuid import UUID

from marketplace.accounts.models import Document
from marketplace.core.access import Actor, visible
from marketplace.core.clock import now
from marketplace.core.database import add, hold
from marketplace.core.errors import Forbidden, Invalid, NotSignedIn
from marketplace.core.events import record
from marketplace.core.storage import Blob


def document_kind(given: str) -> str:
    """The kind of a paper that a person names: one short word."""
    if not (0 < len(given) <= 40 and given.isascii() and given.replace("_", "").isalnum()):
        raise Invalid("invalid", {"kind": ["field_invalid"]})
    return given


def add_document(actor: Actor, kind: str, name: str, media_type: str, blob: Blob) -> Document:
    """Enter a stored paper for the actor's organisation."""
    if actor.organisation_id is None:
        raise NotSignedIn("organisation_required")
    return enter(actor, actor.organisation_id, actor.person_id, kind, name, media_type, blob)


def enter(
    actor: Actor,
    organisation_id: UUID,
    person_id: UUID | None,
    kind: str,
    name: str,
    media_type: str,
    blob: Blob,
) -> Document:
    """Enter a paper for an organisation that the caller has decided on."""
    paper = add(
        Document(
            organisation_id=organisation_id,
            kind=str(kind),
            name=name,
            media_type=media_type,
            size=blob.size,
            sha256=blob.sha256,
            address=blob.address,
            uploaded_by=person_id,
        )
    )
    record("document.added", paper, actor, kind=str(kind), sha256=blob.sha256, size=blob.size)
    return paper


def remove_document(actor: Actor, document_id: UUID) -> Document:
    """Put a paper away: no longer listed; the bytes stay while the record needs them."""
    paper = hold(visible(actor, Document), document_id)
    if not actor.belongs_to(paper.organisation_id):
        raise Forbidden("wrong_organisation")
    paper.removed_at = now()
    record("document.removed", paper, actor)
    return paper


def open_document(actor: Actor, document_id: UUID) -> Document:
    """A paper to be read now; a reader from another organisation leaves a trace."""
    paper = hold(visible(actor, Document), document_id)
    if not actor.belongs_to(paper.organisation_id):
        record("document.read_by_staff", paper, actor)
    return paper
