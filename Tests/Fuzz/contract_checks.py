"""What every answer must keep beyond what schemathesis looks at: a problem's code is among those of its operation, every
answer has a request id, and a key without a role of the operation gets nothing."""

COMMON_PROBLEMS = {
    "unauthenticated", "role_not_allowed", "not_found", "invalid_request", "malformed_json", "body_too_large",
    "body_too_slow", "unsupported_media_type", "method_not_allowed", "no_such_route", "overloaded", "unavailable",
    "timeout", "rate_limited", "uri_too_long",
}


def findings(operation, role, answer):
    """The faults of one answer, as sentences."""
    found = []
    if not header(answer, "x-request-id"):
        found.append("the answer has no X-Request-Id")
    if answer.status_code >= 500 and answer.status_code != 503:
        found.append(f"status {answer.status_code}")
    roles = operation.get("x-roles", [])
    if roles and role not in roles and answer.status_code < 400:
        found.append(f"{role} is not in x-roles and got {answer.status_code}")
    if answer.status_code >= 400:
        try:
            code = answer.json().get("code")
        except ValueError:
            return found + [f"status {answer.status_code} without a problem"]
        if code not in COMMON_PROBLEMS | set(operation.get("x-problems", [])):
            found.append(f"problem code {code!r} of status {answer.status_code} is not in x-problems")
    return found


def header(answer, name):
    """A header of an answer of requests or of schemathesis, which keeps a list of values under a small name."""
    value = answer.headers.get(name, "")
    return value[0] if isinstance(value, list) else value
