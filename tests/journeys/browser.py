"""People with a real browser, and what is asked of every page that they look at."""

import email
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from email.policy import default
from pathlib import Path
from typing import Any

import pyotp
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Response

from marketplace.demo.client import Account
from tests.journeys.running import Running

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
NUMBER = re.compile(r"(?<=/verify/).+")
LINK = re.compile(r"https?://\S+/account/confirm\?token=\S+")
PATIENCE_SECONDS = 60.0
TOTP_PERIOD = 30


@dataclass
class Visitor:
    """One person's browser window; `look` after each new page."""

    name: str
    url: str
    context: BrowserContext
    page: Page
    checked: set[str]
    has_scripts: bool = True
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.set_default_timeout(20_000)
        self.page.on("console", self._hear)
        self.page.on("response", self._receive)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type == "error" and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"console: {message.text}")

    def _receive(self, answer: Response) -> None:
        if answer.status >= 400 and not answer.request.is_navigation_request():
            self.complaints.append(f"{answer.status}: {answer.url}")

    def open(self, path: str, status: int = 200) -> Page:
        """Go to an address and look at the page."""
        answer = self.page.goto(path if path.startswith("http") else self.url + path)
        assert answer is not None
        assert answer.status == status, f"{path}: {answer.status}"
        self.look()
        return self.page

    def press(self, words: str, *, within: str = "main") -> None:
        """Press the button or follow the link with exactly these words; look where that leads."""
        place = self.page.locator(within)
        exact = re.compile(rf"^\s*{re.escape(words)}\s*$")
        found = place.get_by_role("button", name=exact).or_(place.get_by_role("link", name=exact))
        found.first.click()
        self.look()

    def fill(self, **values: str) -> None:
        """Write into the fields with these names."""
        for name, value in values.items():
            self.page.locator(f"main [name={name}]:visible").first.fill(value)

    def choose(self, **values: str) -> None:
        """Choose in lists, and tick what has this value."""
        for name, value in values.items():
            chosen = self.page.locator(f"main select[name={name}]")
            if chosen.count():
                chosen.first.select_option(value)
            else:
                self.page.locator(f"main input[name={name}][value='{value}']").first.check()

    def tick(self, name: str, *values: str) -> None:
        """Tick exactly these of a group of boxes."""
        for box in self.page.locator(f"main input[name={name}]").all():
            box.set_checked(box.get_attribute("value") in values)

    def sees(self, words: str, *, within: str = "main") -> None:
        """The page says so."""
        assert words in self.page.locator(within).inner_text(), f"{self.page.url}: no {words!r}"

    def waits_for(self, words: str, *, again: Callable[[], None] | None = None) -> None:
        """Load the page again until it says so."""
        end = time.monotonic() + PATIENCE_SECONDS
        while words not in self.page.locator("main").inner_text():
            assert time.monotonic() < end, f"{self.page.url}: {words!r} did not come"
            time.sleep(0.4)
            if again:
                again()
            else:
                self.page.reload()
        self.look()

    def look(self) -> None:
        """Nothing is wrong with this page: no complaint of the browser, a title, no axe violation."""
        self.page.wait_for_load_state("load")
        assert self.page.title().strip(), f"{self.page.url} has no title"
        said, self.complaints = self.complaints, []
        assert not said, f"{self.page.url}: {said}"
        shape = self._shape()
        if self.has_scripts and shape not in self.checked:
            self.checked.add(shape)
            self._check_access()
        wide = self.page.locator("html").evaluate(
            "root => root.scrollWidth - root.clientWidth", timeout=5_000
        ) if self.has_scripts else 0  # fmt: skip
        assert wide <= 0, f"{self.page.url} is {wide} pixels too wide"

    def _shape(self) -> str:
        path = self.page.url.removeprefix(self.url).partition("?")[0].partition("#")[0]
        refused = " refused" if self.page.locator("#errors").count() else ""
        return NUMBER.sub("<number>", UUID.sub("<id>", path)) + refused

    def _check_access(self) -> None:
        self.page.evaluate(AXE_SCRIPT)
        wanted = {"runOnly": {"type": "tag", "values": TAGS}, "resultTypes": ["violations"]}
        found: dict[str, Any] = self.page.evaluate("wanted => axe.run(wanted)", wanted)
        said = [
            f"{one['id']}: {node['html'][:160]} {node['failureSummary'][:300]}"
            for one in found["violations"]
            for node in one["nodes"][:3]
        ]
        assert not said, f"{self.page.url}:\n" + "\n".join(said)


@dataclass
class People:
    """Everybody who plays; each signs in once and keeps the browser window."""

    instance: Running
    browser: Browser
    checked: set[str] = field(default_factory=set)
    accounts: dict[str, Account] = field(default_factory=dict)
    seated: dict[str, Visitor] = field(default_factory=dict)

    def visitor(self, name: str = "visitor", *, scripts: bool = True, **how: Any) -> Visitor:
        """Somebody who is not signed in."""
        context = self.browser.new_context(
            java_script_enabled=scripts,
            locale="zh-CN",
            viewport={"width": 1280, "height": 900},
            **how,
        )
        found = Visitor(name, self.instance.url, context, context.new_page(), self.checked, scripts)
        self.seated[f"{name} {len(self.seated)}"] = found
        return found

    def person(self, key: str, *, scripts: bool = True) -> Visitor:
        """An account of the demo, signed in by hand; "public" is nobody."""
        name = key if scripts else f"{key} without scripts"
        if name not in self.seated:
            self.seated[name] = self.visitor(name, scripts=scripts)
            if key != "public":
                self.sign_in(self.seated[name], self.accounts[key])
        return self.seated[name]

    def sign_in(self, visitor: Visitor, account: Account) -> None:
        """The form, and the six digits where they are asked for."""
        visitor.open("/account/sign-in")
        visitor.fill(email=account.email, password=account.password)
        visitor.press("登录")
        while visitor.page.url.partition("?")[0].endswith("/account/code"):
            assert account.totp is not None
            visitor.fill(totp=pyotp.TOTP(account.totp).now())
            visitor.press("继续")
            if visitor.page.locator("#errors").count():  # the code was used a moment ago
                time.sleep(TOTP_PERIOD - time.time() % TOTP_PERIOD + 0.5)
        visitor.sees("工作台")

    def close(self) -> None:
        """Close every window."""
        for context in {id(one.context): one.context for one in self.seated.values()}.values():
            context.close()


def confirmation_link(folder: Path, address: str) -> str:
    """The link in the newest mail to this address, once it has come."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end:
        for path in sorted((folder / "mail").glob("*.eml"), reverse=True):
            mail = email.message_from_bytes(path.read_bytes(), policy=default)
            body = mail.get_body()
            hit = LINK.search(body.get_content()) if body is not None else None
            if address in str(mail["To"]) and hit:
                return hit.group()
        time.sleep(0.3)
    raise AssertionError(f"no confirmation mail came to {address}")


def read_accounts(instance: Running) -> dict[str, Account]:
    """The demo's accounts."""
    found = json.loads((instance.folder / "demo-accounts.json").read_text())["accounts"]
    names = set(Account.__dataclass_fields__)
    return {one["key"]: Account(**{k: v for k, v in one.items() if k in names}) for one in found}
