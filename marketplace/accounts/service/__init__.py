"""The commands of accounts, by subject; this is their one face."""

from marketplace.accounts.service.documents import (
    add_document,
    document_kind,
    open_document,
    remove_document,
)
from marketplace.accounts.service.members import (
    accept_invitation,
    change_member,
    draw_invitation_token,
    invitation_by,
    invite,
    issue_token,
    remove_member,
    revoke_token,
    withdraw_invitation,
)
from marketplace.accounts.service.people import (
    TOKEN_SESSION,
    ask_reset,
    begin_enrolment,
    change_password,
    check_password,
    choose_language,
    choose_organisation,
    confirm_email,
    confirm_enrolment,
    draw_link_token,
    drop_second_factor,
    open_session,
    open_token,
    pass_code,
    reset_password,
    sign_out,
    sign_out_everywhere,
)
from marketplace.accounts.service.registration import (
    Application,
    ask_confirmation,
    bank_account_of,
    edit_organisation,
    register,
    resubmit,
)
from marketplace.accounts.service.staff import Founder, found_platform, found_staff
from marketplace.accounts.service.verification import (
    decide_case,
    restore,
    return_registration,
    suspend,
    verify,
)

__all__ = [
    "TOKEN_SESSION", "Application", "Founder", "accept_invitation", "add_document",
    "ask_confirmation", "ask_reset",
    "bank_account_of", "begin_enrolment", "change_member", "change_password", "check_password",
    "choose_language",
    "choose_organisation", "confirm_email", "confirm_enrolment", "decide_case",
    "document_kind", "draw_invitation_token", "draw_link_token", "drop_second_factor", "edit_organisation",
    "found_platform", "found_staff", "invitation_by", "invite", "issue_token", "open_document",
    "open_session", "open_token", "pass_code", "register", "remove_document", "remove_member",
    "reset_password", "restore", "resubmit", "return_registration", "revoke_token", "sign_out",
    "sign_out_everywhere", "suspend", "verify", "withdraw_invitation",
]  # fmt: skip
