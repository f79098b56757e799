"""A real localstripe, started for the tests; a stated skip where it is not installed."""

import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import requests
from flask import Flask

from marketplace.core import holdings
from marketplace.payments import local_server
from tests import machine
from tests.simulators.proxy import Proxy, proxy_to

SECRET = "whsec_test_of_quanshu"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    end = time.monotonic() + 90  # on a busy machine a server may need its time
    while time.monotonic() < end:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"nothing listens on {port}")


@pytest.fixture(scope="session")
def localstripe() -> Iterator[int]:
    """The port of a real localstripe."""
    if not local_server.is_installed():
        pytest.skip("localstripe is not installed: run make setup")
    port = free_port()
    process = subprocess.Popen(
        local_server.command(port), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        wait_for(port)
        yield port
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture(scope="session")
def stripe_mock() -> Iterator[str]:
    """The address of the real stripe-mock, v0.197.0, where Go could build it."""
    program = machine.stripe_mock()
    if program is None:
        pytest.skip("stripe-mock needs Go, which is not here")
    port = free_port()
    process = subprocess.Popen(
        [str(program), "-http-addr", f"127.0.0.1:{port}"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_for(port)
        yield f"http://127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(10)


@pytest.fixture
def fresh_stripe(localstripe: int) -> int:
    """localstripe with nothing in it."""
    requests.delete(f"http://127.0.0.1:{localstripe}/_config/data", timeout=5)
    return localstripe


@pytest.fixture
def proxy(fresh_stripe: int) -> Iterator[Proxy]:
    """A proxy that can misbehave, in front of localstripe."""
    with proxy_to(fresh_stripe) as one:
        yield one


@pytest.fixture
def cards(app: Flask, proxy: Proxy) -> Iterator[Proxy]:
    """The application with its gateway behind the proxy."""
    settings = holdings.holdings().settings
    holdings.hold_settings(
        replace(
            settings,
            stripe_api_base=proxy.url,
            stripe_api_key="sk_test_of_quanshu",
            stripe_webhook_secrets=("whsec_old", SECRET),
        )
    )
    yield proxy
    holdings.hold_settings(settings)
