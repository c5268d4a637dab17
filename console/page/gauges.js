// Closure gauges: what comes out and accumulates against what goes in, raw,
// before anything is reconciled. 100 % is closed.

import { el, svg } from "./dom.js";
import { full, instant, minute, number, percent, span, unit, unknown } from "./format.js";
import { mark, parse, sentence } from "./quality.js";

const names = { mass: "Mass", carbon: "Carbon", energy: "Energy" };
const low = 0.8, high = 1.2; // ends of the scale

// balances returns the mass, carbon and energy budgets of a closure.
function balances(closure) {
  return Object.keys(names).map((key) => ({ key, name: names[key], ...closure?.[key], ratio: ratio(closure, key) }));
}

const ratio = (closure, key) => (typeof closure?.[key]?.closure === "number" ? closure[key].closure : NaN);

// interval returns the ends of a closure's window, ms.
export const interval = (closure) => [instant(closure?.interval?.from ?? closure?.from), instant(closure?.interval?.to ?? closure?.to)];

// lastClosed picks the newest window that has ended, else the newest.
export function lastClosed(list, newest, now) {
  const ended = (list ?? []).filter((c) => interval(c)[1] <= now);
  return ended.at(-1) ?? newest;
}

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

const amount = (v, code) => (typeof v === "number" ? `${number(v, 3)} ${unit(code)}`.trim() : unknown);

// past draws the closures of the windows before, newest right: a dot where
// there is one, a tick on the floor where it is not known.
function past(list, key, wide) {
  const high = 38, y = (r) => 4 + ((high - 8) * (1.2 - Math.min(1.2, Math.max(0.8, r)))) / 0.4;
  const step = (wide - 20) / Math.max(24, list.length);
  return svg("svg", { class: "past", viewBox: `0 0 ${wide} ${high}`, role: "img", "aria-label": `${names[key]} closure of the ${list.length} windows before` },
    svg("line", { x1: 10, x2: wide - 10, y1: y(1), y2: y(1), class: "grid" }),
    list.map((c, i) => {
      const r = ratio(c, key), x = wide - 10 - step * (list.length - i - 0.5);
      return svg("g", {}, svg("title", {}, `${span(...interval(c))}: ${Number.isFinite(r) ? percent(r) : "not known"}`),
        svg("rect", { x: x - step / 2, y: 0, width: step, height: high, class: "clear" }),
        Number.isFinite(r) ? svg("circle", { cx: x, cy: y(r), r: 2.6, class: "dot" }) : svg("path", { d: `M${x - 2.5} ${high - 7}l5 5m0-5l-5 5`, class: "unknown-dot" }));
    }));
}

// gauges draws the three closures in full, with the windows before them.
export function gauges(closure, before = [], newest) {
  if (!closure) return el("p", { class: "empty" }, "No balance yet: the first one is made when its window has closed.");
  const quality = closure.quality ? parse(closure.quality) : { level: "good" };
  const missing = closure.missing ?? [];
  const [from, to] = interval(closure);
  const list = (items) => el("ul", { class: "missing" }, items.map((m) => el("li", {}, m)));
  return el("div", { class: "gauges" },
    el("p", { class: "dim" }, `Window ${span(from, to)}, raw, before reconciliation.`, newest && newest !== closure && interval(newest)[1] > to ? ` The window from ${minute(interval(newest)[0])} is in progress.` : ""),
    balances(closure).map((b) => el("section", { class: "gauge-row", "aria-label": `${b.name} closure ${Number.isFinite(b.ratio) ? percent(b.ratio) : "not known"}` },
      el("div", { class: "gauge-head" }, el("h3", {}, b.name), el("span", { class: "gauge-value" + (Number.isFinite(b.ratio) ? "" : " unknown") }, Number.isFinite(b.ratio) ? percent(b.ratio) : "not known")),
      scale(b.ratio, 340),
      before.length > 1 && past(before, b.key, 340),
      el("dl", { class: "gauge-sums" },
        [["in", b.in], ["out", b.out], ["accumulated", b.accumulation]].map(([name, v]) => el("div", {}, el("dt", {}, name), el("dd", {}, amount(v, b.unit))))),
      b.complete === false && el("p", { class: "gauge-words" }, "Not complete: the sums count only what is known."))),
    el("div", { class: "gauge-foot" },
      el("p", {}, `Covered: ${percent(closure.coverage, 0)} of the window, by the stream that is covered least. Quality: `, mark(quality), " ", sentence(quality), "."),
      missing.length > 0 && el("div", {}, el("h3", {}, "What is not known"), list(missing.slice(0, 5)), missing.length > 5 && el("details", {}, el("summary", {}, `and ${missing.length - 5} more`), list(missing.slice(5))))));
}

// chips are the three closures in short, for a card.
export function chips(closure) {
  const [, to] = interval(closure);
  return el("dl", { class: "chips", title: Number.isFinite(to) ? "Raw closure of the window that ended " + full(to) : undefined }, balances(closure).map((b) => el("div", {},
    el("dt", {}, b.name),
    el("dd", {}, Number.isFinite(b.ratio) ? percent(b.ratio) : el("span", { class: "dim" }, "not known")),
    el("div", { class: "chip-scale" }, scale(b.ratio, 150)))));
}
