"""Counts what was sent and answered, and keeps what is wrong with an answer: each fault of an operation once, with the
request that shows it."""

import json
import random
import re
import sys
import time
from collections import Counter
from pathlib import Path

from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.specs.openapi import checks as openapi_checks

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "ContractTests"))

from contract_checks import findings, header
from validate_exchanges import Validators, escape

CHECKS = [openapi_checks.status_code_conformance, openapi_checks.content_type_conformance,
          openapi_checks.response_headers_conformance, openapi_checks.response_schema_conformance,
          openapi_checks.negative_data_rejection]
SHOWN_MAX = 600
# Refusals of a form. The schema says the form, so no request that fits the schema may meet one.
OF_FORM = {"bad_length", "bad_trait_name", "control_character", "must_be_true", "not_a_boolean", "not_a_currency", "not_a_day",
           "not_a_gtin", "not_a_language", "not_a_list", "not_a_string", "not_a_time",
           "not_an_address", "not_an_event_type", "not_an_id", "not_an_integer", "not_an_object", "out_of_range", "required",
           "unknown_field", "unknown_word"}
# What no schema says: bounds that another field, the kind of receipt or the caller decides.
BETWEEN_FIELDS = {("?to", "out_of_range"), ("?subject_kind", "required"), ("/lines", "bad_length"), ("/lines", "out_of_range"),
                  ("/lines/0/quantity_milli", "out_of_range"), ("/agreement_id", "required"), ("/basket_id", "required"),
                  ("/original", "required"), ("/at", "out_of_range"), ("/budget_extension/step", "out_of_range"),
                  ("/pacing", "required"), ("/pacing/amount_per_store_day", "out_of_range"),
                  ("/basket_reward/pay_for", "out_of_range"), ("/basket_reward/parts", "bad_length"), ("/reward", "required")}

# A quote without a hold takes no Idempotency-Key, and looks at none.
HEADERS_NOT_READ = {"POST /v1/retailers/{retailer_id}/quotes"}


class Judge:
    def __init__(self, town, seed, seconds, exchanges=None):
        self.town, self.random, self.validators = town, random.Random(seed), Validators(town.contract)
        self.phases, self.statuses, self.codes, self.roles = Counter(), Counter(), Counter(), Counter()
        self.succeeded, self.found = set(), {}
        self.exchanges = open(exchanges, "w") if exchanges else None
        self.started = time.monotonic()
        self.ends_at = self.started + seconds

    @property
    def late(self):
        return time.monotonic() > self.ends_at

    @property
    def took(self):
        return time.monotonic() - self.started

    def judge(self, phase, label, operation, role, answer, shown):
        """One answer against what every answer must keep."""
        shown = f"{shown} -> {answer.status_code} {answer.text[:300]}"
        self.phases[phase] += 1
        self.statuses[answer.status_code] += 1
        self.roles[role] += 1
        if answer.status_code < 400:
            self.succeeded.add(label)
        kind, body = header(answer, "content-type"), None
        if kind in ("application/json", "application/problem+json"):
            body = answer.json()
        if kind == "application/problem+json":
            self.codes[body.get("code")] += 1
        elif isinstance(body, dict):
            self.town.learn(body)
        self.record(answer, kind, body)
        for fault in findings(operation, role, answer):
            self.find(label, role, fault, shown)

    def judge_case(self, phase, case, role, answer):
        """One answer to a case of schemathesis, also against the schemas and headers of its operation."""
        operation = case.operation
        shown = f"{case.method} {case.formatted_path} {case.query} {case.headers} {case.body!r}"
        self.judge(phase, operation.label, operation.definition.raw, role, answer, shown)
        # What is null counts as left out, and without it a body may lack what its schema wants.
        if not any(location.name == "BODY" for location in case.meta.components) or self.fits(case):
            for fault in refusals_of_form(case, answer):
                self.find(operation.label, role, fault, f"{shown} -> {answer.text[:300]}")
        broken = {location.name for location, part in case.meta.components.items() if part.mode.is_negative}
        unread = not case.headers or operation.label in HEADERS_NOT_READ
        harmless = broken == {"HEADER"} and unread or broken == {"BODY"} and self.fits(case)
        for check in CHECKS[:-1] if harmless else CHECKS:
            try:
                case.validate_response(answer, checks=[check])
            except (Failure, FailureGroup) as raised:
                for failure in getattr(raised, "exceptions", [raised]):
                    fault = f"{check.__name__}: {str(failure).splitlines()[0]}"
                    self.find(operation.label, role, fault, f"{shown} -> {answer.status_code} {answer.text[:300]} {failure}")

    def fits(self, case):
        """True where a body fits its schema when what is null is left out, as the server reads it. Whatever is sent as CSV
        is text: which columns it must have is told when it is read."""
        if case.media_type == "text/csv":
            return True
        pointer = f"/paths/{escape(case.operation.path)}/{case.operation.method}/requestBody/content/application~1json/schema"
        try:
            return not self.validators.errors(pointer, without_nulls(case.body))
        except Exception:  # a body of another type has no such schema
            return False

    def find(self, label, role, fault, shown):
        shown = " ".join(shown.replace(self.town.keys.get(role, "-"), "the key").split())
        self.found.setdefault((label, fault), f"{label} as {role}: {fault}\n        {shown[:SHOWN_MAX]}")

    def record(self, answer, kind, body):
        """Writes the exchange as the tests do, where that was asked for."""
        if self.exchanges is None:
            return
        sent = answer.request
        try:
            asked = json.loads(sent.body) if sent.body else None
        except (ValueError, RecursionError):
            asked = None
        answered = body if body is not None else answer.content.decode(errors="replace") or None
        exchange = {"method": sent.method, "path": sent.url.removeprefix(self.town.url), "request": asked,
                    "status": answer.status_code, "content_type": kind or None, "response": answered}
        self.exchanges.write(json.dumps(exchange) + "\n")


def refusals_of_form(case, answer):
    """Where the server calls malformed what fits the schema, as sentences."""
    if case.meta.generation.mode.is_negative or answer.status_code != 422:
        return []
    errors = {(re.sub("/[0-9]+", "/0", error["pointer"]), error["code"]) for error in answer.json().get("errors", [])}
    return [f"fits the schema, and is refused: {pointer} {code}" for pointer, code in sorted(errors - BETWEEN_FIELDS)
            if code in OF_FORM]


def without_nulls(node):
    if isinstance(node, dict):
        return {name: without_nulls(inner) for name, inner in node.items() if inner is not None}
    return [without_nulls(inner) for inner in node] if isinstance(node, list) else node
