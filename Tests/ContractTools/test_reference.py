"""The API reference as a reader meets it, in a real browser: on a phone, at a desk, and without scripts."""

import os
import re
import subprocess
import unittest
from pathlib import Path

import browser
from browser import Browser
from contract.reading import Contract
from served import REPOSITORY, Served

PHONE, DESK = (390, 844), (1280, 900)
PICTURES = os.environ.get("TRADEWIND_PICTURES")


class ReferenceTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if browser.program() is None:
            raise unittest.SkipTest("no browser is installed: nobody looked at the reference")
        cls.served = Served.shared()
        cls.browser = Browser().__enter__()
        cls.addClassCleanup(cls.browser.__exit__)
        cls.contract = Contract(REPOSITORY / "Contracts")

    def setUp(self):
        self.browser.scripts(True)

    def visit(self, path, size=DESK):
        self.browser.size(*size)
        self.browser.open(self.served.address + path)

    def picture(self, name):
        if PICTURES:
            self.browser.picture(Path(PICTURES) / f"{name}.png")

    def check_page(self):
        """Nothing went wrong, nothing came from elsewhere, nothing stands out sideways."""
        self.assertEqual(self.browser.complaints, [])
        strangers = [u for u in self.browser.requests if not u.startswith((self.served.address, "data:"))]
        self.assertEqual(strangers, [])
        overflow = self.browser.ask("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        self.assertEqual(overflow, 0)

    def test_pages_fit_a_phone_and_a_desk(self):
        for path in ("/docs", "/docs/problems", "/docs#createCampaign", "/docs#onCampaignLaunched"):
            self.visit(path, PHONE)
            for name, size, dark in (("phone", PHONE, False), ("phone-dark", PHONE, True), ("desk", DESK, False), ("desk-dark", DESK, True)):
                with self.subTest(path=path, size=name):
                    self.browser.size(*size, dark=dark)
                    self.check_page()
                    self.picture(re.sub(r"\W", "-", path.strip("/")) + "-" + name)

    def test_everything_opened_at_once_still_fits_a_phone(self):
        self.visit("/docs", PHONE)
        self.browser.ask("document.querySelectorAll('details').forEach(d => d.open = true)")
        self.check_page()

    def test_the_slash_key_finds_an_operation_and_enter_opens_it(self):
        self.visit("/docs")
        self.browser.press("/", "/")
        self.assertEqual(self.browser.ask("document.activeElement.id"), "search")
        self.browser.type("launch campaign")
        shown = "[...document.querySelectorAll('[data-find]:not([hidden])')].map(e => e.id)"
        self.assertIn("launchCampaign", self.browser.ask(shown))
        self.assertNotIn("openWallet", self.browser.ask(shown))
        self.browser.press("Enter", "\r")
        self.assertTrue(self.browser.ask("document.querySelector('details.op[open]') !== null"))
        self.browser.press("Escape")
        self.assertEqual(self.browser.ask(shown + ".length"), self.browser.ask("document.querySelectorAll('[data-find]').length"))
        self.assertEqual(self.browser.complaints, [])

    def test_a_search_reaches_fields_and_says_when_there_is_nothing(self):
        self.visit("/docs")
        self.browser.ask("document.getElementById('search').focus()")
        self.browser.type("unfunded_bearers")
        shown = "[...document.querySelectorAll('[data-find]:not([hidden])')].map(e => e.id)"
        self.assertIn("createAgreement", self.browser.ask(shown))
        self.browser.type(" zebra")
        self.assertEqual(self.browser.ask(shown), [])
        self.assertIn("Nothing found", self.browser.ask("document.getElementById('found').textContent"))

    def test_a_deep_link_opens_its_operation_in_view(self):
        for size in (PHONE, DESK):
            self.visit("/docs#requestTopUp", size)
            self.assertTrue(self.browser.ask("document.getElementById('requestTopUp').open"))
            top = self.browser.ask("document.getElementById('requestTopUp').getBoundingClientRect().top")
            self.assertTrue(0 <= top < size[1] / 2, top)

    def test_without_scripts_it_is_a_list_that_opens_by_hand(self):
        self.browser.scripts(False)
        self.visit("/docs", PHONE)
        self.picture("docs-no-scripts-phone")
        self.check_page()

    def test_a_problems_type_leads_to_its_place(self):
        problem = self.served.send("GET", "/v1/retailers").json
        self.visit(problem["type"])
        self.assertEqual(self.browser.ask("document.querySelector(':target').id"), "unauthenticated")


class PageTests(unittest.TestCase):
    """What needs no browser."""

    @classmethod
    def setUpClass(cls):
        cls.served = Served.shared()
        cls.contract = Contract(REPOSITORY / "Contracts")

    def test_every_operation_event_and_problem_is_shown(self):
        text = self.served.send("GET", "/docs").body.decode()
        for operation in self.contract.operations() + self.contract.webhooks():
            self.assertIn(f'id="{operation.id}"', text)
        problems = self.served.send("GET", "/docs/problems").body.decode()
        for problem in self.contract.problems():
            self.assertIn(f'id="{problem["code"]}"', problems)

    def test_every_link_within_the_pages_leads_somewhere(self):
        ids, links = {}, []
        for path in ("/docs", "/docs/problems"):
            text = self.served.send("GET", path).body.decode()
            found = re.findall(r' id="([^"]+)"', text)
            self.assertEqual(len(found), len(set(found)), path)
            ids[path] = set(found)
            links += [(path, link) for link in re.findall(r'href="([^"]*#[^"]+)"', text)]
        lost = {link for path, link in links if link.split("#")[1] not in ids[link.split("#")[0] or path]}
        self.assertEqual(lost, set())
        self.assertGreater(len(links), 1000)

    def test_the_contract_is_served_as_it_lies_and_only_sent_when_it_changed(self):
        answer = self.served.send("GET", "/openapi.yaml")
        self.assertEqual(answer.body, (REPOSITORY / "Contracts/openapi.yaml").read_bytes())
        self.assertEqual(self.served.send("GET", "/openapi.json").json, self.contract.root)
        again = self.served.send("GET", "/openapi.yaml", headers={"If-None-Match": answer.headers["ETag"]})
        self.assertEqual((again.status, again.body), (304, b""))
        packed = self.served.send("GET", "/docs", headers={"Accept-Encoding": "gzip"})
        self.assertEqual(packed.headers["Content-Encoding"], "gzip")
        self.assertLess(len(packed.body), 200_000)


class CurrentTests(unittest.TestCase):
    def test_the_pages_are_made_of_the_contract_as_it_is(self):
        done = subprocess.run([REPOSITORY / "bin/reference", "--check"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
