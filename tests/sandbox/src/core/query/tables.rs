//! The four tables that can be filtered: their columns, cells and indexes.

use std::borrow::Cow;

use super::metaindex::MetaIndex;
use crate::core::decimal::{Decimal, major_text};
use crate::core::meta::Meta;
use crate::core::state::State;
use crate::core::types::{IDENTITY_FIELDS, parse_uuid};

/// What one column of one row holds.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell<'a> {
    /// Nothing.
    Null,
    /// Text.
    Text(Cow<'a, str>),
    /// A number.
    Number(Decimal),
    /// Microseconds since the epoch.
    Time(i64),
}

/// How a column compares.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// As text.
    Text,
    /// As a number.
    Number,
    /// As a timestamp.
    Time,
}

/// A table that can be filtered. Rows are numbered in the order they were written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Table {
    /// Ledgers.
    Ledgers,
    /// Balances.
    Balances,
    /// Transactions.
    Transactions,
    /// Identities.
    Identities,
}

const LEDGER_COLUMNS: [&str; 4] = ["ledger_id", "name", "created_at", "meta_data"];
const BALANCE_COLUMNS: [&str; 13] = [
    "balance_id",
    "ledger_id",
    "identity_id",
    "indicator",
    "currency",
    "balance",
    "credit_balance",
    "debit_balance",
    "inflight_balance",
    "inflight_credit_balance",
    "inflight_debit_balance",
    "created_at",
    "meta_data",
];
const TXN_COLUMNS: [&str; 15] = [
    "transaction_id",
    "parent_transaction",
    "amount",
    "currency",
    "source",
    "destination",
    "balance_id",
    "reference",
    "status",
    "created_at",
    "effective_date",
    "indicator",
    "description",
    "precision",
    "meta_data",
];
const IDENTITY_COLUMNS: [&str; 19] = [
    "identity_id",
    "first_name",
    "last_name",
    "other_names",
    "gender",
    "dob",
    "email_address",
    "phone_number",
    "nationality",
    "street",
    "country",
    "state",
    "organization_name",
    "category",
    "identity_type",
    "post_code",
    "city",
    "created_at",
    "meta_data",
];

impl Table {
    /// Its name in error texts.
    pub fn name(self) -> &'static str {
        match self {
            Self::Ledgers => "ledgers",
            Self::Balances => "balances",
            Self::Transactions => "transactions",
            Self::Identities => "identity",
        }
    }

    /// The fields that can be filtered and sorted by.
    pub fn columns(self) -> &'static [&'static str] {
        match self {
            Self::Ledgers => &LEDGER_COLUMNS,
            Self::Balances => &BALANCE_COLUMNS,
            Self::Transactions => &TXN_COLUMNS,
            Self::Identities => &IDENTITY_COLUMNS,
        }
    }

    /// How a column compares.
    pub fn kind(self, column: &str) -> Kind {
        match column {
            "created_at" | "effective_date" | "dob" => Kind::Time,
            "amount" | "precision" => Kind::Number,
            column if column == "balance" || column.ends_with("_balance") => Kind::Number,
            _ => Kind::Text,
        }
    }

    /// How many rows it has.
    pub fn len(self, state: &State) -> usize {
        match self {
            Self::Ledgers => state.ledgers.len(),
            Self::Balances => state.balances.len(),
            Self::Transactions => state.txns.len(),
            Self::Identities => state.identities.len(),
        }
    }

    /// When a row was written, in microseconds since the epoch.
    pub fn created_at(self, state: &State, row: u32) -> i64 {
        let row = row as usize;
        match self {
            Self::Ledgers => state.ledgers[row].created_at,
            Self::Balances => state.balances[row].created_at,
            Self::Transactions => state.txns[row].created_at,
            Self::Identities => state.identities[row].created_at,
        }
    }

    /// A row's metadata.
    pub fn meta(self, state: &State, row: u32) -> Option<&Meta> {
        let row = row as usize;
        match self {
            Self::Ledgers => state.ledgers[row].meta.as_ref(),
            Self::Balances => state.balances[row].meta.as_ref(),
            Self::Transactions => Some(&state.txns[row].meta),
            Self::Identities => state.identities[row].meta.as_ref(),
        }
    }

    /// What one column of a row holds.
    pub fn cell<'a>(self, state: &'a State, row: u32, column: &str) -> Cell<'a> {
        if column == "created_at" {
            return Cell::Time(self.created_at(state, row));
        }
        if column == "meta_data" {
            let text = self.meta(state, row).map(serde_json::to_string);
            return text.map_or(Cell::Null, |text| owned(text.unwrap_or_default()));
        }
        match self {
            Self::Ledgers => {
                let ledger = &state.ledgers[row as usize];
                borrowed(if column == "name" { &ledger.name } else { &ledger.id })
            }
            Self::Balances => balance_cell(state, row, column),
            Self::Transactions => txn_cell(state, row, column),
            Self::Identities => identity_cell(state, row, column),
        }
    }

    /// Rows that may hold one of `values` in a column, from an index; `None` = no index, all rows
    /// may.
    pub fn candidates(self, state: &State, column: &str, values: &[String]) -> Option<Vec<u32>> {
        let texts = values.iter().map(String::as_str);
        match (self, column) {
            (Self::Ledgers, "ledger_id") => {
                Some(texts.filter_map(|id| state.ledger_ids.get(id)).copied().collect())
            }
            (Self::Balances, "balance_id") => {
                Some(texts.filter_map(|id| state.balance_ids.get(id)).copied().collect())
            }
            (Self::Balances, "identity_id") => {
                let known = texts.filter_map(|id| state.identity_ids.get(id));
                let balances = known.map(|at| &state.identities[*at as usize].balances);
                Some(balances.flatten().copied().collect())
            }
            (Self::Balances, "indicator") => {
                let known = texts.filter_map(|name| state.indicators.get(name));
                Some(known.flatten().copied().collect())
            }
            (Self::Transactions, "reference") => {
                let known = texts.filter_map(|reference| state.references.get(reference));
                Some(known.copied().collect())
            }
            (Self::Transactions, "transaction_id") => {
                let ids = texts.filter_map(|id| parse_uuid(id.strip_prefix("txn_")?));
                let known = ids.filter_map(|id| state.txn_ids.get(&id).copied());
                Some(known.collect())
            }
            (Self::Transactions, "parent_transaction") => {
                let parents = texts.filter_map(crate::core::types::Parent::parse);
                let known = parents.filter_map(|parent| state.children.get(&parent));
                Some(known.flatten().copied().collect())
            }
            (Self::Transactions, "source" | "destination") => {
                let known = texts.filter_map(|id| state.balance_ids.get(id));
                let rows = known.map(|at| &state.balance(*at).txns);
                Some(rows.flatten().copied().collect())
            }
            (Self::Identities, "identity_id") => {
                Some(texts.filter_map(|id| state.identity_ids.get(id)).copied().collect())
            }
            _ => None,
        }
    }

    /// The index over its metadata.
    pub fn meta_index(self, state: &State) -> Option<&MetaIndex> {
        match self {
            Self::Ledgers => None,
            Self::Balances => Some(&state.balance_meta),
            Self::Transactions => Some(&state.txn_meta),
            Self::Identities => Some(&state.identity_meta),
        }
    }
}

impl State {
    /// Makes sure that metadata filters on `key` find an index.
    pub fn index_meta(&mut self, table: Table, key: &str) {
        match table {
            Table::Ledgers => {}
            Table::Balances if !self.balance_meta.has(key) => {
                let rows = self.balances.iter().map(|row| row.meta.as_ref());
                self.balance_meta.build(key, rows);
            }
            Table::Transactions if !self.txn_meta.has(key) => {
                let rows = self.txns.iter().map(|row| Some(&row.meta));
                self.txn_meta.build(key, rows);
            }
            Table::Identities if !self.identity_meta.has(key) => {
                let rows = self.identities.iter().map(|row| row.meta.as_ref());
                self.identity_meta.build(key, rows);
            }
            _ => {}
        }
    }
}

fn borrowed(text: &str) -> Cell<'_> {
    Cell::Text(Cow::Borrowed(text))
}

fn owned(text: String) -> Cell<'static> {
    Cell::Text(Cow::Owned(text))
}

fn number(value: i128) -> Cell<'static> {
    Cell::Number(Decimal::whole(value))
}

fn balance_cell<'a>(state: &'a State, row: u32, column: &str) -> Cell<'a> {
    let balance = state.balance(row);
    match column {
        "balance_id" => borrowed(&balance.id),
        "ledger_id" => borrowed(&state.ledgers[balance.ledger as usize].id),
        "identity_id" => {
            let identity = balance.identity.map(|at| &state.identities[at as usize]);
            identity.map_or(Cell::Null, |identity| borrowed(&identity.id))
        }
        "indicator" => balance.indicator.as_deref().map_or(Cell::Null, borrowed),
        "currency" => borrowed(&balance.currency),
        "balance" => number(balance.balance()),
        "credit_balance" => number(balance.credit),
        "debit_balance" => number(balance.debit),
        "inflight_credit_balance" => number(balance.inflight_credit),
        "inflight_debit_balance" => number(balance.inflight_debit),
        _ => number(balance.inflight_credit - balance.inflight_debit),
    }
}

fn txn_cell<'a>(state: &'a State, row: u32, column: &str) -> Cell<'a> {
    let txn = state.txn(row);
    match column {
        "transaction_id" => owned(format!("txn_{}", txn.id)),
        "parent_transaction" => txn.parent.map_or(borrowed(""), |parent| owned(parent.text())),
        "amount" => {
            let major = Decimal::parse(&major_text(txn.amount, txn.precision));
            Cell::Number(major.unwrap_or_default())
        }
        "currency" => borrowed(&txn.currency),
        "source" => borrowed(&state.balance(txn.source).id),
        "destination" => borrowed(&state.balance(txn.destination).id),
        "reference" => borrowed(&txn.reference),
        "status" => borrowed(txn.status.as_str()),
        "effective_date" => txn.effective.map_or(Cell::Null, Cell::Time),
        "description" => borrowed(&txn.description),
        "precision" => number(txn.precision.into()),
        _ => Cell::Null,
    }
}

fn identity_cell<'a>(state: &'a State, row: u32, column: &str) -> Cell<'a> {
    let identity = &state.identities[row as usize];
    if column == "identity_id" {
        return borrowed(&identity.id);
    }
    if column == "dob" {
        return identity.dob.map_or(Cell::Null, Cell::Time);
    }
    let field = IDENTITY_FIELDS.iter().position(|field| *field == column);
    field.map_or(Cell::Null, |at| borrowed(&identity.fields[at]))
}
