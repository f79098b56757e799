"""`flask demo`: play a dataset's whole life against a running demo instance, over HTTP only."""

import sys
from collections.abc import Callable
from pathlib import Path

import click
import requests
from flask import Flask

from marketplace.config import read_settings
from marketplace.demo import play
from marketplace.demo.client import Account, Unexpected, read_accounts
from marketplace.demo.stage import Stage

BASE_URL = click.option("--base-url", help="Address of the instance; PUBLIC_URL by default.")


@click.group("demo", invoke_without_command=True)
@BASE_URL
@click.option("--rows", type=int, help="Take only so many rows of the flights table.")
@click.pass_context
def demo(context: click.Context, base_url: str | None, rows: int | None) -> None:
    """Play one dataset's whole life; exit status 1 at the first thing that is not as expected."""
    if context.invoked_subcommand is None:
        _play(base_url, lambda stage: play.whole_life(stage, rows))


@demo.command("load")
@BASE_URL
def load(base_url: str | None) -> None:
    """Fill the catalogue with the demo's tables and play one sale, once per instance."""
    mark = read_settings().data_dir / "demo-loaded"
    if mark.exists():
        return
    _play(base_url, play.load)
    mark.touch(mode=0o600)


def register(app: Flask) -> None:
    """Add the group to the flask command."""
    app.cli.add_command(demo)


def _play(base_url: str | None, acts: Callable[[Stage], None]) -> None:
    settings = read_settings()
    accounts = _accounts(settings.data_dir)
    stage = Stage((base_url or settings.public_url).rstrip("/"), accounts, click.echo)
    try:
        acts(stage)
    except (Unexpected, requests.RequestException) as wrong:
        click.echo(f"✗ {wrong}", err=True)
        sys.exit(1)


def _accounts(data_dir: Path) -> dict[str, Account]:
    try:
        return read_accounts(data_dir / "demo-accounts.json")
    except FileNotFoundError:
        click.echo(f"✗ {data_dir} holds no demo-accounts.json: is it a demo's DATA_DIR?", err=True)
        sys.exit(1)
