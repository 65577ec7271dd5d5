"""A value of a schema's shape, for readers: what an answer looks like."""

import json
import re

from .reading import name_of

BY_NAME = {
    "Currency": "RUB",
    "Day": "2026-03-01",
    "Time": "2026-03-01T09:00:00Z",
    "ExternalID": "p1",
    "BasisPoints": 1500,
}
BY_FORMAT = {"date": "2026-03-01", "date-time": "2026-03-01T09:00:00Z", "uri": "https://example.org/hook"}
TYPED_ID = re.compile(r"^\^([a-z_]+)_\[0-7\]")
WIDTH_MAX = 90


def sample(contract, schema, trail=()):
    """The schema's own example, else the simplest value that shows every field; nothing inside itself."""
    if not isinstance(schema, dict) or name_of(schema) in trail:
        return None
    trail += (name_of(schema),) if name_of(schema) else ()
    if name_of(schema) in BY_NAME:
        return BY_NAME[name_of(schema)]
    schema = contract.resolve(schema)
    for key in ("example", "const", "default"):
        if key in schema:
            return schema[key]
    if schema.get("examples"):
        return schema["examples"][0]
    if "enum" in schema:
        return schema["enum"][0]
    if "allOf" in schema:
        return merged(contract, schema, trail)
    for key in ("oneOf", "anyOf"):
        choices = [c for c in schema.get(key, []) if c.get("type") != "null" and "required" != next(iter(c), None)]
        if choices and "properties" not in schema:
            return sample(contract, choices[0], trail)
    return by_type(contract, schema, trail)


def merged(contract, schema, trail):
    """`allOf` of objects: their fields together, the later ones filling in what the earlier ones left open."""
    value = {}
    for part in schema["allOf"] + ([{"properties": schema["properties"]}] if "properties" in schema else []):
        piece = sample(contract, part, trail)
        if isinstance(piece, dict):
            value |= {key: inner for key, inner in piece.items() if inner not in (None, []) or key not in value}
    return value


def by_type(contract, schema, trail):
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((k for k in kind if k != "null"), "null")
    if kind == "object" or "properties" in schema:
        value = {name: sample(contract, inner, trail) for name, inner in schema.get("properties", {}).items()}
        bound = schema.get("maxProperties", len(value))
        return value if len(value) <= bound else dict([pair for pair in value.items() if pair[1] not in (None, [])][:bound])
    if kind == "array" or "items" in schema:
        item = sample(contract, schema.get("items", {}), trail)
        return [] if item is None else [item]
    if kind in ("integer", "number"):
        return schema.get("minimum", 0) or 1
    if kind == "boolean":
        return True
    return text(schema) if kind == "string" else None


def text(schema):
    typed = TYPED_ID.match(schema.get("pattern", ""))
    if typed:
        return f"{typed[1]}_01j0000000000000000000000a"
    return BY_FORMAT.get(schema.get("format"), "text")


def pretty(value, indent=""):
    """JSON as a person would write it: what is short stands on one line."""
    short = json.dumps(value, ensure_ascii=False)
    if not isinstance(value, (dict, list)) or len(indent) + len(short) <= WIDTH_MAX and indent:
        return short
    inner = indent + "  "
    if isinstance(value, dict):
        parts, ends = [f"{json.dumps(name)}: {pretty(part, inner)}" for name, part in value.items()], "{}"
    else:
        parts, ends = [pretty(part, inner) for part in value], "[]"
    return f"{ends[0]}\n" + ",\n".join(inner + part for part in parts) + f"\n{indent}{ends[1]}" if parts else ends
