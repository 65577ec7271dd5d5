"""The storm: what good receivers get while others do what they can against the service, and what is lost when the service and its
PostgreSQL are killed meanwhile. Real processes throughout: `tradewind serve` with its private cluster, receivers of their own.

usage: webhook_storm.py PROGRAM FOLDER [--seconds 30] [--rate 6] [--json]

Prints one line for each number, with its goal; ends with 1 where one is missed. `--rate`: events a second, of three retailers in turn.
"""

import argparse
import asyncio
import http.client
import json
import multiprocessing
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
from pathlib import Path

GOOD, RATIO_GOAL = 100, 1.5
START_SECONDS_MAX, ARRIVAL_SECONDS_MAX = 60, 180
KINDS = ["hang", "reset", "fails", "drip", "endless", "headers", "redirect", "gone", "certificate"]
VERSION = re.compile(rb'"retailer":"([^"]+)".*"version": ?(\d+)')


class Receiver(asyncio.Protocol):
    """Answers by its path; the good and the mended note which event came when."""

    def __init__(self, notes, tasks, witness):
        self.notes, self.tasks, self.witness, self.data = notes, tasks, witness, b""

    def connection_made(self, transport):
        self.transport = transport

    def data_received(self, data):
        self.data += data
        while (end := self.data.find(b"\r\n\r\n")) >= 0:
            head = self.data[:end].decode("latin-1")
            length = int(re.search(r"(?i)\r\ncontent-length: *(\d+)", head)[1])
            if len(self.data) < end + 4 + length:
                return
            body, self.data = self.data[end + 4:end + 4 + length], self.data[end + 4 + length:]
            self.answer(head.split(" ", 2)[1], body)

    def answer(self, path, body):
        kind = path.split("/")[1]
        if kind in ("good", "mended"):
            if found := VERSION.search(body):
                self.notes.append((path, found[1].decode(), int(found[2]), time.monotonic()))
            self.transport.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        elif kind == "reset":
            self.transport.get_extra_info("socket").setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")
            self.transport.abort()
        elif kind in ("drip", "endless", "headers"):
            self.tasks.add(task := asyncio.ensure_future(self.pour(kind)))
            task.add_done_callback(self.tasks.discard)
        elif kind == "redirect":
            self.transport.write(
                f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{self.witness}/inside\r\nContent-Length: 0\r\n\r\n".encode())
        elif kind in ("fails", "gone"):
            self.transport.write(b"HTTP/1.1 %s\r\nContent-Length: 0\r\n\r\n" % (b"500 Oops" if kind == "fails" else b"410 Gone"))
        # `hang` says nothing.

    async def pour(self, kind):
        first, piece, pause = {
            "drip": (b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n", b"x", 1),
            "endless": (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 16384, 0.01),
            "headers": (b"HTTP/1.1 200 OK\r\n", b"X-More: " + b"x" * 8000 + b"\r\n", 0.01),
        }[kind]
        self.transport.write(first)
        while not self.transport.is_closing():
            self.transport.write(piece)
            await asyncio.sleep(pause)


def receive(pipe, hostile, certificate):
    """The receivers of one process; `hostile` ones have a process of their own, so that they take nothing from the good."""

    async def main():
        notes, tasks = [], set()
        loop = asyncio.get_running_loop()
        witness = []
        inside = await asyncio.start_server(lambda *_: witness.append(1), "127.0.0.1", 0)
        make = lambda: Receiver(notes, tasks, inside.sockets[0].getsockname()[1])
        server = await loop.create_server(make, "127.0.0.1", 0, backlog=1024)
        ports = {"http": server.sockets[0].getsockname()[1]}
        if hostile:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            secured = await loop.create_server(make, "127.0.0.1", 0, ssl=context)
            ports["https"] = secured.sockets[0].getsockname()[1]
        pipe.send(ports)
        while True:
            while not pipe.poll():
                await asyncio.sleep(0.02)
            if pipe.recv() == "end":
                return
            pipe.send((list(notes), len(witness)))
            notes.clear()

    asyncio.run(main())


class Receivers:
    def __init__(self, hostile, certificate=None):
        self.pipe, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=receive, args=(theirs, hostile, certificate), daemon=True)
        self.process.start()
        self.ports = self.pipe.recv()

    def notes(self):
        self.pipe.send("notes")
        return self.pipe.recv()

    def end(self):
        self.pipe.send("end")
        self.process.join(5)


class Server:
    """The program while it serves; it may be killed and comes back on the same port."""

    def __init__(self, program, folder):
        self.program, self.folder = str(Path(program).resolve()), Path(folder).resolve()
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.environment = dict(os.environ, TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK="true")
        self.environment.pop("DATABASE_URL", None)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.start()

    def start(self):
        self.log = (self.folder / "serve.log").open("a")
        self.process = subprocess.Popen(
            [self.program, "serve", "--state", str(self.folder), "--port", str(self.port)], env=self.environment, stdout=self.log,
            stderr=subprocess.STDOUT)
        self.ready()

    def ready(self):
        end = time.monotonic() + START_SECONDS_MAX
        while time.monotonic() < end:
            try:
                if self.request("GET", "/health/ready")[0] == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise SystemExit(f"the server is not ready; see {self.log.name}")

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def kill_postgres(self):
        for file in self.folder.glob("*/postmaster.pid"):
            os.kill(int(file.read_text().split("\n")[0]), signal.SIGKILL)
            return
        raise SystemExit(f"no PostgreSQL in {self.folder}: as root, the user postgres must be able to pass the folders above it")

    def end(self):
        self.process.terminate()
        try:
            self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()

    def request(self, method, path, body=None, key=None, timeout=30):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        headers = {"Authorization": f"Bearer {key}", "If-Match": "*"} if key else {}
        if body is not None:
            headers["Content-Type"] = "application/json"
        try:
            connection.request(method, path, json.dumps(body) if body is not None else None, headers)
            answer = connection.getresponse()
            text = answer.read()
        except http.client.HTTPException as fault:
            raise OSError(str(fault)) from fault
        finally:
            connection.close()
        return answer.status, json.loads(text) if text.startswith(b"{") else text

    def must(self, *words, **named):
        status, body = self.request(*words, **named)
        if not 200 <= status < 300:
            raise SystemExit(f"{words[0]} {words[1]}: {status} {body}")
        return body


class Retailer:
    def __init__(self, server, platform, name):
        self.server = server
        self.id = server.must(
            "POST", "/v1/retailers", {"name": name, "currency": "RUB", "zone": "Europe/Moscow", "language": "ru"}, key=platform)["id"]
        self.path = f"/v1/retailers/{self.id}"
        self.key = server.must("POST", self.path + "/keys", {"name": "admin", "roles": ["admin"]}, key=platform)["token"]
        self.endpoints, self.events, self.days = {}, [], 0

    def endpoint(self, url):
        made = self.server.must("POST", self.path + "/endpoints", {"url": url, "event_types": ["policy.edited"]}, key=self.key)
        self.endpoints[made["id"]] = url
        return made["id"]

    def remove(self, endpoint):
        self.server.must("DELETE", f"{self.path}/endpoints/{endpoint}", key=self.key)
        del self.endpoints[endpoint]

    def tell(self):
        """One event; its version and when it was asked for, or None where there was no answer."""
        asked = time.monotonic()
        self.days = self.days % 7 + 1
        try:
            status, policy = self.server.request(
                "PATCH", self.path + "/policy", {"late_receipt_days": self.days}, key=self.key, timeout=5)
        except OSError:
            return None
        if status != 200:
            return None
        self.events.append((policy["version"], asked))
        return policy["version"]


def tell(retailers, seconds, rate, at=()):
    """Events at an even pace; `at` has moments with what is done then."""
    start, told, left = time.monotonic(), 0, sorted(at, key=lambda moment: moment[0])
    while (now := time.monotonic() - start) < seconds:
        retailers[told % len(retailers)].tell()
        told += 1
        # Right after an event, whose messages are under way.
        while left and left[0][0] <= now:
            left.pop(0)[1]()
        time.sleep(max(0, start + told / rate - time.monotonic()))
    for _, act in left:
        act()


def arrivals(receivers, expected, seconds):
    """Waits until each of `expected` (path, retailer, version) has come. First arrivals, how many came in all, what is missing."""
    first, count, end = {}, 0, time.monotonic() + seconds
    while True:
        for path, retailer, version, at in receivers.notes()[0]:
            count += 1
            first.setdefault((path, retailer, version), at)
        missing = expected - first.keys()
        if not missing or time.monotonic() > end:
            return first, count, missing
        time.sleep(0.2)


def percentile(values, part):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * part))] if values else float("nan")


def latencies(receivers, retailers, good, since):
    """Milliseconds from the request that made an event to each good receiver."""
    asked = {(retailer.id, version): at for retailer in retailers for version, at in retailer.events[since.get(retailer.id, 0):]}
    expected = {(path, own.id, version) for own, path in good for version, _ in own.events[since.get(own.id, 0):]}
    first, count, missing = arrivals(receivers, expected, ARRIVAL_SECONDS_MAX)
    return [(first[key] - asked[key[1:]]) * 1000 for key in expected if key in first], count, missing


class Storm:
    def __init__(self, options):
        self.options, self.missed = options, 0
        folder = Path(options.folder)
        self.server = Server(options.program, folder / "storm")
        certificate = (folder / "storm" / "certificate.pem", folder / "storm" / "key.pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", certificate[1], "-out", certificate[0], "-days",
             "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"], check=True, capture_output=True)
        self.receivers, self.hostile = Receivers(False), Receivers(True, certificate)
        done = subprocess.run(
            [self.server.program, "keys", "bootstrap", "--state", str(self.server.folder)], env=self.server.environment,
            capture_output=True, text=True, check=True)
        platform = done.stdout.split()[-1]
        self.retailers = [Retailer(self.server, platform, f"Storm {number}") for number in range(3)]

    def report(self, measure, value, unit, goal=None, at_most=True):
        met = goal is None or (value <= goal if at_most else value >= goal)
        self.missed += not met
        value = round(value, 3)
        if self.options.json:
            print(json.dumps({"bench": "webhook_storm", "measure": measure, "value": value, "unit": unit, "goal": goal, "met": met}), flush=True)
        else:
            told = "yardstick" if goal is None else f"goal {goal}  {'met' if met else 'MISSED'}"
            print(f"{measure:<36} {value:>12} {unit:<8} {told}", flush=True)

    def good_url(self, path):
        return f"http://127.0.0.1:{self.receivers.ports['http']}{path}"

    def hostile_url(self, kind, number):
        if kind == "certificate":
            return f"https://127.0.0.1:{self.hostile.ports['https']}/certificate/{number}"
        return f"http://127.0.0.1:{self.hostile.ports['http']}/{kind}/{number}"

    def measure(self, name, good, quiet=None, retailers=None):
        retailers = retailers or self.retailers
        for retailer in self.retailers:
            retailer.tell()
        time.sleep(2)
        since = {retailer.id: len(retailer.events) for retailer in self.retailers}
        self.receivers.notes()
        tell(retailers, self.options.seconds, self.options.rate)
        millis, count, missing = latencies(self.receivers, self.retailers, good, since)
        self.report(f"{name}_deliveries", len(millis), "count")
        self.report(f"{name}_missing", len(missing), "count", 0)
        for part in (0.5, 0.95, 0.99):
            self.report(f"{name}_p{int(part * 100)}", percentile(millis, part), "ms")
        p99 = percentile(millis, 0.99)
        if quiet:
            self.report(f"{name}_p99_of_quiet", p99 / quiet, "ratio", RATIO_GOAL)
        return p99

    def hostile_beside_good(self):
        shares = [40, 40, GOOD - 80]
        good = []
        for retailer, share in zip(self.retailers, shares):
            for number in range(share):
                path = f"/good/{retailer.id}/{number}"
                retailer.endpoint(self.good_url(path))
                good.append((retailer, path))
        quiet = self.measure("quiet", good)
        wicked = []
        for retailer in self.retailers:
            wicked += [(retailer, retailer.endpoint(self.hostile_url(kind, number))) for number, kind in enumerate(KINDS)]
        self.measure("hostile", good, quiet)
        self.report("redirect_followed", self.hostile.notes()[1], "count", 0)
        return good, wicked

    def killed(self, good, wicked):
        """Two kills of the server and one of PostgreSQL while events go on; then the wicked are mended and recovered."""
        since = {retailer.id: len(retailer.events) for retailer in self.retailers}
        seconds = self.options.seconds

        def restart():
            self.server.kill()
            self.server.start()

        def kill_postgres():
            self.server.kill_postgres()

        tell(self.retailers, seconds, self.options.rate, [(seconds * 0.2, restart), (seconds * 0.45, restart), (seconds * 0.7, kill_postgres)])
        self.server.ready()
        told = sum(len(retailer.events[since[retailer.id]:]) for retailer in self.retailers)
        start = time.monotonic()
        millis, count, missing = latencies(self.receivers, self.retailers, good, since)
        self.report("killed_events", told, "count")
        self.report("killed_missing_at_the_good", len(missing), "count", 0)
        self.report("killed_sent_again", count - len(millis), "count")
        self.report("killed_slowest", max(millis) / 1000, "s")
        self.report("killed_all_arrived_after", time.monotonic() - start, "s")
        self.mend(wicked)

    def mend(self, wicked):
        expected = set()
        for retailer, endpoint in wicked:
            path, one = f"/mended/{endpoint}", f"{retailer.path}/endpoints/{endpoint}"
            self.server.must("PATCH", one, {"url": self.good_url(path)}, key=retailer.key)
            if self.server.must("GET", one, key=retailer.key)["state"] == "disabled":
                self.server.must("POST", one + "/resume", key=retailer.key)
            expected |= {(path, retailer.id, version) for version, _ in retailer.events[self.before.get(retailer.id, 0):]}
            span = {"since": "2020-01-01T00:00:00Z", "until": "2100-01-01T00:00:00Z"}
            for call in ("recover", "replay-missing"):
                while self.server.must("POST", f"{one}/{call}", span, key=retailer.key)["more"]:
                    pass
            # What has not failed for good waits for its time, minutes to hours; it is sent now.
            for delivery in self.pending(retailer, one):
                self.server.must("POST", f"{one}/deliveries/{delivery}/resend", key=retailer.key)
        first, count, missing = arrivals(self.receivers, expected, ARRIVAL_SECONDS_MAX)
        self.report("recovered", len(expected) - len(missing), "count")
        self.report("recovered_missing", len(missing), "count", 0)

    def pending(self, retailer, endpoint):
        cursor, found = "", []
        while cursor is not None:
            page = self.server.must("GET", f"{endpoint}/deliveries?state=pending&limit=200{cursor}", key=retailer.key)
            found += [delivery["id"] for delivery in page["data"]]
            cursor = page["next_cursor"] and f"&cursor={page['next_cursor']}"
        return found

    def dead_beside_one(self):
        """100 that are dead, by turns with nobody there and with somebody who says nothing, beside one good, of the same retailers."""
        for retailer in self.retailers:
            for endpoint in list(retailer.endpoints):
                retailer.remove(endpoint)
        first = self.retailers[0]
        path = f"/good/{first.id}/only"
        first.endpoint(self.good_url(path))
        quiet = self.measure("alone", [(first, path)], retailers=[first])
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            closed = probe.getsockname()[1]
        for retailer, count in zip(self.retailers, [49, 50, 1]):
            for number in range(count):
                url = f"http://127.0.0.1:{closed}/dead" if number % 2 else self.hostile_url("hang", f"dead-{number}")
                retailer.endpoint(url)
        # Half of the events are of the one with 49 dead beside the good one, the others of the rest.
        self.measure("dead", [(first, path)], quiet, [first, self.retailers[1], first, self.retailers[2]])

    def run(self):
        try:
            self.before = {retailer.id: 0 for retailer in self.retailers}
            good, wicked = self.hostile_beside_good()
            self.before = {retailer.id: len(retailer.events) for retailer in self.retailers}
            self.killed(good, wicked)
            self.dead_beside_one()
        finally:
            self.server.end()
            self.receivers.end()
            self.hostile.end()
        return 1 if self.missed else 0


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("program")
    parser.add_argument("folder")
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--rate", type=float, default=6)
    parser.add_argument("--json", action="store_true")
    sys.exit(Storm(parser.parse_args()).run())


if __name__ == "__main__":
    main()
