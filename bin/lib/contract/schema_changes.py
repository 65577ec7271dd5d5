"""What changed between two schemas, and whether it breaks: a request's may widen, an answer's may narrow."""

import json
from enum import Enum

LOWER = ("minimum", "exclusiveMinimum", "minLength", "minItems", "minProperties")
UPPER = ("maximum", "exclusiveMaximum", "maxLength", "maxItems", "maxProperties")
EXACT = ("pattern", "format", "uniqueItems", "multipleOf")
DEPTH_MAX = 30


class Direction(Enum):
    #: What a client sends: what was taken must still be taken.
    ASKED = "asked"
    #: What a client reads: what comes must be what could come before.
    ANSWERED = "answered"


class SchemaChanges:
    def __init__(self, before, after, direction):
        self.before, self.after, self.direction = before, after, direction
        self.found, self.trail = [], []

    def all(self, before, after):
        """Triples of where, what, and whether it breaks."""
        self.compare("", before, after)
        return self.found

    def narrowed(self, where, what):
        self.found.append((where, what, self.direction is Direction.ASKED))

    def widened(self, where, what):
        self.found.append((where, what, self.direction is Direction.ANSWERED))

    def compare(self, where, before, after):
        pair = (key(before), key(after))
        if pair in self.trail or len(self.trail) > DEPTH_MAX:
            return
        self.trail.append(pair)
        old, new = self.before.resolve(before), self.after.resolve(after)
        if isinstance(old, dict) and isinstance(new, dict):
            old, new = flat(self.before, old), flat(self.after, new)
            self.types(where, old, new)
            self.words(where, old, new)
            self.bounds(where, old, new)
            self.fields(where, old, new)
            self.elements(where, old, new)
            self.choices(where, old, new)
        self.trail.pop()

    def types(self, where, old, new):
        was, now = kinds(old), kinds(new)
        if was == now:
            return
        if now and (not was or was - now):
            self.narrowed(where, f"type narrowed from {name(was)} to {name(now)}")
        if was and (not now or now - was):
            self.widened(where, f"type widened from {name(was)} to {name(now)}")

    def words(self, where, old, new):
        was, now = enumerated(old), enumerated(new)
        if was is not None and new.get("x-open") and not old.get("x-open"):
            self.widened(where, "words that were closed are marked as open")
        if was == now:
            return
        if now is not None and (was is None or was - now):
            gone = "any value" if was is None else ", ".join(sorted(was - now))
            self.narrowed(where, f"words narrowed: no more {gone}")
        if was is not None and (now is None or now - was):
            new_words = "any value" if now is None else ", ".join(sorted(now - was))
            if self.direction is Direction.ANSWERED and old.get("x-open") and now is not None:
                self.found.append((where, f"words of an open list added: {new_words}", False))
            else:
                self.widened(where, f"words widened: also {new_words}")

    def bounds(self, where, old, new):
        for bound in LOWER + UPPER:
            was, now = old.get(bound), new.get(bound)
            if was == now:
                continue
            is_tighter = was is None or (now is not None and (now > was if bound in LOWER else now < was))
            (self.narrowed if is_tighter else self.widened)(where, f"{bound} from {was} to {now}")
        for rule in EXACT:
            was, now = old.get(rule), new.get(rule)
            if was == now:
                continue
            if now is not None:
                self.narrowed(where, f"{rule} from {was} to {now}")
            if was is not None:
                self.widened(where, f"{rule} from {was} to {now}")

    def fields(self, where, old, new):
        was, now = old.get("properties", {}), new.get("properties", {})
        asked = self.direction is Direction.ASKED
        must_before, must_now = set(old.get("required", [])), set(new.get("required", []))
        for field in was.keys() - now.keys():
            self.found.append((f"{where}/{field}", "field removed", True))
        for field in now.keys() - was.keys():
            breaks = asked and field in must_now
            self.found.append((f"{where}/{field}", "required field added" if breaks else "field added", breaks))
        for field in was.keys() & now.keys():
            if asked and field in must_now - must_before:
                self.found.append((f"{where}/{field}", "required now", True))
            if not asked and field in must_before - must_now:
                self.found.append((f"{where}/{field}", "may be missing now", True))
            self.compare(f"{where}/{field}", was[field], now[field])
        if asked and new.get("additionalProperties") is False and old.get("additionalProperties", True) is not False:
            self.found.append((where, "unknown fields refused now", True))

    def elements(self, where, old, new):
        for keyword in ("items", "additionalProperties"):
            was, now = old.get(keyword), new.get(keyword)
            if isinstance(was, dict) and isinstance(now, dict):
                self.compare(f"{where}/*", was, now)

    def choices(self, where, old, new):
        """Alternatives are matched by what they look like; one that changed is compared with the one in its place."""
        for keyword in ("oneOf", "anyOf"):
            was, now = old.get(keyword), new.get(keyword)
            if was is None and now is None:
                continue
            if was is None or now is None:
                (self.narrowed if was is None else self.widened)(where, f"{keyword} {'added' if was is None else 'removed'}")
                continue
            for place, (one, other) in enumerate(zip(was, now)):
                self.compare(f"{where}/{keyword} {place + 1}", one, other)
            if len(was) > len(now):
                self.narrowed(where, f"{keyword} has fewer alternatives")
            if len(was) < len(now):
                self.widened(where, f"{keyword} has more alternatives")


def key(schema):
    return schema["$ref"] if isinstance(schema, dict) and "$ref" in schema else json.dumps(schema, sort_keys=True, default=str)


def kinds(schema):
    kind = schema.get("type")
    return set() if kind is None else set(kind) if isinstance(kind, list) else {kind}


def name(types):
    return " or ".join(sorted(types)) if types else "any"


def enumerated(schema):
    if "const" in schema:
        return {json.dumps(schema["const"])}
    return {json.dumps(word) for word in schema["enum"]} if "enum" in schema else None


def flat(contract, schema):
    """`allOf` taken together: what all parts say is what the whole says."""
    if "allOf" not in schema:
        return schema
    whole = {k: v for k, v in schema.items() if k != "allOf"}
    for part in schema["allOf"]:
        part = flat(contract, contract.resolve(part))
        for keyword, value in part.items():
            if keyword == "properties":
                merged = dict(whole.get("properties", {}))
                for field, inner in value.items():
                    merged[field] = {"allOf": [merged[field], inner]} if field in merged else inner
                whole["properties"] = merged
            elif keyword == "required":
                whole["required"] = sorted(set(whole.get("required", [])) | set(value))
            elif keyword not in whole:
                whole[keyword] = value
    return whole
