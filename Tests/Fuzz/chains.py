"""Chains of requests, as one role: what an answer names (a campaign, a wallet, a key) goes into the next request, along the
links that schemathesis infers from the contract."""

from unittest import SkipTest

from hypothesis import HealthCheck, Phase, settings
from hypothesis.errors import Flaky
from schemathesis.generation.stateful import run_state_machine_as_test

STEPS_MAX = 8
# The first one of a seed is the simplest there is.
CHAINS_A_SEED = 3


class Chains:
    def __init__(self, schema, town, cases):
        self.schema, self.town, self.cases, self.machines = schema, town, cases, {}

    def of_role(self, role, count, number):
        """Some chains of the operations that the role may call. An error of the drawing itself ends one chain: what the
        server answers decides what can be drawn next, and that is not the same twice."""
        machine = self.machines.get(role) or self.machines.setdefault(role, self.machine(role))
        for chain in range(count):
            if self.cases.judge.late:
                return
            machine._hypothesis_internal_use_seed = number * count + chain
            try:
                run_state_machine_as_test(machine, settings=settings(
                    max_examples=CHAINS_A_SEED, stateful_step_count=STEPS_MAX, deadline=None, database=None,
                    phases=[Phase.generate], suppress_health_check=list(HealthCheck)))
            except (Flaky, SkipTest):
                pass

    def machine(self, role):
        town, cases = self.town, self.cases
        own = self.schema.include(func=lambda context: role in context.operation.definition.raw.get("x-roles", []))

        class Chain(own.as_state_machine()):
            named = None

            def before_call(self, case):
                self.named = self.named or set()
                town.make_real(cases.judge.random, case, besides=self.named)

            def call(self, case, **_):
                answer = None if cases.judge.late else cases.call(case, role, "chains")
                if answer is None:
                    raise SkipTest  # ends the chain, and is no failure that would be played again
                return answer

            def after_call(self, response, case):
                super().after_call(response, case)
                self.named |= texts(response)

            def validate_response(self, response, case, **_):
                pass  # was judged when it came

        return Chain


def texts(answer):
    """Every short text of an answer: what the next request of a chain may have from it."""
    found = set()

    def walk(node):
        for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else []:
            walk(inner)
        if isinstance(node, str) and len(node) < 200:
            found.add(node)

    try:
        walk(answer.json())
    except ValueError:
        pass
    return found
