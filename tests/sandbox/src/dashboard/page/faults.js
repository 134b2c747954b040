/** Situations in plain words, and the panel of faults: what is in force, a form for a new one, and the calls that were made. */

import { api, instance } from "./api.js";
import { every, h, refill, say } from "./dom.js";
import { describe, faultForm } from "./faultform.js";
import { grouped, major } from "./money.js";

const REFRESH_MS = 2000;
/** Accounts to choose from: tests may have made hundreds. */
const MOST_ACCOUNTS = 500;

const number = (count) => grouped(String(count));
const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;

/** Fills `main`; answers what ends its refreshing. */
export function showFaults(main) {
  const problem = h("div", { role: "alert" });
  const faults = faultList(() => refresh());
  const calls = callTable(() => refresh());
  const situations = situationPanel(() => refresh());
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
    h("header", { class: "title" }, h("h1", {}, "Faults"), h("p", { class: "muted" }, "Let things happen as they do in business, or make calls to Stripe, to Cloud or to the ledger fail, and see what an app makes of it. They hit whoever calls, in every instance, unless a scope is given; what this dashboard reads is never hit.")),
    problem,
    situations,
    h("div", { class: "columns" }, faults.node, faultForm(refresh)),
    calls.node,
  );
  return { leave: every(REFRESH_MS, refresh) };
}

const DOWN_MS = 60_000;
/** No more calls than this are refused, should the page be closed meanwhile. */
const DOWN_CALLS = 500;

const usd = (type, amount, more = {}) => ({ type, amount, currency: "usd", ...more });

/** What happens in business, in plain words; each answers what to look at afterwards. */
const SITUATIONS = [
  ["A customer pays", "A charge of 120.00 USD, with its fee.", async (account) => {
    await api.addRecord(account, usd("charge", 12_000, { fee: 378 }));
    return "The charge is at Stripe. It is in the ledger with the next sync, or in seconds in real time.";
  }],
  ["A customer is given money back", "A refund of 20.00 USD.", async (account) => {
    await api.addRecord(account, usd("refund", -2_000));
    return "The refund is at Stripe.";
  }],
  ["A payout fails", "500.00 USD go to the bank and come back.", async (account) => {
    await api.addRecord(account, usd("payout", -50_000));
    await api.addRecord(account, usd("payout_failure", 50_000));
    return "The payout failed. After the next sync the app says so under Needs attention.";
  }],
  ["A dispute is opened", "A customer's bank takes 90.00 USD back, and Stripe a fee.", async (account) => {
    await api.addRecord(account, usd("adjustment", -9_000, { reporting_category: "dispute", fee: 1_500 }));
    return "The dispute is open. After the next sync the app says until when it can be answered.";
  }],
  ["Stripe books something unknown", "A movement of 1.67 USD of a kind that no rule covers.", async (account) => {
    await api.addRecord(account, usd("adjustment", -167, { reporting_category: "other_adjustment" }));
    return "After the next sync it is held in suspense, until somebody decides where it belongs.";
  }],
  ["Someone posts by hand", "An entry in this ledger takes money off the account's balance, past the app.", async (account) => {
    const { amount, precision, currency, destination } = await api.postByHand(account);
    return `${major(amount, precision)} ${currency} went to ${destination}. The next sync finds the entry and says that Stripe and the ledger differ.`;
  }],
  ["Stripe is down for a minute", "Every call to Stripe is answered with an error.", async (account, refresh) => {
    const fault = await api.addFault({ surface: "stripe", route: "/", scope: account.account, status: 503, times: DOWN_CALLS });
    setTimeout(() => api.removeFault(fault.id).then(refresh, () => {}), DOWN_MS);
    return "Stripe is down for a minute. Start a sync: it waits, says for whom, and goes on by itself.";
  }],
  ["The key is revoked", "Stripe does not accept the account's key any more.", async (account) => {
    const { key } = await api.newKey(account);
    await api.expireKey(account, account.restricted_key);
    return `The key is revoked. After the next sync the app asks for another one, for example ${key}`;
  }],
];

/** The panel of situations, for one Stripe account. */
function situationPanel(refresh) {
  const account = h("select", { "aria-label": "Stripe account" });
  const outcome = h("p", { role: "status", class: "outcome" });
  let accounts = [];
  const fill = async () => {
    accounts = (await api.accounts()).slice(0, MOST_ACCOUNTS);
    account.replaceChildren(...accounts.map((one, at) => h("option", { value: at }, `${one.account} (${one.mode})`)));
  };
  const happen = (work) => async () => {
    outcome.textContent = "";
    try {
      outcome.textContent = await work(accounts[Number(account.value)], refresh);
      await refresh();
    } catch (error) {
      outcome.textContent = error.message;
    }
  };
  const items = SITUATIONS.map(([name, text, work]) =>
    h("li", {}, h("button", { type: "button", class: "button", onclick: happen(work) }, name), h("p", { class: "muted small" }, text)),
  );
  fill().catch((error) => {
    outcome.textContent = error.message;
  });
  return h(
    "section",
    { class: "sheet plain", "aria-labelledby": "title-situations" },
    h("header", { class: "sheet-bar" }, h("h2", { id: "title-situations" }, "Situations"), h("div", { class: "bar-end" }, account)),
    h("div", { class: "sheet-body" }, h("ul", { class: "situations" }, items), outcome),
  );
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
      say("Recounting.");
      await refresh();
    } catch (error) {
      say(error.message);
    }
  };
  const columns = [["Surface"], ["Route"], ["Calls", "num"], ["Answers"]];
  const node = h(
    "section",
    { class: "sheet", "aria-labelledby": "title-calls" },
    h("header", { class: "sheet-bar" }, h("h2", { id: "title-calls" }, "Calls"), total, h("div", { class: "bar-end" }, surface, scope, h("button", { type: "button", class: "button quiet", onclick: forget }, "Recount"))),
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
