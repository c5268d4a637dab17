// How numbers, units, times and qualities are written for people.

export const unknown = "–";

// number writes four significant digits, groups of three with a narrow space that does not break.
export function number(value, digits = 4) {
  if (typeof value === "string" && value.trim() !== "") value = Number(value);
  if (typeof value !== "number" || !Number.isFinite(value)) return unknown;
  if (value === 0) return "0";
  const size = Math.floor(Math.log10(Math.abs(value)));
  if (size < -4) return value.toExponential(2).replace("e-", "·10⁻").replace(/⁻(\d+)$/, (_, n) => "⁻" + [...n].map((d) => "⁰¹²³⁴⁵⁶⁷⁸⁹"[d]).join(""));
  const text = value.toFixed(Math.max(0, Math.min(6, digits - 1 - size)));
  return group(text).replace("-", "−");
}

// whole writes an integer in groups of three.
export function whole(value) {
  return Number.isFinite(Number(value)) ? group(String(Math.round(Number(value)))) : unknown;
}

function group(text) {
  const [integer, fraction] = text.split(".");
  const grouped = integer.replace(/\B(?=(\d{3})+(?!\d))/g, "\u202f");
  return fraction ? grouped + "." + fraction : grouped;
}

export function percent(ratio, digits = 1) {
  return Number.isFinite(ratio) ? (100 * ratio).toFixed(digits).replace("-", "−") + " %" : unknown;
}

export function bytes(n) {
  if (!Number.isFinite(n)) return unknown;
  if (n < 1000) return n + " B";
  return n < 1e6 ? (n / 1e3).toFixed(1) + " kB" : (n / 1e6).toFixed(1) + " MB";
}

const powers = { 0: "⁰", 1: "¹", 2: "²", 3: "³", 4: "⁴", "-": "⁻" };

// unit writes a UCUM code as a person would: m3{N}/h as m³(N)/h.
export function unit(code) {
  if (!code || code === "1") return "";
  return code
    .replaceAll("Cel", "°C").replaceAll("[degF]", "°F").replaceAll("[ppm]", "ppm").replaceAll("[ppb]", "ppb")
    .replaceAll("kW.h", "kWh").replaceAll("W.h", "Wh")
    .replace(/\{([^}]*)\}/g, "($1)").replace(/[[\]]/g, "")
    .replace(/([A-Za-z°])(-?\d)(?!\d)/g, (_, letter, n) => letter + [...n].map((c) => powers[c] ?? c).join(""))
    .replaceAll(".", "·");
}

// instant reads a time of the API: RFC 3339, or Unix nanoseconds. It returns
// milliseconds, or NaN.
export function instant(time) {
  if (typeof time === "number") return time > 1e14 ? time / 1e6 : time > 1e11 ? time : time * 1e3;
  return typeof time === "string" && time !== "" && !time.startsWith("0001-") ? Date.parse(time) : NaN;
}

// age writes how old: "4 s", "12 min", "3 h 20 min", "5 d".
export function age(ms) {
  if (!Number.isFinite(ms)) return unknown;
  const s = Math.max(0, Math.round(ms / 1000));
  if (s < 100) return s + " s";
  const min = Math.floor(s / 60);
  if (min < 100) return min + " min";
  const h = Math.floor(min / 60);
  if (h < 48) return h + " h" + (h < 10 && min % 60 ? " " + (min % 60) + " min" : "");
  return Math.floor(h / 24) + " d";
}

// duration reads a stale time: seconds, "30 s", "2 min", "2m0s". It returns ms or NaN.
export function duration(text) {
  if (typeof text === "number") return text > 1e6 ? text / 1e6 : text * 1000;
  const sizes = { ms: 1, s: 1e3, m: 6e4, min: 6e4, h: 3.6e6, d: 8.64e7 };
  let sum = 0;
  for (const [, n, u] of String(text ?? "").matchAll(/([\d.]+)\s*(ms|min|[smhd])/g)) sum += Number(n) * sizes[u];
  return sum || NaN;
}

const clockFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const minuteFormat = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const dayFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short" });
const fullFormat = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit", timeZoneName: "short" });

export const clock = (ms) => (Number.isFinite(ms) ? clockFormat.format(ms) : unknown);
export const minute = (ms) => (Number.isFinite(ms) ? minuteFormat.format(ms) : unknown);
export const day = (ms) => (Number.isFinite(ms) ? dayFormat.format(ms) : unknown);
export const full = (ms) => (Number.isFinite(ms) ? fullFormat.format(ms) : unknown);
export const iso = (ms) => (Number.isFinite(ms) ? new Date(ms).toISOString() : "");

// moment writes a stretch of at most an hour to the second, without the day
// if it is today's.
export function moment(from, to, now) {
  if (!(to - from <= 36e5)) return span(from, to);
  return (day(from) === day(now) ? "" : day(from) + " ") + `${clock(from)}–${clock(to)}`;
}

// span writes a stretch of time without saying a day twice.
export function span(from, to) {
  if (!Number.isFinite(from) || !Number.isFinite(to)) return unknown;
  if (to - from >= 36e5 * 48) return `${day(from)} to ${day(to)}`;
  return day(from) === day(to) ? `${day(from)}, ${minute(from)}–${minute(to)}` : `${day(from)} ${minute(from)} – ${day(to)} ${minute(to)}`;
}

// tagName returns a tag without its plant.
export const tagName = (tag) => tag.slice(tag.indexOf("/") + 1);

const processes = { htl: "Hydrothermal liquefaction", "slow-pyrolysis": "Slow pyrolysis", "landfill-biochar": "Landfill with biochar" };

export const processName = (process) => processes[process] ?? words(process ?? "");

// words turns an identifier into words: char_hopper is "char hopper".
export const words = (name) => String(name).replaceAll("_", " ").replaceAll("-", " ");
