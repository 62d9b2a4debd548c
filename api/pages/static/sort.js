// Tables that say data-sorts: a press on a heading puts the rows in its order, and another in the opposite one.
// Figures by their value, everything else as text; rows with an empty cell stay last. Without a script nothing is lost.
(() => {
  const figure = /^[+\-−]?¥?-?[\d,]+(\.\d+)?%?( ?\D{0,2})?$/;
  const language = document.documentElement.lang;

  const text = (row, place) => (row.cells[place]?.innerText ?? "").trim().replace(/^—$/, "");
  const value = (said) => (figure.test(said) ? Number(said.replace("−", "-").replace(/[^\d.\-]/g, "")) : said);

  const compare = (one, other) => {
    if (one === "" || other === "") return one === other ? 0 : one === "" ? Infinity : -Infinity;
    if (typeof one === "number" && typeof other === "number") return one - other;
    return String(one).localeCompare(String(other), language);
  };

  const sort = (table, heading, place) => {
    const down = heading.getAttribute("aria-sort") === "ascending";
    const rows = [...table.tBodies[0].rows].map((row) => [value(text(row, place)), row]);
    rows.sort(([one], [other]) => {
      const by = compare(one, other);
      return Number.isFinite(by) && down ? -by : by;
    });
    table.tHead.querySelectorAll("[aria-sort]").forEach((each) => each.removeAttribute("aria-sort"));
    heading.setAttribute("aria-sort", down ? "descending" : "ascending");
    table.tBodies[0].append(...rows.map(([, row]) => row));
  };

  const prepare = (table) => {
    if (table.tBodies[0]?.rows.length < 2) return;
    [...table.tHead.rows[0].cells].forEach((heading, place) => {
      if (!heading.innerText.trim() || heading.querySelector("input")) return;
      const button = document.createElement("button");
      button.type = "button";
      button.className = "sort";
      button.append(...heading.childNodes);
      button.addEventListener("click", () => sort(table, heading, place));
      heading.append(button);
    });
  };

  document.querySelectorAll("table[data-sorts]").forEach(prepare);
})();
