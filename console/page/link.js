// The link to the centre: one stream of server-sent events. Silence for
// longer than two heartbeats, an error, or the browser going offline all mean
// that what is on the page is no longer known to be true.

import { instant } from "./format.js";

const silence = 12_000; // ms; the centre sends at least every 5 s

// Link tells handlers about {now, trouble, up, down}. up is called with each
// sign of life, down once when it is lost.
export class Link {
  #handlers;
  #source;
  #heard = 0; // performance.now() of the last event
  #clock = NaN; // the centre's time at #heard
  #retry;
  state = "waiting";

  constructor(handlers) {
    this.#handlers = handlers;
    addEventListener("offline", () => this.#lose("this device is offline"));
    addEventListener("online", () => this.#open());
    addEventListener("pagehide", () => this.#source?.close());
    addEventListener("pageshow", (event) => event.persisted && this.#open());
    setInterval(() => {
      if (this.state === "up" && performance.now() - this.#heard > silence) {
        this.#lose("the centre has fallen silent");
        this.#again();
      }
    }, 1000);
    this.#open();
  }

  // now is the time on the centre's clock, ms. The clock of this device is
  // used for nothing.
  now() {
    return this.#clock + (performance.now() - this.#heard);
  }

  #open() {
    clearTimeout(this.#retry);
    this.#source?.close();
    const source = new EventSource("/api/v1/live");
    this.#source = source;
    source.addEventListener("clock", (event) => {
      this.#heard = performance.now();
      this.#clock = instant(JSON.parse(event.data).time);
      this.state = "up";
      this.#handlers.up();
    });
    source.addEventListener("now", (event) => this.#handlers.now(JSON.parse(event.data)));
    source.addEventListener("trouble", (event) => this.#handlers.trouble(JSON.parse(event.data)));
    source.addEventListener("error", () => {
      if (source !== this.#source) return;
      this.#lose("the centre cannot be reached");
      if (source.readyState === EventSource.CLOSED) this.#again();
    });
  }

  #again() {
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => this.#open(), 2000);
  }

  #lose(why) {
    if (this.state !== "down") this.#handlers.down(why);
    this.state = "down";
  }
}

// ask gets one answer of the API. Its error says what to do.
export async function ask(path, parameters = {}) {
  const query = new URLSearchParams(parameters).toString();
  let response;
  try {
    response = await fetch("/api/v1/" + path + (query ? "?" + query : ""));
  } catch {
    throw new Error("The centre cannot be reached.");
  }
  const body = await response.json().catch(() => undefined);
  if (!response.ok) throw new Error(body?.error ? `${body.error}. ${body.do ?? ""}` : `The centre answered ${response.status}.`);
  return body;
}
