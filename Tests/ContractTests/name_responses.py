"""Names the statuses of every operation's refusals in Contracts/openapi.yaml: those that every operation has, and those of
its `x-problems`, by the status and title that the code gives each of them. With --check it only says what differs.

usage: name_responses.py <openapi.yaml> <Sources> [--check]
"""

import json
import re
import sys
from pathlib import Path

import yaml

NAMES = {
    400: ("BadRequest", "The request cannot be read."),
    401: ("Unauthenticated", "A valid key is needed."),
    403: ("Forbidden", "The key may not do this."),
    404: ("NotFound", "It is not there, or not the caller's to see."),
    405: ("MethodNotAllowed", "The path has no such method."),
    408: ("TooSlow", "The request did not arrive in time."),
    409: ("Conflict", "The state of things does not allow this."),
    410: ("Gone", "It is kept no longer."),
    412: ("PreconditionFailed", "It is not what it was when it was read."),
    413: ("TooLarge", "The request is larger than is taken."),
    414: ("PathTooLong", "The path and query are longer than is taken."),
    415: ("UnsupportedMediaType", "The body has another type than is taken."),
    422: ("Unprocessable", "The request was read and is refused."),
    428: ("PreconditionRequired", "The edit must name the version it was made from."),
    429: ("TooManyRequests", "Later, please."),
    431: ("HeaderTooLarge", "The header is larger than is taken."),
    500: ("Fault", "The service failed."),
    503: ("Unavailable", "The service cannot answer right now; the same request may be sent again."),
}
EVERY = ["internal", "overloaded", "unavailable", "timeout", "outcome_unknown", "uri_too_long"]
WITH_KEY = ["unauthenticated", "role_not_allowed", "not_found", "invalid_request", "rate_limited"]
WITH_BODY = ["malformed_json", "body_too_large", "body_too_slow"]
WITH_JSON = ["unsupported_media_type"]
METHODS = {"get", "put", "post", "delete", "patch"}
FIRST, LAST = "    # Named by name_responses.py: from here\n", "    # Named by name_responses.py: to here\n"
REQUEST = "req_1a2b3c4d5e6f7"


def problems(sources):
    """Status and title of every code, as the sources say them."""
    found, pattern = {}, re.compile(r'Problem\(\s*(\d{3}),\s*"([a-z_]+)",\s*"((?:[^"\\]|\\.)*)"')
    headers = re.compile(r'header\("([a-z_]+)", "()')
    for file in sorted(Path(sources).rglob("*.swift"), key=lambda f: ("Platform" not in f.parts, f)):
        text = file.read_text()
        for status, code, title in pattern.findall(text):
            title = title.replace('\\"', '"')
            known = found.setdefault(code, (int(status), title))
            if known[0] != int(status):
                raise SystemExit(f"{code} has two statuses: {known[0]} and {status}")
        for code, _ in headers.findall(text):
            found.setdefault(code, (422, "The header of the CSV cannot be used."))
    return found


def statuses(operation, known):
    """Every status of an operation's refusals."""
    codes = EVERY + list(operation.get("x-problems", []))
    if operation.get("security") != []:
        codes += WITH_KEY
    if "requestBody" in operation:
        codes += WITH_BODY + (WITH_JSON if "application/json" in operation["requestBody"]["content"] else [])
    unknown = sorted(set(operation.get("x-problems", [])) - set(known))
    if unknown:
        raise SystemExit(f"{operation['operationId']}: no source answers {', '.join(unknown)}")
    return sorted({known[c][0] for c in codes if c in known})


def components(known, headers):
    """The named responses: each has an example of every code of its status."""
    lines = [FIRST]
    for status in sorted({status for status, _ in known.values()}):
        name, description = NAMES[status]
        lines += [f"    {name}:\n", f"      description: {description}\n", *headers]
        lines += ["      content:\n", "        application/problem+json:\n",
                  '          schema: { $ref: "#/components/schemas/Problem" }\n', "          examples:\n"]
        for code, (own, title) in sorted(known.items()):
            if own == status:
                value = {"type": f"/docs/problems#{code}", "title": title, "status": status, "code": code, "request_id": REQUEST}
                lines.append(f"            {code}: {{ value: {json.dumps(value, ensure_ascii=False)} }}\n")
    return lines + [LAST]


def headers_of_problem(lines):
    """The headers that the template `Problem` has, as lines."""
    start = lines.index("    Problem:\n", lines.index("  responses:\n"))
    taken = []
    for line in lines[start + 1:]:
        if re.match(r" {0,6}\S", line) and taken and not line.startswith("        "):
            break
        if line == "      headers:\n" or taken:
            taken.append(line)
        elif re.match(r" {0,4}\S", line):
            break
    return taken


def named(lines, contract, known):
    """The contract's lines with every operation's refusals named."""
    if FIRST in lines:
        del lines[lines.index(FIRST):lines.index(LAST) + 1]
    wanted = {o["operationId"]: statuses(o, known)
              for item in contract["paths"].values() for m, o in item.items() if m in METHODS}
    made, operation, open_responses = [], None, False
    for line in lines:
        if match := re.match(r"      operationId: (\w+)", line):
            operation, open_responses = match[1], False
        if line == "      responses:\n" and operation in wanted:
            open_responses = True
        if open_responses and re.match(r'        (default|"[45]\d\d"): \{ \$ref: "#/components/responses/\w+" \}\n', line):
            continue
        if open_responses and not line.startswith("        ") and line != "      responses:\n":
            made += [f'        "{s}": {{ $ref: "#/components/responses/{NAMES[s][0]}" }}\n' for s in wanted[operation]]
            operation, open_responses = None, False
        made.append(line)
    schemas = made.index("  schemas:\n")
    while made[schemas - 1] == "\n":
        schemas -= 1
    made[schemas:schemas] = components(known, headers_of_problem(made))
    return made


def main():
    file = Path(sys.argv[1])
    text = file.read_text()
    made = "".join(named(text.splitlines(keepends=True), yaml.safe_load(text), problems(sys.argv[2])))
    if "--check" in sys.argv:
        print("refusals of every operation are named" if made == text else "refusals are not named: run name_responses.py")
        sys.exit(made != text)
    file.write_text(made)


if __name__ == "__main__":
    main()
