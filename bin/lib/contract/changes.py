"""What changed between two contracts, and which of it breaks a client that was written against the earlier one.

A client that was written against v1 sends what v1 took and reads what v1 answered. So a request may be taken more widely and an
answer may be given more narrowly, never the other way round; docs/versioning.md has the rules in words.
"""

from dataclasses import dataclass

from .reading import Contract
from .schema_changes import Direction, SchemaChanges


@dataclass(frozen=True, order=True)
class Change:
    where: str
    what: str
    is_breaking: bool

    def __str__(self):
        return f'{"BREAKS " if self.is_breaking else ""}{self.where}: {self.what}'


class Changes:
    """All changes from the contract `before` to the contract `after`."""

    def __init__(self, before: Contract, after: Contract):
        self.before, self.after = before, after
        self.found = []

    def all(self):
        before = {o.id: o for o in self.before.operations()}
        after = {o.id: o for o in self.after.operations()}
        self.sets("the contract", "operation", before, after)
        for id in before.keys() & after.keys():
            self.operation(before[id], after[id])
        self.events()
        self.catalogue()
        return sorted(set(self.found))

    def note(self, where, what, is_breaking):
        self.found.append(Change(where, what, is_breaking))

    def sets(self, where, kind, before, after, adding_breaks=False):
        """What was removed breaks; what was added does not, unless said otherwise."""
        for name in set(before) - set(after):
            self.note(where, f"{kind} {name} removed", True)
        for name in set(after) - set(before):
            self.note(where, f"{kind} {name} added", adding_breaks)

    def operation(self, before, after):
        where = before.id
        if (before.method, before.path) != (after.method, after.path):
            self.note(where, f"moved from {before.method} {before.path} to {after.method} {after.path}", True)
        self.sets(where, "role", before.spec.get("x-roles", []), after.spec.get("x-roles", []))
        if before.spec.get("security") == [] and after.spec.get("security") != []:
            self.note(where, "needs a key now", True)
        self.problems(where, before.spec, after.spec)
        self.deprecation(where, before.spec, after.spec)
        self.parameters(where, before, after)
        self.request(where, before.spec.get("requestBody"), after.spec.get("requestBody"))
        self.responses(where, before.spec["responses"], after.spec["responses"])

    def problems(self, where, before, after):
        """Codes may come and go: a client treats an unknown one by its status, and one that never comes does no harm."""
        self.found += [
            Change(where, f"problem {code} {verb}", False)
            for verb, codes in (
                ("added", set(after.get("x-problems", [])) - set(before.get("x-problems", []))),
                ("removed", set(before.get("x-problems", [])) - set(after.get("x-problems", []))))
            for code in codes]

    def catalogue(self):
        """A code that stays keeps its status, by which clients know what to do with it."""
        after = {problem["code"]: problem["status"] for problem in self.after.problems()}
        for problem in self.before.problems():
            was, now = problem["status"], after.get(problem["code"], problem["status"])
            if was != now:
                self.note("the catalogue", f'problem {problem["code"]} from status {was} to {now}', True)

    def deprecation(self, where, before, after):
        if after.get("deprecated") and not before.get("deprecated"):
            self.note(where, "deprecated", False)
        if after.get("deprecated") and "x-sunset" not in after:
            self.note(where, "is deprecated without x-sunset", True)

    def parameters(self, where, before, after):
        old = {(p["in"], p["name"].lower()): p for p in before.parameters}
        new = {(p["in"], p["name"].lower()): p for p in after.parameters}
        for key in old.keys() - new.keys():
            self.note(where, f"parameter {key[1]} removed", True)
        for key in new.keys() - old.keys():
            required = bool(new[key].get("required"))
            self.note(where, f'{"required " if required else ""}parameter {key[1]} added', required)
        for key in old.keys() & new.keys():
            if new[key].get("required") and not old[key].get("required"):
                self.note(where, f"parameter {key[1]} required now", True)
            place = f"{where} parameter {key[1]}"
            self.schema(place, Direction.ASKED, old[key].get("schema", {}), new[key].get("schema", {}))

    def request(self, where, before, after):
        if before is None or after is None:
            if after is not None and after.get("required"):
                self.note(where, "a body is required now", True)
            if before is not None:
                self.note(where, "the body is not taken any more", True)
            return
        if after.get("required") and not before.get("required"):
            self.note(where, "a body is required now", True)
        self.contents(f"{where} body", Direction.ASKED, before["content"], after["content"])

    def responses(self, where, before, after):
        self.sets(where, "answer", filter(is_good, before), filter(is_good, after))
        for status in set(before) & set(after):
            old, new = self.before.resolve(before[status]), self.after.resolve(after[status])
            self.sets(f"{where} {status}", "header", old.get("headers", {}), new.get("headers", {}))
            self.contents(f"{where} {status}", Direction.ANSWERED, old.get("content", {}), new.get("content", {}))

    def contents(self, where, direction, before, after):
        self.sets(where, "type", before, after)
        for kind in before.keys() & after.keys():
            self.schema(where, direction, before[kind].get("schema", {}), after[kind].get("schema", {}))

    def events(self):
        before = {o.path: o for o in self.before.webhooks()}
        after = {o.path: o for o in self.after.webhooks()}
        self.sets("the contract", "event", before, after)
        for type in before.keys() & after.keys():
            old, new = (c.resolve({"$ref": f"events/{type}.json"}) for c in (self.before, self.after))
            self.schema(f"event {type}", Direction.ANSWERED, old, new)

    def schema(self, where, direction, before, after):
        compared = SchemaChanges(self.before, self.after, direction)
        for pointer, what, is_breaking in compared.all(before, after):
            self.note(f"{where} {pointer}".strip(), what, is_breaking)


def is_good(status):
    """Problems come and go by their codes."""
    return status.startswith(("1", "2", "3"))
