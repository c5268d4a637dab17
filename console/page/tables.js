// Tables: all tags with their present values, batches and statements.

import { el, setAttribute, setText } from "./dom.js";
import { age, bytes, full, instant, iso, moment, number, span, tagName, unit, unknown, whole } from "./format.js";
import { judge, mark, sentence } from "./quality.js";

// write shows a value and its quality in the cells of one row.
function write(row, value, description, now, lost) {
  const quality = judge(value, description, now);
  const shown = value && typeof value.value === "number" && (quality.level !== "bad" || quality.stale) ? number(value.value) : unknown;
  const state = `${quality.level} ${quality.stale ? "stale" : ""} ${lost ? "lost" : ""}`;
  setAttribute(row.node, "class", state.trim());
  setText(row.value, shown);
  setText(row.age, value ? age(quality.age) : unknown);
  setAttribute(row.age, "title", value ? full(instant(value.time)) : "No reading yet");
  const words = sentence(quality);
  if (row.said !== words) {
    row.said = words;
    row.quality.replaceChildren(...[mark(quality), el("span", {}, words)].filter(Boolean));
  }
  setAttribute(row.quality, "title", quality.about || undefined);
  return quality;
}

// tagTable lists every tag. update(now, time, lost) brings it up to date in place.
export function tagTable(plant, onTrend) {
  const rows = (plant.tags ?? []).map((t) => {
    const cells = {
      value: el("td", { class: "number now", "data-label": "Value" }, unknown),
      age: el("td", { class: "number", "data-label": "Age" }, unknown),
      quality: el("td", { class: "quality", "data-label": "Quality" }),
    };
    const node = el("tr", {},
      el("th", { scope: "row" }, el("button", { type: "button", class: "tag", title: "Show the trend", on: { click: () => onTrend(t.tag) } }, tagName(t.tag))),
      el("td", { class: "about" }, t.about ?? ""),
      cells.value, el("td", { class: "unit", title: `UCUM ${t.unit}` }, unit(t.unit)), cells.age, cells.quality,
      el("td", { class: "instrument", "data-label": "Instrument" }, t.instrument ?? ""));
    return { node, tag: t, ...cells };
  });
  const search = el("input", { type: "search", placeholder: "Filter tags", "aria-label": "Filter tags", on: { input: () => filter() } });
  const only = el("input", { type: "checkbox", id: "only-abnormal", on: { change: () => filter() } });
  const count = el("span", { class: "dim", role: "status" });
  const none = el("p", { class: "empty", hidden: true }, "No tag matches.");
  const filter = () => {
    const wanted = search.value.trim().toLowerCase();
    let shown = 0;
    for (const r of rows) {
      const text = `${r.tag.tag} ${r.tag.about ?? ""} ${r.tag.instrument ?? ""}`.toLowerCase();
      r.node.hidden = !text.includes(wanted) || (only.checked && r.level === "good");
      if (!r.node.hidden) shown++;
    }
    none.hidden = shown > 0;
    setText(count, shown === rows.length ? `${rows.length} tags` : `${shown} of ${rows.length} tags`);
  };
  filter();
  return {
    node: el("div", {},
      el("div", { class: "tools" }, search, el("label", { for: "only-abnormal" }, only, " only those not good"), count),
      el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "All tags" },
        el("table", { class: "tags" },
          el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Tag"), el("th", { scope: "col" }, "What"), el("th", { scope: "col", class: "number" }, "Value"), el("th", { scope: "col" }, "Unit"), el("th", { scope: "col", class: "number" }, "Age"), el("th", { scope: "col" }, "Quality"), el("th", { scope: "col" }, "Instrument"))),
          el("tbody", {}, rows.map((r) => r.node)))), none),
    update(now, time, lost) {
      const values = new Map((now?.tags ?? []).map((v) => [v.tag, v]));
      for (const r of rows) r.level = write(r, values.get(r.tag.tag), r.tag, time, lost).level;
      if (only.checked) filter();
    },
  };
}

// attention lists what is not good over all plants, the worst first.
export function attention(plants, nows, time) {
  const order = { bad: 0, none: 1, uncertain: 2 };
  const list = [];
  for (const p of plants) {
    const values = new Map((nows.get(p.plant)?.tags ?? []).map((v) => [v.tag, v]));
    if (!values.size) continue;
    for (const t of p.tags ?? []) {
      const quality = judge(values.get(t.tag), t, time);
      if (quality.level !== "good") list.push({ plant: p, tag: t, value: values.get(t.tag), quality });
    }
  }
  return list.sort((a, b) => order[a.quality.level] - order[b.quality.level]);
}

export function attentionTable(list) {
  if (!list.length) return el("p", { class: "empty" }, "Nothing: every tag that has been read is good.");
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Tags that are not good" }, el("table", { class: "attention" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col" }, "Quality"), el("th", { scope: "col" }, "Tag"), el("th", { scope: "col" }, "Instrument"), el("th", { scope: "col", class: "number" }, "Age"), el("th", { scope: "col" }, "What it means"))),
    el("tbody", {}, list.slice(0, 12).map(({ plant, tag, value, quality }) => el("tr", { class: quality.level },
      el("td", { class: "quality", "data-label": "Quality" }, mark(quality), el("span", {}, sentence(quality))),
      el("th", { scope: "row" }, el("a", { href: `#/${plant.plant}?tags=${tag.tag}` }, tag.tag), tag.about && el("span", { class: "dim" }, " " + tag.about)),
      el("td", { "data-label": "Instrument" }, tag.instrument ?? ""),
      el("td", { class: "number", "data-label": "Age" }, value ? age(quality.age) : unknown),
      el("td", { class: "dim" }, quality.about)))),
    list.length > 12 && el("tfoot", {}, el("tr", {}, el("td", { colspan: 5 }, `and ${list.length - 12} more; see the plants' pages`)))));
}

export function batchTable(batches, time) {
  if (!batches?.length) return el("p", { class: "empty" }, "No batches yet. An agent signs its first batch a few seconds after it has been enrolled and can reach the broker; it is listed here when it is durable in the evidence log.");
  return el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Last batches" }, el("table", { class: "batches" },
    el("thead", {}, el("tr", {}, el("th", { scope: "col", class: "number" }, "Leaf"), el("th", { scope: "col" }, "Agent"), el("th", { scope: "col", class: "number" }, "Sequence"), el("th", { scope: "col", class: "number" }, "Scans"), el("th", { scope: "col", class: "number" }, "Size"), el("th", { scope: "col" }, "Covers"), el("th", { scope: "col", class: "number" }, "Age"))),
    el("tbody", {}, batches.map((b) => el("tr", {},
      el("td", { class: "number", "data-label": "Leaf" }, whole(b.index)),
      el("th", { scope: "row" }, b.agent, b.epoch !== undefined && el("span", { class: "dim", title: `epoch ${b.epoch}` }, ` · ${String(b.epoch).slice(-4)}`)),
      el("td", { class: "number", "data-label": "Sequence" }, `${whole(b.first)}–${whole(b.last)}`),
      el("td", { class: "number", "data-label": "Scans" }, whole(b.scans)),
      el("td", { class: "number", "data-label": "Size" }, bytes(b.bytes)),
      el("td", { "data-label": "Covers" }, moment(instant(b.from), instant(b.to), time)),
      el("td", { class: "number", "data-label": "Age", title: iso(instant(b.received ?? b.to)) }, age(time - instant(b.received ?? b.to))))))));
}

// inText finds the values of a key in a statement's signed text.
const inText = (s, key) => String(s.text ?? "").split("\n").filter((l) => l.startsWith(key + " ")).map((l) => l.slice(key.length + 1));

const revision = (s) => Number(s.revision ?? inText(s, "revision")[0] ?? 0);

// statementList shows the newest revision of each lot, the others folded away.
// Statements are never added up: each stands for itself, and what it says is
// a removal and nothing else.
export function statementList(statements, most) {
  if (!statements?.length) return el("p", { class: "empty" }, "No statements yet. One is made and signed when a lot is complete: its laboratory results are entered with nielu lab add, and its readings are in the log.");
  const lots = new Map();
  for (const s of statements.toSorted((a, b) => revision(b) - revision(a) || b.index - a.index)) {
    const lot = s.plant + " " + s.lot;
    if (!lots.has(lot)) lots.set(lot, []);
    lots.get(lot).push(s);
  }
  const cards = [...lots.values()].sort((a, b) => b[0].index - a[0].index).map(([newest, ...before]) => statementCard(newest, before));
  return el("div", {},
    el("div", { class: "statements" }, cards.slice(0, most)),
    cards.length > most && el("details", {}, el("summary", {}, `and ${cards.length - most} more lots`), el("div", { class: "statements" }, cards.slice(most))),
    el("p", { class: "dim note" }, "Removals only. Statements are not added together here, nor with avoided emissions or substitution."));
}

// standing says how far a statement has come, and by whose keys.
function standing(s) {
  const by = (event) => s.acts?.find((a) => a.event === event);
  const words = {
    sealed: "Sealed: in the log, and signed by nobody yet.",
    signed: `Signed by ${by("sign")?.by}. No verifier has certified it yet.`,
    certified: `✓ Certified by ${by("certify")?.by}, signed by ${by("sign")?.by}.`,
    superseded: "Superseded by a later revision.",
    withdrawn: `✕ Withdrawn by ${by("withdraw")?.by}: ${by("withdraw")?.reason}.`,
  };
  return words[s.state] ?? s.state;
}

function statementCard(s, before) {
  const unmet = s.unmet ?? inText(s, "unmet"), method = inText(s, "method")[0];
  const part = [s.plant, span(instant(s.interval?.from), instant(s.interval?.to)), method, revision(s) > 0 && `revision ${revision(s)}`, `leaf ${whole(s.index)}`];
  return el("article", { class: "statement" },
    el("h3", {}, s.lot), el("p", { class: "dim" }, part.filter(Boolean).join(" · ")),
    s.eligible && el("p", { class: "net" }, el("span", { class: "net-value" }, number(s.net)), " ", `${unit(s.unit)} CO₂e removed, net`),
    el("p", { class: s.eligible ? "eligible" : "eligible not" }, s.eligible ? "✓ Eligible under its method" : "✕ Not eligible"),
    s.state && el("p", { class: s.state === "certified" ? "eligible" : "dim" }, standing(s)),
    unmet.length > 0 && el("div", {}, el("p", { class: "dim" }, `${s.eligible ? "Remarks" : "Requirements not met"} (${unmet.length}):`), el("ul", { class: "missing" }, unmet.map((u) => el("li", {}, u)))),
    !s.eligible && Number.isFinite(s.indicative) && el("p", { class: "dim" }, `Indicative only: the formulas give ${number(s.indicative)} ${unit(s.unit)} CO₂e. This is no removal that may be claimed.`),
    before.length > 0 && el("p", { class: "dim" }, `Supersedes ${before.map((b) => `revision ${revision(b)} (leaf ${whole(b.index)}: ${b.eligible ? `${number(b.net)} ${unit(b.unit)}` : "not eligible"})`).join(", ")}.`),
    s.text && el("details", {}, el("summary", {}, "The signed text"), el("pre", { tabindex: 0 }, s.text)));
}
