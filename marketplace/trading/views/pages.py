"""What every page of trading shares: the blueprint, and how a command meets a form or a button."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint, flash, redirect, request
from flask.typing import ResponseReturnValue

from marketplace.core.database import transaction
from marketplace.core.errors import Conflict, Invalid
from marketplace.trading import schemas
from marketplace.web.forms import Form

views = Blueprint("trading", __name__)
Answer = ResponseReturnValue


def tried(form: Form, act: Callable[[], Any]) -> bool:
    """Run one command for a valid form; a refusal goes onto the form."""
    if not form.is_valid:
        return False
    try:
        with transaction():
            act()
    except (Invalid, Conflict) as refusal:
        form.refuse(refusal)
        return False
    return True


def done(act: Callable[[], Any], said: str, address: str) -> Answer:
    """Run a command of one button; a conflict is said on the page it came from."""
    try:
        with transaction():
            act()
    except Conflict as refusal:
        form = Form(schemas.OrderNoteIn())
        form.refuse(refusal)
        flash(" ".join(form.errors[""]), "error")
    else:
        flash(said, "success")
    return redirect(address, 303)


def language() -> str:
    return "en" if request.script_root.endswith("/en") else "zh"
