"""Requests that no schema generates: what a broken client or a hostile one writes on the wire."""

import json
import re
from urllib.parse import quote

import requests

TEXTS = ["\x00", "a\x00b", "\ud7ff\uffff", "\u202e\u0301" * 20, "e\u0301", "🧀" * 33, "'; DROP TABLE receipt; --", "../..", "%", "\\", " "]
SEGMENTS = ["%00", "%", "%zz", "%ff%fe", "%C3%28", "%ED%A0%80", "..%2F..", "%2500", "a" * 4000, "%F0%9F%A7%80" * 40, ";", "%0d%0aX:1"]
NUMBERS = [2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**40, 1e308, -0.0, 1.5]
BODIES = [b"", b"null", b"[]", b"{", b"\xff\xfe", b"\xef\xbb\xbf{}", b"[" * 100_000, b'{"a":' * 50_000, b'{"a":1,"a":2}',
          b'"' + b"a" * 100_000, b'{"a":1e999999}', b'{"\\ud800":"\\udfff"}', b"{} {}", b"9" * 5_000]


def filled(path, values, instead=None, at=None):
    """A path with real ids, except one parameter that is given."""
    def part(match):
        return instead if match[1] == at else quote(str((values.get(match[1]) or ["x1"])[0]), safe="")

    return re.sub(r"{(\w+)}", part, path)


def requests_of(path, operation, values, example):
    """(path, headers, body) of each oddity of one operation."""
    plain, json_type = filled(path, values), {"Content-Type": "application/json"}
    body = json.dumps(example).encode() if example is not None else None
    for name in re.findall(r"{(\w+)}", path):
        for segment in SEGMENTS:
            yield filled(path, values, segment, name), json_type, body
    for query in ("?limit=1&limit=2", "?limit=99999999999999999999", "?limit=-1", "?cursor=%00", "?cursor=AAAA", "?%zz=%zz",
                  "?unknown=1", "?&&==", "?from=9999-99-99", "?after=-1", "?state=%F0%9F", "?name=%00", "?supplier_id=a&supplier_id=b"):
        yield plain + query, json_type, body
    for name in ("Idempotency-Key", "If-Match", "X-Request-Id", "Accept-Language", "Content-Encoding", "Accept", "Content-Type"):
        for value in ("", "\xff", "a" * 300, '"', "W/\"1\"", '"99999999999999999999"', "*"):
            yield plain, {**json_type, name: value.encode("latin-1")}, body
    if "requestBody" not in operation:
        return
    for raw in BODIES:
        yield plain, json_type, raw
    yield plain, {}, body
    for odd in (TEXTS + NUMBERS if isinstance(example, dict) else []):
        for mutated in replaced(example, odd):
            yield plain, json_type, json.dumps(mutated).encode()


def replaced(value, odd):
    """Copies of a body in each of which one leaf is the odd value."""
    if isinstance(value, dict):
        for name, inner in value.items():
            for copy in replaced(inner, odd):
                yield {**value, name: copy}
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            for copy in replaced(inner, odd):
                yield value[:index] + [copy] + value[index + 1:]
    else:
        yield odd


def send(session, url, method, path, headers, body, token):
    """Sends a path as it is written: nothing of it is normalised on the way."""
    request = requests.Request(method, url, headers={**headers, "Authorization": f"Bearer {token}"}, data=body)
    prepared = request.prepare()
    prepared.url = url + path
    return session.send(prepared, timeout=60)
