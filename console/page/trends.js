// Trends from rollups. What was not measured is drawn as what it is: a line
// stops where the readings stop, the hole is hatched, and a strip below marks
// the windows whose values are uncertain or bad.

import { el, svg } from "./dom.js";
import { clock, day, full, instant, minute, number, percent, tagName, unit, whole, words } from "./format.js";
import { parse, sentence } from "./quality.js";
import { ask } from "./link.js";

export const ranges = {
  hour: { name: "1 hour", length: 36e5, step: "1m" },
  day: { name: "24 hours", length: 864e5, step: "1m" },
  week: { name: "7 days", length: 7 * 864e5, step: "1h" },
  month: { name: "30 days", length: 30 * 864e5, step: "1h" },
};
const stepLength = { "1m": 6e4, "1h": 36e5 };

const high = 132, left = 52, right = 8, top = 8, bottom = 30, strip = 7;

// load asks for the rollups of one tag up to the instant now.
export async function load({ tag, counter }, range, now) {
  const { length, step } = ranges[range];
  const size = stepLength[step];
  const to = Math.floor(now / size) * size, from = to - length;
  const answer = await ask("rollups", { tag, step, from: new Date(from).toISOString(), to: new Date(to).toISOString() });
  const windows = (answer.rollups ?? []).map((r) => {
    const quality = parse(r.quality);
    const has = (r.count > 0 || r.coverage > 0) && typeof r.mean === "number" && quality.level !== "bad";
    // Of a counter the increase is shown: what it has counted since it was
    // built tells nothing about the hour.
    const [mean, min, max] = !has ? [NaN, NaN, NaN] : counter ? [r.total, r.total, r.total] : [r.mean, r.min, r.max];
    return { at: instant(r.from), has, mean, min, max, coverage: r.coverage ?? 0, quality };
  }).filter((w) => w.at >= from && w.at < to).sort((a, b) => a.at - b.at);
  return { tag, unit: answer.unit, windows, from, to, step: size };
}

// runs joins neighbouring windows for which pick gives the same non-empty word.
function runs(data, pick) {
  const out = [];
  for (const w of data.windows) {
    const word = pick(w);
    const last = out.at(-1);
    if (last && last.word === word && w.at - last.to < data.step / 2) {
      last.to = w.at + data.step;
      last.windows.push(w);
    } else out.push({ word, from: w.at, to: w.at + data.step, windows: [w] });
  }
  return out.filter((r) => r.word);
}

// holes are the stretches without a usable window.
function holes(data) {
  const out = [];
  let at = data.from;
  for (const r of runs(data, (w) => (w.has ? "has" : ""))) {
    if (r.from > at) out.push([at, r.from]);
    at = r.to;
  }
  if (data.to > at) out.push([at, data.to]);
  return out;
}

// niceTicks returns at least two round values between low and up, with the
// decimals their step needs.
function niceTicks(low, up, most) {
  const raw = (up - low) / most || 1;
  const power = 10 ** Math.floor(Math.log10(raw));
  const sizes = [0.5, 1, 2, 5, 10].map((m) => m * power);
  const between = (step) => [Math.ceil(low / step - 1e-6), Math.floor(up / step + 1e-6)];
  let i = sizes.findIndex((s) => s >= raw);
  while (i > 0 && between(sizes[i])[1] <= between(sizes[i])[0]) i--;
  const step = sizes[i], [first, last] = between(step);
  const decimals = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  return Array.from({ length: Math.max(0, last - first + 1) }, (_, k) => (first + k) * step)
    .map((v) => [v, (decimals ? v.toFixed(decimals) : whole(v)).replace("-", "−")]);
}

function timeTicks(data, wide) {
  const sizes = [10, 15, 30, 60, 120, 180, 360, 720, 1440, 2880, 7200, 14400].map((m) => m * 6e4);
  const step = sizes.find((s) => (data.to - data.from) / s <= Math.max(2, wide / 80)) ?? sizes.at(-1);
  const zone = new Date(data.from).getTimezoneOffset() * 6e4;
  const ticks = [];
  for (let t = Math.ceil((data.from - zone) / step) * step + zone; t <= data.to; t += step) ticks.push(t);
  return { ticks, write: step >= 864e5 ? day : minute };
}

// chart returns a figure that shows data; onRemove is called by its button.
export function chart(description, onRemove) {
  const reading = el("span", { class: "trend-reading" });
  const coverage = el("span", { class: "trend-coverage" });
  const spoken = el("span", { class: "unseen", "aria-live": "polite" });
  const body = el("div", { class: "trend-body" });
  const figure = el("figure", { class: "trend" },
    el("figcaption", {},
      el("strong", {}, words(tagName(description.tag)).replace("/", " · ")), " ",
      el("span", { class: "dim" }, unit(description.unit), description.counter ? " counted in each window" : ""), coverage, reading,
      el("button", { type: "button", class: "quiet", title: "Remove this trend", "aria-label": `Remove the trend of ${tagName(description.tag)}`, on: { click: onRemove } }, "×")),
    body, spoken);
  let data, wide = 0;

  const draw = () => {
    wide = Math.max(240, body.clientWidth);
    const x = (t) => left + ((wide - left - right) * (t - data.from)) / (data.to - data.from);
    const usable = data.windows.filter((w) => w.has);
    const covered = data.windows.reduce((s, w) => s + (w.has ? w.coverage : 0), 0) / ((data.to - data.from) / data.step);
    coverage.textContent = `coverage ${percent(covered, 0)}`;
    let low = Math.min(...usable.map((w) => w.min)), up = Math.max(...usable.map((w) => w.max));
    if (!usable.length) [low, up] = [0, 1];
    const room = (up - low) * 0.08 || Math.abs(up) * 0.02 || 1;
    [low, up] = [low >= 0 && low - room < 0 ? 0 : low - room, up + room];
    const floor = high - bottom;
    const y = (v) => top + ((floor - top) * (up - v)) / (up - low);

    const drawing = svg("svg", { viewBox: `0 0 ${wide} ${high}`, width: wide, height: high, role: "img", tabindex: 0 });
    drawing.setAttribute("aria-label", usable.length
      ? `${tagName(data.tag)}, ${full(data.from)} to ${full(data.to)}: ${number(Math.min(...usable.map((w) => w.min)))} to ${number(Math.max(...usable.map((w) => w.max)))} ${unit(data.unit)}, coverage ${percent(covered, 0)}. Arrow keys read the windows.`
      : `${tagName(data.tag)}: no usable readings from ${full(data.from)} to ${full(data.to)}`);
    for (const [v, text] of niceTicks(low, up, 4)) {
      if (usable.length) drawing.append(svg("line", { x1: left, x2: wide - right, y1: y(v), y2: y(v), class: "grid" }), svg("text", { x: left - 6, y: y(v) + 4, "text-anchor": "end" }, text));
    }
    const { ticks, write } = timeTicks(data, wide - left);
    for (const t of ticks) {
      drawing.append(svg("line", { x1: x(t), x2: x(t), y1: floor, y2: floor + 4, class: "grid" }),
        svg("text", { x: Math.min(x(t), wide - 16), y: high - 4, "text-anchor": "middle" }, write(t)));
    }
    for (const [from, to] of holes(data)) {
      const w = x(to) - x(from);
      drawing.append(svg("g", { class: "hole" },
        svg("title", {}, `No usable readings from ${full(from)} to ${full(to)}`),
        svg("rect", { x: x(from), y: top, width: w, height: floor - top, fill: "url(#hatch)" }),
        w > 84 && svg("text", { x: x(from) + w / 2, y: (top + floor) / 2 + 4, "text-anchor": "middle" }, usable.length ? "no readings" : "no readings in this time")));
    }
    for (const run of runs(data, (w) => (w.has ? "has" : ""))) {
      const p = (w) => x(w.at + data.step / 2);
      if (run.windows.length === 1) {
        const w = run.windows[0];
        drawing.append(svg("line", { x1: p(w), x2: p(w), y1: y(w.min), y2: y(w.max), class: "range" }), svg("circle", { cx: p(w), cy: y(w.mean), r: 2, class: "dot" }));
        continue;
      }
      const there = run.windows.map((w) => `${p(w).toFixed(1)} ${y(w.max).toFixed(1)}`).join("L");
      const back = run.windows.toReversed().map((w) => `${p(w).toFixed(1)} ${y(w.min).toFixed(1)}`).join("L");
      drawing.append(svg("path", { d: `M${there}L${back}Z`, class: "range" }),
        svg("path", { d: "M" + run.windows.map((w) => `${p(w).toFixed(1)} ${y(w.mean).toFixed(1)}`).join("L"), class: "mean" }));
    }
    for (const run of runs(data, (w) => (w.quality.level === "good" ? "" : w.quality.level + ":" + w.quality.reason))) {
      const q = run.windows[0].quality, w = Math.max(2, x(run.to) - x(run.from));
      drawing.append(svg("g", { class: "span " + q.level },
        svg("title", {}, `${sentence(q)}, ${full(run.from)} to ${full(run.to)}`),
        svg("rect", { x: x(run.from), y: floor - strip, width: w, height: strip, fill: q.level === "bad" ? "url(#bad)" : "url(#uncertain)" }),
        w > 14 && svg("text", { x: x(run.from) + w / 2, y: floor - strip - 3, "text-anchor": "middle" }, w > 20 + 6.2 * q.reason.length ? `${q.letter} ${q.reason.replaceAll("-", " ")}` : q.letter)));
    }
    drawing.append(svg("line", { x1: left, x2: wide - right, y1: floor, y2: floor, class: "axis" }));
    const cursor = svg("line", { y1: top, y2: floor, class: "cursor", visibility: "hidden" });
    drawing.append(cursor);

    let at = -1;
    const show = (i, aloud) => {
      at = Math.max(0, Math.min(data.windows.length - 1, i));
      const w = data.windows[at];
      if (!w) return;
      const middle = x(w.at + data.step / 2);
      cursor.setAttribute("x1", middle);
      cursor.setAttribute("x2", middle);
      cursor.setAttribute("visibility", "visible");
      const when = data.step > 6e4 || data.to - data.from > 864e5 ? `${day(w.at)} ${minute(w.at)}` : clock(w.at).slice(0, 5);
      reading.textContent = w.has
        ? `${when}  ${number(w.mean)} (${number(w.min)} to ${number(w.max)}) ${unit(data.unit)} · ${sentence(w.quality)} · ${percent(w.coverage, 0)}`
        : `${when}  no usable value · ${sentence(w.quality)}`;
      if (aloud) spoken.textContent = reading.textContent;
    };
    const hide = () => {
      cursor.setAttribute("visibility", "hidden");
      reading.textContent = "";
    };
    drawing.addEventListener("pointermove", (event) => {
      const box = drawing.getBoundingClientRect();
      const t = data.from + ((data.to - data.from) * (event.clientX - box.left - left)) / (wide - left - right);
      let i = data.windows.findIndex((w) => w.at + data.step > t);
      if (i < 0 || data.windows[i].at > t + data.step) return hide();
      show(i);
    });
    drawing.addEventListener("pointerleave", hide);
    drawing.addEventListener("blur", hide);
    drawing.addEventListener("keydown", (event) => {
      const moves = { ArrowLeft: -1, ArrowRight: 1, PageUp: -30, PageDown: 30, Home: -1e9, End: 1e9 };
      if (!(event.key in moves)) return;
      event.preventDefault();
      show(at < 0 ? data.windows.length - 1 : at + moves[event.key], true);
    });
    body.replaceChildren(drawing);
  };
  new ResizeObserver(() => data && body.clientWidth && Math.abs(Math.max(240, body.clientWidth) - wide) > 2 && draw()).observe(body);
  return {
    node: figure,
    show(next) {
      if (data && body.contains(document.activeElement) && next.to === data.to && next.from === data.from) return;
      data = next;
      draw();
    },
    fail(error) {
      if (!data) body.replaceChildren(el("p", { class: "problem" }, error.message));
    },
  };
}

// patterns are the hatchings the charts use; one copy for the page.
export function patterns() {
  const pattern = (id, size, path) => svg("pattern", { id, width: size, height: size, patternUnits: "userSpaceOnUse" }, svg("rect", { width: size, height: size, class: "ground" }), svg("path", { d: path }));
  return svg("svg", { class: "patterns", width: 0, height: 0, "aria-hidden": "true" }, svg("defs", {},
    pattern("hatch", 8, "M-2 2L2 -2M0 8L8 0M6 10L10 6"),
    pattern("uncertain", 6, "M-1.5 1.5L1.5 -1.5M0 6L6 0M4.5 7.5L7.5 4.5"),
    pattern("bad", 6, "M0 0L6 6M0 6L6 0")));
}

export function legend() {
  const sample = (fill, level) => svg("svg", { width: 26, height: 12, class: "span " + level, "aria-hidden": "true" }, svg("rect", { width: 26, height: 12, fill }));
  return el("ul", { class: "key" },
    el("li", {}, svg("svg", { width: 26, height: 12, "aria-hidden": "true" }, svg("rect", { width: 26, height: 12, class: "range" }), svg("path", { d: "M0 6H26", class: "mean" })), " mean, with the band from smallest to largest"),
    el("li", {}, sample("url(#hatch)", "hole"), " no readings: nothing is drawn across"),
    el("li", {}, sample("url(#uncertain)", "uncertain"), " uncertain"),
    el("li", {}, sample("url(#bad)", "bad"), " bad"));
}
