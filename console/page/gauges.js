// Closure gauges: what comes out and accumulates against what goes in, raw,
// before anything is reconciled. 100 % is closed.

import { el, svg } from "./dom.js";
import { full, instant, number, percent, span, unit, unknown, words } from "./format.js";
import { mark, parse, sentence } from "./quality.js";

const names = { mass: "Mass", carbon: "Carbon", energy: "Energy" };
const low = 0.8, high = 1.2; // ends of the scale

// balances returns the mass, carbon and energy closures of the API's object.
export function balances(closure) {
  return Object.keys(names).map((key) => {
    const b = closure?.[key];
    return {
      key,
      name: names[key],
      ratio: typeof b?.ratio === "number" ? b.ratio : typeof b?.closure === "number" ? b.closure : NaN,
      in: b?.in,
      out: b?.out,
      accumulation: b?.accumulation,
      unit: b?.unit,
      coverage: b?.coverage,
      quality: b?.quality ? parse(b.quality) : undefined,
      missing: [b?.missing ?? b?.unknown ?? b?.not_known ?? []].flat(),
      given: b !== undefined && b !== null,
    };
  });
}

export const interval = (closure) => {
  const w = closure?.interval ?? closure ?? {};
  return [instant(w.from ?? w.From), instant(w.to ?? w.To)];
};

function scale(ratio, wide) {
  const known = Number.isFinite(ratio);
  const x = (r) => 10 + ((wide - 20) * (Math.min(high, Math.max(low, r)) - low)) / (high - low);
  const beyond = known && (ratio < low || ratio > high);
  const at = x(known ? ratio : 1);
  return svg("svg", { class: "gauge", viewBox: `0 0 ${wide} 34`, "aria-hidden": "true" },
    svg("rect", { x: 10, y: 8, width: wide - 20, height: 12, class: known ? "gauge-back" : "gauge-back unknown" }),
    known && svg("rect", { x: Math.min(at, x(1)), y: 8, width: Math.abs(at - x(1)), height: 12, class: "gauge-gap" }),
    [0.8, 0.9, 1, 1.1, 1.2].map((r) => [
      svg("line", { x1: x(r), x2: x(r), y1: r === 1 ? 4 : 20, y2: 24, class: r === 1 ? "gauge-one" : "gauge-tick" }),
      svg("text", { x: x(r), y: 33, "text-anchor": "middle" }, Math.round(100 * r)),
    ]),
    known && (beyond
      ? svg("path", { d: ratio > 1 ? `M${at - 4} 6l9 8-9 8Z` : `M${at + 4} 6l-9 8 9 8Z`, class: "gauge-needle" })
      : svg("rect", { x: at - 2.5, y: 4, width: 5, height: 20, rx: 1, class: "gauge-needle" })));
}

const amount = (v, code) => {
  if (v && typeof v === "object") [v, code] = [v.value, v.unit ?? code];
  return typeof v === "number" ? `${number(v, 3)} ${unit(code)}`.trim() : unknown;
};

// gauges draws the three closures in full.
export function gauges(closure) {
  const [from, to] = interval(closure);
  return el("div", { class: "gauges" },
    el("p", { class: "dim" }, closure ? `Window ${span(from, to)}. Raw, before reconciliation.` : "No balance yet: the first one is made when its window has closed."),
    balances(closure).map((b) => el("section", { class: "gauge-row", "aria-label": `${b.name} closure ${Number.isFinite(b.ratio) ? percent(b.ratio) : "not known"}` },
      el("div", { class: "gauge-head" },
        el("h3", {}, b.name),
        el("span", { class: "gauge-value" }, Number.isFinite(b.ratio) ? percent(b.ratio) : "not known", b.quality && b.quality.level !== "good" ? [" ", mark(b.quality)] : undefined)),
      scale(b.ratio, 340),
      b.given && el("dl", { class: "gauge-sums" },
        [["in", b.in], ["out", b.out], ["accumulated", b.accumulation]].map(([name, v]) => el("div", {}, el("dt", {}, name), el("dd", {}, amount(v, b.unit)))),
        Number.isFinite(b.coverage) && el("div", {}, el("dt", {}, "coverage"), el("dd", {}, percent(b.coverage, 0)))),
      b.quality && b.quality.level !== "good" && el("p", { class: "gauge-words" }, sentence(b.quality)),
      b.missing.length > 0 && el("ul", { class: "missing" }, b.missing.map((m) => el("li", {}, typeof m === "string" ? m : words(m.words ?? m.about ?? JSON.stringify(m))))))));
}

// chips are the three closures in short, for a card.
export function chips(closure) {
  const [, to] = interval(closure);
  return el("dl", { class: "chips", title: Number.isFinite(to) ? "Raw closure of the window that ended " + full(to) : undefined }, balances(closure).map((b) => el("div", {},
    el("dt", {}, b.name),
    el("dd", {}, Number.isFinite(b.ratio) ? percent(b.ratio) : el("span", { class: "dim" }, "not known"), b.quality && b.quality.level !== "good" ? [" ", mark(b.quality, 13)] : undefined),
    el("div", { class: "chip-scale" }, scale(b.ratio, 150)))));
}
