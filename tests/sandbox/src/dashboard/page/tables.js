/** Tables of the ledger's rows, with the pages that the address counts. */

import { api } from "./api.js";
import { h, refill } from "./dom.js";
import { grouped, major } from "./money.js";
import { address, asked, link } from "./route.js";

/** Rows of a page, as in Cloud's own lists: a link's page number means the same rows. */
const PAGE = 20;

const RESULT = { APPLIED: "good", REJECTED: "bad", VOID: "" };

/** Addresses of the ledger's places. */
export const place = (view, more = {}) => address("/ledger", { view, ...more });

export const cell = (...content) => h("td", {}, ...content);

const dash = () => h("span", { class: "muted" }, "–");

/** A moment, in UTC; the digits behind the second on demand. */
export function when(text) {
  const time = new Date(text);
  const shown = Number.isNaN(time.valueOf()) ? text : time.toISOString().replace("T", " ").replace(/\.\d+Z$/, "");
  return h("time", { datetime: text, title: `${text} (UTC)` }, shown);
}

export const status = (name) => h("span", { class: `badge ${RESULT[name] ?? "wait"}` }, name.toLowerCase());

/** An entry's amount in its currency. */
export const money = ({ precise_amount, precision, currency }) => `${major(precise_amount, precision)} ${currency}`;

/** The major amount where all entries of the currency agree on its precision, and the minor units always. */
export function sum(minor, precision, currency = "") {
  if (!precision) return [grouped(minor), h("span", { class: "units" }, "minor units")];
  return [`${major(minor, precision)} ${currency}`.trim(), h("span", { class: "units", title: "minor units" }, grouped(minor))];
}

export const sumCell = (minor, precision) => h("td", { class: "num" }, sum(minor, precision));

/** One side of an entry, leading to its balance. */
export const side = (id, names) => (id ? link(place("balance", { id }), { class: "mono side", title: id, "data-key": `side-${id}` }, names[id] ?? id) : dash());

const pageAsked = () => Math.max(1, Number.parseInt(asked().get("page") ?? "1", 10) || 1);

/** Links to the pages around this one. */
function pager(name, total) {
  const page = pageAsked();
  const last = Math.max(1, Math.ceil(total / PAGE));
  const here = Object.fromEntries(asked());
  const to = (number, label, text) => {
    const off = number < 1 || number > last || number === page;
    const props = { class: "button quiet", "aria-label": `${label} of ${name}`, "data-key": `page-${label}` };
    return off ? h("span", { class: "button quiet spacer", "aria-hidden": "true" }, text) : link(address(location.pathname, { ...here, page: number === 1 ? "" : number }), props, text);
  };
  const range = page > last ? `Page ${page} of ${last}` : `${grouped(String((page - 1) * PAGE + 1))}–${grouped(String(Math.min(page * PAGE, total)))} of ${grouped(String(total))}`;
  const shown = h("span", { class: "muted small" }, range);
  if (last === 1 && page === 1) return [shown];
  return [
    shown,
    to(page > last ? 0 : 1, "First page", "« First"),
    to(Math.min(page - 1, last), "Previous page", "‹ Previous"),
    to(page + 1, "Next page", "Next ›"),
    to(page > last ? 0 : last, "Last page", "Last »"),
  ];
}

/**
 * A table of rows that `load` gives for a page. `columns`: heading and whether it holds numbers; `draw` makes a row's cells.
 * Without `all` (where the whole list is) it has pages of its own, counted by the address.
 */
export function table({ name, title = name, load, columns, draw, empty, all, short = 8 }) {
  const slug = name.toLowerCase().replaceAll(/\W+/g, "-");
  const state = { asked: 0, rows: "", place: "" };
  const total = h("span", { class: "count", role: "status" });
  const body = h("tbody");
  const foot = h("footer", { class: "sheet-foot" });
  const head = columns.map(([label, kind]) => h("th", { scope: "col", class: kind === "num" ? "num" : null }, label));
  const rows = h("div", { class: "scroll", tabindex: 0, role: "group", "aria-label": `${name}, scrollable` }, h("table", { "aria-labelledby": `title-${slug}` }, h("thead", {}, h("tr", {}, head)), body));
  const node = h(
    "section",
    { class: "sheet", "aria-labelledby": `title-${slug}` },
    h("header", { class: "sheet-bar" }, h("h2", { id: `title-${slug}` }, title), total),
    rows,
    foot,
  );
  const only = (text) => body.replaceChildren(h("tr", {}, h("td", { colspan: columns.length, class: "muted none" }, text)));
  only("Loading…");

  async function refresh() {
    state.asked += 1;
    const turn = state.asked;
    const now = location.search;
    let answer;
    try {
      answer = await load(all ? { limit: short } : { page: asked().get("page") });
    } catch (error) {
      // Rows of another question must not stand under this one.
      if (turn === state.asked && state.place !== now) {
        Object.assign(state, { rows: "", place: now });
        only("–");
        total.textContent = "";
        foot.replaceChildren();
      }
      throw error;
    }
    if (turn !== state.asked) return;
    const text = JSON.stringify(answer);
    if (text === state.rows && now === state.place) return;
    Object.assign(state, { rows: text, place: now });
    if (answer.data.length === 0) only(answer.total > 0 ? "This page is past the last one." : empty);
    else refill(body, answer.data.map((row) => h("tr", {}, draw(row, answer))));
    total.textContent = grouped(String(answer.total));
    if (all) foot.replaceChildren(link(all, { class: "button quiet" }, answer.total > answer.data.length ? `All ${grouped(String(answer.total))} ${name.toLowerCase()} ›` : `Search ${name.toLowerCase()} ›`));
    else turned(answer.total);
  }

  /** The pager anew. At the first and the last page the link that led there is gone: the focus goes to the rows. */
  function turned(total) {
    const inside = foot.contains(document.activeElement);
    refill(foot, total > 0 ? pager(name.toLowerCase(), total) : []);
    if (inside && !foot.contains(document.activeElement)) rows.focus();
  }

  return { node, refresh };
}

export function balanceTable({ given = () => ({}), ...more } = {}) {
  return table({
    name: "Balances",
    empty: "No balances.",
    load: (page) => api.ledger("balances", { ...page, ...given() }),
    columns: [["Indicator"], ["Currency"], ["Balance", "num"], ["Debit", "num"], ["Credit", "num"], ["Identity"]],
    draw: (row, { precisions }) => [
      h("th", { scope: "row" }, link(place("balance", { id: row.balance_id }), { class: "mono", "data-key": row.balance_id, title: row.balance_id }, row.indicator ?? row.balance_id)),
      cell(row.currency),
      ...[row.balance, row.debit_balance, row.credit_balance].map((amount) => sumCell(amount, precisions[row.currency])),
      cell(row.identity_id ? link(place("identity", { id: row.identity_id }), { "data-key": `of-${row.balance_id}`, title: row.identity_id }, row.identity_name ?? row.identity_id) : dash()),
    ],
    ...more,
  });
}

const reference = (row) => h("th", { scope: "row" }, link(place("transaction", { id: row.transaction_id }), { class: "mono", "data-key": row.transaction_id, title: row.transaction_id }, row.reference));

export function transactionTable({ given = () => ({}), ...more } = {}) {
  return table({
    name: "Transactions",
    empty: "No transactions.",
    load: (page) => api.ledger("transactions", { ...page, ...given() }),
    columns: [["Reference"], ["Status"], ["Amount", "num"], ["From → to"], ["Effective"]],
    draw: (row, { names }) => [
      reference(row),
      cell(status(row.status)),
      h("td", { class: "num", title: `${grouped(row.precision)} minor units in one ${row.currency}` }, money(row), h("span", { class: "units" }, grouped(row.precise_amount))),
      h("td", { class: "sides" }, h("div", {}, side(row.source, names)), h("div", {}, h("span", { class: "muted", role: "img", "aria-label": "to" }, "→ "), side(row.destination, names))),
      cell(when(row.effective_date ?? row.created_at)),
    ],
    ...more,
  });
}

/** A balance's entries: each on its side, with the balance after it. */
export function entryTable(id) {
  return table({
    name: "Entries",
    empty: "Nothing was ever posted to this balance.",
    load: (page) => api.ledger(`balances/${encodeURIComponent(id)}/entries`, page),
    columns: [["Reference"], ["Status"], ["Other side"], ["Debit", "num"], ["Credit", "num"], ["Balance after", "num"], ["Effective"]],
    draw: (row, { names, precision }) => {
      const amount = (there) => h("td", { class: row.status === "APPLIED" ? "num" : "num muted" }, there ? [major(row.precise_amount, row.precision), h("span", { class: "units" }, grouped(row.precise_amount))] : dash());
      const after = row.running === null ? h("td", { class: "num" }, h("span", { class: "muted", title: "Too far back to be added up, or the ledger moved meanwhile" }, "–")) : sumCell(row.running, precision);
      const other = row.debit ? row.destination : row.source;
      return [reference(row), cell(status(row.status)), cell(row.debit && row.credit ? "itself" : side(other, names)), amount(row.debit), amount(row.credit), after, cell(when(row.effective_date ?? row.created_at))];
    },
  });
}

export function identityTable({ given = () => ({}), ...more } = {}) {
  return table({
    name: "Identities",
    empty: "No identities.",
    load: (page) => api.ledger("identities", { ...page, ...given() }),
    columns: [["Name"], ["Type"], ["E-mail"], ["Country"], ["Created"], ["Id"]],
    draw: (row) => [
      h("th", { scope: "row" }, link(place("identity", { id: row.identity_id }), { "data-key": row.identity_id }, row.name)),
      ...[row.identity_type, row.email_address, row.country].map((text) => cell(text || dash())),
      cell(when(row.created_at)),
      cell(h("code", { class: "small" }, row.identity_id)),
    ],
    ...more,
  });
}
