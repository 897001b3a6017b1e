// The reviewers' keys: J, E, I on the chosen case, arrows to choose, Z to take back; ages that stay right.
import { onKey } from "./keys.js";

const rows = [...document.querySelectorAll("[data-case]")];
let chosen = 0;

const choose = (next) => {
  chosen = Math.max(0, Math.min(next, rows.length - 1));
  rows.forEach((row, place) => row.classList.toggle("chosen", place === chosen));
};
if (rows.length) choose(0);
rows.forEach((row, place) => row.addEventListener("focusin", () => choose(place)));

const scope = () => (rows.length ? rows[chosen] : document);

onKey((key, event) => {
  const letter = key.toLowerCase();
  if (key === "ArrowDown" || key === "ArrowUp") {
    if (!rows.length) return;
    event.preventDefault();
    choose(chosen + (key === "ArrowDown" ? 1 : -1));
    rows[chosen].querySelector("a").focus();
    return;
  }
  const target = { j: () => scope().querySelector("[data-key=j]"), z: () => document.querySelector("[data-undo]") }[letter]?.();
  if (target) {
    event.preventDefault();
    target.focus();
    return;
  }
  if (letter === "e" || letter === "i") {
    const field = document.querySelector(`[data-field=${letter}]`);
    const link = rows.length ? scope().querySelector(`[data-key=${letter}]`) : null;
    event.preventDefault();
    if (field) field.focus();
    else if (link) link.click();
  }
});

// Come from the queue by E or I: the field is ready to be written in.
const asked = { "#ask": "e", "#unjustify": "i" }[location.hash];
if (asked) document.querySelector(`[data-field=${asked}]`)?.focus();
document.getElementById("fault")?.focus();

const english = document.documentElement.lang === "en";
const age = (milliseconds) => {
  const minutes = Math.max(0, Math.floor(milliseconds / 60000));
  if (minutes >= 1440) return `${Math.floor(minutes / 1440)} ${english ? "d" : "j"} ${Math.floor((minutes % 1440) / 60)} h`;
  if (minutes >= 60) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${minutes} min`;
};
setInterval(() => {
  for (const time of document.querySelectorAll("[data-since]")) time.textContent = age(Date.now() - Number(time.dataset.since));
}, 60000);
