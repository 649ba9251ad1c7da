"""Chromium for tests, by the DevTools protocol over its pipe: open a page, run JavaScript, read console and requests, take a picture."""

from __future__ import annotations

import base64
import json
import os
import select
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
PATIENCE = 30.0
"""Seconds for an answer or a page."""


class BrowserError(Exception):
    """Chromium did not start, did not answer, or JavaScript threw."""


def executable() -> str | None:
    """Where Chromium is, or None."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One headless Chromium. ``open`` gives a page of its own, with its own cookies, storage and cache."""

    def __init__(self, folder: Path) -> None:
        """Start it; its profile goes to ``folder``."""
        program = executable()
        if program is None:
            raise BrowserError("no Chromium on PATH")
        theirs, self._out = os.pipe()
        self._in, answers = os.pipe()
        flags = [
            "--headless=new",
            "--remote-debugging-pipe",
            f"--user-data-dir={folder}",
            "--no-first-run",
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-extensions",
            "--disable-background-networking",
            "--hide-scrollbars",
            "--force-color-profile=srgb",
            "--lang=en",
            *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
        ]
        # Chromium reads orders from descriptor 3 and answers on 4; both ends are copied high up first, lest one overwrites the other.
        start = (
            "import fcntl, os, sys; r, w = (fcntl.fcntl(int(n), fcntl.F_DUPFD, 64) for n in sys.argv[1:3]);"
            "os.dup2(r, 3); os.dup2(w, 4); os.execv(sys.argv[3], sys.argv[3:])"
        )
        self._process = subprocess.Popen(
            [sys.executable, "-IS", "-c", start, str(theirs), str(answers), program, *flags],
            pass_fds=(theirs, answers),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        os.close(answers)
        self._received = b""
        self._number = 0
        self._pages: dict[str, Page] = {}
        try:
            self.version: str = self.send("Browser.getVersion")["product"]
        except (BrowserError, OSError):
            self.close()
            raise

    def open(
        self, url: str = "about:blank", *, width: int = 1280, height: int = 900, dark: bool = False, js: bool = True
    ) -> Page:
        """A new page at ``url``, loaded."""
        context = self.send("Target.createBrowserContext")["browserContextId"]
        target = self.send("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.send("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session, context)
        for domain in ("Page", "Runtime", "Log", "Network"):
            page.send(f"{domain}.enable")
        page.emulate(width=width, height=height, dark=dark)
        if not js:
            page.send("Emulation.setScriptExecutionDisabled", value=True)
        if url != "about:blank":
            page.goto(url)
        return page

    def send(self, method: str, *, session: str = "", **parameters: Any) -> dict[str, Any]:
        """Give an order and wait for its answer; events that come meanwhile go to their pages."""
        self._number += 1
        number = self._number
        message: dict[str, Any] = {"id": number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while (answer := self.receive(PATIENCE)).get("id") != number:
            pass
        if "error" in answer:
            raise BrowserError(f"{method}: {answer['error'].get('message')}")
        result: dict[str, Any] = answer["result"]
        return result

    def receive(self, seconds: float) -> dict[str, Any]:
        """The next message; events are heard by their pages first. Raises BrowserError after ``seconds`` without one."""
        end = time.monotonic() + seconds
        while b"\0" not in self._received:
            ready, _, _ = select.select([self._in], [], [], max(0.0, end - time.monotonic()))
            if not ready:
                raise BrowserError(f"no answer from Chromium within {seconds:.0f} s")
            chunk = os.read(self._in, 1 << 20)
            if not chunk:
                raise BrowserError("Chromium ended")
            self._received += chunk
        line, self._received = self._received.split(b"\0", 1)
        message: dict[str, Any] = json.loads(line)
        page = self._pages.get(message.get("sessionId", ""))
        if page is not None and "method" in message:
            page.hear(message["method"], message["params"])
        return message

    def forget(self, session: str) -> None:
        """A page is closed."""
        self._pages.pop(session, None)

    def close(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        os.close(self._out)
        os.close(self._in)


class Page:
    """One page. ``console`` has all that was logged, CSP refusals and failed loads included; ``requests`` every address asked for."""

    def __init__(self, browser: Browser, session: str, context: str) -> None:
        self._browser = browser
        self._session = session
        self._context = context
        self._loads = 0
        self.console: list[str] = []
        self.requests: list[str] = []
        self.statuses: dict[str, int] = {}
        """Status of each answer, by address."""

    def send(self, method: str, **parameters: Any) -> dict[str, Any]:
        """An order of the DevTools protocol for this page."""
        return self._browser.send(method, session=self._session, **parameters)

    def goto(self, url: str) -> Page:
        """Go there and wait until it is loaded; ``console``, ``requests`` and ``statuses`` begin anew."""
        self.console, self.requests, self.statuses = [], [], {}
        before = self._loads
        answer = self.send("Page.navigate", url=url)
        if answer.get("errorText"):
            raise BrowserError(f"{url}: {answer['errorText']}")
        if "loaderId" in answer:  # absent for a jump inside the page
            self.wait_load(before)
        return self.settle()

    def reload(self) -> Page:
        """Load it again."""
        before = self._loads
        self.send("Page.reload")
        self.wait_load(before)
        return self.settle()

    def wait_load(self, before: int) -> None:
        """Wait for a load after the ``before``-th."""
        end = time.monotonic() + PATIENCE
        while self._loads <= before:
            self._browser.receive(max(0.01, end - time.monotonic()))

    @property
    def loads(self) -> int:
        """How often a document was loaded here."""
        return self._loads

    def settle(self, seconds: float = 0.1) -> Page:
        """Hear what comes in the next moments."""
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            try:
                self._browser.receive(left)
            except BrowserError:
                break
        return self

    def evaluate(self, script: str) -> Any:
        """The value of a JavaScript expression (promises are awaited). Raises BrowserError with what it threw."""
        answer = self.send("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True, userGesture=True)
        if "exceptionDetails" in answer:
            details = answer["exceptionDetails"]
            raise BrowserError(str(details.get("exception", {}).get("description") or details.get("text")))
        return answer["result"].get("value")

    def wait_for(self, script: str, seconds: float = 10.0) -> Any:
        """Evaluate again and again until the value is true; that value. Raises BrowserError when the time is over."""
        end = time.monotonic() + seconds
        while True:
            try:
                value = self.evaluate(script)
            except BrowserError:
                value = None  # the page is just being replaced by the next one
            if value:
                return value
            if time.monotonic() > end:
                raise BrowserError(f"still not true after {seconds:.0f} s: {script}")
            self.settle(0.05)

    def click(self, selector: str) -> Page:
        """Click an element as a mouse does, in its middle."""
        box = self.evaluate(
            f"(() => {{ const e = document.querySelector({json.dumps(selector)}); e.scrollIntoView({{block: 'center'}});"
            " const r = e.getBoundingClientRect(); return [r.x + r.width / 2, r.y + r.height / 2]; })()"
        )
        for kind in ("mousePressed", "mouseReleased"):
            self.send("Input.dispatchMouseEvent", type=kind, x=box[0], y=box[1], button="left", clickCount=1)
        return self.settle()

    def press(self, key: str, *, text: str = "", modifiers: int = 0) -> Page:
        """Press a key (``Tab``, ``Enter``, ``/``); ``modifiers``: 1 Alt, 2 Ctrl, 4 Meta, 8 Shift."""
        codes = {
            "Backspace": 8,
            "Tab": 9,
            "Enter": 13,
            "Escape": 27,
            "ArrowLeft": 37,
            "ArrowUp": 38,
            "ArrowRight": 39,
            "ArrowDown": 40,
        }
        typed = text or (key if len(key) == 1 and not modifiers & 7 else "\r" if key == "Enter" else "")
        shared: dict[str, Any] = {
            "key": key,
            "modifiers": modifiers,
            "windowsVirtualKeyCode": codes.get(key, ord(key[0].upper())),
        }
        self.send(
            "Input.dispatchKeyEvent", type="keyDown" if typed else "rawKeyDown", **shared, **({"text": typed} if typed else {})
        )
        self.send("Input.dispatchKeyEvent", type="keyUp", **shared)
        return self.settle()

    def emulate(
        self,
        *,
        width: int = 1280,
        height: int = 900,
        dark: bool = False,
        media: str = "",
        features: Mapping[str, str] | None = None,
    ) -> Page:
        """A window's size, dark or light, ``media="print"``, and other media features (``{"prefers-reduced-motion": "reduce"}``)."""
        self.send("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 720)
        wanted = {"prefers-color-scheme": "dark" if dark else "light", **(features or {})}
        self.send("Emulation.setEmulatedMedia", media=media, features=[{"name": n, "value": v} for n, v in wanted.items()])
        return self

    def screenshot(self, path: Path, *, width: int = 0, height: int = 0, dark: bool | None = None, full: bool = False) -> Path:
        """A PNG of the window, or of the ``full`` page; size and colours change if given."""
        if width or height or dark is not None:
            self.emulate(width=width or 1280, height=height or 900, dark=bool(dark))
            self.settle()
        data = self.send("Page.captureScreenshot", format="png", captureBeyondViewport=full)["data"]
        path.write_bytes(base64.b64decode(data))
        return path

    @property
    def html(self) -> str:
        """The DOM as it is now."""
        return str(self.evaluate("document.documentElement.outerHTML"))

    @property
    def text(self) -> str:
        """What a reader sees of it."""
        return str(self.evaluate("document.body.innerText"))

    def close(self) -> None:
        """Close it."""
        self._browser.forget(self._session)
        self._browser.send("Target.disposeBrowserContext", browserContextId=self._context)

    def hear(self, method: str, event: Mapping[str, Any]) -> None:
        """An event of the DevTools protocol."""
        match method:
            case "Page.loadEventFired":
                self._loads += 1
            case "Runtime.consoleAPICalled":
                words = (str(item.get("value", item.get("description", ""))) for item in event["args"])
                self.console.append(f"{event['type']}: {' '.join(words)}")
            case "Runtime.exceptionThrown":
                details = event["exceptionDetails"]
                self.console.append(f"exception: {details.get('exception', {}).get('description') or details['text']}")
            case "Log.entryAdded":
                entry = event["entry"]
                self.console.append(f"{entry['level']}: {entry['text']} {entry.get('url', '')}".rstrip())
            case "Network.requestWillBeSent":
                self.requests.append(event["request"]["url"])
            case "Network.responseReceived":
                self.statuses[event["response"]["url"]] = event["response"]["status"]
