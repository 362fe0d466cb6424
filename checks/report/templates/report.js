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
  const count = document.getElementById("filter-count");
  const filter = () => {
    const words = text.value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const row of rows) {
      const content = row.textContent.toLowerCase();
      row.hidden =
        !words.every((word) => content.includes(word)) ||
        choices.some(([name, select]) => select.value && row.dataset[name] !== select.value);
      shown += row.hidden ? 0 : 1;
    }
    count.textContent = shown === 1 ? "1 row" : shown + " rows";
  };
  text.addEventListener("input", filter);
  for (const [, select] of choices) select.addEventListener("change", filter);
  document.querySelector(".filters").addEventListener("submit", (event) => event.preventDefault());
  const open = () => {
    const target = document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (!target) return;
    for (let at = target; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
    target.scrollIntoView();
  };
  window.addEventListener("hashchange", open);
  open();
  let closed = [];
  window.addEventListener("beforeprint", () => {
    closed = [...document.querySelectorAll("details:not([open])")];
    for (const item of closed) item.open = true;
  });
  window.addEventListener("afterprint", () => {
    for (const item of closed) item.open = false;
  });
})();
