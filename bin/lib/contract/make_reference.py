"""Writes what is made of the contract; with `--check` says what is not current and exits with 1."""

import json
import sys

from .problem_page import ProblemPage
from .reading import REPOSITORY, Contract
from .reference_page import ReferencePage


def made(folder):
    contract = Contract(folder)
    problems = ProblemPage(contract)
    return {
        folder / "reference/index.html": ReferencePage(contract).render(),
        folder / "reference/problems.html": problems.render(),
        folder / "reference/openapi.json": lines(contract.root) + "\n",
        folder.parent / "docs/problems.md": problems.markdown(),
    }


def lines(value, depth=0):
    """JSON with a line for each operation, schema and header."""
    if not isinstance(value, dict) or not value or depth == 3:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    inner = ",\n".join(f"{json.dumps(name)}:{lines(part, depth + 1)}" for name, part in value.items())
    return f"{{\n{inner}\n}}"


def main():
    stale = []
    for path, text in made(REPOSITORY / "Contracts").items():
        if not path.exists() or path.read_text() != text:
            stale.append(str(path.relative_to(REPOSITORY)))
            if "--check" not in sys.argv:
                path.write_text(text)
    if stale:
        print(("not current, run bin/reference: " if "--check" in sys.argv else "made ") + ", ".join(stale))
    sys.exit(1 if stale and "--check" in sys.argv else 0)


if __name__ == "__main__":
    main()
