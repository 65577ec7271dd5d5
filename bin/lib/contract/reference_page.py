"""The page `/docs`: every operation, event and schema of the contract. What has a name is shown once, under Schemas."""

import json

from .markup import attribute, escape, inline, page, paragraphs
from .reading import name_of
from .samples import pretty, sample
from .schema_view import SchemaView


class ReferencePage:
    def __init__(self, contract):
        self.contract = contract
        self.view = SchemaView(contract)

    def render(self):
        tags = self.contract.tags
        grouped = {tag: [o for o in self.contract.operations() if o.tag == tag] for tag in tags}
        main = [self.introduction(sum(map(len, grouped.values())))]
        main += [self.section(tag, operations) for tag, operations in grouped.items()]
        main += [self.events(), self.schemas()]
        return page(
            "Tradewind API", "/docs", self.contract.digest(), self.navigation(grouped), "\n".join(main), "Search operations, fields, problems")

    def navigation(self, grouped):
        groups = [(tag, f"tag-{tag}", [(o.id, o.spec["summary"]) for o in grouped[tag]]) for tag in grouped]
        groups.append(("Events", "tag-Events", [(o.id, o.path) for o in self.contract.webhooks()]))
        groups.append(("Schemas", "tag-Schemas", []))
        rows = []
        for title, anchor, entries in groups:
            inner = "".join(f'<li><a href="#{id}" title="{attribute(text)}">{escape(id)}</a></li>' for id, text in entries)
            nested = f"<ul>{inner}</ul>" if inner else ""
            rows.append(f'<li><a class="group" href="#{anchor}">{title}</a>{nested}</li>')
        return f"<ul>{''.join(rows)}</ul>"

    def introduction(self, count):
        info = self.contract.root["info"]
        events = len(self.contract.webhooks())
        return f"""<section class="intro">
<h1>{escape(info["title"])} API</h1>
<p class="lead">{inline(info["summary"])}</p>
{paragraphs(info["description"])}
<p>A key goes into <code>Authorization: Bearer tw_live_…</code>. {count} operations, {events} types of event. Every problem code has its
place on the page of <a href="/docs/problems">problems</a>; the contract itself is <a href="/openapi.yaml">openapi.yaml</a>
(<a href="/openapi.json">JSON</a>).</p>
</section>"""

    def section(self, tag, operations):
        body = "\n".join(self.operation(o) for o in operations)
        return f'<section id="tag-{tag}" class="group"><h2>{tag}</h2>\n{body}\n</section>'

    def operation(self, operation):
        spec = operation.spec
        find, fields = self.search_words(operation)
        deprecated = '<span class="deprecated">deprecated</span>' if spec.get("deprecated") else ""
        parts = [
            paragraphs(spec["description"]) if "description" in spec else "", self.roles(operation),
            self.parameters(operation), self.request(operation), self.curl(operation), self.responses(operation),
            self.problems(operation),
        ]
        return f"""<details class="op" id="{operation.id}" data-find="{attribute(find)}" data-fields="{attribute(fields)}">
<summary><span class="method {operation.method.lower()}">{operation.method}</span><code class="path">{path(operation.path)}</code>\
<span class="says">{inline(spec["summary"])}</span>{deprecated}</summary>
<div class="inside"><p class="id"><a href="#{operation.id}">{operation.id}</a></p>{"".join(parts)}</div>
</details>"""

    def search_words(self, operation):
        spec = operation.spec
        roles = " ".join(spec.get("x-roles", []))
        problems = " ".join(spec.get("x-problems", []))
        find = f'{operation.id} {operation.method} {operation.path} {spec["summary"]} {operation.tag} {roles} {problems}'
        names = {p["name"] for p in operation.parameters}
        for content in self.contents(spec):
            names |= self.view.names(content.get("schema", {}))
        return find.lower().replace("`", ""), " ".join(sorted(names)).lower()

    def contents(self, spec):
        """Every body of an operation, asked and answered, without the one of problems."""
        bodies = list(spec.get("requestBody", {}).get("content", {}).values())
        for response in map(self.contract.resolve, spec["responses"].values()):
            if not is_problem(response):
                bodies += response.get("content", {}).values()
        return bodies

    def roles(self, operation):
        roles = operation.spec.get("x-roles", [])
        if not roles:
            return "" if operation.path[0] != "/" else '<p class="roles"><span class="role open">no key needed</span></p>'
        chips = "".join(f'<span class="role">{escape(role)}</span>' for role in roles)
        return f'<h4>Who may call</h4><p class="roles">{chips}</p>'

    def parameters(self, operation):
        if not operation.parameters:
            return ""
        rows = []
        for p in operation.parameters:
            required = '<span class="required">required</span>' if p.get("required") else ""
            schema = p.get("schema", {})
            bounds = "" if name_of(schema) else self.view.bounds(schema)
            text = f'<span class="text">{inline(p["description"])}</span>' if "description" in p else ""
            rows.append(
                f'\n<li><code class="name">{escape(p["name"])}</code> <span class="place">{p["in"]}</span> '
                f'<span class="type">{self.view.type(schema)}</span> {required} '
                f'{f"<span class=bounds>{bounds}</span>" if bounds else ""}{text}</li>')
        return f'<h4>Parameters</h4><ul class="fields">{"".join(rows)}</ul>'

    def request(self, operation):
        parts = []
        body = operation.spec.get("requestBody", {})
        for kind, content in body.get("content", {}).items():
            optional = "" if body.get("required") or operation.path[0] != "/" else ", may be left out"
            parts.append(f'<h4>Body <span class="kind">{kind}{optional}</span></h4>{self.body(content)}')
        return "".join(parts)

    def body(self, content):
        schema = content.get("schema", {})
        return self.of(schema) + self.view.fields(schema)

    def of(self, schema):
        return f'<p class="of">{self.view.type(schema)}</p>' if name_of(schema) else ""

    def curl(self, operation):
        if not operation.path.startswith("/"):
            return ""
        lines = [f'curl -X {operation.method} "$TRADEWIND{operation.path}"']
        if operation.spec.get("security") != []:
            lines.append('-H "Authorization: Bearer $KEY"')
        lines += [f"-H '{p['name']}: …'" for p in operation.parameters if p["in"] == "header" and p.get("required")]
        content = operation.spec.get("requestBody", {}).get("content", {})
        if "application/json" in content:
            example = content["application/json"].get("example")
            example = sample(self.contract, content["application/json"]["schema"]) if example is None else example
            lines += ["-H 'Content-Type: application/json'", f"-d '{pretty(example)}'"]
        elif content:
            lines += [f"-H 'Content-Type: {next(iter(content))}'", "--data-binary @file"]
        return f'<h4>Example</h4><pre><code>{code(f" {chr(92)}{chr(10)}  ".join(lines))}</code></pre>'

    def responses(self, operation):
        parts = []
        for status, response in operation.spec["responses"].items():
            response = self.contract.resolve(response)
            if is_problem(response):
                continue
            parts.append(f'<h4>{status} <span class="kind">{inline(response.get("description", ""))}</span></h4>')
            headers = "".join(f'<li><code class="name">{escape(h)}</code> <span class="place">header</span></li>'
                              for h in response.get("headers", {}))
            parts.append(f'<ul class="fields">{headers}</ul>' if headers else "")
            parts += [self.answer(kind, content) for kind, content in response.get("content", {}).items()]
        return "".join(parts)

    def answer(self, kind, content):
        if kind != "application/json":
            return f'<p class="of"><span class="kind">{kind}</span></p>'
        schema = content.get("schema", {})
        shown = self.of(schema) if name_of(schema) else self.body(content)
        return shown + self.looks(content.get("example"), schema)

    def looks(self, example, schema):
        shape = sample(self.contract, schema) if example is None else example
        return f'\n<details><summary>what it looks like</summary><pre><code>{code(pretty(shape))}</code></pre></details>'

    def problems(self, operation):
        if not operation.path.startswith("/"):
            return ""
        own = operation.spec.get("x-problems", [])
        links = "".join(f'<a class="problem" href="/docs/problems#{code}">{code}</a>' for code in own)
        common = "what every operation may: see <a href=\"/docs/problems#common\">problems</a>"
        return f'<h4>Problems</h4><p class="problems">{links} {"and " if own else ""}{common}.</p>'

    def events(self):
        parts = [self.event(o) for o in self.contract.webhooks()]
        return f"""<section id="tag-Events" class="group"><h2>Events</h2>
<p>Sent to endpoints as signed messages of the <a href="https://www.standardwebhooks.com" rel="noreferrer">Standard Webhooks</a>
specification, and read with <a href="#listEvents">listEvents</a>. Each is an <a href="#schema-EventEnvelope">EventEnvelope</a>
with the <code>data</code> below.</p>
{"".join(parts)}</section>"""

    def event(self, operation):
        schema = self.contract.file(f"events/{operation.path}.json")
        example = json.loads((self.contract.folder / "examples" / f"{operation.path}.json").read_text())
        find = f'{operation.id} {operation.path} {operation.spec["summary"]} event webhook'.lower()
        fields = " ".join(sorted(self.view.names(schema)))
        return f"""<details class="op" id="{operation.id}" data-find="{attribute(find)}" data-fields="{attribute(fields)}">
<summary><span class="method event">event</span><code class="path">{operation.path}</code>\
<span class="says">{inline(operation.spec["summary"])}</span></summary>
<div class="inside"><p class="id"><a href="#{operation.id}">{operation.id}</a></p>
<h4>Data</h4>{self.view.fields(schema)}
<h4>Example</h4><pre><code>{code(pretty(example))}</code></pre></div>
</details>"""

    def schemas(self):
        parts = []
        for name, schema in self.contract.schemas.items():
            bounds = self.view.bounds(schema)
            says = inline(schema["description"]) if "description" in schema else ""
            body = self.view.fields(schema)
            names = " ".join(sorted(self.view.names(schema)))
            kind = "" if body else self.view.type(schema)
            text = f'<p class="of"><span class="type">{kind}</span> <span class="bounds">{bounds}</span></p>'
            parts.append(
                f'\n<details class="op schema" id="schema-{name}" data-find="schema {name.lower()}" data-fields="{names}">'
                f'<summary><code class="path">{name}</code><span class="says">{says}</span></summary>'
                f'<div class="inside">{text if kind or bounds else ""}{body}</div></details>')
        return f'<section id="tag-Schemas" class="group"><h2>Schemas</h2>{"".join(parts)}</section>'


def is_problem(response):
    """Problems are listed by their codes."""
    return list(response.get("content", {})) == ["application/problem+json"]


def path(text):
    """A path that may break behind its slashes."""
    return escape(text).replace("/", "/<wbr>").replace("/<wbr>", "/", 1)


def code(text):
    return escape(text, quote=False)
