"""A small town on a server of its own: the debug program, a private cluster in a folder of its own, the demo's campaign in
it, and a key of each of the 13 roles. Its ids are read over the API, so that what is fuzzed is there."""

import json
import os
import re
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

import requests

RETAILER_ROLES = ["analyst", "app", "till", "feed", "marketer", "treasurer", "approver", "admin"]
SUPPLIER_ROLES = ["analyst", "marketer", "treasurer", "admin"]
START_SECONDS_MAX = 60
VALUES_MAX = 20
AUDITORS = "/v1/retailers/{retailer_id}/agreements/{agreement_id}/auditor-grants"
# How many of the values that were made up give way to real ones.
REAL_SHARE = 0.85
HEADERS = {"If-Match": ["*", "*", '"1"', '"2"'], "Idempotency-Key": [f"fuzz-{n}" for n in range(200)]}
EXTERNAL = {"stores": "store_id", "products": "product_id", "brands": "brand_id", "categories": "category_id",
            "price-zones": "price_zone_id", "shoppers": "shopper_id", "traits": "trait"}


# A fuzzer asks more often than anybody may; what it shall see are the operations behind the rates.
RATES = {f"TRADEWIND_{kind}_{name}": "1000000" for kind in ("RATE", "BURST")
         for name in ("HOT_KEY", "HOT_TENANT", "USUAL_KEY", "USUAL_TENANT", "HEAVY_KEY", "HEAVY_TENANT", "REFUSED_KEYS")}
RATES |= {"TRADEWIND_HEAVY_REQUESTS_MAX": "1000", "TRADEWIND_HEAVY_REQUESTS_OF_TENANT_MAX": "1000"}


class Server:
    """The program while it serves. Leaving ends it and its cluster."""

    def __init__(self, program, folder):
        self.program, self.folder = str(Path(program).resolve()), Path(folder).resolve() / f"{time.time():.0f}"
        self.environment = dict(os.environ, TRADEWIND_WEBHOOKS_ALLOW_LOOPBACK="true", **RATES)
        self.environment.pop("DATABASE_URL", None)

    def run(self, *words):
        done = subprocess.run([self.program, *words, "--state", str(self.folder)], env=self.environment,
                              capture_output=True, text=True, timeout=300)
        if done.returncode:
            raise SystemExit(f"{words[0]} failed: {done.stdout[-1000:]}{done.stderr[-2000:]}")
        return done.stdout

    def __enter__(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.run("demo", "--shoppers", "300", "--weeks", "4", "--if-empty")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        self.log = (self.folder / "serve.log").open("w")
        self.process = subprocess.Popen([self.program, "serve", "--state", str(self.folder), "--port", str(port)],
                                        env=self.environment, stdout=self.log, stderr=subprocess.STDOUT)
        for _ in range(START_SECONDS_MAX * 10):
            try:
                if requests.get(self.url + "/health/ready", timeout=2).ok:
                    return self
            except requests.RequestException:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        self.__exit__()
        raise SystemExit(f"the server is not ready; see {self.log.name}")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(60)
        self.log.close()


class Town:
    """Keys by role and the values that path and query parameters may take."""

    def __init__(self, server, contract):
        self.url, self.contract, self.values, self.hidden, self.standing = server.url, contract, {}, set(), ()
        demo = json.loads((server.folder / "demo-keys.json").read_text())
        self.retailer = demo["retailer_id"]
        token = re.search(r"tw_(?:live|test)_\S+", server.run("keys", "bootstrap", "--name", "fuzz"))[0]
        self.keys = {"platform.admin": token}
        self.hidden.add("key_" + token.split("_")[2])
        self.supplier = self.supplier_of(demo["supplier_key"])
        for owner, roles in ((f"/v1/retailers/{self.retailer}", RETAILER_ROLES), (f"/v1/suppliers/{self.supplier}", SUPPLIER_ROLES)):
            for role in roles:
                self.keys[f"{owner.split('/')[2][:-1]}.{role}"] = self.key_of(owner, role)
        for name in ("shopper_id", "store_id", "product_id", "category_id", "campaign_id"):
            self.note(name, demo[name])
        for _ in range(2):
            self.harvest()
        self.standing = tuple(self.values["agreement_id"])
        self.settle()
        if AUDITORS in contract["paths"]:
            self.keys["auditor"] = self.auditor()

    def key_of(self, owner, role):
        """An admin is a person, as some operations ask for one; the rest are services."""
        token, asked = self.keys["platform.admin"], {"name": f"fuzz {role}", "roles": [role]}
        if role == "admin":
            asked["person_id"] = self.send("POST", "/v1/persons", token, {"display_name": "Fuzz"})["id"]
            self.send("PUT", f"{owner}/persons/{asked['person_id']}", token, {"roles": ["admin"]})
        issued = self.send("POST", owner + "/keys", token, asked)
        self.hidden |= {issued["id"], issued["person_id"]}
        return issued["token"]

    def auditor(self):
        """A key that both sides of the agreement have granted."""
        grants = f"/v1/retailers/{self.retailer}/auditor-grants"
        asked = self.send("POST", AUDITORS.format(retailer_id=self.retailer, agreement_id=self.standing[0]),
                          self.keys["supplier.admin"], {"name": "Fuzz", "reason": "Fuzz", "days": 14})
        self.send("POST", f"{grants}/{asked['id']}/grant", self.keys["retailer.admin"])
        issued = self.send("POST", f"{grants}/{asked['id']}/key", self.keys["retailer.admin"])
        self.hidden |= {issued["id"], asked["id"]}
        return issued["token"]

    def settle(self):
        """What stays as it is: whose town it is."""
        self.values["retailer_id"], self.values["supplier_id"] = [self.retailer], [self.supplier]

    def learn(self, answered):
        """Notes the ids of an answer."""
        self.walk(answered, None)
        self.settle()

    def supplier_of(self, key):
        """The supplier whose key this is: the only one that it may read."""
        for supplier in self.send("GET", "/v1/suppliers?limit=100", self.keys["platform.admin"])["data"]:
            if requests.get(f"{self.url}/v1/suppliers/{supplier['id']}", headers=bearer(key), timeout=30).ok:
                return supplier["id"]
        raise SystemExit("no supplier has the demo's key")

    def send(self, method, path, token, body=None):
        answer = requests.request(method, self.url + path, json=body, headers=bearer(token), timeout=30)
        if not answer.ok:
            raise SystemExit(f"{method} {path}: {answer.status_code} {answer.text}")
        return answer.json()

    def note(self, name, value):
        """Keeps a value. What came first stays; of what came later, the newest."""
        known = self.values.setdefault(name, [])
        if value in known or value in self.hidden or value in (".", "..", "../.."):
            return  # what a client resolves away before it sends
        known.append(value)
        if len(known) > VALUES_MAX:
            del known[VALUES_MAX // 2]

    def spares(self, target):
        """True of what would shut the town's own suppliers out for the rest of the run."""
        return target.endswith(("/end", "/suspend")) and any(agreement in target for agreement in self.standing)

    def real(self, random, node, besides=frozenset()):
        """A body with what is there in the place of every id that was made up."""
        if isinstance(node, list):
            return [self.real(random, inner, besides) for inner in node]
        if not isinstance(node, dict):
            return node
        made = {}
        for name, value in node.items():
            known, listed = self.values.get(name), self.values.get(name.removesuffix("s"))
            if known and isinstance(value, str) and value not in besides:
                made[name] = random.choice(known)
            elif listed and isinstance(value, list):
                made[name] = random.sample(listed, min(len(value), len(listed)))
            else:
                made[name] = self.real(random, value, besides)
        return made

    def make_real(self, random, case, besides=frozenset()):
        """Puts what is there in the place of most ids of a case, besides those that came from an answer. Parts that were
        made to break their schema stay."""
        broken = {location.name.lower() for location, part in case.meta.components.items() if part.mode.is_negative}
        for part, values in (("path", case.path_parameters), ("query", case.query)):
            for name in list(values or {}) if part not in broken else []:
                if self.values.get(name) and values[name] not in besides and random.random() < REAL_SHARE:
                    real = random.choice(self.values[name])
                    values[name] = quote(str(real), safe="") if part == "path" else real
        if case.query and "wait_seconds" in case.query:
            case.query["wait_seconds"] = 0
        if "body" not in broken:
            case.body = whole(case.body)
        if isinstance(case.body, dict) and "body" not in broken and random.random() < REAL_SHARE:
            case.body = self.real(random, case.body, besides)
        for name, values in HEADERS.items():
            if name in (case.headers or {}) and "header" not in broken and random.random() < REAL_SHARE:
                case.headers[name] = random.choice(values)

    def harvest(self):
        """Reads all lists whose ids are known, as the administrators, and notes every id in them."""
        self.note("retailer_id", self.retailer)
        self.note("supplier_id", self.supplier)
        for path, item in self.contract["paths"].items():
            names = re.findall(r"{(\w+)}", path)
            if "get" not in item or path.endswith(("/feed", "/events")) or any(not self.values.get(n) for n in names):
                continue
            for key in ("platform.admin", "retailer.admin", "supplier.admin"):
                filled = re.sub(r"{(\w+)}", lambda m: requests.utils.quote(str(self.values[m[1]][0]), safe=""), path)
                answer = requests.get(self.url + filled, headers=bearer(self.keys[key]), timeout=30)
                if answer.ok and answer.headers.get("Content-Type") == "application/json":
                    self.walk(answer.json(), EXTERNAL.get(path.split("/")[-1]))

    def walk(self, node, own):
        if isinstance(node, list):
            for element in node:
                self.walk(element, own)
        elif isinstance(node, dict):
            for name, value in node.items():
                if isinstance(value, (dict, list)):
                    self.walk(value, own if name == "data" else None)
                elif isinstance(value, str) and name == "id":
                    typed = re.match(r"([a-z_]+)_[0-7][0-9a-hjkmnp-tv-z]{25}$", value)
                    if own or typed:
                        self.note(own or typed[1] + "_id", value)
                elif isinstance(value, str) and name == "next_cursor":
                    self.note("cursor", value)
                elif isinstance(value, str) and (name.endswith("_id") or name in ("till", "shift", "number", "business_day")):
                    self.note(name, value)


def whole(node):
    """A body as the contract asks for it: JSON Schema calls 1.0 an integer, and ours are written without a fraction."""
    if isinstance(node, dict):
        return {name: whole(inner) for name, inner in node.items()}
    if isinstance(node, list):
        return [whole(inner) for inner in node]
    return int(node) if isinstance(node, float) and node.is_integer() else node


def bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}
