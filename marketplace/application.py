"""`create_app`: settings, blueprints, problems, commands. No logic."""

from flask import Flask
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError, CSRFProtect

from marketplace import commands, tables
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
    """Every step's edges, in the order of a dataset's life."""
    assert tables.Model.metadata.tables
    app.extensions["quanshu-api"] = api
    accounts_cli.register(app)
    app.register_blueprint(accounts_views.views)
    api.register_blueprint(accounts_api.bp)
    datasets_cli.register(app)
    app.register_blueprint(datasets_views.views)
    api.register_blueprint(datasets_api.bp)
    ledger_cli.register(app)
    app.register_blueprint(ledger_views.views)
    api.register_blueprint(ledger_api.bp)
    app.register_blueprint(receipts_views.views)
    api.register_blueprint(receipts_api.bp)
    app.register_blueprint(verification_views.views)
    api.register_blueprint(verification_api.bp)
    app.register_blueprint(rights_views.views)
    api.register_blueprint(rights_api.bp)
    app.register_blueprint(compliance_views.views)
    api.register_blueprint(compliance_api.bp)
    app.register_blueprint(valuation_views.views)
    api.register_blueprint(valuation_api.bp)
    app.register_blueprint(catalogue_views.views)
    api.register_blueprint(catalogue_api.bp)
    app.register_blueprint(licensing_views.views)
    api.register_blueprint(licensing_api.bp)
    app.register_blueprint(trading_views.views)
    api.register_blueprint(trading_api.bp)
    app.register_blueprint(statistics_views.views)
    api.register_blueprint(statistics_api.bp)
    app.register_blueprint(payments_views.views)
    app.register_blueprint(payments_hooks.hooks)
    csrf.exempt(payments_hooks.hooks)
    api.register_blueprint(payments_api.bp)
    app.register_blueprint(delivery_views.views)
    api.register_blueprint(delivery_api.bp)
    app.register_blueprint(desk.views)
    demo_cli.register(app)
    app.register_blueprint(notices_views.views)
    api.register_blueprint(notices_api.bp)
    _exempt_api(app)


def _exempt_api(app: Flask) -> None:
    """Programs come with bearer tokens: no form, no cookie, so nothing to forge."""
    for blueprint in app.blueprints.values():
        if (blueprint.url_prefix or "").startswith("/api/"):
            csrf.exempt(blueprint)


def _session_secret(settings: Settings) -> bytes:
    """The key sessions are signed with; a command that needs no key folder gets none that lasts."""
    path = settings.key_dir / "session.key"
    return path.read_bytes() if path.exists() else b"no session outlives this process"


def _csrf_failed(_error: CSRFError) -> ResponseReturnValue:
    return problems.on_refusal(Refusal("csrf_failed"))
