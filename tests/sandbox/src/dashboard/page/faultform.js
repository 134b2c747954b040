/** The form for a new fault: presets for the common ones, and every field by hand. */

import { api, instance } from "./api.js";
import { h, say } from "./dom.js";

/** What a fault does, where a preset says nothing else. */
const NOTHING = { status: "", delay_ms: "0", drop: "", commit: false, headers: "", body: "" };

/** Each fills in what happens; those that only one surface answers also name it. */
const PRESETS = [
  ["Rate limited", "429 with Retry-After", { status: "429", headers: "Retry-After: 2" }],
  ["Unavailable", "503", { status: "503" }],
  ["Slow", "5 seconds late", { delay_ms: "5000" }],
  ["Timeout", "no answer for a minute", { delay_ms: "60000", drop: "before" }],
  ["Dropped before", "the connection closes, nothing was done", { drop: "before" }],
  ["Dropped after", "it was done, the answer is lost", { drop: "after" }],
  ["Failed after commit", "it was done, the answer is 500", { status: "500", commit: true }],
  ["Conflict", "409 GEN_CONFLICT of the ledger", { status: "409", surface: "core" }],
  ["Locked", "423 of the ledger", { status: "423", surface: "core" }],
];

const seconds = (ms) => (ms >= 1000 ? `${ms / 1000} s` : `${ms} ms`);

/** What a fault does to a call, in a sentence. */
export function describe({ status, delay_ms, drop, commit, headers, body }) {
  const first = commit || drop === "after";
  const wait = delay_ms > 0 ? `waits ${seconds(delay_ms)}` : "";
  const named = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  const extras = [...named, body !== null && body !== undefined && "a body of its own"].filter(Boolean).join(", ");
  const answer = status && `answers ${status}${extras && ` (${extras})`}`;
  const end = drop ? "closes the connection without an answer" : answer || (first ? "answers as usual" : wait ? "carries it out" : "");
  const steps = [first && "carries it out", wait, end].filter(Boolean);
  if (steps.length === 0) return "Only counts the calls that match.";
  const text = steps.length < 3 ? steps.join(", then ") : `${steps[0]}, ${steps[1]}, then ${steps[2]}`;
  return `${text[0].toUpperCase()}${text.slice(1)}.`;
}

const field = (id, label, input, hint) => {
  input.id = id;
  if (hint) input.setAttribute("aria-describedby", `${id}-hint`);
  return h("div", { class: "field" }, h("label", { for: id }, label), input, hint && h("p", { class: "muted small", id: `${id}-hint` }, hint));
};

const select = (name, options) => h("select", { name }, options.map(([value, label]) => h("option", { value }, label)));

const whole = (name, value, most) => h("input", { name, type: "number", min: 0, max: most, step: 1, value, required: true });

/** Header lines, `Name: value`. */
function headersOf(text) {
  const lines = text.split("\n").map((line) => line.trim()).filter(Boolean);
  const pairs = lines.map((line) => {
    const at = line.indexOf(":");
    if (at < 1) throw new Error(`A header is written Name: value, not “${line}”.`);
    return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
  });
  return Object.fromEntries(pairs);
}

/** The fault as the sandbox takes it. A body goes as a text, so that it is answered letter by letter. */
function faultOf(form) {
  const text = (name) => form.elements[name].value.trim();
  const fault = {
    surface: text("surface"),
    route: text("route"),
    skip: Number(text("skip")),
    times: Number(text("times")),
    delay_ms: Number(text("delay_ms")),
    commit: form.elements.commit.checked,
    headers: headersOf(text("headers")),
  };
  if (text("method")) fault.method = text("method");
  if (text("scope")) fault.scope = text("scope");
  if (text("status")) fault.status = Number(text("status"));
  if (text("drop")) fault.drop = text("drop");
  if (text("body")) fault.body = text("body");
  return fault;
}

/** The form; `added` is told when a fault is in force. */
export function faultForm(added) {
  const problem = h("div", { role: "alert" });
  const scopes = h("datalist", { id: "scopes" });
  const routes = h("datalist", { id: "routes" });
  const presets = PRESETS.map(([name, title, fill]) => h("button", { type: "button", class: "button quiet", "aria-pressed": "false", title, "aria-label": `${name}: ${title}`, onclick: () => choose(name, fill) }, name));
  const form = h(
    "form",
    { class: "fault-form", onsubmit: submit },
    h("div", { role: "group", "aria-label": "Presets", class: "presets" }, presets),
    h(
      "fieldset",
      { class: "grid" },
      h("legend", {}, "Which calls"),
      field("fault-surface", "Surface", select("surface", [["stripe", "Stripe"], ["cloud", "Blnk Cloud"], ["core", "Blnk Core"]])),
      field("fault-method", "Method", select("method", ["", "GET", "POST", "PUT", "DELETE"].map((method) => [method, method || "any"]))),
      field("fault-route", "Route", h("input", { name: "route", value: "/", required: true, list: "routes", pattern: "[\\/*].*", title: "Begins with / or *", class: "mono", spellcheck: "false", autocomplete: "off" }), "A path and all below it, or a pattern with *"),
      field("fault-scope", "Scope", h("input", { name: "scope", list: "scopes", class: "mono", spellcheck: "false", autocomplete: "off", placeholder: "all" }), "One instance or Stripe account"),
      field("fault-skip", "Let through first", whole("skip", 0, 1_000_000_000)),
      field("fault-times", "Then hit", whole("times", 1, 1_000_000_000), "Calls; 0 = until removed"),
    ),
    h(
      "fieldset",
      { class: "grid" },
      h("legend", {}, "What happens to them"),
      field("fault-status", "Answer with status", h("input", { name: "status", type: "number", min: 200, max: 599, step: 1, placeholder: "its own" })),
      field("fault-delay", "Wait, in milliseconds", whole("delay_ms", 0, 3_600_000)),
      field("fault-drop", "Close the connection", select("drop", [["", "no"], ["before", "before it is carried out"], ["after", "after it is carried out"]])),
      h("label", { class: "check" }, h("input", { type: "checkbox", name: "commit" }), h("span", {}, "Carry it out first")),
      field("fault-headers", "Headers of that answer", h("textarea", { name: "headers", rows: 2, class: "mono", spellcheck: "false", placeholder: "Name: value" })),
      field("fault-body", "Body of that answer", h("textarea", { name: "body", rows: 2, class: "mono", spellcheck: "false", placeholder: "an error in the surface's own words" })),
    ),
    problem,
    h("div", { class: "actions end" }, h("button", { type: "submit", class: "button main" }, "Add fault")),
    scopes,
    routes,
  );

  function press(chosen) {
    for (const [at, button] of presets.entries()) button.setAttribute("aria-pressed", String(PRESETS[at][0] === chosen));
  }
  function choose(name, fill) {
    for (const [key, value] of Object.entries({ ...NOTHING, ...fill })) {
      if (key === "commit") form.elements.commit.checked = value;
      else form.elements[key].value = value;
    }
    press(name);
  }
  // A field changed by hand: what is asked for is no preset any more.
  form.addEventListener("input", (event) => event.target.name in NOTHING && press(""));

  async function submit(event) {
    event.preventDefault();
    problem.replaceChildren();
    try {
      await api.addFault(faultOf(form));
      say("The fault is in force.");
      await added();
    } catch (error) {
      problem.replaceChildren(h("p", { class: "note bad" }, error.message));
    }
  }

  // Suggestions only: without them the fields take what is typed.
  form.addEventListener("focusin", suggest, { once: true });
  async function suggest() {
    const [space, accounts, counted] = await Promise.allSettled([api.workspace(), api.accounts(), api.calls()]);
    const ids = [instance, ...(space.value?.instances ?? []), ...(accounts.value ?? []).map(({ account }) => account)];
    scopes.replaceChildren(...[...new Set(ids)].map((id) => h("option", { value: id })));
    const known = (counted.value?.calls ?? []).map(({ route }) => route.replaceAll(/\{[^}]+\}/g, "*")).filter((route) => route.startsWith("/"));
    routes.replaceChildren(...[...new Set(known)].map((route) => h("option", { value: route })));
  }

  return h("section", { class: "sheet plain", "aria-labelledby": "title-add" }, h("header", { class: "sheet-bar" }, h("h2", { id: "title-add" }, "Add a fault")), h("div", { class: "sheet-body" }, form));
}
