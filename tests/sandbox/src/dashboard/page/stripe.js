/** The side panel with the simulated Stripe's accounts: keys to connect with, movements to add. */

import { api } from "./api.js";
import { copy, h, say } from "./dom.js";
import { grouped } from "./money.js";

/** Accounts shown at once: tests may have made hundreds. */
const SHOWN = 30;
const ADD = 25;
const FRESH = 500;
const MOST = 100_000;

const panel = document.getElementById("stripe");
const toggle = document.getElementById("stripe-toggle");

/** Opens or closes the panel. */
export function toggleStripe() {
  panel.hidden = !panel.hidden;
  toggle.setAttribute("aria-expanded", String(!panel.hidden));
  if (!panel.hidden) fill();
}

async function fill() {
  const close = h("button", { type: "button", class: "button quiet", onclick: () => (toggleStripe(), toggle.focus()) }, "Hide");
  const head = h("header", { class: "row spread" }, h("h2", {}, "Stripe test data"), close);
  const intro = h("p", { class: "muted small" }, "Connect the app with an account's restricted key. Nothing here leaves this machine.");
  try {
    const accounts = await api.accounts();
    const rows = accounts.slice(0, SHOWN).map(entry);
    const more = accounts.length > SHOWN && h("p", { class: "muted small" }, `and ${accounts.length - SHOWN} more`);
    panel.replaceChildren(head, intro, ...[h("ul", { class: "accounts" }, rows), more, creation()].filter(Boolean));
  } catch (error) {
    panel.replaceChildren(head, h("p", { class: "note bad", role: "alert" }, error.message));
  }
}

function entry(account) {
  const id = `key-${account.account}-${account.mode}`;
  const key = h("input", { id, readonly: true, value: account.restricted_key, class: "mono", onfocus: () => key.select() });
  const count = number(`add-${account.account}-${account.mode}`, ADD);
  const truth = h("div", { class: "truth", tabindex: 0, role: "group", "aria-label": `What ${account.account} holds` });
  const details = h("details", {}, h("summary", {}, "What it holds"), truth);
  const look = async () => {
    if (!details.open) return;
    try {
      truth.replaceChildren(figures(await api.truth(account)));
    } catch (error) {
      truth.replaceChildren(h("p", { class: "note bad" }, error.message));
    }
  };
  details.addEventListener("toggle", look);
  const add = async (event) => {
    event.preventDefault();
    try {
      const { ids } = await api.addMovements(account, Number(count.value));
      say(`${ids.length} movements added.`);
      await look();
    } catch (error) {
      say(error.message);
    }
  };
  return h(
    "li",
    { class: "account" },
    h("h3", {}, h("code", {}, account.account), h("span", { class: "badge" }, account.mode)),
    h("label", { for: id, class: "small" }, "Restricted key"),
    h("div", { class: "joined" }, key, h("button", { type: "button", class: "button", onclick: () => copy(key, "Key") }, "Copy")),
    h("form", { onsubmit: add }, h("label", { for: count.id, class: "small" }, "Movements to add"), h("div", { class: "joined" }, count, h("button", { type: "submit", class: "button" }, "Add"))),
    details,
  );
}

function number(id, value) {
  return h("input", { id, type: "number", min: 1, max: MOST, step: 1, value, required: true });
}

function figures({ records, balances }) {
  const lines = Object.entries(balances).flatMap(([balance, currencies]) =>
    Object.entries(currencies).map(([currency, { net, count }]) =>
      h("tr", {}, h("th", { scope: "row" }, `${balance} ${currency.toUpperCase()}`), h("td", { class: "num" }, grouped(String(count))), h("td", { class: "num" }, grouped(String(net)))),
    ),
  );
  const columns = h("tr", {}, h("th", { scope: "col" }, "Balance"), h("th", { scope: "col", class: "num" }, "Count"), h("th", { scope: "col", class: "num" }, "Net, minor units"));
  return h("table", {}, h("caption", { class: "small muted" }, `${grouped(String(records))} movements`), h("thead", {}, columns), h("tbody", {}, lines));
}

/** A further account: the way to see what happens when another one is connected. */
function creation() {
  const count = number("new-movements", FRESH);
  const create = async (event) => {
    event.preventDefault();
    const seed = crypto.getRandomValues(new Uint32Array(1))[0];
    try {
      await api.newAccount({ seed, movements: Number(count.value) });
      await fill();
      say("Account made.");
    } catch (error) {
      say(error.message);
    }
  };
  return h("form", { class: "creation", onsubmit: create }, h("label", { for: count.id, class: "small" }, "Another account, with this many movements"), h("div", { class: "joined" }, count, h("button", { type: "submit", class: "button" }, "Create")));
}
