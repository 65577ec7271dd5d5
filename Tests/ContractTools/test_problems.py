"""The catalogue of problems names what the service answers, no more and no less, with the same status."""

import re
import unittest

from contract.problem_page import WHO, ProblemPage, catalogue, groups
from contract.reading import REPOSITORY, Contract

PROBLEM = re.compile(r'(?:Problem|self\.init)\(\s*(\d{3}),\s*"([a-z0-9_]+)",\s*"((?:[^"\\]|\\.)*)"')
FIELDS = [
    re.compile(r'(?:FieldProblem|ImportReject|rejected)\((?:[^"]|"[^"]*")*?code:\s*"([a-z0-9_]+)"'),
    re.compile(r'(?:refuse|refuseWhole)\(\s*(?:"[^"]*"|[\w.\[\]()]+)?,?\s*"([a-z0-9_]+)",'),
    re.compile(r'BadValue\(\s*"([a-z0-9_]+)"'),
]
# Where a code is the raw value or a property of an enumeration, and not written where it is answered.
ENUMERATED = [
    ("Sources/Marketplace/Receipts/Imports/ImportFault.swift", r'header\(\s*"([a-z_]+)"', "problem"),
    ("Sources/Platform/Kernel/ExternalID.swift", r'(?:tooLong|controlCharacter|notNormalFormC) = "([a-z_]+)"', "field"),
    ("Sources/Marketplace/Campaigns/Terms/FundingPlan.swift", r'case \w+ = "((?:wallet_twice|[a-z]+_(?:the_whole|remainders|missing)))"', "field"),
    ("Sources/Platform/OutboundHTTP/URLCheck.swift", r'case \.\w+: "([a-z_]+)"', "field"),
]


def sources():
    return {path: path.read_text() for path in sorted((REPOSITORY / "Sources").rglob("*.swift"))}


class ProblemTests(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.contract = Contract(REPOSITORY / "Contracts")
        cls.catalogue = catalogue(REPOSITORY / "Contracts")
        cls.known = {p["code"]: p for p in cls.catalogue["problems"]}
        cls.sources = sources()

    def answered(self):
        """Every problem that the sources write, as (code, status, title)."""
        found = {(m[2], int(m[1]), m[3]) for text in self.sources.values() for m in PROBLEM.finditer(text)}
        return found

    def enumerated(self, kind):
        return {
            code for path, pattern, of in ENUMERATED if of == kind
            for code in re.findall(pattern, (REPOSITORY / path).read_text())}

    def test_the_sources_and_the_catalogue_have_the_same_codes(self):
        codes = {code for code, _, _ in self.answered()} | self.enumerated("problem")
        self.assertEqual(sorted(codes - self.known.keys()), [], "answered, not in Contracts/problems.yaml")
        self.assertEqual(sorted(self.known.keys() - codes), [], "in Contracts/problems.yaml, never answered")

    def test_a_code_has_one_status(self):
        for code, status, _ in self.answered():
            with self.subTest(code):
                self.assertEqual(self.known[code]["status"], status)

    def test_the_title_is_one_that_the_service_says(self):
        titles = {}
        for code, _, title in self.answered():
            titles.setdefault(code, []).append(title)
        for code, said in titles.items():
            with self.subTest(code):
                is_fixed = not any("\\(" in title for title in said)
                self.assertTrue(not is_fixed or self.known[code]["title"] in said, said)

    def test_every_problem_of_an_operation_is_in_the_catalogue(self):
        for operation in self.contract.operations():
            unknown = set(operation.spec.get("x-problems", [])) - self.known.keys()
            self.assertEqual(unknown, set(), operation.id)
        self.assertEqual(set(self.contract.common_problems()) - self.known.keys(), set())

    def test_every_problem_but_those_of_the_books_is_some_operations(self):
        named = {code for o in self.contract.operations() for code in o.spec.get("x-problems", [])}
        named |= set(self.contract.common_problems()) | {"no_such_route", "method_not_allowed"}
        loose = {c for c, p in self.known.items() if p["group"] != "books"} - named - {"unreadable", "header_differs"}
        self.assertEqual(loose, set())

    def test_the_sources_and_the_catalogue_have_the_same_codes_of_fields(self):
        codes = {c for text in self.sources.values() for pattern in FIELDS for c in pattern.findall(text)}
        codes |= self.enumerated("field") | {"empty"}
        known = {f["code"] for f in self.catalogue["fields"]}
        self.assertEqual(sorted(codes - known), [], "answered, not in Contracts/problems.yaml")
        self.assertEqual(sorted(known - codes), [], "in Contracts/problems.yaml, never answered")

    def test_each_has_its_words_its_group_and_somebody_who_acts(self):
        shown = [p["code"] for _, _, entries in groups(self.catalogue["problems"]) for p in entries]
        self.assertEqual(sorted(shown), sorted(p["code"] for p in self.catalogue["problems"]))
        self.assertEqual(len(shown), len(set(shown)))
        for problem in self.catalogue["problems"]:
            with self.subTest(problem["code"]):
                self.assertIn(problem["who"], WHO)
                self.assertTrue(all(problem[key].endswith(".") for key in ("title", "happened", "do")))
        page = ProblemPage(self.contract).render()
        self.assertTrue(all(f'id="{code}"' in page for code in self.known))


if __name__ == "__main__":
    unittest.main()
