"""Requests of one operation: its example with the key of every role, what schemathesis makes of its schemas, and oddities."""

import json

import requests
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode

from oddities import filled, requests_of, send

NOT_SENT = (requests.exceptions.InvalidURL, requests.exceptions.InvalidHeader, UnicodeError)


class Cases:
    def __init__(self, town, judge, session):
        self.town, self.judge, self.session, self.turn = town, judge, session, 0

    def next_role(self, operation):
        """The roles of an operation take turns."""
        roles = operation.get("x-roles") or list(self.town.keys)
        self.turn += 1
        return roles[self.turn % len(roles)]

    def by_role(self, operation):
        """The example as every role; who is not in `x-roles` must get nothing."""
        raw, method, path = operation.definition.raw, operation.method.upper(), operation.path
        example = self.town.real(self.judge.random, example_of(raw))
        body = None if example is None else json.dumps(example).encode()
        for role in self.town.keys:
            allowed = role in (raw.get("x-roles") or self.town.keys)
            asked = (filled(path, self.town.values), {"Content-Type": "application/json", "If-Match": "*"}, body)
            self.send(method, path, raw, role, asked, "examples" if allowed else "without the role")

    def generated(self, operation, mode, count, number):
        """Cases that schemathesis makes, with most ids taken from the town."""
        town, random = self.town, self.judge.random

        @seed(number)
        @settings(max_examples=count, deadline=None, database=None, phases=[Phase.generate],
                  suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy(generation_mode=mode))
        def one(case):
            if self.judge.late:
                return
            role = self.next_role(operation.definition.raw)
            town.make_real(random, case)
            self.call(case, role, f"schemathesis {mode.value}")

        try:
            one()
        except Unsatisfiable:
            pass  # nothing off the schema can be made of an operation that takes nothing

    def call(self, case, role, phase):
        """Sends a case; what cannot be written on the wire is passed over."""
        case.headers["Authorization"] = f"Bearer {self.town.keys[role]}"
        try:
            answer = case.call(session=self.session, timeout=60)
        except NOT_SENT:
            return None
        except requests.exceptions.RequestException as error:
            self.judge.find(case.operation.label, role, f"no answer: {type(error).__name__}", repr(error))
            return None
        self.judge.judge_case(phase, case, role, answer)
        return answer

    def odd(self, operation, count):
        """Oddities, drawn from all of them."""
        raw, path, random = operation.definition.raw, operation.path, self.judge.random
        drawn = list(requests_of(path, raw, self.town.values, self.town.real(random, example_of(raw))))
        for asked in random.sample(drawn, min(count, len(drawn))):
            self.send(operation.method.upper(), path, raw, self.next_role(raw), asked, "oddities")

    def send(self, method, path, operation, role, asked, phase):
        if self.judge.late:
            return
        target, headers, body = asked
        label, shown = f"{method} {path}", f"{method} {target[:200]} {headers} {(body or b'')[:200]!r}"
        try:
            answer = send(self.session, self.town.url, method, target, headers, body, self.town.keys[role])
        except NOT_SENT:
            return
        except requests.exceptions.RequestException as error:
            self.judge.find(label, role, f"no answer: {type(error).__name__}", f"{shown} {error!r}")
            return
        self.judge.judge(phase, label, operation, role, answer, shown)


def example_of(operation):
    """The contract's example of a body; nothing where it takes none."""
    content = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if content is None:
        return None
    return content.get("example") or next((e["value"] for e in content.get("examples", {}).values()), {})


MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
