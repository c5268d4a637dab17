// The balance panel of a plant: a chooser of the period, and its report.

import { el, setText } from "./dom.js";
import { full, iso, span } from "./format.js";
import { interval } from "./gauges.js";
import { ask } from "./link.js";
import { closedWindows, report } from "./balance.js";

const newest = "newest";

// local writes an instant as an input of date and time takes it.
function local(ms) {
  if (!Number.isFinite(ms)) return "";
  const d = new Date(ms - new Date(ms).getTimezoneOffset() * 6e4);
  return d.toISOString().slice(0, 16);
}

// balancePanel shows the balance of a period of the plant. onChoose is told
// the period chosen; update(closures, time) brings the choice up to date.
export function balancePanel(plant, chosen, onChoose) {
  let period = chosen || newest, picking = false, known, shown = "", offered = "", closures = [], time = NaN, turn = 0;
  const body = el("div", { "aria-live": "off" }, el("p", { class: "empty" }, "Looking for the newest window."));
  const state = el("p", { class: "dim", role: "status" });
  const select = el("select", { id: "balance-period", on: { change: () => choose(select.value) } });
  const from = el("input", { type: "datetime-local", "aria-label": "From", step: 60 }), to = el("input", { type: "datetime-local", "aria-label": "To", step: 60 });
  const between = el("span", { class: "between", hidden: true }, from, " to ", to, " ", el("button", { type: "button", class: "plain", on: { click: () => {
    const [a, b] = [new Date(from.value), new Date(to.value)];
    if (!(a < b)) return setText(state, "Give two times, the first before the second.");
    choose(`${iso(+a)}/${iso(+b)}`, true);
  } } }, "Show"));

  function choose(value, typed) {
    picking = value === "between";
    between.hidden = !picking && !typed;
    if (picking) {
      if (!from.value && Number.isFinite(time)) [from.value, to.value] = [local(time - 864e5), local(time)];
      return from.focus();
    }
    period = value;
    onChoose(period === newest ? "" : period);
    offer();
    load();
  }

  // address is the period as the API is asked for it, "" if there is none yet.
  const address = () => (period !== newest ? period : known?.newest ? `${known.newest.from}/${known.newest.to}` : "");

  async function load() {
    const wanted = address(), mine = ++turn;
    if (!wanted) {
      shown = "";
      return body.replaceChildren(known ? waiting() : el("p", { class: "empty" }, "Looking for the newest window."));
    }
    if (wanted === shown) return;
    setText(state, "Working it out from the evidence …");
    if (!shown) body.replaceChildren();
    body.setAttribute("aria-busy", "true");
    try {
      const node = await report(plant, wanted, closedWindows(closures, time).toReversed());
      if (mine !== turn) return;
      body.replaceChildren(node);
      shown = wanted;
      setText(state, "");
    } catch (error) {
      if (mine !== turn) return;
      shown = "";
      setText(state, "");
      body.replaceChildren(el("p", { class: "problem" }, error.message));
    } finally {
      if (mine === turn) body.removeAttribute("aria-busy");
    }
  }

  function waiting() {
    const every = known.every / 60, open = closures.at(-1), ends = open ? interval(open)[1] : NaN;
    const length = every % 60 ? `${every} minutes` : every === 60 ? "an hour" : `${every / 60} hours`;
    return el("p", { class: "empty" }, `No balance yet: the first is made when a window of ${length} is over and its readings are in`, Number.isFinite(ends) && ends > time ? `, at ${full(ends)}` : "", ". Until then the flow picture above shows what the instruments say.");
  }

  // offer fills the chooser, if what there is to choose has changed.
  function offer() {
    const option = (value, text) => el("option", { value, selected: value === (picking ? "between" : period) }, text);
    const word = (c) => (c.check?.passed === true ? "passed" : c.check?.passed === false ? "FAILED" : "not tested");
    const windows = closedWindows(closures, time).slice(0, 24).map((c) => {
      const [a, b] = interval(c);
      return [`${iso(a)}/${iso(b)}`, `${span(a, b)}, ${word(c)}`];
    });
    const lots = (known?.lots ?? []).toReversed().map((l) => [`lot:${l.name}`, `${l.name}, ${span(Date.parse(l.from), Date.parse(l.to))}`]);
    const campaigns = (known?.campaigns ?? []).toReversed().map((c) => [`campaign:${c.name}`, `${c.name}, ${span(Date.parse(c.from), Date.parse(c.to))}`]);
    const list = [...windows, ...lots, ...campaigns];
    const text = JSON.stringify([list, period, picking]);
    if (text === offered || document.activeElement === select) return;
    offered = text;
    const group = (label, all) => all.length > 0 && el("optgroup", { label }, all.map(([value, words]) => option(value, words)));
    const other = period !== newest && !list.some(([value]) => value === period);
    select.replaceChildren(...[option(newest, "Newest window"), group("Windows", windows), group("Lots", lots), group("Campaigns", campaigns),
      other && option(period, period.includes("/") ? span(...period.split("/").map(Date.parse)) : period), option("between", "From … to …")].filter(Boolean));
  }

  return {
    node: el("section", { class: "panel balance", "aria-label": "Balance" },
      el("div", { class: "panel-head" }, el("h2", {}, "Balance"),
        el("div", { class: "tools period" }, el("label", { for: "balance-period" }, "Period "), select, between)),
      state, body),
    update(list, now) {
      [closures, time] = [list ?? [], now];
      offer();
    },
    async slow() {
      try {
        known = await ask(`plants/${plant.plant}/periods`);
      } catch (error) {
        if (!shown) body.replaceChildren(el("p", { class: "problem" }, error.message));
        return;
      }
      offer();
      if (!body.contains(document.activeElement)) load();
    },
  };
}
