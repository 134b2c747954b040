/** The ledger's page: balances, transactions and identities as the instance's Core tells them. */

import { api, instance } from "./api.js";
import { every, h, refill } from "./dom.js";
import { grouped, major } from "./money.js";

const REFRESH_MS = 3000;

/** Fills `main` with the three tables; answers a function that ends their refreshing. */
export function showLedger(main) {
  const live = h("input", { type: "checkbox", role: "switch", checked: true });
  const problem = h("div", { role: "alert" });
  const transactions = transactionTable();
  const balances = balanceTable((row) => transactions.only(row));
  const tables = [balances, transactions, identityTable()];
  main.replaceChildren(
    h("header", { class: "title" }, h("h1", {}, "Ledger"), h("p", { class: "muted" }, "What is in the ledger of ", h("code", {}, instance), ", whoever wrote it."), h("label", { class: "check live" }, live, h("span", {}, "Keep up to date"))),
    problem,
    ...tables.map((table) => table.node),
  );
  const refresh = async () => {
    if (!live.checked) return;
    try {
      for (const table of tables) await table.refresh();
      problem.replaceChildren();
    } catch (error) {
      if (problem.textContent !== error.message) problem.replaceChildren(h("p", { class: "note bad" }, error.message));
    }
  };
  return every(REFRESH_MS, refresh);
}

/** A table with a search field and pages. `columns`: heading and whether it holds numbers; `draw` makes a row's cells. */
function table({ name, source, columns, draw, search, empty, page = 20 }) {
  const slug = name.toLowerCase();
  const state = { offset: 0, search: "", extra: {}, shown: "", asked: 0 };
  const total = h("span", { class: "count" });
  const extra = h("span");
  const body = h("tbody");
  const range = h("span", { class: "muted small" });
  const back = h("button", { type: "button", class: "button quiet", onclick: () => turn(-page), "aria-label": `Previous ${slug}` }, "‹");
  const on = h("button", { type: "button", class: "button quiet", onclick: () => turn(page), "aria-label": `Next ${slug}` }, "›");
  const head = columns.map(([label, kind]) => h("th", { scope: "col", class: kind === "num" ? "num" : null }, label));
  const element = h("table", { "aria-labelledby": `title-${slug}` }, h("thead", {}, h("tr", {}, head)), body);
  const find = search && h("input", { type: "search", placeholder: search, "aria-label": `${search} (${slug})`, oninput: () => from({ search: find.value }) });
  const node = h(
    "section",
    { class: "sheet", "aria-labelledby": `title-${slug}` },
    h("header", { class: "sheet-bar" }, h("h2", { id: `title-${slug}` }, name), total, extra, find),
    h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": `${name}, scrollable` }, element),
    h("footer", { class: "sheet-foot" }, range, back, on),
  );

  async function refresh() {
    state.asked += 1;
    const { asked } = state;
    const answer = await api.ledger(source, { limit: page, offset: state.offset, search: state.search, ...state.extra });
    if (asked !== state.asked) return;
    if (answer.data.length === 0 && state.offset > 0) {
      state.offset = 0;
      return refresh();
    }
    const now = JSON.stringify(answer);
    if (now === state.shown) return;
    state.shown = now;
    const none = () => h("tr", {}, h("td", { colspan: columns.length, class: "muted none" }, state.search || state.extra.balance_id ? "Nothing matches." : empty));
    refill(body, answer.data.length === 0 ? [none()] : answer.data.map((row) => h("tr", {}, draw(row, answer))));
    total.textContent = answer.total === null ? "" : grouped(String(answer.total));
    const last = state.offset + answer.data.length;
    range.textContent = last === 0 ? "" : `${grouped(String(state.offset + 1))}–${grouped(String(last))} of ${grouped(String(answer.total ?? last))}`;
    back.disabled = state.offset === 0;
    on.disabled = answer.total === null || last >= answer.total;
  }

  const soon = () => refresh().catch(() => {});
  const turn = (by) => {
    state.offset = Math.max(0, state.offset + by);
    soon();
  };
  const from = (changes) => {
    Object.assign(state, changes, { offset: 0 });
    soon();
  };
  return { node, extra, refresh, from };
}

const when = (text) => {
  const time = new Date(text);
  const shown = Number.isNaN(time.valueOf()) ? text : time.toISOString().replace("T", " ").replace(/\.\d+Z$/, "");
  return h("time", { datetime: text, title: `${text} (UTC)` }, shown);
};

const cell = (...content) => h("td", {}, ...content);

/** The major amount where all entries of the currency agree on its precision, and the minor units always. */
function sum(minor, precision) {
  const units = `${grouped(minor)} minor units`;
  if (!precision) return h("td", { class: "num" }, grouped(minor), h("span", { class: "units" }, "minor"));
  return h("td", { class: "num", title: units }, major(minor, precision), h("span", { class: "units" }, grouped(minor)));
}

function balanceTable(choose) {
  return table({
    name: "Balances",
    source: "balances",
    search: "Find by indicator",
    empty: "No balances yet.",
    columns: [["Indicator"], ["Currency"], ["Balance", "num"], ["Debit", "num"], ["Credit", "num"], ["Identity"]],
    draw: (row, { precisions }) => [
      h("th", { scope: "row" }, h("button", { type: "button", class: "link mono", "data-key": row.balance_id, title: `${row.balance_id}: show its transactions`, onclick: () => choose(row) }, row.indicator ?? row.balance_id)),
      cell(row.currency),
      ...[row.balance, row.debit_balance, row.credit_balance].map((amount) => sum(amount, precisions[row.currency])),
      cell(row.identity_name ?? h("span", { class: "muted" }, "–")),
    ],
  });
}

function transactionTable() {
  const own = table({
    name: "Transactions",
    source: "transactions",
    search: "Find by reference",
    empty: "No transactions yet.",
    columns: [["Reference"], ["Status"], ["Amount", "num"], ["From → to"], ["Effective"]],
    draw: (row, { names }) => {
      const side = (id) => h("span", { class: "mono side", title: id }, names[id] ?? id);
      return [
        h("th", { scope: "row" }, h("button", { type: "button", class: "link mono", "data-key": row.transaction_id, title: "Show the whole entry", onclick: () => entry(row, names) }, row.reference)),
        cell(h("span", { class: `badge ${{ APPLIED: "good", REJECTED: "bad" }[row.status] ?? "wait"}` }, row.status.toLowerCase())),
        h("td", { class: "num", title: `${grouped(row.precise_amount)} minor units, ${grouped(row.precision)} in one ${row.currency}` }, `${major(row.precise_amount, row.precision)} ${row.currency}`, h("span", { class: "units" }, grouped(row.precise_amount))),
        cell(side(row.source), h("span", { class: "muted", "aria-label": "to" }, " → "), side(row.destination)),
        cell(when(row.effective_date ?? row.created_at)),
      ];
    },
  });
  /** Shows the transactions of one balance. */
  own.only = (row) => {
    const name = `${row.indicator ?? row.balance_id} ${row.currency}`;
    const all = () => {
      own.extra.replaceChildren();
      own.from({ extra: {} });
    };
    own.extra.replaceChildren(h("button", { type: "button", class: "chip", onclick: all, "aria-label": `Of ${name}; show all` }, `of ${name} ✕`));
    own.from({ extra: { balance_id: row.balance_id } });
    own.node.scrollIntoView({ block: "start" });
    own.extra.firstChild.focus({ preventScroll: true });
  };
  return own;
}

function identityTable() {
  return table({
    name: "Identities",
    source: "identities",
    page: 10,
    empty: "No identities yet.",
    columns: [["Name"], ["Type"], ["E-mail"], ["Country"], ["Created"], ["Id"]],
    draw: (row) => [
      h("th", { scope: "row" }, row.name),
      ...[row.identity_type, row.email_address, row.country].map((text) => cell(text || h("span", { class: "muted" }, "–"))),
      cell(when(row.created_at)),
      cell(h("code", { class: "small" }, row.identity_id)),
    ],
  });
}

/** One entry with everything the ledger keeps of it. */
function entry(row, names) {
  const lines = [
    ["Transaction", row.transaction_id],
    ["Belongs to", row.parent_transaction],
    ["Status", row.status],
    ["Amount", `${major(row.precise_amount, row.precision)} ${row.currency}`],
    ["Minor units", `${grouped(row.precise_amount)} (${grouped(row.precision)} in one ${row.currency})`],
    ["Debited", `${names[row.source] ?? ""} ${row.source}`],
    ["Credited", `${names[row.destination] ?? ""} ${row.destination}`],
    ["Description", row.description],
    ["Effective", row.effective_date],
    ["Created", row.created_at],
  ];
  const facts = lines.filter(([, text]) => text).flatMap(([term, text]) => [h("dt", {}, term), h("dd", {}, text)]);
  const node = h(
    "dialog",
    { class: "dialog broad", "aria-labelledby": "entry-title", onclose: () => node.remove() },
    h("h2", { id: "entry-title", class: "mono" }, row.reference),
    h("dl", {}, facts),
    row.meta_data && h("pre", { tabindex: 0, "aria-label": "Metadata" }, pretty(row.meta_data)),
    h("form", { method: "dialog", class: "actions end" }, h("button", { class: "button main" }, "Close")),
  );
  document.body.append(node);
  node.showModal();
}

/** Metadata set out in lines, its numbers digit by digit as the ledger wrote them, where the browser can do that. */
function pretty(text) {
  if (!("rawJSON" in JSON)) return text;
  try {
    return JSON.stringify(JSON.parse(text, (_, value, { source }) => (typeof value === "number" ? JSON.rawJSON(source) : value)), null, 2);
  } catch {
    return text;
  }
}
