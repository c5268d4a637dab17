// Tables of a balance: streams and readings, raw beside reconciled.

import { el } from "./dom.js";
import { number, unit, unknown, words } from "./format.js";

const status = {
  redundant: "measured and checked",
  "non-redundant": "measured, nothing checks it",
  observable: "not measured, the balances give it",
  unobservable: "not measured, nothing gives it",
  fixed: "stated as exact",
};

export const readingName = (x) => (x.tag ? `${x.instrument ?? ""} ${x.tag}`.trim() : x.lab ? `laboratory value ${words(x.lab)}` : x.what ?? x.name);

// withU writes a value and its standard uncertainty to the same digit: two
// digits of the uncertainty. A share is written in per cent.
export function withU(value, u, code) {
  if (typeof value !== "number") return unknown;
  const share = code === "1", by = share ? 100 : 1, tail = share ? " %" : code ? ` ${unit(code)}` : "";
  const v = Math.abs(value) < 1e-9 ? 0 : value * by;
  if (!(u * by > 1e-9)) return number(v) + tail;
  const digits = Math.max(0, Math.min(6, 1 - Math.floor(Math.log10(u * by))));
  const text = (x) => x.toFixed(digits).replace("-", "−").replace(/\B(?=(\d{3})+(?!\d)(?<!\.\d*))/g, "\u202f");
  return `${text(v)} ± ${text(u * by)}${tail}`;
}

// streamTable sets what was read of each stream beside what it is when every
// balance closes, as means an hour.
export function streamTable(r) {
  const b = r.balance ?? {}, hours = (Date.parse(r.to) - Date.parse(r.from)) / 36e5;
  const amounts = new Map((r.raw?.streams ?? []).map((s) => [s.stream, s]));
  const read = (s, kind) => {
    const a = amounts.get(s)?.[kind], covered = amounts.get(s)?.coverage * hours;
    return typeof a === "number" && covered > 0 ? a / covered : undefined;
  };
  // A total is as good as the least reading it is made of; a flow may be checked and its composition not.
  const inPart = (s) => s.status === "non-redundant" && (b.readings ?? []).some((x) => x.stream === s.stream && x.status === "redundant");
  const known = (s) => inPart(s) ? "measured, checked in part" : status[s.status] ?? s.status;
  const kinds = [["mass", "Mass", "kg/h"], ["carbon", "Carbon", "kg/h"], ["ash", "Ash", "kg/h"], ["energy", "Energy", "MJ/h"]];
  const table = (kind, code) => {
    const sums = new Map((b.sums ?? []).filter((s) => s.kind === kind).map((s) => [s.stream, s]));
    const streams = [...new Set([...amounts.keys(), ...sums.keys()])].filter((s) => sums.has(s) || read(s, kind) !== undefined);
    if (!streams.length) return undefined;
    return el("table", { class: "streams" },
      el("thead", {}, el("tr", {}, ["Stream", "As read", "Reconciled", "What is known of it"].map((h, i) => el("th", { scope: "col", class: i === 1 || i === 2 ? "number" : undefined }, h)))),
      el("tbody", {}, streams.map((name) => {
        const s = sums.get(name), raw = read(name, kind);
        return el("tr", {}, el("th", { scope: "row" }, words(name)),
          el("td", { class: "number", "data-label": "As read" }, raw === undefined ? unknown : `${number(Math.abs(raw) < 1e-9 ? 0 : raw)} ${code}`),
          el("td", { class: "number", "data-label": "Reconciled" }, s && typeof s.reconciled === "number" ? el("strong", {}, withU(s.reconciled, s.sd, s.unit)) : unknown),
          el("td", { class: "dim known" }, s ? known(s) : b.refused ? "not reconciled" : "not in any balance"));
      })));
  };
  const made = kinds.map(([kind, name, code]) => [name, table(kind, code)]).filter(([, t]) => t);
  if (!made.length) return el("p", { class: "empty" }, "No stream has a value in this period.");
  const scroll = (name, t) => el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": `Streams: ${name}` }, t);
  return [scroll(made[0][0], made[0][1]), made.slice(1).map(([name, t]) => el("details", {}, el("summary", {}, name), scroll(name, t)))];
}

// readingTable lists every instrument and analysis, suspects first.
export function readingTable(r) {
  const b = r.balance ?? {}, limit = b.limit;
  const suspect = (x) => typeof x.z === "number" && typeof limit === "number" && x.z > limit;
  const list = (b.readings ?? []).toSorted((x, y) => suspect(y) - suspect(x));
  if (!list.length) return el("p", { class: "empty" }, "No instrument takes part in the balances.");
  return [el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Instruments and analyses" }, el("table", { class: "readings" },
    el("thead", {}, el("tr", {}, ["Instrument or analysis", "Read", "Reconciled", "z", ""].map((h, i) => el("th", { scope: "col", class: i > 0 && i < 4 ? "number" : undefined }, h)))),
    el("tbody", {}, list.map((x) => el("tr", { class: suspect(x) ? "bad" : "" },
      el("th", { scope: "row" }, readingName(x)),
      el("td", { class: "number", "data-label": "Read" }, withU(x.value, Math.hypot(x.u_systematic ?? 0, x.u_random ?? 0), x.unit)),
      el("td", { class: "number", "data-label": "Reconciled" }, withU(x.reconciled, x.sd, x.unit)),
      el("td", { class: "number", "data-label": "z" }, typeof x.z === "number" ? number(x.z, 2) : unknown),
      el("td", { class: "known" }, suspect(x) ? el("strong", {}, "SUSPECT") : el("span", { class: "dim" }, x.why || (b.refused ? "" : status[x.status] ?? "")))))))),
    typeof limit === "number" && el("p", { class: "dim note" }, `A reading is suspect with z above ${number(limit, 3)}: of healthy ones together that happens in one period of 20.`)];
}
