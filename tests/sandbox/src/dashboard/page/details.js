/** One row with everything the ledger keeps of it, and what belongs to it. */

import { api } from "./api.js";
import { h } from "./dom.js";
import { grouped } from "./money.js";
import { link } from "./route.js";
import { balanceTable, entryTable, money, place, side, status, sum, transactionTable, when } from "./tables.js";

/** Terms and their values; those without a value are left out. */
function facts(lines) {
  const given = lines.filter(([, value]) => value !== null && value !== undefined && value !== "");
  return h("dl", { class: "facts" }, given.flatMap(([term, value]) => [h("dt", {}, term), h("dd", {}, value)]));
}

const moment = (text) => text && when(text);

function sheet(title, ...content) {
  return h("section", { class: "sheet plain", "aria-label": title }, h("header", { class: "sheet-bar" }, h("h2", {}, title)), h("div", { class: "sheet-body" }, ...content));
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

const metadata = (text) => text && text !== "null" && text !== "{}" && sheet("Metadata", h("pre", { tabindex: 0, role: "group", "aria-label": "Metadata as JSON" }, pretty(text)));

/** A view whose first part is one row, drawn anew only when it has changed; tables follow it. */
function single(kind, id, draw, ...tables) {
  const head = h("div", { class: "view" });
  let shown = "";
  const refresh = async () => {
    const row = await api.ledger(`${kind}/${encodeURIComponent(id)}`, {});
    const now = JSON.stringify(row);
    if (now !== shown) head.replaceChildren(...draw(row).filter(Boolean));
    shown = now;
    for (const table of tables) table.node.hidden = false;
    for (const table of tables) await table.refresh();
  };
  // What does not exist has no entries.
  for (const table of tables) table.node.hidden = true;
  return { nodes: [head, ...tables.map(({ node }) => node)], refresh };
}

function heading(kind, name, ...more) {
  return h("header", { class: "detail-title" }, h("p", { class: "muted small" }, kind), h("div", { class: "row" }, h("h2", { class: kind === "Identity" ? null : "mono" }, name), ...more));
}

/** What an entry belongs to. A bulk has no row of its own: the way leads to its entries. */
function parentOf({ transaction, parent }) {
  const id = transaction.parent_transaction;
  if (!id) return "";
  if (parent) return [link(place("transaction", { id }), { class: "mono" }, parent.reference), " ", status(parent.status)];
  return link(place("transactions", { filters: new URLSearchParams({ parent_transaction_eq: id }) }), { class: "mono" }, `${id}: all its entries`);
}

export function transactionView(id) {
  const children = transactionTable({
    given: () => ({ filters: new URLSearchParams({ parent_transaction_eq: id }).toString() }),
    title: "Transactions that belong to it",
    empty: "None.",
  });
  const draw = (answer) => {
    const row = answer.transaction;
    return [
      heading("Transaction", row.reference, status(row.status)),
      h("dl", { class: "figures" }, h("div", {}, h("dt", {}, "Amount"), h("dd", {}, money(row), h("span", { class: "units" }, `${grouped(row.precise_amount)} minor units, ${grouped(row.precision)} in one ${row.currency}`)))),
      sheet(
        "Details",
        facts([
          ["Debited", side(row.source, answer.names)],
          ["Credited", side(row.destination, answer.names)],
          ["Belongs to", parentOf(answer)],
          ["Description", row.description],
          ["Effective", moment(row.effective_date)],
          ["Created", moment(row.created_at)],
          ["Scheduled for", moment(row.scheduled_for)],
          ["Hold ends", moment(row.inflight_expiry_date)],
          ["Hold is committed", moment(row.inflight_commit_date)],
          ["Id", h("code", {}, row.transaction_id)],
          ["Hash", row.hash && h("code", {}, row.hash)],
        ]),
      ),
      metadata(row.meta_data),
    ];
  };
  return single("transactions", id, draw, children);
}

export function balanceView(id) {
  const draw = (row) => {
    const figure = (term, minor) => minor !== null && h("div", {}, h("dt", {}, term), h("dd", {}, sum(minor, row.precision, row.currency)));
    const held = [row.inflight_balance, row.inflight_debit_balance, row.inflight_credit_balance].some((minor) => minor !== null && minor !== "0");
    const name = row.indicator ?? row.identity_name ?? row.balance_id;
    return [
      heading("Balance", name, h("span", { class: "badge" }, row.currency)),
      h(
        "dl",
        { class: "figures" },
        figure("Balance", row.balance),
        figure("Debit", row.debit_balance),
        figure("Credit", row.credit_balance),
        held && [figure("Held", row.inflight_balance), figure("Held debit", row.inflight_debit_balance), figure("Held credit", row.inflight_credit_balance)].filter(Boolean),
      ),
      sheet(
        "Details",
        facts([
          ["Identity", row.identity_id && link(place("identity", { id: row.identity_id }), {}, row.identity_name ?? row.identity_id)],
          ["Ledger", [row.ledger_name && `${row.ledger_name} `, row.ledger_id && h("code", { class: "muted" }, row.ledger_id)].filter(Boolean)],
          ["Precision", row.precision ? `${grouped(row.precision)} minor units in one ${row.currency}` : "Its entries name none, or different ones: minor units are shown"],
          ["Created", moment(row.created_at)],
          ["Id", h("code", {}, row.balance_id)],
        ]),
      ),
      metadata(row.meta_data),
    ];
  };
  return single("balances", id, draw, entryTable(id));
}

/** An identity's fields, in words. */
const FIELDS = [
  ["identity_type", "Type"],
  ["category", "Category"],
  ["organization_name", "Organization"],
  ["first_name", "First name"],
  ["last_name", "Last name"],
  ["other_names", "Other names"],
  ["gender", "Gender"],
  ["email_address", "E-mail"],
  ["phone_number", "Phone"],
  ["nationality", "Nationality"],
  ["street", "Street"],
  ["city", "City"],
  ["state", "State"],
  ["post_code", "Post code"],
  ["country", "Country"],
];

export function identityView(id) {
  const balances = balanceTable({ given: () => ({ identity_id: id }), empty: "It has no balances." });
  const draw = (row) => [
    heading("Identity", row.name, row.identity_type && h("span", { class: "badge" }, row.identity_type)),
    sheet("Details", facts([...FIELDS.map(([name, label]) => [label, row[name]]), ["Date of birth", row.dob && row.dob.slice(0, 10)], ["Created", moment(row.created_at)], ["Id", h("code", {}, row.identity_id)]])),
    metadata(row.meta_data),
  ];
  return single("identities", id, draw, balances);
}
