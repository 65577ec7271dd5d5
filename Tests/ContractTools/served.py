"""`tradewind serve` as a process of its own over a private cluster in a folder of its own; ends only what it started."""

import atexit
import json
import os
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS_MAX = 90


@dataclass
class Reply:
    status: int
    headers: dict
    body: bytes

    @property
    def json(self):
        return json.loads(self.body) if self.body else None


class Served:
    """Use with `with`: the address is `address`."""

    in_common = []

    def __init__(self):
        self.program = os.environ.get("TRADEWIND_PROGRAM", str(REPOSITORY / ".build/debug/tradewind"))
        self.folder = Path(tempfile.mkdtemp(prefix="tradewind-contract-"))
        self.folder.chmod(0o755)
        self.log = self.folder / "serve.log"

    def __enter__(self):
        environment = {k: v for k, v in os.environ.items() if not k.startswith("TRADEWIND_") and k != "DATABASE_URL"}
        environment["TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK"] = "true"
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                [self.program, "serve", "--state", str(self.folder / "state"), "--port", "0"], cwd=REPOSITORY, stdout=log,
                stderr=subprocess.STDOUT, env=environment)
        deadline = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < deadline and self.process.poll() is None:
            listening = re.search(r"listening.*?(http://[0-9.]+:\d+)", self.log.read_text())
            if listening:
                self.address = listening[1]
                return self
            time.sleep(0.05)
        self.__exit__()
        raise RuntimeError(f"the program did not start: {self.log_text}")

    def __exit__(self, *_):
        self.log_text = self.log.read_text()
        self.process.terminate()
        try:
            self.process.wait(40)
        except subprocess.TimeoutExpired:
            self.process.kill()
        shutil.rmtree(self.folder, ignore_errors=True)

    @classmethod
    def shared(cls):
        """The one that tests have in common; it ends with the tests."""
        if not cls.in_common:
            cls.in_common.append(cls().__enter__())
            atexit.register(cls.in_common[0].__exit__)
        return cls.in_common[0]

    def platform_key(self):
        """The first administrator's, a person."""
        command = [self.program, "keys", "bootstrap", "--person", "Vera Orlova", "--state", str(self.folder / "state")]
        done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=True)
        return done.stdout.split()[-1]

    def send(self, method, path, key=None, body=None, headers=None):
        headers = dict(headers or {})
        if key:
            headers["Authorization"] = f"Bearer {key}"
        if body is not None and not isinstance(body, bytes):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        request = urllib.request.Request(self.address + path, data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return Reply(answer.status, dict(answer.headers), answer.read())
        except urllib.error.HTTPError as error:
            return Reply(error.code, dict(error.headers), error.read())
