// The test of each of the last windows as a strip: how often the readings
// contradicted each other, at a glance and in words.

import { el, svg } from "./dom.js";
import { interval } from "./gauges.js";
import { span } from "./format.js";

const kind = (c) => (c.check?.passed === true ? "passed" : c.check?.passed === false ? "failed" : "untested");

export function strip(closures) {
  const list = (closures ?? []).slice(-48);
  if (list.length < 2) return false;
  const n = { passed: 0, failed: 0, untested: 0 };
  for (const c of list) n[kind(c)]++;
  const said = [n.passed && `${n.passed} passed`, n.failed && `${n.failed} failed`, n.untested && `${n.untested} not tested`].filter(Boolean).join(", ");
  const [first] = interval(list[0]), [, last] = interval(list.at(-1)), wide = 12, high = 22;
  const mark = (c, i) => {
    const k = kind(c), x = i * wide;
    return svg("g", { class: `cell ${k}` }, svg("title", {}, `${span(...interval(c))}: ${k === "untested" ? c.check?.refused || "not tested" : k}`),
      svg("rect", { x: x + 1, y: k === "passed" ? 8 : k === "failed" ? 0 : 15, width: wide - 2, height: k === "passed" ? high - 8 : k === "failed" ? high : high - 15 }),
      k === "failed" && svg("path", { d: `M${x + 3.5} 4l5 5m0-5l-5 5` }));
  };
  return el("figure", { class: "strip" },
    el("figcaption", { class: "dim" }, `The newest ${list.length} windows, ${span(first, last)}: ${said}. One in 20 fails by chance.`),
    svg("svg", { viewBox: `0 0 ${list.length * wide} ${high}`, style: { "max-width": `${list.length * wide}px` }, role: "img", "aria-label": said }, list.map(mark)));
}
