// Search, deep links and the place in the list of contents. Without it the page is a plain list that opens by hand.
"use strict";

const box = document.querySelector(".search");
const field = document.getElementById("search");
const found = document.getElementById("found");
const entries = [...document.querySelectorAll("[data-find]")];
const groups = [...document.querySelectorAll("main > section.group")];
const links = new Map([...document.querySelectorAll(".contents a")].map((link) => [link.hash.slice(1), link]));

// Where every word stands in what an entry is, those entries; where there are none, those with the words in a field.
function matches(words) {
  const inTitle = entries.filter((entry) => words.every((word) => entry.dataset.find.includes(word)));
  if (inTitle.length) return inTitle;
  return entries.filter((entry) => {
    const text = `${entry.dataset.find} ${entry.dataset.fields}`;
    return words.every((word) => text.includes(word));
  });
}

function search() {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  const shown = new Set(words.length ? matches(words) : entries);
  for (const entry of entries) {
    entry.hidden = !shown.has(entry);
    const link = links.get(entry.id);
    if (link) link.parentElement.hidden = entry.hidden;
  }
  for (const group of groups) group.hidden = words.length > 0 && !group.querySelector("[data-find]:not([hidden])");
  document.querySelector(".intro").hidden = words.length > 0;
  found.hidden = !words.length;
  found.textContent = shown.size ? `${shown.size} found` : "Nothing found. Try an operation, a path, a role or a problem code.";
}

function open(id) {
  const target = id && document.getElementById(id);
  if (!target) return;
  if (target.hidden || target.closest("[hidden]")) {
    field.value = "";
    search();
  }
  if (target.matches("details")) target.open = true;
  target.scrollIntoView();
  mark(id);
}

function mark(id) {
  document.querySelector(".contents [aria-current]")?.removeAttribute("aria-current");
  const link = links.get(id);
  link?.setAttribute("aria-current", "true");
  link?.scrollIntoView({ block: "nearest", inline: "nearest" });
}

function follow() {
  open(decodeURIComponent(location.hash.slice(1)));
}

box.hidden = false;
field.addEventListener("input", search);
field.addEventListener("keydown", (event) => {
  if (event.key === "Enter") {
    const first = entries.find((entry) => !entry.hidden);
    if (first && field.value) location.hash = first.id;
    follow();
  }
});
document.addEventListener("keydown", (event) => {
  const isTyping = event.target.matches("input, textarea");
  if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    field.focus();
    field.select();
  } else if (event.key === "Escape" && field.value) {
    field.value = "";
    search();
    field.blur();
  }
});
for (const entry of document.querySelectorAll("details.op")) {
  entry.addEventListener("toggle", () => {
    if (!entry.open) return;
    mark(entry.id);
    if (location.hash.slice(1) !== entry.id) history.replaceState(null, "", `#${entry.id}`);
  });
}
addEventListener("hashchange", follow);
follow();
