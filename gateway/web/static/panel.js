// The question: one key an answer, Enter sends (the browser's own), Escape goes back.
import { onKey } from "./keys.js";

const form = document.querySelector("[data-panel]");
const text = document.getElementById("text");

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
// Writing the other motive comes right after choosing it.
form?.addEventListener("change", (event) => {
  if (event.target.value?.endsWith(".other")) text?.focus();
});
document.getElementById("fault")?.focus();
