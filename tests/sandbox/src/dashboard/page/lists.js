/** The ledger's lists: the overview, and each table whole with its search. */

import { h } from "./dom.js";
import { read, words, write } from "./filters.js";
import { address, asked, link, settled, visit } from "./route.js";
import { balanceTable, identityTable, place, transactionTable } from "./tables.js";

const STATUSES = ["QUEUED", "APPLIED", "REJECTED", "SCHEDULED", "INFLIGHT", "VOID"];

/** By an id's prefix: what it names. */
const KINDS = { txn: "transaction", bln: "balance", idt: "identity" };

/** Everything at once, and the way to one thing. */
export function overview() {
  const field = h("input", { id: "find", type: "search", name: "find", autocomplete: "off", spellcheck: "false", placeholder: "A reference or part of one, or an id: txn_…, bln_…, idt_…", required: true });
  const find = (event) => {
    event.preventDefault();
    const text = field.value.trim();
    const kind = KINDS[/^([a-z]+)_[\w-]+$/.exec(text)?.[1]];
    if (kind) visit(place(kind, { id: text }));
    else if (text) visit(place("transactions", { filters: write({ reference: text, exact: false, status: "", others: [] }) }));
  };
  const form = h("form", { role: "search", class: "find", onsubmit: find }, h("label", { for: "find" }, "Find"), h("div", { class: "joined" }, field, h("button", { type: "submit", class: "button main" }, "Find")));
  const tables = [balanceTable({ all: place("balances") }), transactionTable({ all: place("transactions") }), identityTable({ all: place("identities") })];
  return { nodes: [form, ...tables.map(({ node }) => node)], refresh: () => all(tables) };
}

async function all(tables) {
  for (const table of tables) await table.refresh();
}

/** A list with one field to search it by. */
function searched(view, label, table) {
  const field = h("input", { id: "search", type: "search", autocomplete: "off", spellcheck: "false" });
  const go = (replace) => visit(place(view, { search: field.value.trim() }), { replace });
  const typed = settled(() => go(true));
  const submit = (event) => {
    event.preventDefault();
    go(true);
  };
  const moved = () => {
    const now = asked().get("search") ?? "";
    if (field.value.trim() !== now) field.value = now;
  };
  field.addEventListener("input", typed);
  moved();
  const form = h("form", { role: "search", class: "filters", onsubmit: submit }, h("div", { class: "field wide" }, h("label", { for: "search" }, label), field));
  return { nodes: [form, table.node], refresh: table.refresh, moved };
}

const given = () => ({ search: asked().get("search") });

export const balancesView = () => searched("balances", "Indicator contains", balanceTable({ given, empty: "No balance matches." }));

export const identitiesView = () => searched("identities", "Name or e-mail contains", identityTable({ given, empty: "No identity matches." }));

/** Transactions under the filters of the address, which an app's link may have brought along. */
export function transactionsView() {
  const table = transactionTable({ given: () => ({ filters: asked().get("filters") }), empty: "No transaction matches." });
  const reference = h("input", { id: "reference", type: "search", autocomplete: "off", spellcheck: "false" });
  const match = h("select", { id: "match", "aria-label": "How the reference is compared" }, h("option", { value: "part" }, "contains"), h("option", { value: "exact" }, "is exactly"));
  const status = h("select", { id: "status" }, h("option", { value: "" }, "any"), STATUSES.map((name) => h("option", { value: name }, name)));
  const others = h("ul", { class: "chips", "aria-label": "Further filters" });
  const now = () => read(asked().get("filters"));
  const filtered = (filters) => place("transactions", { filters: write(filters) });
  const go = (replace) => {
    const to = filtered({ ...now(), reference: reference.value, exact: match.value === "exact", status: status.value });
    if (to !== filtered(now())) visit(to, { replace });
  };

  const chip = (one, index, filters) => {
    const text = words(one);
    const rest = filters.others.filter((_, at) => at !== index);
    const remove = link(filtered({ ...filters, others: rest }), { class: "chip-off", "aria-label": `Remove the filter ${text ?? one[0]}`, "data-key": `filter-${one[0]}` }, "✕");
    return h("li", { class: text ? "chip" : "chip off", title: text ? null : "No filter: it has no operator that the ledger knows" }, text ?? one.join("="), !text && h("span", { class: "sr" }, " (no filter)"), remove);
  };
  const moved = () => {
    const filters = now();
    if (reference.value.trim() !== filters.reference) reference.value = filters.reference;
    // An empty field says nothing of how it is to be compared.
    if (filters.reference) match.value = filters.exact ? "exact" : "part";
    if (filters.status && !STATUSES.includes(filters.status) && !status.querySelector(`[value="${CSS.escape(filters.status)}"]`)) status.append(h("option", { value: filters.status }, filters.status));
    status.value = filters.status;
    const chips = filters.others.map((one, index) => chip(one, index, filters));
    others.replaceChildren(...chips);
    others.hidden = chips.length === 0;
  };
  const submit = (event) => {
    event.preventDefault();
    go(true);
  };
  reference.addEventListener("input", settled(() => go(true)));
  match.addEventListener("change", () => go(false));
  status.addEventListener("change", () => go(false));
  moved();
  const form = h(
    "form",
    { role: "search", class: "filters", onsubmit: submit },
    h("div", { class: "field wide" }, h("label", { for: "reference" }, "Reference"), h("div", { class: "joined" }, match, reference)),
    h("div", { class: "field" }, h("label", { for: "status" }, "Status"), status),
    h("a", { class: "button quiet", href: place("transactions") }, "Clear"),
    others,
  );
  return { nodes: [form, table.node], refresh: table.refresh, moved };
}
