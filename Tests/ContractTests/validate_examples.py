"""Holds every example of Contracts/openapi.yaml, of bodies, answers and problems, against its schema.

usage: validate_examples.py <folder of contracts>
"""

import sys
from pathlib import Path

import yaml

from validate_exchanges import Validators, escape, operations


class Loader(yaml.SafeLoader):
    """YAML as JSON has it: a day stays text."""


Loader.yaml_implicit_resolvers = {
    first: [r for r in resolvers if r[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def contents(contract):
    """(pointer, kind, content) of every body and answer."""
    for method, path, _, operation in operations(contract):
        base = f"/paths/{escape(path)}/{method.lower()}"
        places = [(base + "/requestBody", operation.get("requestBody", {}))]
        places += [(f"{base}/responses/{s}", r) for s, r in operation["responses"].items()]
        for pointer, holder in places:
            for kind, content in holder.get("content", {}).items():
                yield f"{pointer}/content/{escape(kind)}", kind, content
    for name, response in contract["components"]["responses"].items():
        for kind, content in response.get("content", {}).items():
            yield f"/components/responses/{name}/content/{escape(kind)}", kind, content


def main():
    contract = yaml.load((Path(sys.argv[1]) / "openapi.yaml").read_text(), Loader)
    validators, count, wrong = Validators(contract), 0, []
    for pointer, kind, content in contents(contract):
        examples = [content["example"]] if "example" in content else []
        examples += [e["value"] for e in content.get("examples", {}).values()]
        for example in examples:
            count += 1
            if kind == "application/x-ndjson" and isinstance(example, str):
                continue
            wrong += [f"{pointer}: {e}" for e in validators.errors(pointer + "/schema", example)]
    for fault in wrong:
        print(fault)
    print(f"{count} examples of the contract, {len(wrong)} off their schema")
    sys.exit(1 if wrong or not count else 0)


if __name__ == "__main__":
    main()
