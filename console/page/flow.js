// The flow picture: the flowsheet of a plant drawn from its nodes, streams
// and energy, with the width of an arrow in proportion to its mass flow.
//
// Layout, after Sugiyama: nodes stand in columns by their longest way from
// the environment; where a stream enters or leaves the plant a terminal with
// its label stands in the column between; a stream between nodes gets a
// waypoint in every column it passes. Columns are ordered and pulled straight
// by a few sweeps, so that the same flowsheet always gives the same picture.

import { el, svg } from "./dom.js";
import { number, unit, words, unknown, tagName, percent } from "./format.js";
import { interval } from "./gauges.js";
import { judge, mark, parse, sentence } from "./quality.js";

const terminalWidth = 168, waypointWidth = 128, reach = 72;
const thickest = 54, thinnest = 2;
const narrow = 640; // px; below it the picture runs down the page

// flows returns every stream and energy flow of the plant with what is known
// of it: means of the newest balance window, which may still be in progress.
// silent is "", or the word for why none of it is known to be true now: "stale" or "old".
export function flows(plant, now, time, silent) {
  const [from, to] = interval(now?.closure);
  const elapsed = Math.min(1, (time - from) / (to - from));
  // A window in progress is covered in part by its nature; only what is less
  // covered than the time that has passed is worth a mark.
  const soften = (quality, coverage) => (elapsed < 1 && quality === "uncertain:partial" && coverage >= 0.8 * elapsed - 0.05 ? "good" : quality);
  const covered = new Map((now?.closure?.streams ?? []).map((s) => [s.stream, s.coverage]));
  const byName = new Map((now?.streams ?? []).map((s) => [s.stream, { ...s.mass_flow, quality: soften(s.mass_flow?.quality, covered.get(s.stream)) }]));
  const mass = (plant.streams ?? []).map((s) => ({ kind: "mass", name: s.stream, ...s, flow: byName.get(s.stream) }));
  const hours = (to - from) / 36e5;
  const powers = new Map((now?.closure?.flows ?? []).map((e) => [e.energy, {
    value: typeof e.amount === "number" && e.coverage > 0 ? e.amount / 3.6 / (hours * e.coverage) : null,
    unit: "kW", quality: soften(e.quality, e.coverage),
  }]));
  const energy = (plant.energy ?? []).map((e) => ({ kind: "energy", name: e.energy, ...e, flow: powers.get(e.energy) ?? powerOf(e.power, now) }));
  const all = [...mass, ...energy];
  for (const f of all) {
    f.from = f.from && f.from !== "environment" ? f.from : "";
    f.to = f.to && f.to !== "environment" ? f.to : "";
    f.value = typeof f.flow?.value === "number" ? f.flow.value : NaN;
    f.quality = f.flow ? parse(f.flow.quality) : { level: "none", reason: "", letter: "" };
    f.stale = silent;
  }
  const largest = Math.max(...mass.map((f) => f.value).filter(Number.isFinite), 0);
  for (const f of all) {
    f.known = Number.isFinite(f.value);
    f.width = f.kind === "mass" && f.known && largest > 0 ? Math.max(thinnest, (thickest * Math.abs(f.value)) / largest) : thinnest;
  }
  return all;
}

// powerOf finds an energy flow's value, before there is a balance, where the
// plant file says it comes from: a tag that tells power, or a stated constant.
function powerOf(power, now) {
  if (power?.tag) {
    const t = now?.tags?.find((t) => t.tag === power.tag);
    return t && /^[kM]?W$/.test(t.unit) ? { value: parse(t.quality).level === "bad" ? null : t.value, unit: t.unit, quality: t.quality } : undefined;
  }
  const stated = /^(-?[\d.]+(?:e-?\d+)?) (.+)$/.exec(typeof power?.value === "string" ? power.value : "");
  return stated ? { value: Number(stated[1]), text: stated[1], unit: stated[2], quality: "good" } : undefined;
}

export function flowPicture(plant, now, time, silent, width) {
  const all = flows(plant, now, time, silent);
  const inside = nodeValues(plant, now, time);
  const picture = width < narrow ? runDown(plant, all, inside, width) : runAcross(plant, all, inside, width);
  picture.setAttribute("aria-label", inWords(plant, all));
  return picture;
}

function inWords(plant, all) {
  const say = (f) => `${words(f.name)} ${label(f)}${f.quality.level === "good" ? "" : ", " + sentence(f.quality)}`;
  const into = all.filter((f) => !f.from).map(say), out = all.filter((f) => !f.to).map(say);
  return `Flow picture of ${plant.name}. In: ${into.join("; ") || "nothing"}. Out: ${out.join("; ") || "nothing"}.`;
}

const label = (f) => (f.known ? `${f.flow.text ?? number(f.value)} ${unit(f.flow.unit)}` : "not known");

const pen = document.createElement("canvas").getContext("2d");

// long returns how long text is in the font of a value, px.
function long(text, font = "650 14px") {
  pen.font = `${font} ${getComputedStyle(document.body).fontFamily}`;
  return pen.measureText(text).width;
}

// nodeValues picks up to four measured values that carry a node's name.
function nodeValues(plant, now, time) {
  const values = new Map((now?.tags ?? []).map((t) => [t.tag, t]));
  const result = {};
  for (const node of Object.keys(plant.nodes ?? {})) {
    result[node] = (plant.tags ?? [])
      .filter((t) => tagName(t.tag).startsWith(node + "/") && values.has(t.tag))
      .slice(0, 4)
      .map((t) => ({ name: words(tagName(t.tag).split("/").pop()), value: values.get(t.tag), quality: judge(values.get(t.tag), t, time) }));
  }
  return result;
}

// lines breaks text into lines of about n letters, at most the given number.
function lines(text, n, most) {
  const out = [];
  for (const word of String(text ?? "").split(/\s+/)) {
    if (out.length && (out.at(-1) + " " + word).length <= n) out[out.length - 1] += " " + word;
    else out.push(word);
  }
  if (out.length > most) out[most - 1] += " …";
  return out.slice(0, most);
}

// A flow's label: name, value, mark. anchor is start, middle or end.
function flowLabel(f, x, y, anchor) {
  const group = svg("g", { class: `flow-label ${f.quality.level} ${f.stale ? "stale" : ""}` });
  const value = f.known ? label(f) : "not known";
  const m = f.stale === "stale" ? mark({ level: "bad", letter: "F", reason: "stale" }, 16) : mark(f.quality, 16);
  const remark = f.stale && f.known ? " · " + f.stale : "";
  const room = m ? 19 : 0;
  const at = anchor === "end" ? x - room : anchor === "middle" ? x - room / 2 : x;
  group.append(
    svg("text", { x, y: y - 5, "text-anchor": anchor, class: "name" }, words(f.name)),
    svg("text", { x: at, y: y + 13, "text-anchor": anchor, class: "value" }, value + remark));
  if (m) {
    const size = long(value + remark, remark || f.quality.level === "none" ? "italic 400 14px" : undefined);
    const left = anchor === "end" ? x - 15 : anchor === "middle" ? at + size / 2 + 5 : x + size + 6;
    m.setAttribute("x", left);
    m.setAttribute("y", y);
    group.append(m);
  }
  group.append(svg("title", {}, `${words(f.name)}: ${f.about || f.phase || f.kind}. ${value}, ${f.stale || sentence(f.quality)}`));
  return group;
}

// A band from (x1,y1) to (x2,y2) that ends in an arrow head.
function band(f, x1, y1, points, x2, y2) {
  const head = Math.min(16, 7 + f.width / 4);
  const half = Math.max(5, f.width / 2 + 4);
  let d = `M${x1} ${y1}`, px = x1, py = y1;
  for (const [x, y] of [...points, [x2 - head + 1, y2]]) {
    const middle = (px + x) / 2;
    d += ` C${middle} ${py} ${middle} ${y} ${x} ${y}`;
    [px, py] = [x, y];
  }
  return svg("g", { class: `flow ${f.kind} ${f.known ? "" : "unknown"} ${f.quality.level} ${f.stale ? "stale" : ""}` },
    svg("path", { d, "stroke-width": f.width, class: "band" }),
    svg("path", { d: `M${x2 - head} ${y2 - half}L${x2} ${y2}L${x2 - head} ${y2 + half}Z`, class: "head" }));
}

function depths(nodes, edges) {
  const depth = new Map(), open = new Set();
  const visit = (id) => {
    if (depth.has(id)) return depth.get(id);
    if (open.has(id)) return -1; // a recycle: that stream runs backwards
    open.add(id);
    let d = 0;
    for (const e of edges) if (e.to === id && e.from && nodes.includes(e.from)) d = Math.max(d, visit(e.from) + 1);
    open.delete(id);
    depth.set(id, d);
    return d;
  };
  nodes.forEach(visit);
  return depth;
}

function runAcross(plant, all, inside, width) {
  const nodes = Object.keys(plant.nodes ?? {});
  const depth = depths(nodes, all);
  const columns = Array.from({ length: 2 * (Math.max(0, ...depth.values()) + 1) + 1 }, () => []);
  const place = (item, column) => {
    columns[column].push(item);
    return Object.assign(item, { column, links: [] });
  };
  const boxes = new Map(nodes.map((id) => [id, place({ kind: "node", id, ins: [], outs: [] }, 2 * depth.get(id) + 1)]));

  for (const f of all) {
    const a = boxes.get(f.from), b = boxes.get(f.to);
    if (!a && !b) continue;
    f.way = [];
    f.start = a ?? place({ kind: "source", flow: f }, b.column - 1);
    const last = b ? b.column : a.column + 1;
    const step = last >= f.start.column ? 1 : -1;
    for (let c = f.start.column + step; c !== last && f.start.column !== last; c += step) f.way.push(place({ kind: "way", flow: f }, c));
    f.end = b ?? place({ kind: "sink", flow: f }, last);
    const chain = [f.start, ...f.way, f.end];
    for (let i = 1; i < chain.length; i++) {
      chain[i].links.push(chain[i - 1]);
      chain[i - 1].links.push(chain[i]);
    }
    if (a) a.outs.push(f);
    if (b) b.ins.push(f);
  }

  const gap = 18;
  const terminal = (f) => Math.max(46, f.width + 12);
  const slot = (f) => terminal(f) + gap;
  for (const column of columns) {
    for (const item of column) {
      if (item.kind === "node") {
        item.text = lines(plant.nodes[item.id], 30, 3);
        const content = 44 + 15 * item.text.length + 20 * inside[item.id].length;
        const ports = (list) => list.reduce((sum, f) => sum + slot(f), 0) + 8;
        item.height = Math.max(content, ports(item.ins), ports(item.outs), 84);
      } else item.height = terminal(item.flow);
    }
  }
  const stack = (column) => {
    const total = column.reduce((sum, i) => sum + i.height + gap, -gap);
    let y = -total / 2;
    for (const item of column) {
      item.y = y + item.height / 2;
      y += item.height + gap;
    }
  };
  columns.forEach(stack);
  for (let sweep = 0; sweep < 12; sweep++) {
    for (const column of columns) {
      for (const item of column) item.want = item.links.length ? item.links.reduce((s, l) => s + l.y, 0) / item.links.length : item.y;
      // Energy is kept below material, terminals in the order of the plant file.
      const rank = (i) => i.want + (i.flow?.kind === "energy" ? 60 : 0) + (i.flow ? 3 * all.indexOf(i.flow) : 0);
      column.sort((a, b) => rank(a) - rank(b));
      let floor = -Infinity;
      for (const item of column) {
        item.y = Math.max(item.want, floor + item.height / 2);
        floor = item.y + item.height / 2 + gap;
      }
      const shift = column.reduce((s, i) => s + (i.want - i.y) * i.height, 0) / (column.reduce((s, i) => s + i.height, 0) || 1);
      for (const item of column) item.y += shift;
    }
  }

  // A box is as wide as its longest line.
  const rows = Object.values(inside).flat();
  const abouts = [...boxes.values()].flatMap((b) => b.text).map((text) => long(text, "400 12px") + 24);
  const nodeWidth = Math.max(168, ...abouts, ...rows.map((v) => long(valueText(v)) + long(v.name, "400 12px") + (v.quality.level === "good" ? 36 : 56)));
  let x = 0;
  const at = columns.map((column, c) => {
    const wide = c % 2 ? nodeWidth : column.some((i) => i.kind !== "way") ? terminalWidth : column.length ? waypointWidth : 0;
    const left = x;
    x += wide + (c < columns.length - 1 ? reach : 0);
    return { left, wide };
  });
  const top = Math.min(0, ...columns.flat().map((i) => i.y - i.height / 2)) - 8;
  const bottom = Math.max(0, ...columns.flat().map((i) => i.y + i.height / 2)) + 8;

  const picture = svg("svg", { class: "flow-picture", role: "img", viewBox: `0 ${top} ${x} ${bottom - top}` });
  picture.style.setProperty("width", Math.min(width, x * 1.3) + "px");

  for (const box of boxes.values()) {
    for (const [list, other] of [[box.ins, (f) => f.way.at(-1) ?? f.start], [box.outs, (f) => f.way[0] ?? f.end]]) {
      list.sort((a, b) => other(a).y - other(b).y);
      let y = box.y - list.reduce((s, f) => s + slot(f), 0) / 2;
      for (const f of list) {
        (list === box.ins ? (f.ports ??= {}) : (f.ports ??= {}))[list === box.ins ? "to" : "from"] = y + slot(f) / 2;
        y += slot(f);
      }
    }
  }
  // Where a column serves one box only, its terminals stand level with the ports.
  for (const column of columns.filter((_, c) => c % 2 === 0)) {
    const boxes = new Set(column.map((i) => i.links[0]));
    if (boxes.size > 1 || column.some((i) => i.kind === "way") || new Set(column.map((i) => i.kind)).size > 1) continue;
    for (const i of column) i.y = i.flow.ports[i.kind === "source" ? "to" : "from"];
  }
  const bands = svg("g"), tops = svg("g");
  for (const f of all) {
    if (!f.start) continue;
    const backwards = f.end.column < f.start.column;
    const x1 = at[f.start.column].left + at[f.start.column].wide * (backwards && f.start.kind === "node" ? 0 : 1);
    const x2 = at[f.end.column].left + (backwards ? at[f.end.column].wide : 0);
    const y1 = f.ports?.from ?? f.start.y, y2 = f.ports?.to ?? f.end.y;
    const points = f.way.filter((w) => w.column % 2 === 0).map((w) => [at[w.column].left + at[w.column].wide / 2, w.y]);
    bands.append(band(f, x1, y1, points, x2, y2));
    if (f.start.kind === "source") tops.append(flowLabel(f, x1 - 10, f.start.y, "end"));
    else if (f.end.kind === "sink") tops.append(flowLabel(f, x2 + 10, f.end.y, "start"));
    else if (f.way.length) {
      const [px, py] = points[Math.floor(points.length / 2)] ?? [(x1 + x2) / 2, (y1 + y2) / 2];
      tops.append(flowLabel(f, px, py - f.width / 2 - 18, "middle"));
    }
  }
  for (const box of boxes.values()) tops.append(nodeBox(box, inside[box.id], at[box.column].left, box.y - box.height / 2, nodeWidth, box.height));
  picture.append(bands, tops);
  return picture;
}

const valueText = (v) => (v.quality.level === "bad" && !v.quality.stale ? unknown : `${number(v.value.value)} ${unit(v.value.unit)}`);

function nodeBox(box, values, x, y, wide, high) {
  const content = 26 + 15 * box.text.length + 20 * values.length;
  let line = y + Math.max(24, (high - content) / 2 + 16);
  const group = svg("g", { class: "node" }, svg("rect", { x, y, width: wide, height: high, rx: 4 }),
    svg("text", { x: x + wide / 2, y: line, "text-anchor": "middle", class: "node-name" }, words(box.id)));
  for (const text of box.text) group.append(svg("text", { x: x + wide / 2, y: (line += 15), "text-anchor": "middle", class: "node-about" }, text));
  line += 6;
  for (const v of values) {
    line += 20;
    const m = mark(v.quality, 15);
    group.append(
      svg("text", { x: x + 12, y: line, class: "node-about" }, v.name),
      svg("text", { x: x + wide - 12 - (m ? 19 : 0), y: line, "text-anchor": "end", class: `value ${v.quality.stale ? "stale" : ""}` },
        valueText(v)));
    if (m) {
      m.setAttribute("x", x + wide - 27);
      m.setAttribute("y", line - 12);
      group.append(m);
    }
  }
  return group;
}

// runDown is the picture for a narrow screen: each node with what enters it
// above and what leaves it below, arrows in the same proportions.
function runDown(plant, all, inside, width) {
  const depth = depths(Object.keys(plant.nodes ?? {}), all);
  const nodes = [...depth.keys()].sort((a, b) => depth.get(a) - depth.get(b));
  const picture = svg("svg", { class: "flow-picture", role: "img" });
  let y = 4;
  const row = (f, rowWidth) => {
    const high = Math.max(46, f.width + 10), middle = y + high / 2;
    picture.append(band(f, 2, middle, [], 92, middle), flowLabel(f, 106, middle, "start"));
    if (rowWidth) picture.append(svg("text", { x: width - 4, y: middle - 5, "text-anchor": "end", class: "node-about" }, rowWidth));
    y += high;
  };
  for (const id of nodes) {
    const text = lines(plant.nodes[id], 40, 2), values = inside[id];
    for (const f of all.filter((f) => f.to === id && (!f.from || depth.get(f.from) >= depth.get(id)))) row(f, "in");
    const high = 44 + 15 * text.length + 20 * values.length;
    picture.append(nodeBox({ id, text }, values, 1, y + 4, width - 2, high));
    y += high + 8;
    for (const f of all.filter((f) => f.from === id)) row(f, f.to ? "to " + words(f.to) : "out");
    y += 14;
  }
  picture.setAttribute("viewBox", `0 0 ${width} ${y}`);
  picture.style.setProperty("width", width + "px");
  return picture;
}

// share draws what goes in and what comes out as two bars on one scale.
export function share(plant, now, time, silent) {
  const mass = flows(plant, now, time, silent).filter((f) => f.kind === "mass");
  const into = mass.filter((f) => !f.from && f.known && f.value > 0), out = mass.filter((f) => !f.to && f.known && f.value > 0);
  const sum = (list) => list.reduce((s, f) => s + f.value, 0);
  const scale = Math.max(sum(into), sum(out));
  if (!(scale > 0)) return undefined;
  const bar = (name, list, missing) => el("div", { class: "share" },
    el("span", { class: "share-name" }, name),
    el("div", { class: "share-bar" + (silent ? " stale" : "") }, list.sort((a, b) => b.value - a.value).map((f) => {
      const part = el("span", { class: "share-part " + f.quality.level, title: `${words(f.name)} ${label(f)}, ${percent(f.value / scale, 0)}, ${sentence(f.quality)}` },
        el("span", {}, f.value / scale > 0.12 ? words(f.name) : ""));
      part.style.setProperty("width", (100 * f.value) / scale + "%");
      return part;
    })),
    el("span", { class: "share-sum" }, list.length ? `${number(sum(list))} ${unit(list[0].flow.unit)}` : unknown, missing > 0 && el("small", {}, ` ${missing} not known`)));
  const missing = (end) => mass.filter((f) => !f[end] && !f.known).length;
  return el("div", { class: "shares" }, bar("in", into, missing("from")), bar("out", out, missing("to")));
}
