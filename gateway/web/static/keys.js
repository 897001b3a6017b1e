// Keys for every staff page: they never take a letter from someone who is typing, and can be switched off.
const KEPT = "single-keys";
const dialog = document.getElementById("help");
const box = document.getElementById("single-keys");

export const typing = (target) => target.closest?.("input:not([type=radio]):not([type=checkbox]), textarea, select") !== null;

export const singleKeys = () => {
  try { return localStorage.getItem(KEPT) !== "off"; } catch { return true; }
};

/** Call `act(key, event)` for a key pressed alone, outside text fields and dialogs. */
export function onKey(act) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (dialog?.open || (typing(event.target) && event.key !== "Escape")) return;
    if (event.key.length === 1 && !singleKeys() && event.key !== "?") return;
    act(event.key, event);
  });
}

/** A second click on the same form sends nothing. */
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
}
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

if (dialog) {
  onKey((key, event) => {
    if (key !== "?") return;
    event.preventDefault();
    dialog.showModal();
  });
}
if (box) {
  box.checked = singleKeys();
  box.addEventListener("change", () => {
    try { localStorage.setItem(KEPT, box.checked ? "on" : "off"); } catch { /* nothing is kept here */ }
  });
}
