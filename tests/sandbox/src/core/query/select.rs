//! Runs a query: the smallest index first, then every condition on every row it leaves.

use std::cmp::{Ordering, Reverse};
use std::collections::HashSet;
use std::ops::Range;

use serde_json::Value;

use super::filter::{Filter, Op, Operand, Query, validate};
use super::like::like;
use super::tables::{Cell, Kind, Table};
use crate::core::database;
use crate::core::decimal::Decimal;
use crate::core::error::{self, ApiError};
use crate::core::meta::{as_text, contains};
use crate::core::request::holds_null;
use crate::core::state::{State, index};
use crate::core::time::parse_filter_time;

/// Rows of one page, in order.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Row numbers.
    pub rows: Vec<u32>,
    /// All matches; only when they were to be counted.
    pub total: Option<usize>,
}

/// A condition made ready for a table.
#[derive(Debug)]
struct Test {
    target: Target,
    op: Op,
    wanted: Wanted,
}

#[derive(Debug)]
enum Target {
    Column(String),
    Meta(String),
    /// Source or destination of a transaction.
    Sides,
}

#[derive(Debug)]
enum Wanted {
    Nothing,
    Texts(Vec<String>),
    Numbers(Vec<Decimal>),
    Times(Vec<i64>),
    /// Half-open.
    TimeRange(i64, i64),
    /// Containment in metadata.
    Json(Value),
    Balances(HashSet<u32>),
}

/// Runs `query` on `table`.
///
/// # Errors
/// Filters that are refused; values that the database cannot compare with their column (500, as
/// there).
pub fn select(state: &State, table: Table, query: &Query) -> Result<Page, ApiError> {
    validate(&query.filters, table.name(), table.columns())?;
    if table == Table::Transactions && ["balance_id", "indicator"].contains(&query.sort_by.as_str())
    {
        // Fields of filters, not columns.
        return Err(database_error(table));
    }
    let tests = query.filters.iter().map(|filter| prepare(state, table, filter));
    let tests: Vec<Test> = tests.collect::<Result<_, _>>()?;
    let holds = |row: u32| {
        let mut tests = tests.iter();
        if query.any && !query.filters.is_empty() {
            return tests.any(|test| test.holds(state, table, row));
        }
        tests.all(|test| test.holds(state, table, row))
    };
    let candidates = if query.any {
        None
    } else {
        let lists = tests.iter().filter_map(|test| test.candidates(state, table));
        lists.min_by_key(Vec::len)
    };
    let everything = tests.is_empty();
    let rows = ordered(state, table, query, candidates);
    let mut page = Page::default();
    let mut matched = 0;
    for row in rows {
        if !everything && !holds(row) {
            continue;
        }
        matched += 1;
        if matched > query.offset && page.rows.len() < query.limit {
            page.rows.push(row);
        }
        let full = page.rows.len() == query.limit;
        if full && (!query.count || everything) {
            break;
        }
    }
    if query.count {
        let total = if everything { table.len(state) } else { matched };
        page.total = Some(total);
    }
    Ok(page)
}

/// The rows to look at, in the order of the answer.
fn ordered<'a>(
    state: &'a State,
    table: Table,
    query: &Query,
    candidates: Option<Vec<u32>>,
) -> Box<dyn Iterator<Item = u32> + 'a> {
    let by_time = query.sort_by.is_empty() || query.sort_by == "created_at";
    let known = table.columns().contains(&query.sort_by.as_str());
    let in_order = table != Table::Transactions || !state.disordered;
    let all = candidates.is_none();
    let mut rows = candidates.unwrap_or_default();
    if all && (by_time || !known) && in_order {
        let rows = 0..index(table.len(state));
        if query.ascending {
            return Box::new(rows);
        }
        return Box::new(NewestFirst { state, table, left: rows.end, group: 0..0 });
    }
    if all {
        rows = (0..index(table.len(state))).collect();
    }
    rows.sort_unstable();
    rows.dedup();
    if known && !by_time {
        rows.sort_by(|a, b| {
            let cell = |row: &u32| table.cell(state, *row, &query.sort_by);
            order(&cell(a), &cell(b))
        });
    } else if !query.ascending {
        rows.sort_by_key(|row| (Reverse(table.created_at(state, *row)), *row));
        return Box::new(rows.into_iter());
    } else if !in_order {
        rows.sort_by_key(|row| table.created_at(state, *row));
    }
    if !query.ascending {
        rows.reverse();
    }
    Box::new(rows.into_iter())
}

/// All rows of a table whose rows lie in order, the newest first; of those written at the same
/// time, the first one.
struct NewestFirst<'a> {
    state: &'a State,
    table: Table,
    left: u32,
    group: Range<u32>,
}

impl Iterator for NewestFirst<'_> {
    type Item = u32;

    fn next(&mut self) -> Option<u32> {
        if self.group.is_empty() {
            let last = self.left.checked_sub(1)?;
            let time = self.table.created_at(self.state, last);
            while self.left > 0 && self.table.created_at(self.state, self.left - 1) == time {
                self.left -= 1;
            }
            self.group = self.left..last + 1;
        }
        self.group.next()
    }
}

/// Ascending; nulls last, as in the database.
fn order(a: &Cell<'_>, b: &Cell<'_>) -> Ordering {
    match (a, b) {
        (Cell::Text(a), Cell::Text(b)) => a.cmp(b),
        (Cell::Number(a), Cell::Number(b)) => a.cmp(b),
        (Cell::Time(a), Cell::Time(b)) => a.cmp(b),
        (Cell::Null, Cell::Null) => Ordering::Equal,
        (Cell::Null, _) => Ordering::Greater,
        _ => Ordering::Less,
    }
}

fn database_error(table: Table) -> ApiError {
    let what = match table {
        Table::Identities => "identities",
        other => other.name(),
    };
    let details = database::refused_query("42883", "operator does not exist");
    ApiError::new(error::INTERNAL, format!("Failed to retrieve {what}")).details(details)
}

fn prepare(state: &State, table: Table, filter: &Filter) -> Result<Test, ApiError> {
    let failed = || database_error(table);
    let op = filter.op.clone().map_err(|_| failed())?;
    if filter.values.iter().any(|value| holds_null(&value.json())) {
        return Err(failed());
    }
    let texts = || filter.values.iter().map(Operand::text).collect();
    let null = matches!(op, Op::IsNull | Op::IsNotNull);
    if let Some(key) = filter.field.strip_prefix("meta_data.") {
        let wanted = match op {
            _ if null => Wanted::Nothing,
            Op::Eq => match filter.values.first() {
                Some(Operand::Time(time, _)) => {
                    let (from, to) = time.range();
                    Wanted::TimeRange(from, to)
                }
                value => Wanted::Json(value.map(Operand::json).unwrap_or_default()),
            },
            Op::Ne | Op::In | Op::Like | Op::Ilike
                if filter.values.iter().any(Operand::is_nested) =>
            {
                return Err(failed());
            }
            // Nothing compares with null.
            Op::Ne | Op::In | Op::Like | Op::Ilike => Wanted::Texts(
                filter.values.iter().filter(|value| !value.is_null()).map(Operand::text).collect(),
            ),
            _ if filter.values.iter().any(Operand::is_null) => Wanted::Numbers(Vec::new()),
            _ => numbers(filter).map(Wanted::Numbers).ok_or_else(failed)?,
        };
        let target = Target::Meta(key.to_owned());
        return Ok(Test { target, op, wanted });
    }
    if table == Table::Transactions && filter.field == "balance_id" {
        let ids: Vec<String> = texts();
        let known = ids.iter().filter_map(|id| state.balance_ids.get(id));
        let wanted = Wanted::Balances(known.copied().collect());
        let target = Target::Sides;
        return Ok(Test { target, op, wanted });
    }
    if table == Table::Transactions && filter.field == "indicator" {
        let mut balances = filter.clone();
        balances.field = "indicator".to_owned();
        let test = prepare(state, Table::Balances, &balances)?;
        let rows = 0..index(state.balances.len());
        let matching = rows.filter(|row| test.holds(state, Table::Balances, *row));
        let wanted = Wanted::Balances(matching.collect());
        let (target, op) = (Target::Sides, Op::In);
        return Ok(Test { target, op, wanted });
    }
    let whole_meta = filter.field == "meta_data";
    if whole_meta && !null {
        return Err(failed());
    }
    let wanted = match (table.kind(&filter.field), op) {
        _ if null => Wanted::Nothing,
        (Kind::Text, _) => Wanted::Texts(texts()),
        (Kind::Number | Kind::Time, Op::Like | Op::Ilike) => return Err(failed()),
        (Kind::Number, _) => numbers(filter).map(Wanted::Numbers).ok_or_else(failed)?,
        (Kind::Time, _) => times(filter, op).ok_or_else(failed)?,
    };
    let target = Target::Column(filter.field.clone());
    Ok(Test { target, op, wanted })
}

fn numbers(filter: &Filter) -> Option<Vec<Decimal>> {
    let texts = filter.values.iter().map(Operand::text);
    texts.map(|text| Decimal::parse(text.trim())).collect()
}

fn times(filter: &Filter, op: Op) -> Option<Wanted> {
    if let (Op::Eq, [Operand::Time(time, _)]) = (op, filter.values.as_slice()) {
        let (from, to) = time.range();
        return Some(Wanted::TimeRange(from, to));
    }
    let texts = filter.values.iter().map(Operand::text);
    let times = texts.map(|text| parse_filter_time(text.trim()).map(|time| time.micros));
    times.collect::<Option<_>>().map(Wanted::Times)
}

impl Test {
    fn holds(&self, state: &State, table: Table, row: u32) -> bool {
        match &self.target {
            Target::Column(column) => self.of_cell(&table.cell(state, row, column)),
            Target::Meta(key) => {
                let stored = table.meta(state, row).and_then(|meta| meta.get(key));
                self.of_meta(stored)
            }
            Target::Sides => {
                let Wanted::Balances(wanted) = &self.wanted else {
                    return false;
                };
                let txn = state.txn(row);
                let hit = wanted.contains(&txn.source) || wanted.contains(&txn.destination);
                match self.op {
                    Op::Ne => !hit,
                    Op::IsNull => false,
                    Op::IsNotNull => true,
                    _ => hit,
                }
            }
        }
    }

    fn of_cell(&self, cell: &Cell<'_>) -> bool {
        match self.op {
            Op::IsNull => return *cell == Cell::Null,
            Op::IsNotNull => return *cell != Cell::Null,
            _ => {}
        }
        match (cell, &self.wanted) {
            (Cell::Text(own), Wanted::Texts(wanted)) => self.of_text(own, wanted),
            (Cell::Number(own), Wanted::Numbers(wanted)) => compare(self.op, own, wanted),
            (Cell::Time(own), Wanted::Times(wanted)) => compare(self.op, own, wanted),
            (Cell::Time(own), Wanted::TimeRange(from, to)) => from <= own && own < to,
            _ => false,
        }
    }

    fn of_text(&self, own: &str, wanted: &[String]) -> bool {
        match (self.op, wanted) {
            (Op::Like, [pattern]) => like(own, pattern),
            (Op::Ilike, [pattern]) => like(&own.to_lowercase(), &pattern.to_lowercase()),
            (op, wanted) => {
                let ordering = |text: &String| own.cmp(text.as_str());
                holds(op, wanted.iter().map(ordering))
            }
        }
    }

    fn of_meta(&self, stored: Option<&str>) -> bool {
        let text = stored.and_then(as_text);
        match (self.op, &self.wanted, text) {
            (Op::IsNull, _, text) => text.is_none(),
            (Op::IsNotNull, _, text) => text.is_some(),
            (_, Wanted::Json(wanted), _) => stored.is_some_and(|own| contains(own, wanted)),
            (_, Wanted::Texts(wanted), Some(own)) => self.of_text(&own, wanted),
            (op, Wanted::Numbers(wanted), Some(own)) => {
                Decimal::parse(&own).is_some_and(|own| compare(op, &own, wanted))
            }
            (_, Wanted::TimeRange(from, to), Some(own)) => {
                let own = parse_filter_time(&own);
                own.is_some_and(|own| *from <= own.micros && own.micros < *to)
            }
            _ => false,
        }
    }

    /// Rows among which all matches are, when an index knows them.
    fn candidates(&self, state: &State, table: Table) -> Option<Vec<u32>> {
        if !matches!(self.op, Op::Eq | Op::In) {
            return None;
        }
        match (&self.target, &self.wanted) {
            (Target::Column(column), Wanted::Texts(values)) => {
                table.candidates(state, column, values)
            }
            (Target::Meta(key), Wanted::Json(value)) if !value.is_object() && !value.is_array() => {
                let value = crate::core::meta::canonical(value).into_string();
                table.meta_index(state)?.rows(key, &[value])
            }
            (Target::Meta(key), Wanted::Texts(values)) => {
                let quoted = values.iter().map(|value| Value::from(value.as_str()).to_string());
                let both: Vec<String> = quoted.chain(values.iter().cloned()).collect();
                table.meta_index(state)?.rows(key, &both)
            }
            (Target::Sides, Wanted::Balances(balances)) => {
                let rows = balances.iter().map(|at| &state.balance(*at).txns);
                Some(rows.flatten().copied().collect())
            }
            _ => None,
        }
    }
}

fn compare<T: Ord>(op: Op, own: &T, wanted: &[T]) -> bool {
    holds(op, wanted.iter().map(|wanted| own.cmp(wanted)))
}

/// Whether `op` holds, given how the own value compares with each of the wanted ones.
fn holds(op: Op, mut orderings: impl Iterator<Item = Ordering>) -> bool {
    if op == Op::In {
        return orderings.any(Ordering::is_eq);
    }
    let Some(first) = orderings.next() else {
        return false;
    };
    match op {
        Op::Eq => first.is_eq(),
        Op::Ne => first.is_ne(),
        Op::Gt => first.is_gt(),
        Op::Gte => first.is_ge(),
        Op::Lt => first.is_lt(),
        Op::Lte => first.is_le(),
        Op::Between => first.is_ge() && orderings.next().is_some_and(Ordering::is_le),
        _ => false,
    }
}
