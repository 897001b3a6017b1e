// Finding: "/" goes to the field, arrows walk the list, a complete scan sends itself.
import { onKey, typing } from "./keys.js";

const field = document.getElementById("search");
const rows = [...document.querySelectorAll("[data-patients] a")];
// A Datamatrix ends with the birthplace (S7 and five characters); scanners type faster than people.
const DATAMATRIX = /^IS\d{2}.{20,}S7.{5}$/;
const INS = /^[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{8}$/i;
const BY_HAND_MS = 40;
const SETTLED_MS = 60;

const keyFits = (ins) => {
  const digits = ins.slice(0, 13).replace(/2a/i, "19").replace(/2b/i, "18");
  return Number(97n - (BigInt(digits) % 97n)) === Number(ins.slice(13));
};

let started = 0;
let timer = 0;
field.addEventListener("input", (event) => {
  clearTimeout(timer);
  const now = performance.now();
  if (field.value.length <= 1) started = now;
  const scanned = event.inputType === "insertFromPaste" || now - started < field.value.length * BY_HAND_MS;
  const text = field.value.trim();
  const complete = DATAMATRIX.test(text) || (INS.test(text) && keyFits(text));
  if (complete && scanned) timer = setTimeout(() => field.form.requestSubmit(), SETTLED_MS);
});

const walk = (step) => {
  const here = rows.indexOf(document.activeElement);
  if (here < 0 && step < 0) return false;
  const next = here + step;
  (next < 0 ? field : rows[Math.min(next, rows.length - 1)])?.focus();
  return rows.length > 0;
};
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || (typing(event.target) && event.target !== field)) return;
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && !document.querySelector("dialog[open]") && walk(step)) event.preventDefault();
});
onKey((key, event) => {
  if (key !== "/") return;
  event.preventDefault();
  field.focus();
  field.select();
});
