"""`create_app`: settings, blueprints, problems, commands. No logic."""

import secrets

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect

from marketplace import commands
from marketplace.accounts import actors
from marketplace.accounts import api as accounts_api
from marketplace.accounts import cli as accounts_cli
from marketplace.accounts import views as accounts_views
from marketplace.catalogue import api as catalogue_api
from marketplace.catalogue import views as catalogue_views
from marketplace.compliance import api as compliance_api
from marketplace.compliance import views as compliance_views
from marketplace.config import Settings, read_settings
from marketplace.core import database, events, holdings
from marketplace.core.errors import Refusal
from marketplace.datasets import api as datasets_api
from marketplace.datasets import cli as datasets_cli
from marketplace.datasets import views as datasets_views
from marketplace.delivery import api as delivery_api
from marketplace.delivery import views as delivery_views
from marketplace.demo import cli as demo_cli
from marketplace.desk import views as desk
from marketplace.ledger import api as ledger_api
from marketplace.ledger import cli as ledger_cli
from marketplace.ledger import views as ledger_views
from marketplace.licensing import api as licensing_api
from marketplace.licensing import views as licensing_views
from marketplace.notices import api as notices_api
from marketplace.notices import views as notices_views
from marketplace.payments import api as payments_api
from marketplace.payments import hooks as payments_hooks
from marketplace.payments import views as payments_views
from marketplace.reactions import REACTIONS
from marketplace.receipts import api as receipts_api
from marketplace.receipts import views as receipts_views
from marketplace.rights import api as rights_api
from marketplace.rights import views as rights_views
from marketplace.statistics import api as statistics_api
from marketplace.statistics import views as statistics_views
from marketplace.trading import api as trading_api
from marketplace.trading import views as trading_views
from marketplace.valuation import api as valuation_api
from marketplace.valuation import views as valuation_views
from marketplace.verification import api as verification_api
from marketplace.verification import views as verification_views
from marketplace.web import bodies, headers, languages, logs, problems, templating

csrf = CSRFProtect()

# In the order of a dataset's life.
PAGES = (
    ledger_views.views,
    accounts_views.views,
    datasets_views.views,
    rights_views.views,
    compliance_views.views,
    valuation_views.views,
    licensing_views.views,
    catalogue_views.views,
    trading_views.views,
    payments_views.views,
    payments_hooks.hooks,
    delivery_views.views,
    receipts_views.views,
    statistics_views.views,
    verification_views.views,
    notices_views.views,
    desk.views,
)
INTERFACES = (
    ledger_api.bp,
    accounts_api.bp,
    datasets_api.bp,
    rights_api.bp,
    compliance_api.bp,
    valuation_api.bp,
    licensing_api.bp,
    catalogue_api.bp,
    trading_api.bp,
    payments_api.bp,
    delivery_api.bp,
    receipts_api.bp,
    statistics_api.bp,
    verification_api.bp,
    notices_api.bp,
)
WITH_COMMANDS = (ledger_cli, accounts_cli, datasets_cli, demo_cli)


def create_app(settings: Settings | None = None) -> Flask:
    """The application. Needs no database, key or data folder for commands that need none."""
    settings = settings or read_settings()
    app = Flask(__name__, template_folder="../templates", static_folder="static")
    app.json = bodies.ReadableJSON(app)
    app.config.update(
        SQLALCHEMY_DATABASE_URI=settings.database_url,
        SESSION_COOKIE_PATH="/",
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure_cookies,
        SECRET_KEY=_session_secret(settings),
        MAX_CONTENT_LENGTH=None,
        MAX_FORM_MEMORY_SIZE=2 * 1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        API_TITLE="泉数 Quanshu",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX="/api/v1",
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS=problems.described(settings.public_url),
    )
    holdings.hold_settings(settings)
    events.subscribe(REACTIONS)
    database.db.init_app(app)
    with app.app_context():
        database.prepare(database.db.engine)
    languages.speak(app)
    headers.guard(app)
    logs.write_logs(app, settings.log_level)
    bodies.bound(app)
    csrf.init_app(app)
    app.register_error_handler(CSRFError, _csrf_failed)
    problems.handle_problems(app)
    templating.furnish(app)
    actors.install(app)
    commands.add_commands(app)
    _register(app, problems.PlainApi(app))
    return app


def _register(app: Flask, api: problems.PlainApi) -> None:
    """Every step's edges: pages, interface and commands."""
    app.extensions["quanshu-api"] = api
    for pages in PAGES:
        app.register_blueprint(pages)
    for interface in INTERFACES:
        api.register_blueprint(interface)
    for step in WITH_COMMANDS:
        step.register(app)
    csrf.exempt(payments_hooks.hooks)
    _exempt_api(app)


def _exempt_api(app: Flask) -> None:
    """Programs come with bearer tokens: no form, no cookie, so nothing to forge."""
    for blueprint in app.blueprints.values():
        if (blueprint.url_prefix or "").startswith("/api/"):
            csrf.exempt(blueprint)


def _session_secret(settings: Settings) -> bytes:
    """The key sessions are signed with; a command that needs no key folder gets none that lasts."""
    path = settings.key_dir / "session.key"
    return path.read_bytes() if path.exists() else secrets.token_bytes(32)


def _csrf_failed(_error: CSRFError) -> ResponseReturnValue:
    return problems.on_refusal(Refusal("csrf_failed"))
