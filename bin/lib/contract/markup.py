"""HTML by hand: escaping, the little Markdown that the contract's texts use, and the frame of a page."""

import re
from html import escape
from urllib.parse import quote

ICON = (
    "<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'><rect width='32' height='32' rx='7' fill='#0f6b5c'/>"
    "<path d='M7 20c5 0 5-8 10-8s5 6 9 6' stroke='#fff' stroke-width='3' fill='none' stroke-linecap='round'/></svg>"
)


def inline(text):
    """One paragraph: code between backticks, bold, links."""
    text = escape(str(text), quote=False)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    text = re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", text)
    return re.sub(r"(?<![\w/])(https?://[^\s<,;)]+[^\s<,;).])", r'<a href="\1" rel="noreferrer">\1</a>', text)


def paragraphs(text):
    parts = re.split(r"\n\s*\n", str(text).strip())
    return "".join(f"<p>{inline(' '.join(part.split()))}</p>" for part in parts if part)


def attribute(text):
    return escape(str(text), quote=True)


def page(title, here, made_of, navigation, main, placeholder):
    """The frame that both pages have. The search field shows itself only where scripts run."""
    links = [("/docs", "Reference"), ("/docs/problems", "Problems"), ("/openapi.yaml", "openapi.yaml")]
    pages = "".join(
        f'<a href="{url}"{" aria-current=page" if url == here else ""}>{name}</a>' for url, name in links)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="made-of" content="{made_of}">
<title>{escape(title)}</title>
<link rel="icon" href="data:image/svg+xml,{quote(ICON)}">
<link rel="stylesheet" href="/docs/reference.css">
<script src="/docs/reference.js" defer></script>
</head>
<body>
<a class="skip" href="#content">To the content</a>
<header class="top">
<a class="brand" href="/docs">Tradewind<span>API v1</span></a>
<div class="search" hidden><input id="search" type="search" placeholder="{attribute(placeholder)}" aria-label="{attribute(placeholder)}" autocomplete="off" spellcheck="false"><kbd>/</kbd></div>
<nav class="pages" aria-label="Pages">{pages}</nav>
</header>
<div class="frame">
<nav class="contents" aria-label="Contents">
{navigation}
</nav>
<main id="content">
<p id="found" role="status" hidden></p>
{main}
</main>
</div>
</body>
</html>
"""
