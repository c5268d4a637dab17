// What a process did, each ledger under its own heading. They are never added.

import { el } from "./dom.js";
import { number, unit, unknown } from "./format.js";
import { withU } from "./balancetables.js";

const headings = [
  ["", "Process", ""],
  ["removal", "Removals", "Their own ledger. What may be claimed is in a lot's statement, not here."],
  ["avoided", "Avoided emissions", "Their own ledger, never added to removals."],
  ["substitution", "Substitution", "Its own ledger, never added to removals or avoided emissions."],
];

const amount = (i) => (typeof i.value !== "number" ? unknown : typeof i.u === "number" ? withU(i.value, i.u, "") : number(i.value, 5));

export function ledgers(indicators) {
  if (!indicators?.length) return el("p", { class: "empty" }, "Nothing is reported of this kind of process.");
  return headings.map(([ledger, title, note]) => {
    const list = indicators.filter((i) => (i.ledger ?? "") === ledger);
    if (!list.length) return ledger === "" ? false : el("section", { class: "ledger" }, el("h4", {}, title), el("p", { class: "dim" }, "Nothing in this period is of this ledger."));
    return el("section", { class: "ledger" }, el("h4", {}, title), note && el("p", { class: "dim" }, note),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": title }, el("table", { class: "indicators" },
        el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "What"), el("th", { scope: "col", class: "number" }, "Value"), el("th", { scope: "col" }, "Unit"))),
        el("tbody", {}, list.map((i) => el("tr", {},
          el("th", { scope: "row" }, i.about || i.name, el("small", {}, [i.name, i.basis, i.flag, i.why].filter(Boolean).join(" · "))),
          el("td", { class: "number", "data-label": "Value" }, amount(i)),
          el("td", { class: "unit", title: i.source }, unit(i.unit))))))));
  });
}
