// The page: an overview of the plants, and a page for each. Addresses:
//   #/                               overview
//   #/pyro1?range=day&tags=a,b&period=lot:x   one plant, with the trends and the period chosen

import { el, setAttribute, setText } from "./dom.js";
import { age, clock, full, instant, minute, processName, span, unit, words, tagName } from "./format.js";
import { key, judge, learnReasons, mark } from "./quality.js";
import { Link, ask } from "./link.js";
import { flowPicture, share } from "./flow.js";
import { chips, gauges, interval, lastClosed } from "./gauges.js";
import { chart, legend, load, patterns, ranges } from "./trends.js";
import { balancePanel } from "./period.js";
import { attention, attentionTable, batchTable, statementList, tagTable } from "./tables.js";

const view = document.getElementById("view");
const nows = new Map(); // plant -> its latest "now"
const past = new Map(); // plant -> its closures of the last two days
const found = new Map(); // plant -> what the balances found, in sentences
let plants; // undefined until the centre has answered
let lost = ""; // why the link is lost, or ""
let current; // the view shown: {node, update, slow}

// ---- what is asked beside the live stream

async function learn() {
  try {
    const [list, reasons] = await Promise.all([ask("plants"), ask("reasons")]);
    learnReasons(reasons);
    list.forEach(tidy);
    const changed = JSON.stringify(list) !== JSON.stringify(plants);
    plants = list;
    if (changed) route();
  } catch (error) {
    if (!plants) view.replaceChildren(el("section", { class: "panel" }, el("h1", {}, "No answer from the centre"), el("p", { class: "problem" }, error.message), el("p", { class: "dim" }, "The page asks again by itself.")));
  }
}

// tidy makes nodes a map from name to words, in either form the API may give them.
function tidy(plant) {
  if (Array.isArray(plant.nodes)) plant.nodes = Object.fromEntries(plant.nodes.map((n) => [n.node, n.about]));
  plant.nodes ??= {};
}

const link = new Link({
  now(now) {
    nows.set(now.plant, now);
    if (plants && !plants.some((p) => p.plant === now.plant)) learn();
  },
  up() {
    const back = lost !== "" || document.body.dataset.link !== "up";
    lost = "";
    if (back) {
      document.body.dataset.link = "up";
      learn();
      current?.slow?.();
    }
    refresh();
  },
  down(why) {
    lost = why;
    document.body.dataset.link = "lost";
    refresh();
  },
  trouble(problem) {
    trouble = problem.error ?? "";
    refresh();
  },
});
let trouble = "";

function refresh() {
  const banner = document.getElementById("banner");
  const since = age(link.now() - lastHeard());
  const text = lost
    ? `Connection lost: ${lost}. What is shown is ${since} old and no longer known to be true. Trying again.`
    : trouble ? `The centre cannot read its projection: ${trouble}. The values below may be old.` : "";
  banner.hidden = text === "";
  // Said once when it begins; the growing age is not read out every second.
  setText(banner, text);
  setAttribute(banner, "aria-live", "off");
  setText(document.getElementById("link-text"), lost ? "Connection lost" : document.body.dataset.link === "up" ? `Live · ${clock(link.now())}` : "Connecting");
  setText(document.getElementById("foot-time"), Number.isFinite(link.now()) ? `Centre's time ${full(link.now())}.` : "");
  current?.update?.(link.now(), lost !== "");
}

let heard = NaN;
function lastHeard() {
  if (!lost) heard = link.now();
  return heard;
}

// ---- addresses

function address() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  return { plant: decodeURIComponent(path || ""), query: new URLSearchParams(query ?? "") };
}

function route() {
  if (!plants) return;
  const { plant: name, query } = address();
  const plant = plants.find((p) => p.plant === name);
  const nav = document.getElementById("nav");
  nav.replaceChildren(el("a", { href: "#/", "aria-current": plant ? undefined : "page" }, "Overview"),
    ...plants.map((p) => el("a", { href: `#/${p.plant}`, "aria-current": p === plant ? "page" : undefined }, p.plant)));
  current = plant ? plantView(plant, query) : overview();
  document.title = plant ? `nielu · ${plant.name}` : "nielu · plants";
  view.replaceChildren(current.node);
  refresh();
  current.slow?.();
}

// closuresOf asks for the last closures of a plant, oldest first.
async function closuresOf(plant) {
  const to = link.now();
  if (!Number.isFinite(to)) return;
  const list = await ask(`plants/${plant}/closures`, { from: new Date(to - 2 * 864e5).toISOString(), to: new Date(to).toISOString() });
  past.set(plant, list);
  refresh();
}

// ---- overview

function panel(title, ...content) {
  return el("section", { class: "panel" }, el("h2", {}, title), ...content);
}

// silent tells that no tag of the plant has a fresh value.
function silent(plant, time) {
  const values = nows.get(plant.plant)?.tags ?? [];
  const described = new Map((plant.tags ?? []).map((t) => [t.tag, t]));
  return values.length > 0 && values.every((v) => judge(v, described.get(v.tag), time).stale);
}

function tally(plant, time) {
  const now = nows.get(plant.plant);
  const values = new Map((now?.tags ?? []).map((v) => [v.tag, v]));
  const count = { good: 0, uncertain: 0, bad: 0, stale: 0, none: 0 };
  let newest = NaN;
  for (const t of plant.tags ?? []) {
    const value = values.get(t.tag), q = judge(value, t, time);
    count[q.reason === "stale" || q.stale ? "stale" : q.level]++;
    const at = instant(value?.time);
    if (!(newest >= at) && Number.isFinite(at)) newest = at;
  }
  return { count, newest, any: values.size > 0, total: (plant.tags ?? []).length };
}

function tallyLine({ count, total, any }, lostNow) {
  if (!any) return [el("span", { class: "dim" }, "No readings yet")];
  const last = lostNow && el("span", { class: "tally dim" }, "when last heard:");
  if (count.good === total) return [last, el("span", {}, `All ${total} values good`)].filter(Boolean);
  const part = (n, letter, text) => n > 0 && el("span", { class: "tally" }, mark({ level: "bad", letter, reason: "" }, 15), ` ${n} ${text}`);
  return [last, el("span", { class: "tally" }, `${count.good} of ${total} good`), part(count.bad, "F", "bad"), part(count.stale, "F", "stale"), part(count.uncertain, "S", "uncertain"), count.none > 0 && el("span", { class: "tally dim" }, `${count.none} never read`)].filter(Boolean);
}

function overview() {
  if (!plants.length) {
    return { node: el("section", { class: "panel" }, el("h1", {}, "No plants yet"), el("p", {}, "The centre knows a plant when its plant file is named in the centre's configuration. To see how it looks with three simulated pilots, run ", el("code", {}, "nielu demo"), ".")) };
  }
  const label = "Raw closure of the last full window";
  const cards = plants.map((p) => {
    const parts = { tally: el("p", { class: "card-tally" }), age: el("p", { class: "card-age" }), share: el("div", { class: "card-share" }), chips: el("div") };
    const node = el("article", { class: "panel card" },
      el("p", { class: "card-process" }, processName(p.process)), el("h2", {}, el("a", { href: `#/${p.plant}` }, p.name ?? p.plant)),
      parts.tally, parts.share, el("p", { class: "card-label" }, label), parts.chips, parts.age);
    return { plant: p, node, ...parts };
  });
  const look = el("div"), suspects = panel("Instruments to look at"), accused = el("div"), batches = el("div"), statements = el("div");
  suspects.append(accused);
  suspects.hidden = true;
  let drawn = new Map(), looked = "";
  let lastBatches;
  return {
    node: el("div", { class: "overview" },
      el("h1", { class: "unseen" }, "Plants"),
      el("div", { class: "cards" }, cards.map((c) => c.node)),
      suspects,
      panel("Not good now", look),
      el("div", { class: "two" }, panel("Last batches in the evidence log", batches), panel("Statements", statements)), key()),
    update(time, lostNow) {
      for (const c of cards) {
        const t = tally(c.plant, time), now = nows.get(c.plant.plant), quiet = silent(c.plant, time);
        const sum = JSON.stringify([t.count, quiet, lostNow, past.get(c.plant.plant)?.length]);
        if (drawn.get(c) !== sum || drawn.get(c.plant) !== now) {
          drawn.set(c, sum).set(c.plant, now);
          c.tally.replaceChildren(...tallyLine(t, lostNow));
          c.share.replaceChildren(share(c.plant, now, time, lostNow ? "old" : quiet ? "stale" : "") ?? el("p", { class: "empty" }, now?.tags?.length ? "No flow is known yet: the first window closes a minute after the agent's first batch." : "No readings yet: the first window closes a minute after the agent's first batch."));
          c.chips.replaceChildren(chips(lastClosed(past.get(c.plant.plant), now?.closure, time)));
        }
        setText(c.age, t.any ? `Newest reading ${age(time - t.newest)} ago` : "");
        setAttribute(c.node, "class", "panel card" + (quiet || lostNow ? " stale" : ""));
      }
      const list = attention(plants, nows, time);
      const now = list.map((l) => l.tag.tag + l.quality.reason + age(l.quality.age)).join();
      if ((now !== looked || !look.firstChild) && !look.contains(document.activeElement)) {
        looked = now;
        look.replaceChildren(nows.size ? attentionTable(list) : el("p", { class: "empty" }, "No readings yet."));
      }
      if (lastBatches && !batches.contains(document.activeElement)) batches.replaceChildren(batchTable(lastBatches, time));
    },
    slow: () => {
      for (const p of plants) closuresOf(p.plant).catch(() => {});
      Promise.all(plants.map((p) => ask(`plants/${p.plant}/periods`).then((k) => found.set(p.plant, k.findings ?? []), () => {}))).then(() => {
        const list = plants.flatMap((p) => (found.get(p.plant) ?? []).map((f) => el("li", {}, el("a", { href: `#/${p.plant}` }, p.name ?? p.plant), ": ", f.text, ".")));
        suspects.hidden = list.length === 0;
        accused.replaceChildren(el("ul", { class: "accused" }, list));
      });
      fill(batches, () => ask("batches", { limit: 10 }).then((b) => batchTable((lastBatches = b), link.now())));
      fill(statements, () => ask("statements").then((s) => statementList(s, 4)));
    },
  };
}

// fill puts what make returns into the box, or the error in words.
async function fill(box, make) {
  try {
    const node = await make();
    if (!box.contains(document.activeElement) && !box.querySelector("details[open]")) box.replaceChildren(node);
  } catch (error) {
    if (!lost) box.replaceChildren(el("p", { class: "problem" }, error.message));
  }
}

// ---- one plant

// usualTrends are what goes in, the product, a temperature and a power; then
// whatever comes first.
function usualTrends(plant) {
  const tags = (plant.tags ?? []).map((t) => t.tag);
  const flowOf = (s) => s?.mass?.tag ?? s?.volume?.tag;
  const streams = plant.streams ?? [];
  const nodes = Object.keys(plant.nodes);
  const chosen = [
    flowOf(streams.find((s) => !s.from || s.from === "environment")) ?? tags.find((t) => /feed.*_flow$/.test(t)),
    flowOf(streams.find((s) => s.stream === plant.product)) ?? tags.find((t) => t.startsWith(`${plant.plant}/${plant.product}/`)),
    tags.find((t) => nodes.some((n) => tagName(t).startsWith(n + "/")) && t.includes("temperature")) ?? tags.find((t) => t.includes("temperature")),
    tags.find((t) => t.endsWith("power")),
  ];
  return [...new Set([...chosen.filter((t) => tags.includes(t)), ...tags])].slice(0, 4);
}

function plantView(plant, query) {
  const known = new Map((plant.tags ?? []).map((t) => [t.tag, t]));
  let range = query.get("range") in ranges ? query.get("range") : "hour";
  let chosen = (query.get("tags") ?? "").split(",").filter((t) => known.has(t));
  if (!chosen.length) chosen = usualTrends(plant);

  let period = query.get("period") ?? "";
  const remember = () => history.replaceState(null, "", `#/${plant.plant}?range=${range}&tags=${chosen.join(",")}` + (period && `&period=${encodeURIComponent(period)}`));
  const balance = balancePanel(plant, period, (chosen) => {
    period = chosen;
    remember();
  });
  const charts = new Map();
  const trends = el("div", { class: "trends" });
  const noTrend = el("p", { class: "empty" }, "No trend chosen. Choose tags below, or from the table.");
  const loadTrends = () => {
    if (!Number.isFinite(link.now())) return;
    for (const [tag, c] of charts) load(known.get(tag), range, link.now()).then(c.show, c.fail);
  };
  const arrange = () => {
    for (const tag of charts.keys()) if (!chosen.includes(tag)) charts.delete(tag);
    for (const tag of chosen) if (!charts.has(tag)) charts.set(tag, chart(known.get(tag), () => toggle(tag, false)));
    trends.replaceChildren(...(chosen.length ? chosen.map((t) => charts.get(t).node) : [noTrend]));
    for (const box of chooser.querySelectorAll("input")) box.checked = chosen.includes(box.value);
    loadTrends();
  };
  const toggle = (tag, on) => {
    chosen = chosen.filter((t) => t !== tag);
    if (on) chosen.push(tag);
    remember();
    arrange();
  };
  const groups = Map.groupBy(plant.tags ?? [], (t) => tagName(t.tag).split("/")[0]);
  const chooser = el("details", { class: "chooser" }, el("summary", {}, "Choose tags"),
    el("div", { class: "groups" }, [...groups].map(([name, tags]) => el("fieldset", {}, el("legend", {}, words(name)),
      tags.map((t) => el("label", {}, el("input", { type: "checkbox", value: t.tag, on: { change: (e) => toggle(t.tag, e.target.checked) } }), " ", words(tagName(t.tag).split("/").slice(1).join(" ")), " ", el("small", { class: "dim" }, unit(t.unit))))))));
  const rangeButtons = el("div", { class: "ranges", role: "group", "aria-label": "Time shown" }, Object.entries(ranges).map(([id, r]) => el("button", {
    type: "button", "aria-pressed": String(id === range), "data-range": id, on: { click: () => {
      range = id;
      for (const b of rangeButtons.children) b.setAttribute("aria-pressed", String(b.dataset.range === id));
      remember();
      loadTrends();
    } } }, r.name)));

  const table = tagTable(plant, (tag) => {
    if (!chosen.includes(tag)) toggle(tag, true);
    charts.get(tag).node.scrollIntoView({ block: "center", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
  });
  const picture = el("div", { class: "picture" }), closure = el("div"), state = el("p", { class: "plant-state" }), batches = el("div"), statements = el("div");
  const means = el("span");
  let shown, width = 0, lastBatches, shownClosure;
  const columns = Object.keys(plant.nodes ?? {}).length > 1 ? "stacked" : "beside";

  const view = {
    node: el("div", { class: "plant" },
      el("header", { class: "plant-head" }, el("div", {}, el("p", { class: "card-process" }, `${processName(plant.process)}${plant.site ? " · " + plant.site : ""}`), el("h1", {}, plant.name ?? plant.plant)), state),
      el("div", { class: "main " + columns },
        panel("Flow picture", picture, el("p", { class: "dim note" }, means, "Width in proportion to mass flow; dashed where the flow is not known. Thin lines with an open head are heat and power.")),
        panel("Closure", closure)),
      balance.node,
      el("section", { class: "panel" }, el("div", { class: "panel-head" }, el("h2", {}, "Trends"), rangeButtons), trends, legend(), chooser),
      panel("All tags", table.node, key()),
      el("div", { class: "two" }, panel("Last batches in the evidence log", batches), panel("Statements", statements))),
    update(time, lostNow) {
      const now = nows.get(plant.plant), quiet = silent(plant, time) || lostNow, t = tally(plant, time);
      const mark = JSON.stringify([quiet, lostNow, t.count]);
      const wide = picture.clientWidth;
      if (shown?.now !== now || shown?.mark !== mark || Math.abs(wide - width) > 2) {
        [shown, width] = [{ now, mark }, wide];
        picture.replaceChildren(now || Object.keys(plant.nodes ?? {}).length
          ? flowPicture(plant, now, time, !t.any ? "" : lostNow ? "old" : quiet ? "stale" : "", wide || 800)
          : el("p", { class: "empty" }, "The plant file names no nodes, so there is nothing to draw."));
        if (!t.any) picture.append(el("p", { class: "empty" }, "No readings yet: the first window closes a minute after the agent's first batch."));
        state.replaceChildren(...tallyLine(t, lostNow));
      }
      const all = past.get(plant.plant) ?? [], ended = lastClosed(all, now?.closure, time);
      const text = JSON.stringify([ended, all.length, now?.closure?.from]);
      if (text !== shownClosure && !closure.querySelector("details[open]")) {
        shownClosure = text;
        closure.replaceChildren(gauges(ended, all.filter((c) => interval(c)[1] <= time).slice(-24), now?.closure));
      }
      const [from, to] = interval(now?.closure);
      balance.update(all, time);
      setText(means, Number.isFinite(from) ? `Flows are means of ${to > time ? `the window in progress, since ${minute(from)}` : span(from, to)}; values in the boxes are the latest. ` : "");
      setAttribute(picture, "class", "picture" + (quiet ? " stale" : ""));
      table.update(now, time, lostNow);
      if (lastBatches && !batches.contains(document.activeElement)) batches.replaceChildren(batchTable(lastBatches, time));
    },
    slow() {
      loadTrends();
      closuresOf(plant.plant).catch(() => {}).finally(() => balance.slow());
      const own = (list) => (list.some((b) => b.plants) ? list.filter((b) => b.plants?.includes(plant.plant)) : list);
      fill(batches, () => ask("batches", { limit: 40 }).then((b) => batchTable((lastBatches = own(b).slice(0, 8)), link.now())));
      fill(statements, () => ask("statements", { plant: plant.plant }).then((s) => statementList(s, 3)));
    },
  };
  arrange();
  return view;
}

// ---- life

document.body.append(patterns());
addEventListener("hashchange", () => {
  route();
  view.focus({ preventScroll: true });
  scrollTo(0, 0);
});
addEventListener("resize", refresh);
setInterval(refresh, 1000);
setInterval(() => plants && current?.slow?.(), 15_000);
setInterval(() => !plants && learn(), 3000);
learn();
