"""Schemas as nested lists of fields. A schema that has a name is linked, not repeated."""

import json

from .markup import attribute, escape, inline
from .reading import name_of
from .samples import TYPED_ID

DEPTH_MAX = 6
BOUNDS = [
    ("minimum", "at least {}"), ("exclusiveMinimum", "above {}"), ("maximum", "at most {}"), ("exclusiveMaximum", "below {}"),
    ("minLength", "{} or more characters"), ("maxLength", "at most {} characters"), ("minItems", "{} or more"),
    ("maxItems", "at most {}"), ("minProperties", "{} or more fields"), ("maxProperties", "at most {} fields"),
    ("format", "{}"), ("default", "{} unless given"),
]


class SchemaView:
    def __init__(self, contract):
        self.contract = contract

    def type(self, schema):
        """The type in words: `integer`, `array of Money`, `draft | active`, `Time or null`."""
        if not isinstance(schema, dict):
            return "any"
        name = name_of(schema)
        if name:
            return f'<a href="#schema-{name}">{name}</a>'
        schema = self.contract.resolve(schema)
        if "const" in schema:
            return word(schema["const"])
        if "enum" in schema:
            return " | ".join([word(value) for value in schema["enum"]] + ["maybe others one day"] * bool(schema.get("x-open")))
        choices = schema.get("oneOf") or schema.get("anyOf")
        if choices and "properties" not in schema:
            return " or ".join(dict.fromkeys(self.type(choice) for choice in choices))
        if "allOf" in schema:
            return " and ".join(self.type(part) for part in schema["allOf"] if name_of(part)) or "object"
        kinds = schema.get("type", "object" if "properties" in schema else "any")
        kinds = kinds if isinstance(kinds, list) else [kinds]
        return " or ".join(f"array of {self.type(schema.get('items', {}))}" if k == "array" else k for k in kinds)

    def bounds(self, schema):
        schema = self.contract.resolve(schema)
        parts = []
        for key, words in BOUNDS:
            if key in schema:
                value = schema[key]
                parts.append(words.format(value if isinstance(value, str) else json.dumps(value)))
        if schema.get("uniqueItems"):
            parts.append("no two alike")
        text = escape(", ".join(parts))
        if "pattern" in schema:
            text += f'{", " if text else ""}like <code class="pattern">{escape(alike(schema["pattern"]))}</code>'
        return text

    def fields(self, schema, depth=0):
        """A list of the object's fields; what lies in them opens below. Empty where it has none."""
        properties, required = self.flat(schema)
        if not properties:
            return self.alternatives(schema, depth)
        rows = [self.row(name, inner, name in required, depth) for name, inner in properties.items()]
        return f'<ul class="fields">{"".join(rows)}</ul>'

    def row(self, name, schema, required, depth):
        resolved = self.contract.resolve(schema) if isinstance(schema, dict) else {}
        notes = [f'<code class="name">{escape(name)}</code>', f'<span class="type">{self.type(schema)}</span>']
        if required:
            notes.append('<span class="required">required</span>')
        if resolved.get("deprecated"):
            notes.append('<span class="deprecated">deprecated</span>')
        bounds = "" if name_of(schema) else self.bounds(schema)
        if bounds:
            notes.append(f'<span class="bounds">{bounds}</span>')
        text = "".join(
            f'<span class="text">{inline(d)}</span>'
            for d in dict.fromkeys([schema.get("description"), resolved.get("description")]) if d)
        return f'\n<li>{" ".join(notes)}{text}{self.inside(schema, depth + 1)}</li>'

    def inside(self, schema, depth):
        """What lies in a field, if that is an object or a list of objects without a name."""
        if depth > DEPTH_MAX:
            return ""
        inner = next((text for name, target in self.objects(schema) if not name for text in [self.fields(target, depth)] if text), "")
        return f"<details><summary>its fields</summary>{inner}</details>" if inner else ""

    def objects(self, schema):
        """The objects that a value may be or hold, each with its name."""
        resolved = self.contract.resolve(schema)
        if not isinstance(resolved, dict):
            return
        if "properties" in resolved or "allOf" in resolved:
            yield name_of(schema), schema
        elif isinstance(resolved.get("items"), dict):
            yield from self.objects(resolved["items"])
        elif isinstance(resolved.get("additionalProperties"), dict):
            yield from self.objects(resolved["additionalProperties"])
        elif name_of(schema) and (resolved.get("oneOf") or resolved.get("anyOf")):
            yield name_of(schema), schema
        else:
            for choice in resolved.get("oneOf", []) + resolved.get("anyOf", []):
                yield from self.objects(choice)

    def alternatives(self, schema, depth):
        """The ways that an object may be, where it is one of several."""
        resolved = self.contract.resolve(schema)
        choices = [c for c in resolved.get("oneOf", []) + resolved.get("anyOf", []) if c.get("type") != "null"]
        parts = []
        for choice in choices:
            properties, _ = self.flat(choice)
            if name_of(choice):
                parts.append(f'\n<li><span class="type">{self.type(choice)}</span></li>')
            elif properties and depth < DEPTH_MAX:
                label = escape(" + ".join(properties))
                parts.append(f'\n<li><span class="type">{label}</span>{self.fields(choice, depth + 1)}</li>')
        return f'<ul class="fields choices">{"".join(parts)}</ul>' if parts else ""

    def flat(self, schema):
        """All fields of an object, those of its parts together, and which of them must be there."""
        resolved = self.contract.resolve(schema)
        if not isinstance(resolved, dict):
            return {}, set()
        properties, required = {}, set(resolved.get("required", []))
        for part in resolved.get("allOf", []):
            inner, needed = self.flat(part)
            for name, field in inner.items():
                properties[name] = self.filled(properties.get(name), field)
            required |= needed
        return properties | resolved.get("properties", {}), required

    @staticmethod
    def filled(earlier, later):
        """A later part says more of a field that an earlier one named: `data` of a page."""
        plain = isinstance(earlier, dict) and isinstance(later, dict) and "$ref" not in earlier and "$ref" not in later
        return earlier | later if plain else later

    def names(self, schema, trail=()):
        """The names of all fields, for the search."""
        names = set()
        properties, _ = self.flat(schema)
        for name, field in properties.items():
            names.add(name)
            for inner, target in self.objects(field):
                if inner not in trail and len(trail) < DEPTH_MAX:
                    names |= self.names(target, trail + (inner or "",))
        return names


def alike(pattern):
    """Ids as they look; of everything else the pattern itself."""
    typed = TYPED_ID.match(pattern)
    return f"{typed[1]}_01j…" if typed else pattern


def word(value):
    return f'<code class="word">{attribute(json.dumps(value) if not isinstance(value, str) else value)}</code>'
