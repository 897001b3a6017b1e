// Hospital IT: one key a step, and a kinder editor. Everything here also works without it.
import { onKey } from "./keys.js";

onKey((key, event) => {
  if (key === "Escape") {
    document.querySelector("[data-back]")?.click();
    return;
  }
  if (key.length !== 1) return;
  const target = document.querySelector(`[data-key="${CSS.escape(key.toUpperCase())}"]`);
  if (!target) return;
  event.preventDefault();
  target.focus();
  target.click();
});

// A message about what was just done comes first for those who listen to the page.
(document.getElementById("fault") ?? document.querySelector(".said[tabindex]"))?.focus();

const text = document.querySelector("textarea[data-editor]");
if (text) edit(text);

function edit(area) {
  const form = area.form;
  const kept = `it-draft:${location.pathname}`;
  const saved = area.defaultValue;
  number(area);
  form.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "s") {
      event.preventDefault();
      form.requestSubmit(form.querySelector("[value=save]"));
    }
  });
  let sending = false;
  form.addEventListener("submit", () => { sending = true; });
  addEventListener("beforeunload", (event) => {
    if (!sending && area.value !== saved) event.preventDefault();
  });
  // What is typed survives a session that ended meanwhile: kept in this tab only, until it is saved.
  const store = (value) => {
    try { value === null ? sessionStorage.removeItem(kept) : sessionStorage.setItem(kept, value); } catch { /* not kept */ }
  };
  let before = null;
  try { before = sessionStorage.getItem(kept); } catch { /* nothing is kept here */ }
  const again = document.getElementById("typed-before");
  if (before !== null && before !== area.value && again) {
    again.hidden = false;
    again.querySelector("[data-take]").addEventListener("click", () => {
      area.value = before;
      area.dispatchEvent(new Event("input"));
      again.hidden = true;
      area.focus();
    });
    again.querySelector("[data-drop]").addEventListener("click", () => { store(null); again.hidden = true; area.focus(); });
  } else store(null);
  area.addEventListener("input", () => store(area.value === saved ? null : area.value));
  // A fault leads to its line.
  for (const link of document.querySelectorAll("a[data-line]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      go(area, Number(link.dataset.line));
    });
  }
}

function go(area, line) {
  const lines = area.value.split("\n");
  const start = lines.slice(0, line - 1).reduce((sum, one) => sum + one.length + 1, 0);
  area.focus();
  area.setSelectionRange(start, start + (lines[line - 1] ?? "").length);
  area.scrollTop = (line - 4) * Number.parseFloat(getComputedStyle(area).lineHeight);
}

function number(area) {
  const column = area.parentElement.querySelector(".numbers");
  const show = () => {
    const count = area.value.split("\n").length;
    if (column.childElementCount === 0 && Number(column.dataset.count) === count) return;
    column.dataset.count = count;
    column.textContent = Array.from({ length: count }, (_unused, at) => at + 1).join("\n");
  };
  column.hidden = false;
  area.parentElement.classList.remove("plain");
  area.addEventListener("input", show);
  area.addEventListener("scroll", () => { column.scrollTop = area.scrollTop; });
  show();
}
