"""Every example of a request in the contract is sent to a live server, as whoever may send it, in an order in which it makes
sense: with the ids of things that are there in the place of its own, and its days moved so that its 9th of March is yesterday.
Every one succeeds."""

import datetime
import json
import re
import unittest

from contract.reading import REPOSITORY, Contract
from served import Served

EXAMPLES_DAY = datetime.date(2026, 3, 9)
TYPED_ID = re.compile(r"^([a-z_]+)_[0-7][0-9a-hjkmnp-tv-z]{25}$")
EXTERNAL = {
    "store_id": "s1", "product_id": "p1", "brand_id": "valley", "category_id": "kefir", "price_zone_id": "centre",
    "shopper_id": "card-77", "tag": "coffee club", "trait": "cat_owner", "kind": "floor",
}
# In which order things are made, where it is not the contract's own.
FIRST = [
    "createRetailer", "createSupplier", "createPerson", "putRetailerPerson", "putSupplierPerson", "issueRetailerKey",
    "rotateRetailerKey", "issueSupplierKey", "rotateSupplierKey", "issuePlatformKey", "rotatePlatformKey",
    "inviteRetailerPerson", "acceptInvitation", "createAgreement", "editAgreement", "signAgreement", "activateAgreement",
    "putPriceZone", "putStore", "putBrand", "putCategory", "putProduct", "importPrices", "importShoppers", "putShopper",
]
LAST = ["refundWallet", "suspendAgreement", "resumeAgreement", "endAgreement"]
# What leads to the state that an operation starts from, a campaign or a top-up of its own.
DRAFT = ["createCampaign"]
SUBMITTED = DRAFT + ["submitCampaign"]
APPROVED = SUBMITTED + ["approveCampaign"]
SCHEDULED = APPROVED + ["launchCampaign"]
BEFORE = {
    "submitCampaign": DRAFT, "makeForecast": DRAFT, "approveCampaign": SUBMITTED, "rejectCampaign": SUBMITTED,
    "requestCampaignChanges": SUBMITTED, "launchCampaign": APPROVED, "cancelCampaign": APPROVED, "pauseCampaign": SCHEDULED,
    "resumeCampaign": SCHEDULED + ["pauseCampaign"], "stopCampaign": SCHEDULED, "withdrawCampaignProduct": SCHEDULED,
    "withdrawCampaignStore": SCHEDULED, "extendCampaignBudget": SCHEDULED, "changeCampaign": SCHEDULED,
    "approveCampaignChange": SCHEDULED + ["changeCampaign"], "rejectCampaignChange": SCHEDULED + ["changeCampaign"],
    "withdrawCampaignChange": SCHEDULED + ["changeCampaign"], "cancelTopUp": ["requestTopUp"],
    "requestCorrection": ["allocateToWallet"], "approveCorrection": ["requestCorrection"], "rejectCorrection": ["requestCorrection"],
    "upholdDispute": ["openDispute"], "settleDispute": ["upholdDispute"], "rejectDispute": ["openDispute"],
    "withdrawDispute": ["openDispute"], "payPayment": ["orderPayment"], "cancelPayment": ["orderPayment"],
}
# Start from a statement that was sealed with something in it.
FROM_STATEMENT = {"openDispute", "orderPayment"}
# Who sends it, where it is not the first of the roles that may.
SENDER = {
    "receiveTopUp": "retailer.treasurer", "confirmTopUp": "retailer.treasurer", "refundWallet": "retailer.treasurer",
    "cancelTopUp": "supplier.treasurer", "previewAudience": "retailer.marketer", "createAudience": "retailer.marketer",
    "updateAudience": "retailer.marketer", "setLowBalance": "supplier.treasurer", "requestCorrection": "retailer.treasurer",
    "approveCorrection": "retailer.treasurer", "rejectCorrection": "retailer.treasurer", "orderPayment": "retailer.treasurer",
    "payPayment": "retailer.treasurer", "cancelPayment": "retailer.treasurer",
}
# Sent by another person than whoever else has the role.
BY_ANOTHER = {"confirmTopUp", "approveCorrection", "settleDispute"}


class Town:
    """A retailer, a supplier and their people on a live server, and what has been made so far."""

    def __init__(self, served):
        self.served = served
        self.operations = {o.id: o for o in Contract(REPOSITORY / "Contracts").operations()}
        self.ids, self.keys, self.tokens, self.number, self.stopped = {}, {}, {}, 0, None
        self.shift = datetime.date.today() - datetime.timedelta(days=1) - EXAMPLES_DAY
        self.platform = served.platform_key()

    def send(self, operation, kind, example):
        """An example, after what must have happened before."""
        for earlier in BEFORE.get(operation.id, []):
            self.make(self.operations[earlier])
        if operation.id == "putStore":
            self.prepare()
        if operation.id in FROM_STATEMENT:
            self.seal(is_acknowledged=operation.id == "orderPayment")
        self.number += 1
        body = example if isinstance(example, str) else json.dumps(self.present(example))
        headers = self.headers(operation) | {"Content-Type": kind}
        reply = self.served.send(
            operation.method, self.path(operation), self.key(operation), self.moved(body).encode(), headers)
        self.remember(reply)
        if operation.id == "stopCampaign":
            self.stopped = self.ids["campaign"]
        return reply

    def make(self, operation):
        reply = self.send(operation, "application/json", operation.spec["requestBody"]["content"]["application/json"]["example"])
        assert reply.status < 300, f"{operation.id}: {reply.body}"
        return reply

    def key(self, operation):
        """A person's key of a role that may call it; a campaign is the supplier's."""
        roles = operation.spec["x-roles"]
        if not roles:
            return None
        role = SENDER.get(operation.id) or next((r for r in roles if r == "supplier.marketer"), sorted(roles)[0])
        if role == "platform.admin":
            return self.platform
        place = (role, operation.id in BY_ANOTHER)
        if place not in self.keys:
            self.keys[place] = self.issue(*role.split("."))
        return self.keys[place]

    def issue(self, side, role):
        person = self.made("/v1/persons", {"display_name": f"{side} {role}"})["id"]
        owner = f"/v1/{side}s/{self.ids[side]}"
        reply = self.served.send("PUT", f"{owner}/persons/{person}", self.platform, {"roles": [role]})
        assert reply.status == 200, reply.body
        body = {"name": "a person", "roles": [role]}
        return self.made(f"{owner}/keys", body if role in ("till", "app", "feed") else body | {"person_id": person})["token"]

    def made(self, path, body, key=None):
        reply = self.served.send("POST", path, key or self.platform, body)
        assert reply.status == 201, reply.body
        return reply.json

    def present(self, value):
        """An example with ids and tokens that are there."""
        if isinstance(value, dict):
            return {key: self.present(inner) for key, inner in value.items()}
        if isinstance(value, list):
            return [self.present(inner) for inner in value]
        if not isinstance(value, str):
            return value
        typed = TYPED_ID.match(value)
        return self.ids.get(typed[1], value) if typed else self.tokens.get(value.split("_")[0], value)

    def moved(self, text):
        return re.sub(r'\b2026-\d\d-\d\d(?=$|["T,\n])', self.day, text)

    def day(self, match):
        return str(datetime.date.fromisoformat(match[0]) + self.shift)

    def path(self, operation):
        def fill(match):
            name = match[1]
            return EXTERNAL.get(name) or self.ids[name.removesuffix("_id")]

        path = re.sub(r"\{(\w+)\}", fill, operation.path).replace(" ", "%20")
        if operation.id == "allocateToWallet":
            wallets = path.split("/wallets/")[0] + "/wallets"
            own = self.made(wallets, {"name": "Own"}, self.key(operation))
            path = path.replace(self.ids["wallet"], own["id"])
        return path

    def headers(self, operation):
        names = {p["name"] for p in operation.parameters if p["in"] == "header" and p.get("required")}
        headers = {"Idempotency-Key": f"example-{self.number}"} if "Idempotency-Key" in names else {}
        return headers | ({"If-Match": "*"} if "If-Match" in names else {})

    def remember(self, reply):
        value = reply.json if reply.body and reply.headers.get("Content-Type") == "application/json" else None
        if isinstance(value, dict):
            typed = TYPED_ID.match(str(value.get("id", "")))
            if typed:
                self.ids[typed[1]] = value["id"]
            if value.get("transfer_id"):
                self.ids["transfer"] = value["transfer_id"]
            token = str(value.get("token", ""))
            self.tokens[token.split("_")[0]] = token

    def prepare(self):
        """What examples take for granted: the parent of a category, and cards."""
        key = self.issue("retailer", "feed")
        for path, body in (("categories/dairy", {"name": "Dairy"}), ("shoppers/card-78", {}), ("shoppers/card-79", {})):
            reply = self.served.send("PUT", f"/v1/retailers/{self.ids['retailer']}/{path}", key, body)
            assert reply.status < 300, reply.body

    def seal(self, is_acknowledged):
        """A sealed statement of the supplier's wallet with a discount that it bears, since the campaign was stopped."""
        retailer = f"/v1/retailers/{self.ids['retailer']}"
        now = datetime.datetime.now(datetime.timezone.utc)
        self.number += 1
        line = {
            "line_no": 1, "product_id": "p1", "quantity_milli": 1000, "regular_amount": 10000, "base_amount": 10000,
            "discounts": [{"campaign_id": self.stopped, "amount": 1500}]}
        self.made(f"{retailer}/receipts", {
            "store_id": "s1", "till": "1", "business_day": str(now.date()), "number": f"seal-{self.number}",
            "sold_at": now.isoformat(timespec="seconds").replace("+00:00", "Z"), "lines": [line]}, self.issue("retailer", "till"))
        treasurer = self.key(self.operations["sealStatement"])
        statement = self.served.send("GET", f"{retailer}/statements?state=open&wallet_id={self.ids['wallet']}", treasurer)
        self.ids["statement"] = statement.json["data"][0]["id"]
        one = f"{retailer}/statements/{self.ids['statement']}"
        steps = [("seal", treasurer)]
        if is_acknowledged:
            steps.append(("acknowledge", self.key(self.operations["acknowledgeStatement"])))
        for step, key in steps:
            reply = self.served.send("POST", f"{one}/{step}", key, None, {"Idempotency-Key": f"{step}-{self.number}"})
            assert reply.status == 200, reply.body
        lines = self.served.send("GET", f"{one}/lines?kind=unfunded", treasurer)
        self.ids["transfer"] = lines.json["data"][0]["transfer_id"]


def ordered(operations):
    by_id = {o.id: o for o in operations}
    rest = [o for o in operations if o.id not in FIRST + LAST]
    return [by_id[i] for i in FIRST if i in by_id] + rest + [by_id[i] for i in LAST if i in by_id]


def bodies(operation):
    """Each body of an operation, with its example."""
    return [
        (kind, content.get("example")) for kind, content in operation.spec.get("requestBody", {}).get("content", {}).items()]


class ExampleTests(unittest.TestCase):
    def test_every_example_of_a_request_succeeds(self):
        sent = 0
        with Served() as served:
            town = Town(served)
            for operation in ordered(list(town.operations.values())):
                for kind, example in bodies(operation):
                    with self.subTest(operation.id, kind=kind):
                        reply = town.send(operation, kind, example)
                        self.assertLess(reply.status, 300, reply.body)
                        if kind != "application/json":
                            self.assertEqual((reply.json["rejected"], reply.json["accepted"]), (0, 1), reply.body)
                        sent += 1
        print(f"{sent} examples of requests were sent and succeeded")

    def test_every_body_has_an_example(self):
        for operation in Contract(REPOSITORY / "Contracts").operations():
            for kind, example in bodies(operation):
                self.assertIsNotNone(example, f"{operation.id} {kind}")


if __name__ == "__main__":
    unittest.main()
