//! Statements and journals as tables for spreadsheets and ERP imports (RFC 4180): amounts in major
//! units with a dot and no grouping.

use stripe_sync::model::period::Period;
use stripe_sync::model::statement::{JournalLine, MIRROR, Row};

use crate::dto::certificate_table::plain;
use crate::dto::statements::Reconciled;
use crate::dto::table::table;

/// The columns of a statement.
const STATEMENT_COLUMNS: [&str; 11] = [
    "from",
    "to",
    "time_zone",
    "balance",
    "currency",
    "row",
    "category",
    "count",
    "gross",
    "fee",
    "net",
];

/// The columns of a journal.
const JOURNAL_COLUMNS: [&str; 7] =
    ["date", "account", "role", "description", "currency", "debit", "credit"];

/// A row of a statement: its name, category, count and net.
struct Line<'a> {
    row: &'static str,
    category: &'a str,
    count: Option<u64>,
    gross_and_fee: Option<(i128, i128)>,
    net: i128,
}

impl<'a> Line<'a> {
    const fn net(row: &'static str, net: i128) -> Self {
        Self { row, category: "", count: None, gross_and_fee: None, net }
    }

    const fn figures(row: &'static str, category: &'a str, figures: &Row) -> Self {
        let gross_and_fee = Some((figures.gross, figures.fee));
        Self { row, category, count: Some(figures.count), gross_and_fee, net: figures.net }
    }
}

/// The statements of a period: for each balance and currency the starting balance, activity by
/// category, payouts, the opening, and the ending balance; then the reconciliation to Stripe's own
/// *Balance summary*, and the rows of that summary.
pub(crate) fn statement_csv(
    period: Period,
    statements: &[Reconciled<'_>],
) -> Result<String, csv::Error> {
    let mut rows = Vec::new();
    for reconciled in statements {
        let statement = reconciled.statement;
        let money = |minor: i128| statement.currency.format(minor);
        rows.extend(lines(reconciled).into_iter().map(|line| {
            let (gross, fee) = line.gross_and_fee.unzip();
            [
                period.from.to_string(),
                period.to.to_string(),
                "UTC".to_owned(),
                plain(statement.kind.as_str()),
                statement.currency.to_string(),
                line.row.to_owned(),
                plain(line.category),
                line.count.map(|count| count.to_string()).unwrap_or_default(),
                gross.map(money).unwrap_or_default(),
                fee.map(money).unwrap_or_default(),
                money(line.net),
            ]
        }));
    }
    table(&STATEMENT_COLUMNS, rows.into_iter())
}

fn lines<'r>(reconciled: &'r Reconciled<'_>) -> Vec<Line<'r>> {
    let statement = reconciled.statement;
    let mut lines = vec![Line::net("starting_balance", statement.starting_balance)];
    let activity = statement.activity.iter();
    lines.extend(activity.map(|(category, row)| Line::figures("activity", category, row)));
    lines.extend([
        Line::figures("activity_total", "", &statement.activity_total),
        Line::figures("payouts", "", &statement.payouts),
        Line::net("opening", statement.opening),
        Line::net("ending_balance", statement.ending_balance),
    ]);
    if statement.opening_dated_later != 0 {
        lines.push(Line::net("opening_dated_later", statement.opening_dated_later));
    }
    let Some((transit, summary)) = &reconciled.transit else {
        lines.push(Line::net("reserved", statement.reserved));
        return lines;
    };
    let in_transit = |row, of: stripe_sync::model::reconciling::Amounts| Line {
        count: Some(of.count),
        ..Line::net(row, of.amount)
    };
    lines.extend([
        Line::net("reserved_at_start", statement.reserved_before),
        Line::net("reserved", statement.reserved),
        in_transit("payouts_in_transit_at_start", transit.at_start),
        in_transit("payouts_in_transit_at_end", transit.at_end),
        Line::net("stripe_starting_balance", summary.starting_balance),
        Line::net("stripe_activity", summary.activity),
        Line::net("stripe_payouts", summary.payouts),
        Line::net("stripe_opening", summary.opening),
        Line::net("stripe_ending_balance", summary.ending_balance),
    ]);
    lines
}

/// A journal: one line for each date and account.
pub(crate) fn journal_csv(lines: &[(String, JournalLine)]) -> Result<String, csv::Error> {
    let row = |(date, line): &(String, JournalLine)| {
        let name = line.account.clone().unwrap_or_else(|| "customer balances".to_owned());
        [
            date.clone(),
            account(&name),
            line.role.to_owned(),
            description(line.role),
            line.currency.to_string(),
            line.currency.format(line.debit),
            line.currency.format(line.credit),
        ]
    };
    table(&JOURNAL_COLUMNS, lines.iter().map(row))
}

/// The description of a line: the role in words.
fn description(role: &str) -> String {
    match role {
        MIRROR => "Stripe balance".to_owned(),
        role => format!("Stripe {}", role.replace('_', " ")),
    }
}

/// The name of an account without Blnk's leading `@`, which a spreadsheet may interpret as a
/// function.
fn account(name: &str) -> String {
    plain(name.strip_prefix('@').unwrap_or(name))
}
