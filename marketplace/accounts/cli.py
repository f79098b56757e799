"""`flask accounts`: the first administrator of an installation, and the people of a demo."""

import json

import click
from flask import Flask
from flask.cli import AppGroup

from marketplace.accounts import credit_code, demo_people, service, totp
from marketplace.core.access import system
from marketplace.core.clock import now
from marketplace.core.database import transaction
from marketplace.core.errors import Refusal
from marketplace.core.holdings import holdings
from marketplace.core.instance import instance

group = AppGroup("accounts", help="Organisations and people.")


def register(app: Flask) -> None:
    """Add the commands."""
    app.cli.add_command(group)


@group.command("found-platform")
@click.option("--name", required=True, help="The operator's name.")
@click.option("--email", required=True, help="The first administrator's address.")
@click.option("--credit-code", "code", required=True, help="The operator's credit code.")
def found_platform(name: str, email: str, code: str) -> None:
    """Make the platform's organisation and its first administrator; print a link that works once."""
    reading = credit_code.read(code)
    if not reading.is_valid:
        raise click.ClickException(f"The credit code is not valid: {reading.problem}.")
    try:
        with transaction():
            link_id = service.found_platform(system("cli"), name, reading.code, email)
        with transaction():
            token = service.draw_link_token(link_id)
    except Refusal as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"{instance().public_url}/account/reset?token={token}")
    click.echo("The link sets the password, works once, and lasts one hour.")


@group.command("seed-demo")
def seed_demo() -> None:
    """Make a demo's organisations and people with random passwords; done twice is done once."""
    try:
        path = demo_people.seed(holdings().settings.data_dir)
    except Refusal as refusal:
        raise click.ClickException("A production instance holds no demo accounts.") from refusal
    click.echo(f"The demo accounts and their passwords are in {path}")


@group.command("code")
@click.argument("key")
def code_now(key: str) -> None:
    """The second-factor code of a demo account at this moment, such as `code reviewer-a`."""
    path = holdings().settings.data_dir / demo_people.FILE
    known = json.loads(path.read_text())["accounts"] if path.exists() else []
    secret = next((one.get("totp") for one in known if one["key"] == key), None)
    if not secret:
        raise click.ClickException(f"{key} is no demo account with a second factor.")
    click.echo(totp.code_at(secret, now()))
