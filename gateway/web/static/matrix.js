// The grid: arrows walk it, space toggles (the browser's own), and the changes are counted before they are saved.
const grid = document.querySelector("[data-matrix]");
const count = document.getElementById("changes");

if (grid) {
  const form = grid.closest("form");
  const rows = [...grid.querySelectorAll("tbody tr")].map((row) => [...row.querySelectorAll("input[name=open]")]);
  const placeOf = (box) => {
    for (const [line, boxes] of rows.entries()) {
      const column = boxes.indexOf(box);
      if (column >= 0) return [line, column];
    }
    return null;
  };
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
  grid.addEventListener("keydown", (event) => {
    const place = placeOf(event.target);
    if (!place || event.ctrlKey || event.metaKey || event.altKey) return;
    let [line, column] = place;
    if (event.key in steps) {
      line += steps[event.key][0];
      column += steps[event.key][1];
    } else if (event.key === "Home") column = 0;
    else if (event.key === "End") column = rows[line].length - 1;
    else if (event.key === "PageDown") line = Math.min(rows.length - 1, line + 10);
    else if (event.key === "PageUp") line = Math.max(0, line - 10);
    else return;
    event.preventDefault();
    rows[line]?.[column]?.focus();
  });

  const changed = (input) => (input.type === "checkbox" ? input.checked !== input.defaultChecked : input.value !== input.defaultValue);
  const inputs = [...grid.querySelectorAll("input[name=open], input[data-source]")];
  const tell = () => {
    let opened = 0, closed = 0, told = 0;
    for (const input of inputs) {
      const is = changed(input);
      input.closest("td").classList.toggle("changed", is);
      if (!is) continue;
      if (input.type !== "checkbox") told += 1;
      else if (input.checked) opened += 1;
      else closed += 1;
    }
    count.textContent = opened + closed + told === 0 ? count.dataset.none
      : [[opened, "opened"], [closed, "closed"], [told, "told"]].filter(([number]) => number)
        .map(([number, kind]) => `${number} ${count.dataset[kind]}`).join(", ");
    form.querySelector("[data-new-source]")?.toggleAttribute("required", opened > 0);
  };
  form.addEventListener("input", tell);
  let sending = false;
  form.addEventListener("submit", () => { sending = true; });
  addEventListener("beforeunload", (event) => { if (!sending && inputs.some(changed)) event.preventDefault(); });
  tell();
}
