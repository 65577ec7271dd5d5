"""A headless Chromium of its own, driven by the DevTools protocol; remembers what a page asked for and complained of."""

import base64
import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

from websockets.sync.client import connect

#: Any of these will do; `bin/test` installs the first where the distribution has it.
PROGRAMS = ("chromium-headless-shell", "chromium", "google-chrome")
START_SECONDS_MAX = 30
WAIT_SECONDS_MAX = 30


def program():
    """Where a browser is, or nothing."""
    return next(filter(None, map(shutil.which, PROGRAMS)), None)


class Browser:
    """Use with `with`; one tab."""

    def __init__(self):
        self.folder = Path(tempfile.mkdtemp(prefix="tradewind-browser-"))
        self.number = 0
        self.requests, self.complaints, self.loaded = [], [], set()

    def __enter__(self):
        command = [
            program(), "--headless", "--remote-debugging-port=0", f"--user-data-dir={self.folder}", "--disable-gpu",
            "--disable-dev-shm-usage", "--no-first-run", "--disable-background-networking",
        ] + (["--no-sandbox"] if os.geteuid() == 0 else []) + ["about:blank"]
        # A group of its own: what is started may be a script that starts the browser.
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
        port = self.wait_for(self.port)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/json/list", timeout=10) as answer:
            tab = next(t for t in json.load(answer) if t["type"] == "page")
        self.stack = ExitStack()
        self.socket = self.stack.enter_context(connect(tab["webSocketDebuggerUrl"], max_size=64 << 20))
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")
        self.call("Page.setLifecycleEventsEnabled", enabled=True)
        return self

    def __exit__(self, *_):
        self.stack.close()
        os.killpg(self.process.pid, signal.SIGTERM)
        self.process.wait(20)
        shutil.rmtree(self.folder, ignore_errors=True)

    def port(self):
        file = self.folder / "DevToolsActivePort"
        return file.read_text().split("\n")[0] if file.exists() and file.read_text().count("\n") else None

    @staticmethod
    def wait_for(question):
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline:
            answer = question()
            if answer:
                return answer
            time.sleep(0.05)
        raise TimeoutError(question)

    def call(self, method, **parameters):
        self.number += 1
        self.socket.send(json.dumps({"id": self.number, "method": method, "params": parameters}))
        while True:
            message = json.loads(self.socket.recv(WAIT_SECONDS_MAX))
            if message.get("id") == self.number:
                if "error" in message:
                    raise RuntimeError(message["error"])
                return message["result"]
            self.hear(message)

    def hear(self, message):
        method, parameters = message.get("method"), message.get("params", {})
        if method == "Network.requestWillBeSent":
            self.requests.append(parameters["request"]["url"])
        elif method == "Runtime.consoleAPICalled" and parameters["type"] in ("error", "warning", "assert"):
            self.complaints.append(str(parameters["args"]))
        elif method == "Runtime.exceptionThrown":
            self.complaints.append(str(parameters["exceptionDetails"]))
        elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
            self.complaints.append(parameters["entry"]["text"])
        elif method == "Page.lifecycleEvent" and parameters["name"] == "load":
            self.loaded.add(parameters["loaderId"])

    def size(self, width, height, dark=False):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=width < 500)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.call("Emulation.setEmulatedMedia", features=[scheme])

    def scripts(self, are_on):
        self.call("Emulation.setScriptExecutionDisabled", value=not are_on)

    def open(self, url):
        """Loads a page afresh, also where only the fragment differs."""
        self.load("about:blank")
        self.requests, self.complaints = [], []
        self.load(url)

    def load(self, url):
        loader = self.call("Page.navigate", url=url)["loaderId"]
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while loader not in self.loaded:
            if time.monotonic() > deadline:
                raise TimeoutError(url)
            self.hear(json.loads(self.socket.recv(WAIT_SECONDS_MAX)))

    def ask(self, expression):
        result = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in result:
            raise RuntimeError(result["exceptionDetails"])
        return result["result"].get("value")

    def press(self, key, text=None):
        self.call("Input.dispatchKeyEvent", type="keyDown", key=key, **({"text": text} if text else {}))
        self.call("Input.dispatchKeyEvent", type="keyUp", key=key)

    def type(self, text):
        self.call("Input.insertText", text=text)

    def picture(self, path):
        data = self.call("Page.captureScreenshot", format="png")["data"]
        Path(path).write_bytes(base64.b64decode(data))
