"""Runs schemathesis, chains of requests and a list of oddities against a live server, with a key of each role, and holds
every answer against Contracts/openapi.yaml. Prints cases, seconds and findings; exits with 1 where there is a finding.

usage: fuzz.py [--program P] [--folder F] [--examples N] [--oddities N] [--chains N] [--seed N] [--seconds N] [--rounds N]
"""

import argparse
import random
import sys

import requests
import schemathesis
import yaml

from cases import MODES, Cases
from chains import Chains
from judge import Judge
from town import Server, Town

FINDINGS_SHOWN_MAX = 60
# What breaks its schema is refused with any of these: another key, version or id may be wrong too.
REFUSALS = [str(status) for status in range(400, 500)] + ["503"]


class Loader(yaml.CSafeLoader):
    """YAML as JSON has it: a day stays text."""


Loader.yaml_implicit_resolvers = {
    first: [r for r in resolvers if r[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parsed():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", default=".build/debug/tradewind")
    parser.add_argument("--folder", default="var/fuzz")
    parser.add_argument("--exchanges", help="write every exchange there, as the tests do")
    parser.add_argument("--examples", type=int, default=2, help="cases of schemathesis, of each mode, an operation and round")
    parser.add_argument("--oddities", type=int, default=4, help="an operation and round")
    parser.add_argument("--chains", type=int, default=2, help="a role and round")
    parser.add_argument("--seed", type=int, default=20261125)
    parser.add_argument("--seconds", type=int, default=120)
    parser.add_argument("--rounds", type=int, default=1)
    return parser.parse_args()


def run(schema, town, judge, options):
    """Rounds over all operations and roles in an order of the seed, until the last one or the end of the time."""
    session, order = requests.Session(), random.Random(options.seed)
    cases = Cases(town, judge, session)
    chains = Chains(schema, town, cases)
    tasks = [result.ok() for result in schema.get_all_operations()] + list(town.keys)
    for number in range(options.rounds):
        order.shuffle(tasks)
        for task in tasks:
            if judge.late:
                return number
            if isinstance(task, str):
                chains.of_role(task, options.chains)
                continue
            cases.by_role(task)
            for mode in MODES:
                cases.generated(task, mode, options.examples, options.seed + number)
            cases.odd(task, options.oddities)
    return options.rounds


def main():
    options = parsed()
    with open("Contracts/openapi.yaml") as file:
        contract = yaml.load(file, Loader)
    contract.pop("webhooks", None)
    schema = schemathesis.openapi.from_dict(contract)
    with Server(options.program, options.folder) as server:
        town = Town(server, contract)
        schema.config.update(base_url=town.url)
        schema.config.checks.negative_data_rejection.expected_statuses = REFUSALS
        judge = Judge(town, options.seed, options.seconds, options.exchanges)
        rounds = run(schema, town, judge, options)
        took = judge.took
    for fault in sorted(judge.found.values())[:FINDINGS_SHOWN_MAX]:
        print("    " + fault)
    print("    " + ", ".join(f"{count} {phase}" for phase, count in judge.phases.most_common()))
    print(f"    statuses {dict(sorted(judge.statuses.items()))}; {len(judge.codes)} problem codes; "
          f"{len(judge.succeeded)} of {len(list(schema.get_all_operations()))} operations succeeded")
    print(f"    seed {options.seed}, {rounds} rounds: {sum(judge.phases.values())} cases as {len(judge.roles)} roles in "
          f"{took:.0f} s, {len(judge.found)} findings")
    sys.exit(1 if judge.found or not judge.phases else 0)


if __name__ == "__main__":
    main()
