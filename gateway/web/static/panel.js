// The question: one key an answer, Enter sends (the browser's own), Escape goes back.
import { onKey } from "./keys.js";

const form = document.querySelector("[data-panel]");

const choose = (radio) => {
  radio.checked = true;
  radio.focus();
  radio.dispatchEvent(new Event("change", { bubbles: true }));
};

onKey((key, event) => {
  if (key === "Escape") {
    document.querySelector("[data-back]")?.click();
    return;
  }
  const radio = form?.querySelector(`[data-key="${CSS.escape(key.toUpperCase())}"]`);
  if (!radio) return;
  event.preventDefault();
  choose(radio);
});
// Writing what a reason asks for comes right after choosing it.
form?.addEventListener("change", (event) => {
  const writes = event.target.dataset?.writes;
  if (writes) document.getElementById(writes)?.focus();
});
document.getElementById("fault")?.focus();
