"""The pages of accounts, and the gate before all pages: a second factor that is due comes first."""

from flask import Blueprint, redirect, request, url_for
from flask.typing import ResponseReturnValue

from marketplace.accounts.actors import current_visit

views = Blueprint("accounts", __name__, url_prefix="/account")
_OPEN = frozenset(
    {
        "static",
        "accounts.code",
        "accounts.second_factor",
        "accounts.second_factor_picture",
        "accounts.sign_out",
        "accounts.confirm_email",
        "accounts.reset",
    }
)


@views.before_app_request
def _second_factor_first() -> ResponseReturnValue | None:
    """Lead whoever must still show or add a second factor to that page, and nowhere else."""
    if request.path.startswith(("/api/", "/static/")) or request.endpoint in _OPEN:
        return None
    visit = current_visit()
    if visit is None:
        return None
    if visit.needs_code:
        return redirect(url_for("accounts.code", next=_here()), code=303)
    if visit.needs_enrolment:
        return redirect(url_for("accounts.second_factor"), code=303)
    return None


def _here() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None


def local(target: str | None, default: str) -> str:
    """A page of this site to go on to; anything that could lead elsewhere becomes the default."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return default
    return default if any(ord(sign) < 32 or sign == "\\" for sign in target) else target
