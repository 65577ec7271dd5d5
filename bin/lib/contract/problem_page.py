"""The catalogue of problems (`Contracts/problems.yaml`) as the page `/docs/problems` and as `docs/problems.md`."""

from .markup import attribute, escape, inline, page
from .reading import load_yaml

WHO = {
    "caller": "Whoever wrote the request",
    "person": "A person of the right side",
    "retailer": "The retailer",
    "supplier": "The supplier",
    "platform": "The platform's administrator",
    "operator": "Whoever runs the service",
    "retry": "Nobody: send it again",
}
GROUPS = [
    ("common", "Of every operation"), ("writes", "Of writes"), ("parties", "Parties"), ("shoppers", "Shoppers"),
    ("receipts", "Receipts and the till"), ("imports", "Imports"), ("ledger", "Ledger"), ("audiences", "Audiences"),
    ("campaigns", "Campaigns"), ("settlement", "Settlement"), ("webhooks", "Webhooks"), ("books", "Inside the books"),
]


def catalogue(folder):
    return load_yaml(folder / "problems.yaml")


def groups(problems):
    """The groups that have problems, in the order of the page."""
    found = [(key, title, [p for p in problems if p["group"] == key]) for key, title in GROUPS]
    return [(key, title, entries) for key, title, entries in found if entries]


class ProblemPage:
    def __init__(self, contract):
        self.contract = contract
        self.catalogue = catalogue(contract.folder)
        self.operations = {}
        for operation in contract.operations():
            for code in operation.spec.get("x-problems", []):
                self.operations.setdefault(code, []).append(operation.id)

    def render(self):
        problems = self.catalogue["problems"]
        main = [f"""<section class="intro"><h1>Problems</h1>
<p class="lead">What went wrong, and what to do about it.</p>
<p>Every refusal and fault is an <a href="/docs#schema-Problem">RFC 9457 problem</a>: <code>code</code> is stable and made for programs,
<code>title</code> is the same for every occurrence, <code>detail</code> and <code>errors</code> are of this one, and <code>type</code>
is the address of its place on this page. Quote <code>request_id</code> when you ask for help. {len(problems)} codes of problems,
{len(self.catalogue["fields"])} of fields.</p></section>"""]
        for key, title, entries in groups(problems):
            main.append(f'<section id="{key}" class="group"><h2>{title}</h2>{"".join(map(self.problem, entries))}</section>')
        main.append(self.fields())
        return page(
            "Tradewind problems", "/docs/problems", self.contract.digest(), self.navigation(), "\n".join(main), "Search problems")

    def navigation(self):
        rows = []
        for key, title, entries in groups(self.catalogue["problems"]):
            inner = "".join(f'<li><a href="#{p["code"]}">{p["code"]}</a></li>' for p in entries)
            rows.append(f'<li><a class="group" href="#{key}">{title}</a><ul>{inner}</ul></li>')
        return f'<ul>{"".join(rows)}<li><a class="group" href="#fields">Of a field</a></li></ul>'

    def problem(self, problem):
        code = problem["code"]
        links = "".join(f'<a class="problem" href="/docs#{id}">{id}</a>' for id in self.operations.get(code, []))
        where = f'<dt>Where</dt><dd class="problems">{links}</dd>' if links else ""
        find = " ".join(str(problem[key]) for key in ("code", "status", "title", "happened", "do")).lower()
        return f"""<article class="entry" id="{code}" data-find="{attribute(find)}" data-fields="">
<h3><span class="status s{problem["status"] // 100}">{problem["status"]}</span><a href="#{code}"><code>{code}</code></a></h3>
<p class="title">{inline(problem["title"])}</p>
<dl><dt>What happened</dt><dd>{inline(problem["happened"])}</dd><dt>What to do</dt><dd>{inline(problem["do"])}</dd>
<dt>Who</dt><dd>{escape(WHO[problem["who"]])}.</dd>{where}</dl></article>"""

    def fields(self):
        rows = "".join(
            f'<li class="entry" id="field-{f["code"]}" data-find="{attribute(f["code"] + " " + f["means"].lower())}" data-fields="">'
            f'<code class="name">{f["code"]}</code><span class="text">{inline(f["means"])}</span></li>'
            for f in self.catalogue["fields"])
        return f"""<section id="fields" class="group"><h2>Of a field</h2>
<p>In <code>errors</code> of <a href="#invalid_request">invalid_request</a> and of rejected lines of an import; <code>detail</code> says
the bound. <code>pointer</code> is the field: a JSON Pointer into the body, <code>?name</code> of the query, <code>{{name}}</code> of the
path.</p><ul class="fields">{rows}</ul></section>"""

    def markdown(self):
        lines = [
            "# Problems", "",
            "Made by `bin/reference` of `Contracts/problems.yaml`; served as `/docs/problems`, where the `type` of every problem points.",
        ]
        for _, title, entries in groups(self.catalogue["problems"]):
            lines += ["", f"## {title}", "", "| code | status | what happened | what to do | who |", "|---|---|---|---|---|"]
            lines += [
                f'| `{p["code"]}` | {p["status"]} | {cell(p["happened"])} | {cell(p["do"])} | {WHO[p["who"]]} |' for p in entries]
        lines += ["", "## Of a field", "", "| code | means |", "|---|---|"]
        lines += [f'| `{f["code"]}` | {cell(f["means"])} |' for f in self.catalogue["fields"]]
        return "\n".join(lines) + "\n"


def cell(text):
    return str(text).replace("|", "\\|")
