"use strict";
const text = (cell) => cell.textContent.trim();
const number = (cell) => cell.dataset.sort === undefined ? NaN : Number(cell.dataset.sort);

for (const table of document.querySelectorAll("table")) {
  const headings = [...table.tHead.rows[0].cells];
  headings.forEach((heading, column) => heading.querySelector("button").addEventListener("click", () => {
    const ascending = heading.getAttribute("aria-sort") !== "ascending";
    for (const other of headings) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", ascending ? "ascending" : "descending");
    const compare = (a, b) => {
      const [x, y] = [a.cells[column], b.cells[column]];
      if (!text(x) || !text(y)) return !text(x) - !text(y); // empty cells stay last
      const difference = number(x) - number(y);
      const order = Number.isNaN(difference) ? text(x).localeCompare(text(y), "en", { numeric: true }) : difference;
      return ascending ? order : -order;
    };
    table.tBodies[0].append(...[...table.tBodies[0].rows].sort(compare));
  }));
}

// Copy a table as tab-separated text for a spreadsheet. On plain http there is no clipboard API: copy a selection instead.
for (const button of document.querySelectorAll("button.copy")) {
  button.addEventListener("click", async () => {
    const rows = [...document.getElementById(button.dataset.table).rows];
    const lines = rows.map((row) => [...row.cells].map(text).join("\t")).join("\n");
    try {
      await navigator.clipboard.writeText(lines);
    } catch {
      const area = document.createElement("textarea");
      area.value = lines;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      button.focus();
    }
    const label = button.firstChild;
    label.data = "Copied";
    setTimeout(() => { label.data = "Copy"; }, 1500);
  });
}

// A guess first: how far it is from what was measured.
for (const guess of document.querySelectorAll("form.guess")) {
  guess.hidden = false;
  guess.addEventListener("submit", (event) => {
    event.preventDefault();
    const ratio = guess.dataset.measured / guess.querySelector("input").value;
    const far = Math.max(ratio, 1 / ratio).toPrecision(2);
    guess.querySelector("output").value = far < 1.5 ? "Close!" : `${Number(far)} times too ${ratio > 1 ? "low" : "high"}.`;
    guess.nextElementSibling.open = true;
  });
}

// The table of contents shows the section that one reads: the last one whose heading is above the middle of the window.
const links = [...document.querySelectorAll("nav a")];
const headings = links.map((link) => document.getElementById(link.hash.slice(1)));
const markSection = () => {
  const above = headings.findLastIndex((heading) => heading.getBoundingClientRect().top < innerHeight / 2);
  links.forEach((link, i) => i === above ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"));
};
addEventListener("scroll", markSection, { passive: true });
addEventListener("resize", markSection);
markSection();

// Show the claims whose verdict and kind are checked.
const filters = document.getElementById("filters");
if (filters) {
  const claims = [...document.querySelectorAll("#index li")];
  const filter = () => {
    const checked = new Set([...filters.querySelectorAll("input:checked")].map((box) => box.value));
    for (const claim of claims) claim.hidden = !(checked.has(claim.dataset.verdict) && checked.has(claim.dataset.kind));
    const shown = claims.filter((claim) => !claim.hidden).length;
    const all = shown === claims.length;
    document.getElementById("filtered").value = all ? `All ${shown} claims are shown.` : `${shown} of ${claims.length} claims are shown.`;
  };
  filters.hidden = false;
  filters.addEventListener("change", filter);
  filters.querySelector("button").addEventListener("click", () => {
    filters.reset();
    filter();
  });
  filter();
}
