"""The contract as it lies on disk: operations, webhooks, schemas, problems."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import yaml


class PlainLoader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """YAML 1.2 as OpenAPI means it: a date is text."""


PlainLoader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def whole(loader, node, deep=False):
    """A member that stands twice would hide the first, as a merge leaves it behind. A sentence with a comma and no quotes falls
    apart: what comes behind the comma would be a member of its own, without a value."""
    for key, value in node.value:
        if " " in key.value and value.value == "" and value.tag == "tag:yaml.org,2002:null":
            raise ValueError(f"'{key.value}' is the rest of a sentence that wants quotes{key.start_mark}")
    names = [key.value for key, _ in node.value]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{', '.join(sorted(twice))} stands twice{node.start_mark}")
    return yaml.SafeLoader.construct_mapping(loader, node, deep=deep)


PlainLoader.construct_mapping = whole


def load_yaml(path):
    return yaml.load(Path(path).read_text(), Loader=PlainLoader)


METHODS = ("get", "put", "post", "patch", "delete")
REPOSITORY = Path(__file__).resolve().parents[3]


@dataclass
class Operation:
    """One operation, its parameters resolved and those of its path taken in."""

    id: str
    method: str
    path: str
    spec: dict
    parameters: list

    @property
    def tag(self):
        return (self.spec.get("tags") or ["Other"])[0]


class Contract:
    """`openapi.yaml` of a folder, with the files that it refers to."""

    def __init__(self, folder, name="openapi.yaml"):
        self.folder = Path(folder)
        self.root = load_yaml(self.folder / name)
        self.files = {}

    def resolve(self, node):
        """Follows `$ref` until there is none, also into `events/*.json`."""
        while isinstance(node, dict) and "$ref" in node:
            file, _, pointer = node["$ref"].partition("#")
            target = self.file(file) if file else self.root
            for part in pointer.strip("/").split("/") if pointer.strip("/") else []:
                target = target[part.replace("~1", "/").replace("~0", "~")]
            node = target
        return node

    def file(self, name):
        if name not in self.files:
            self.files[name] = json.loads((self.folder / name).read_text())
        return self.files[name]

    def digest(self):
        """Of all that the pages are made of; a test of the service tells by it that they are stale."""
        files = [self.folder / "openapi.yaml", self.folder / "problems.yaml"]
        for inner in ("events", "examples"):
            files += sorted((self.folder / inner).glob("*.json"))
        return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()

    def problems(self):
        """The catalogue of problems; empty where the folder has none."""
        file = self.folder / "problems.yaml"
        return load_yaml(file)["problems"] if file.exists() else []

    def operations(self):
        return [operation for path, item in self.root["paths"].items() for operation in self._of(path, item)]

    def webhooks(self):
        return [operation for type, item in self.root.get("webhooks", {}).items() for operation in self._of(type, item)]

    def _of(self, path, item):
        for method in METHODS:
            if method in item:
                spec = item[method]
                parameters = [self.resolve(p) for p in item.get("parameters", []) + spec.get("parameters", [])]
                yield Operation(spec["operationId"], method.upper(), path, spec, parameters)

    @property
    def schemas(self):
        return self.root["components"]["schemas"]

    @property
    def tags(self):
        return [tag["name"] for tag in self.root["tags"]]

    def common_problems(self):
        """Those that every operation may answer with, as the contract's own description lists them."""
        text = self.root["info"]["description"]
        listed = text.split("beyond those that every operation may:", 1)[1].split(".", 1)[0]
        return [part.strip().strip("`") for part in listed.split(",")]


def name_of(node):
    """The name that a reference to a schema goes by, or nothing."""
    reference = node.get("$ref", "") if isinstance(node, dict) else ""
    return reference.rsplit("/", 1)[1] if reference.startswith("#/components/schemas/") else None
