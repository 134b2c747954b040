/** The ledger's part: lists and single rows as the instance's Core tells them, each at an address of its own. */

import { instance } from "./api.js";
import { balanceView, identityView, transactionView } from "./details.js";
import { every, h } from "./dom.js";
import { balancesView, overview, transactionsView, identitiesView } from "./lists.js";
import { asked, link } from "./route.js";
import { place } from "./tables.js";

const REFRESH_MS = 3000;

/** By the address's `view`: its tab, and what draws it. */
const VIEWS = {
  "": ["", overview],
  balances: ["balances", balancesView],
  transactions: ["transactions", transactionsView],
  identities: ["identities", identitiesView],
  balance: ["balances", balanceView],
  transaction: ["transactions", transactionView],
  identity: ["identities", identityView],
};

const TABS = [
  ["", "Overview"],
  ["balances", "Balances"],
  ["transactions", "Transactions"],
  ["identities", "Identities"],
];

/** Fills `main`; answers what ends its refreshing, and what to do when the address has changed. */
export function showLedger(main) {
  const live = h("input", { type: "checkbox", role: "switch", checked: true });
  const problem = h("div", { role: "alert" });
  const tabs = TABS.map(([view, label]) => link(place(view), { "data-view": view }, label));
  const content = h("div", { class: "view" });
  main.replaceChildren(
    h("header", { class: "title" }, h("h1", {}, "Ledger"), h("p", { class: "muted" }, "What is in the ledger of ", h("code", {}, instance), ", whoever wrote it."), h("label", { class: "check live" }, live, h("span", {}, "Keep up to date"))),
    h("nav", { class: "tabs", "aria-label": "In the ledger" }, h("ul", {}, tabs.map((tab) => h("li", {}, tab)))),
    problem,
    content,
  );
  let shown = { key: null };

  const tell = (text) => {
    if (problem.textContent !== (text ?? "")) problem.replaceChildren(...(text ? [h("p", { class: "note bad" }, text)] : []));
  };
  const refresh = async () => {
    const own = shown;
    try {
      await own.view.refresh();
      if (own === shown) tell();
    } catch (error) {
      if (own === shown) tell(error.message);
    }
  };
  const draw = () => {
    const query = asked();
    const name = query.get("view") in VIEWS ? query.get("view") : "";
    const id = query.get("id") ?? "";
    const key = `${name} ${id}`;
    if (key === shown.key) {
      shown.view.moved?.();
    } else {
      tell();
      const [tab, view] = VIEWS[name];
      for (const one of tabs) {
        if (one.dataset.view === tab) one.setAttribute("aria-current", name === tab ? "page" : "true");
        else one.removeAttribute("aria-current");
      }
      shown = { key, view: view(id) };
      content.replaceChildren(...shown.view.nodes);
    }
  };
  draw();
  const leave = every(REFRESH_MS, async () => {
    if (live.checked) await refresh();
  });
  const moved = () => {
    draw();
    refresh();
  };
  return { leave, moved };
}
