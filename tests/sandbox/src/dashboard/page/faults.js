/** The panel of faults: what is in force, a form for a new one, and the calls that were made. */

import { api, instance } from "./api.js";
import { every, h, refill, say } from "./dom.js";
import { describe, faultForm } from "./faultform.js";
import { grouped } from "./money.js";

const REFRESH_MS = 2000;

const number = (count) => grouped(String(count));
const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

/** Fills `main`; answers what ends its refreshing. */
export function showFaults(main) {
  const problem = h("div", { role: "alert" });
  const faults = faultList(() => refresh());
  const calls = callTable(() => refresh());
  const refresh = async () => {
    try {
      faults.show((await api.faults()).faults);
      calls.show((await api.calls()).calls);
      problem.replaceChildren();
    } catch (error) {
      if (problem.textContent !== error.message) problem.replaceChildren(h("p", { class: "note bad" }, error.message));
    }
  };
  main.replaceChildren(
    h("header", { class: "title" }, h("h1", {}, "Faults"), h("p", { class: "muted" }, "Make calls to Stripe, to Cloud or to the ledger fail, and see what an app makes of it. They hit whoever calls, in every instance, unless a scope is given; what this dashboard reads is never hit.")),
    problem,
    h("div", { class: "columns" }, faults.node, faultForm(refresh)),
    calls.node,
  );
  return { leave: every(REFRESH_MS, refresh) };
}

/** How much of a fault is left. */
function left({ skip, times, seen, hits }) {
  if (times !== 0 && hits >= times) return h("span", { class: "badge" }, "used up");
  const passing = Math.max(0, skip - seen);
  const text = times === 0 ? "until removed" : `${number(times - hits)} of ${number(times)} left`;
  return h("span", { class: "badge wait" }, passing > 0 ? `${text}, after ${plural(passing, "call", "calls")} let through` : text);
}

const target = ({ method, route }) => `${method ? method.toUpperCase() : "any method"} ${route}`;

function faultList(refresh) {
  const total = h("span", { class: "count", role: "status" });
  const list = h("ul", { class: "faults", "data-empty": "" });
  const act = (work, done) => async () => {
    try {
      await work();
      say(done);
      await refresh();
    } catch (error) {
      say(error.message);
    }
    // The button that was pressed is gone.
    if (document.activeElement === document.body) title.focus();
  };
  const clear = h("button", { type: "button", class: "button quiet", "data-key": "clear", onclick: act(api.clearFaults, "All faults removed.") }, "Remove all");
  const title = h("h2", { id: "title-faults", tabindex: -1 }, "In force");
  const node = h("section", { class: "sheet plain", "aria-labelledby": "title-faults" }, h("header", { class: "sheet-bar" }, title, total, clear), list);

  const item = (fault) =>
    h(
      "li",
      { class: "fault" },
      h(
        "div",
        { class: "fault-text" },
        h("p", { class: "row" }, h("span", { class: "badge" }, fault.surface), h("code", {}, target(fault))),
        h("p", {}, describe(fault)),
        fault.scope && h("p", { class: "muted small" }, "Only calls of ", h("code", {}, fault.scope)),
        h("p", { class: "row small" }, left(fault), h("span", { class: "muted" }, `hit ${number(fault.hits)} of ${plural(fault.seen, "matching call", "matching calls")}`)),
      ),
      h("button", { type: "button", class: "button quiet", "data-key": `remove-${fault.id}`, "aria-label": `Remove the fault of ${fault.surface} ${target(fault)}: ${describe(fault)}`, onclick: act(() => api.removeFault(fault.id), "Fault removed.") }, "Remove"),
    );

  let shown;
  const show = (faults) => {
    const now = JSON.stringify(faults);
    if (now === shown) return;
    shown = now;
    total.textContent = number(faults.length);
    clear.disabled = faults.length === 0;
    refill(list, faults.length === 0 ? [h("li", { class: "muted none" }, "None: every call is answered as it should be.")] : faults.map(item));
  };
  return { node, show };
}

const tone = (status) => (status === 0 || status >= 500 ? "bad" : status >= 400 ? "wait" : "good");

/** Calls by surface and route, with the statuses they were answered. */
function callTable(refresh) {
  const SURFACES = ["stripe", "cloud", "core"];
  const total = h("span", { class: "count", role: "status" });
  const body = h("tbody");
  const surface = h("select", { "aria-label": "Calls to", onchange: () => refresh() }, h("option", { value: "" }, "all surfaces"), SURFACES.map((name) => h("option", { value: name }, name)));
  const scope = h("select", { "aria-label": "Calls of", onchange: () => refresh() }, h("option", { value: "" }, "all instances"), h("option", { value: instance }, instance));
  const forget = async () => {
    try {
      await api.forgetCalls({ surface: surface.value, instance: scope.value });
      say("Counting anew.");
      await refresh();
    } catch (error) {
      say(error.message);
    }
  };
  const columns = [["Surface"], ["Route"], ["Calls", "num"], ["Answers"]];
  const node = h(
    "section",
    { class: "sheet", "aria-labelledby": "title-calls" },
    h("header", { class: "sheet-bar" }, h("h2", { id: "title-calls" }, "Calls"), total, h("div", { class: "bar-end" }, surface, scope, h("button", { type: "button", class: "button quiet", onclick: forget }, "Count anew"))),
    h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": "Calls, scrollable" }, h("table", { "aria-labelledby": "title-calls" }, h("thead", {}, h("tr", {}, columns.map(([label, kind]) => h("th", { scope: "col", class: kind ?? null }, label)))), body)),
  );

  const answers = (statuses) => [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => h("span", { class: `badge ${tone(status)}` }, `${status === 0 ? "no answer" : status} × ${number(count)}`));
  let shown;
  const show = (lines) => {
    const rows = new Map();
    for (const { surface: on, scope: of, method, route, status, count } of lines) {
      if ((surface.value && on !== surface.value) || (scope.value && of !== scope.value)) continue;
      const key = `${on} ${method} ${route}`;
      const row = rows.get(key) ?? { on, name: `${method} ${route}`, count: 0, statuses: new Map() };
      row.count += count;
      row.statuses.set(status, (row.statuses.get(status) ?? 0) + count);
      rows.set(key, row);
    }
    const now = JSON.stringify([surface.value, scope.value, lines]);
    if (now === shown) return;
    shown = now;
    const all = [...rows.values()];
    total.textContent = number(all.reduce((sum, { count }) => sum + count, 0));
    const none = h("tr", {}, h("td", { colspan: columns.length, class: "muted none" }, "No calls yet."));
    const row = ({ on, name, count, statuses }) => h("tr", {}, h("td", {}, on), h("th", { scope: "row" }, h("code", {}, name)), h("td", { class: "num" }, number(count)), h("td", {}, h("span", { class: "chips" }, answers(statuses))));
    body.replaceChildren(...(all.length === 0 ? [none] : all.map(row)));
  };
  return { node, show };
}
