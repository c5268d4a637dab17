// The balance of a period: what to look at, whether the readings agree, the
// flowsheet, and every figure with its uncertainty.

import { el } from "./dom.js";
import { instant, number, percent, span, unit, words } from "./format.js";
import { ask } from "./link.js";
import { interval } from "./gauges.js";
import { readingName, readingTable, streamTable, withU } from "./balancetables.js";
import { ledgers } from "./indicators.js";
import { strip } from "./strip.js";

// ---- what to look at

function finding(f, n, source) {
  const alone = !f.or?.length;
  return el("article", { class: "finding" },
    el("h4", {}, sign("bad"), " ", capital(f.text), "."),
    el("p", { class: "dim" }, `Error ${f.size < 0 ? "−" : "+"}${withU(Math.abs(f.size), f.sd, f.unit)}, ${number(f.z, 3)} standard deviations from none. `,
      alone ? "Nothing else explains it nearly as well." : `Also possible: ${f.or.join("; ")}.`),
    f.trace?.length > 1 && el("figure", { class: "finding-plot scroll", tabindex: 0, role: "region", "aria-label": `Plot of the error of ${f.call}` },
      el("img", { src: source({ finding: n }), alt: `The error of ${f.call} over time, stretch by stretch, as the balances estimate it. ${f.text}.`, loading: "lazy", on: { load: newestInSight } }),
      el("figcaption", { class: "dim note" }, "Each mark is a stretch of steady running. A new lot's analyses have errors of their own and move the level a little too; a change of the instrument does not wait for a lot.")));
}

// newestInSight shows the newest end of a plot that is wider than its place.
const newestInSight = (event) => {
  const box = event.target.parentNode;
  box.scrollLeft = box.scrollWidth;
};

const capital = (text) => text.charAt(0).toUpperCase() + text.slice(1);

const sign = (kind) => el("span", { class: `sign ${kind}`, "aria-hidden": "true" }, { bad: "✕", good: "✓", none: "?" }[kind]);

function look(r, source) {
  if (r.findings?.length) return r.findings.map((f, i) => finding(f, i + 1, source));
  if (!r.balance?.df && r.balance?.passed === null && !r.balance?.refused) return el("p", {}, "Nobody can be accused, since nothing checks anything.");
  return el("p", {}, "None. In this period and the four weeks before it no reading contradicts the balances beyond what is stated of it.");
}

// ---- whether the readings agree

function verdict(r) {
  const b = r.balance ?? {}, figures = Number.isFinite(b.critical) ? `γ ${number(b.gamma, 3)}, at most ${number(b.critical, 3)} is expected of ${b.df} ${b.df === 1 ? "check" : "checks"}.` : "";
  if (!r.windows?.all) return ["none", "Not tested: no reading of this period has arrived.", "Choose another period, or wait until the gateway has delivered."];
  if (b.refused) return ["none", `Not tested. ${capital(b.refused)}.`, b.running ? "" : "Only time in which the process ran is reconciled; the raw closure below counts all of it."];
  if (b.passed === null || b.passed === undefined) return ["none", "Nothing checks anything: no reading is redundant.", "What stands below is what the instruments say, and nobody knows whether they are right. nielu check names the additional instruments that would help most; analyses that are missing may be another reason."];
  if (b.passed) return ["good", "The readings agree within their stated uncertainties.", figures];
  return ["bad", "The readings contradict each other beyond their stated uncertainties.", figures];
}

function counts(w) {
  if (!w?.all) return "";
  if (w.all === 1) return "";
  return `Of ${w.all} windows the process ran in ${w.running}, steadily in ${w.steady}; ${w.reconciled} were reconciled, and ${w.failed || "none"} of them failed the test alone.`;
}

function missingLab(r) {
  const names = [...new Set((r.balance?.readings ?? []).filter((x) => x.lab && typeof x.value !== "number").map((x) => x.lab))];
  if (!names.length) return false;
  return el("p", { class: "hint" }, sign("none"), " ", `No laboratory value for ${names.slice(0, 6).map(words).join(", ")}${names.length > 6 ? ` and ${names.length - 6} more` : ""} in this period: what needs them is left out. Put the laboratory's file for it into the centre's laboratory folder.`);
}

function test(r, closures) {
  const [kind, text, more] = verdict(r), b = r.balance ?? {};
  const called = (name) => readingName((b.readings ?? []).find((x) => x.name === name) ?? { name });
  return el("div", { class: `verdict ${kind}` },
    el("p", { class: "verdict-text" }, sign(kind), " ", el("strong", {}, text)),
    el("p", { class: "dim" }, more, " ", counts(r.windows)),
    b.suspects?.length > 0 && el("p", {}, "Beyond the limit of its own test: ", b.suspects.map(called).join("; "), ".", r.findings?.length > 0 && " That is of this period alone, in which an error is hard to place; what was followed over weeks, above, is surer."),
    b.removed?.length > 0 && !r.findings?.length && el("p", {}, "Without it the rest agrees: ", b.removed.map((s) => called(s.name) + (s.alike?.length ? ` (no test tells it from ${s.alike.map(called).join(", ")})` : "")).join("; "), "."),
    missingLab(r),
    strip(closures));
}

// ---- the raw closure

function raw(c) {
  const rows = ["mass", "carbon", "ash", "water", "energy"].map((key) => [key, c?.[key]]).filter(([, b]) => b && (b.in || b.out || b.accumulation || typeof b.closure === "number"));
  if (!rows.length) return el("p", { class: "empty" }, "Nothing is known of what went in or out.");
  const missing = c.missing ?? [];
  return el("div", {},
    el("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Raw closure" }, el("table", { class: "closures" },
      el("thead", {}, el("tr", {}, ["Of", "In", "Out", "Gained", "Closure"].map((h) => el("th", { scope: "col", class: h !== "Of" ? "number" : undefined }, h)))),
      el("tbody", {}, rows.map(([key, b]) => el("tr", {}, el("th", { scope: "row" }, capital(key)),
        [["In", b.in], ["Out", b.out], ["Gained", b.accumulation]].map(([h, v]) => el("td", { class: "number", "data-label": h }, `${number(v)} ${unit(b.unit)}`)),
        el("td", { class: "number", "data-label": "Closure" }, typeof b.closure === "number" ? el("strong", {}, percent(b.closure)) : el("span", { class: "dim" }, "not known"))))))),
    el("p", { class: "dim note" }, `Raw: nothing is corrected, nothing closed by difference.${rows.some(([key]) => key === "water") ? " Water that a reaction makes shows as a closure beside 100 %." : ""} Covered: ${percent(c.coverage, 0)}.`),
    missing.length > 0 && el("details", {}, el("summary", {}, `${missing.length} not known`), el("ul", { class: "missing" }, missing.map((m) => el("li", {}, m)))));
}

// ---- all of it

// parameters of a period as the API takes them: "lot:x", "campaign:x", "from/to".
export function parameters(period) {
  const [kind, ...rest] = period.split(":"), name = rest.join(":");
  if (kind === "lot" || kind === "campaign") return { [kind]: name };
  const [from, to] = period.split("/");
  return { from, to };
}

// show asks for the report of a period and returns its page.
export async function report(plant, period, closures) {
  const asked = parameters(period);
  const r = await ask(`plants/${plant.plant}/balance`, asked);
  const source = (more) => `/api/v1/plants/${plant.plant}/balance.svg?${new URLSearchParams({ ...asked, ...more })}`;
  const [from, to] = [instant(r.from), instant(r.to)];
  const part = (title, ...content) => el("section", { class: "part" }, el("h3", {}, title), ...content);
  return el("div", { class: "report" },
    el("p", { class: "report-of" }, el("strong", {}, r.of === "interval" ? span(from, to) : capital(r.of)), r.of !== "interval" && ` · ${span(from, to)}`),
    el("div", { class: "column" },
      part("Instruments to look at", look(r, source)),
      part("Do the readings agree?", test(r, closures)),
      part("Raw closure", raw(r.raw))),
    el("div", { class: "column" }, part("Flowsheet, reconciled", el("div", { class: "scroll sheet", tabindex: 0, role: "region", "aria-label": "Flowsheet, reconciled" },
      el("img", { src: source({}), alt: `Flowsheet of ${plant.name ?? plant.plant}: each stream as it is when every balance closes. The table below has the same figures.`, loading: "lazy" }))),
    part("Streams: as read, and as they are when every balance closes", streamTable(r))),
    el("details", { class: "part" }, el("summary", {}, el("h3", {}, "Every instrument and analysis: read, corrected, tested")), readingTable(r)),
    el("details", { class: "part" }, el("summary", {}, el("h3", {}, "What the process did")), ledgers(r.indicators)),
    el("p", { class: "dim note" }, "± is one standard uncertainty. ",
      el("a", { href: `/api/v1/plants/${plant.plant}/balance?${new URLSearchParams(asked)}` }, "The same as JSON"), "; ", el("code", {}, "nielu balance"), " computes it anew from the log."));
}

// closedWindows are those that are over, newest first.
export const closedWindows = (closures, time) => (closures ?? []).filter((c) => interval(c)[1] <= time).toReversed();
