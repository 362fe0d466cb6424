"use strict";
(() => {
  const table = document.getElementById("ledger-table");
  const body = table.tBodies[0];
  const rows = [...body.rows];
  const heads = [...table.tHead.rows[0].cells];
  const value = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sort === undefined ? cell.textContent.trim().toLowerCase() : Number(cell.dataset.sort);
  };
  const order = (a, b) => (typeof a === "number" ? a - b : a.localeCompare(b));
  for (const button of table.tHead.querySelectorAll("button")) {
    button.addEventListener("click", () => {
      const column = Number(button.dataset.column);
      const head = heads[column];
      const down = head.getAttribute("aria-sort") === "ascending";
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", down ? "descending" : "ascending");
      const sorted = rows
        .map((row, i) => [value(row, column), i, row])
        .sort((a, b) => (down ? -1 : 1) * order(a[0], b[0]) || a[1] - b[1]);
      body.append(...sorted.map((item) => item[2]));
    });
  }
  const text = document.getElementById("filter-text");
  const choices = ["verdict", "form", "evidence"].map((name) => [name, document.getElementById("filter-" + name)]);
  const definitions = document.getElementById("filter-definitions");
  const count = document.getElementById("filter-count");
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const chosen = choices.some(([, select]) => select.value === "definition");
    let shown = 0;
    for (const row of rows) {
      const content = row.textContent.toLowerCase();
      row.hidden =
        !words.every((word) => content.includes(word)) ||
        (row.dataset.form === "definition" && !definitions.checked && !chosen) ||
        choices.some(([name, select]) => select.value && row.dataset[name] !== select.value);
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = shown === 1 ? "1 row" : shown + " rows";
  };
  text.addEventListener("input", filter);
  for (const [, select] of choices) select.addEventListener("change", filter);
  definitions.addEventListener("change", filter);
  definitions.parentElement.hidden = false;
  filter();
  document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  };
  // What scrolls can be reached by the keyboard.
  const reachable = () => {
    for (const box of document.querySelectorAll(".scroll, .formula"))
      if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
      else box.removeAttribute("tabindex");
  };
  document.addEventListener("toggle", reachable, true);
  window.addEventListener("resize", reachable);
  reachable();
  window.addEventListener("hashchange", open);
  open();
})();
