// Quality, and how it is shown: always a shape and a letter (NAMUR NE 107)
// and words, with colour only as the third sign.

import { el, svg } from "./dom.js";
import { age, duration, instant } from "./format.js";

// Used when the API gives no stale time for a tag.
const usualStale = 120_000;

const reasons = new Map();

// learnReasons takes the answer of /api/v1/reasons.
export function learnReasons(list) {
  for (const r of list) reasons.set(r.reason, r);
}

// parse reads "good", "uncertain:spike", "bad:no-reply". Anything else is bad.
export function parse(text) {
  const [level, reason] = String(text ?? "").split(":");
  if (level === "good") return { level, reason: "", letter: "", about: "" };
  const known = reasons.get(reason);
  return {
    level: level === "uncertain" ? "uncertain" : "bad",
    reason: reason || "unknown",
    letter: known?.ne107 ?? (level === "uncertain" ? "S" : "F"),
    about: known?.about ?? "",
  };
}

// judge returns the quality of a value as it is at the instant now (centre's
// clock, ms): a good value that has grown too old is stale, whatever it was.
export function judge(value, description, now) {
  const at = instant(value?.time);
  const limit = duration(description?.stale) || usualStale;
  const old = now - at;
  const quality = value ? parse(value.quality) : { level: "none", reason: "", letter: "", about: "No reading yet." };
  const stale = value !== undefined && (!Number.isFinite(at) || old > limit);
  if (stale && quality.level === "good") {
    Object.assign(quality, { level: "bad", reason: "stale", letter: "F", about: `No new value for ${age(old)}${description?.stale ? `; a value speaks for ${age(limit)}` : ""}.` });
  }
  return { ...quality, stale, age: old };
}

const signals = { F: "failure", C: "function check", S: "out of specification", M: "maintenance required" };

// mark draws the NE 107 sign: circle F, triangle down C, triangle up S,
// diamond M. A good value has none; a stale one is a clock.
export function mark(quality, size = 18) {
  if (quality.level === "good") return undefined;
  const letter = quality.letter;
  const name = letter ? `${letter}: ${signals[letter]}${quality.reason ? ", " + quality.reason : ""}` : "no reading";
  const shapes = {
    F: () => svg("circle", { cx: 8, cy: 8, r: 7.5 }),
    C: () => svg("path", { d: "M-1.5 1h19L8 17Z" }),
    S: () => svg("path", { d: "M8-.8 17.3 15.6H-1.3Z" }),
    M: () => svg("path", { d: "M8-2 18 8 8 18-2 8Z" }),
  };
  const lift = { S: 13.8, C: 9.2, F: 11.9 };
  return svg("svg", { class: "mark " + (letter ? "mark-" + letter : "mark-none"), viewBox: "-2 -2 20 20", width: size, height: size, role: "img", "aria-label": name },
    svg("title", {}, name),
    shapes[letter] ? shapes[letter]() : svg("circle", { cx: 8, cy: 8, r: 6.5, class: "hollow" }),
    letter && svg("text", { x: 8, y: lift[letter] ?? 11.4, "text-anchor": "middle" }, letter));
}

// sentence says the quality in words.
export function sentence(quality) {
  if (quality.level === "good") return "good";
  if (quality.level === "none") return "no reading yet";
  return `${quality.level}: ${quality.reason.replaceAll("-", " ")}`;
}

// key explains the marks.
export function key() {
  const entry = (letter, text) => el("li", {}, mark({ level: "bad", letter, reason: "" }), " ", text);
  return el("ul", { class: "key", "aria-label": "Marks after NAMUR NE 107" },
    entry("F", "failure: the value must not be used"),
    entry("C", "function check: taken out of service"),
    entry("S", "out of specification: doubtful"),
    entry("M", "maintenance required"));
}
