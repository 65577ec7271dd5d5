"""Gives every operation of Contracts/openapi.yaml that has none an example of its answer, and of its JSON body, from the
exchanges that were recorded: the fullest short one that fits its schema. Examples that fit their schema stay; of answers,
those that no longer do are replaced.

usage: example_answers.py <folder of contracts> <exchanges.ndjson>...
"""

import json
import re
import sys
from pathlib import Path

import yaml

from validate_examples import Loader
from validate_exchanges import Validators, escape, operations

ELEMENTS_MAX = 1
LENGTH_MAX = 2500
TEXT_MAX = 900
# In the place of the 43 characters of a token's secret.
NO_SECRET = "the-secret-is-shown-once-and-kept-as-a-hash"


def shortened(node, name=None):
    """A body as an example shows it: long lists cut, secrets replaced by what is none."""
    if isinstance(node, dict):
        return {key: shortened(value, key) for key, value in node.items()}
    if isinstance(node, list):
        return [shortened(value) for value in node[:ELEMENTS_MAX if name == "data" else 3]]
    if isinstance(node, str) and (match := re.match(r"(tw[is]?_(?:live|test)_\w{26}_)(.+)", node)):
        return match[1] + NO_SECRET
    if isinstance(node, str) and node.startswith("whsec_"):
        return "whsec_" + "A" * (len(node) - 7) + node[-1]
    return node


def terse(node):
    """How many texts say nothing to a reader, as tests and fuzzers like them."""
    if isinstance(node, dict | list):
        return sum(map(terse, node.values() if isinstance(node, dict) else node))
    return int(isinstance(node, str) and len(node) < 3)


def worth(body):
    """Sorts the better example first: something in its lists, few terse texts and nulls, many fields, then short."""
    text = json.dumps(body)
    full = body.count("\n") > 1 if isinstance(body, str) else not (isinstance(body, dict) and body.get("data") == [])
    return (len(text) > LENGTH_MAX, not full, terse(body), text.count("null"), -len(body) if isinstance(body, dict) else 0, len(text), text)


def shown(text):
    """The first lines of an answer that is no JSON."""
    kept = ""
    for line in text.splitlines(keepends=True):
        if len(kept) + len(line) > TEXT_MAX and kept:
            break
        kept += line
    return kept


def candidates(contract, files):
    """(operation, "body" or status, kind) -> the best example that fits its schema."""
    validators, known = Validators(contract), sorted(operations(contract), key=lambda o: o[1].count("{"))
    best = {}

    def offer(slot, pointer, body):
        body = shortened(body)
        if slot not in best or worth(body) < worth(best[slot]):
            lines = slot[2] == "application/x-ndjson" and isinstance(body, str)
            if body and not validators.errors(pointer, json.loads(body.splitlines()[0]) if lines else body):
                best[slot] = body

    for line in (line for file in files for line in Path(file).open()):
        exchange = json.loads(line)
        path = exchange["path"].split("?")[0]
        match = next((o for o in known if o[0] == exchange["method"] and o[2].match(path)), None)
        if match is None or not 200 <= exchange["status"] < 300:
            continue
        operation, status, kind = match[3], str(exchange["status"]), (exchange["content_type"] or "").split(";")[0]
        base = f"/paths/{escape(match[1])}/{match[0].lower()}"
        content = operation["responses"].get(status, {}).get("content", {})
        if kind in content and exchange["response"] is not None:
            body = exchange["response"] if "json" in kind and "ndjson" not in kind else shown(str(exchange["response"]))
            offer((operation["operationId"], status, kind), f"{base}/responses/{status}/content/{escape(kind)}/schema", body)
        if exchange.get("request") is not None and "application/json" in operation.get("requestBody", {}).get("content", {}):
            offer((operation["operationId"], "body", "application/json"),
                  f"{base}/requestBody/content/application~1json/schema", exchange["request"])
    return best


def missing(contract):
    """The slots of the contract without an example."""
    for _, _, _, operation in operations(contract):
        contents = [("body", operation.get("requestBody", {}))]
        contents += [(s, r) for s, r in operation["responses"].items() if s.startswith("2")]
        for place, holder in contents:
            for kind, content in holder.get("content", {}).items():
                if "example" not in content and "examples" not in content:
                    yield operation["operationId"], place, kind


def written(lines, wanted):
    """The lines with each wanted example put before the schema of its content."""
    made, operation, place, kind = [], None, None, None
    for line in lines:
        if match := re.match(r"      operationId: (\w+)", line):
            operation, place, kind = match[1], None, None
        elif re.match(r"      requestBody:", line):
            place, kind = "body", None
        elif match := re.match(r'        "(\d\d\d)":', line):
            place, kind = match[1], None
        elif re.match(r" {0,6}\S", line):
            place, kind = None, None
        if match := re.search(r"\b(application/json|application/x-ndjson|text/csv|text/plain):", line):
            kind = match[1]
        slot = (operation, place, kind)
        if slot in wanted and re.match(r"\s+schema:", line):
            indent = re.match(r"\s+", line)[0]
            made.append(f"{indent}example: {json.dumps(wanted.pop(slot), ensure_ascii=False)}\n")
        elif slot in wanted and "{ schema:" in line:
            line = line.replace("{ schema:", "{ example: " + json.dumps(wanted.pop(slot), ensure_ascii=False) + ", schema:", 1)
        made.append(line)
    return made


def without_stale(lines, contract):
    """The lines without the examples of answers, each a line of its own or within its content's, that fit no longer."""
    validators, stale = Validators(contract), set()
    for method, path, _, operation in operations(contract):
        for status, response in operation["responses"].items():
            for kind, content in response.get("content", {}).items():
                pointer = f"/paths/{escape(path)}/{method.lower()}/responses/{status}/content/{escape(kind)}/schema"
                if "example" in content and validators.errors(pointer, content["example"]):
                    stale.add((operation["operationId"], status))
    operation, status = None, None
    for line in lines:
        if match := re.match(r"      operationId: (\w+)", line):
            operation, status = match[1], None
        elif match := re.match(r'        "(\d\d\d)":', line):
            status = match[1]
        if (operation, status) in stale:
            if re.match(r"\s+example: ", line):
                continue
            line = re.sub(r"{ example: .*, schema:", "{ schema:", line)
        yield line


def main():
    file = Path(sys.argv[1]) / "openapi.yaml"
    text = file.read_text()
    text = "".join(without_stale(text.splitlines(keepends=True), yaml.load(text, Loader)))
    contract = yaml.load(text, Loader)
    best, lacking = candidates(contract, sys.argv[2:]), list(missing(contract))
    wanted = {slot: best[slot] for slot in lacking if slot in best}
    file.write_text("".join(written(text.splitlines(keepends=True), wanted)))
    left = list(missing(yaml.load(file.read_text(), Loader)))
    print(f"{len(lacking) - len(left)} examples written, {len(left)} lacking: " + ", ".join("/".join(slot) for slot in left))


if __name__ == "__main__":
    main()
