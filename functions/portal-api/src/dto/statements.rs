//! Statements and journals as the portal and an ERP take them. Amounts are decimal strings of minor
//! units in JSON, and of major units in CSV.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use stripe_sync::app::figures::{FiguresStatus, PeriodFigures};
use stripe_sync::model::error::Error;
use stripe_sync::model::ledger::BalanceKind;
use stripe_sync::model::period::Period;
use stripe_sync::model::reconciling::InTransit;
use stripe_sync::model::session::Portal;
use stripe_sync::model::statement::{BalanceSummary, JournalLine, Row, Statement};
use utoipa::{IntoParams, ToSchema};

use crate::dto::reconciling::ReconcilingItem;

/// The time zone of every period.
const UTC: &str = "UTC";

/// A period in days.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeriodQuery {
    /// The first UTC day, `yyyy-mm-dd`.
    pub(crate) from: String,
    /// The last UTC day, `yyyy-mm-dd`; at most 92 days.
    pub(crate) to: String,
}

/// The time zone of a month.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct MonthQuery {
    /// Only `UTC` is supported: figures are kept by UTC hour and closed by UTC day. For another
    /// zone, request days with `from` and `to`.
    pub(crate) time_zone: Option<String>,
}

/// How a journal is split.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub(crate) struct JournalQuery {
    /// The first UTC day, `yyyy-mm-dd`.
    pub(crate) from: String,
    /// The last UTC day, `yyyy-mm-dd`; at most 92 days.
    pub(crate) to: String,
    /// `period` for one set of lines, `day` for one a day.
    pub(crate) by: Option<JournalSplit>,
}

/// How a journal is split.
#[derive(Deserialize, ToSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JournalSplit {
    /// One set of lines.
    Period,
    /// One set of lines for each UTC day.
    Day,
}

/// Whether figures may still change.
#[derive(Serialize, ToSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum FiguresState {
    /// Every day is compared with the ledger and closed.
    Final,
    /// Something may still change; `reason` is why.
    Open,
    /// The figures of earlier records are still being made.
    Preparing,
}

/// Why figures may still change.
#[derive(Serialize, ToSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum OpenReason {
    /// The period is not over.
    PeriodNotOver,
    /// Stripe may still list late records; it closes on `closes_on`.
    LateRecords,
    /// Late records are no longer expected, and no sync has compared the period since.
    NotCompared,
    /// The ledger differs on a day of the period.
    LedgerDiffers,
    /// A late record arrived; the period closes again with the next sync.
    Reopened,
    /// The figures of what was mirrored earlier are being made; done back to `prepared_from`.
    BeingPrepared,
}

/// The period that figures are about, and how final they are.
#[derive(Serialize, ToSchema)]
pub(crate) struct FiguresStanding {
    /// The first UTC day.
    from: String,
    /// The last UTC day.
    to: String,
    /// Always `UTC`.
    time_zone: &'static str,
    state: FiguresState,
    #[schema(required)]
    reason: Option<OpenReason>,
    /// The UTC day on which it closes.
    #[schema(required)]
    closes_on: Option<String>,
    /// Figures are made from this UTC day on.
    #[schema(required)]
    prepared_from: Option<String>,
    /// `stripe` while this app may not write to the ledger: then the figures are Stripe's alone.
    basis: Basis,
    /// The records from this time on are mirrored; earlier ones are in an opening entry.
    #[schema(required)]
    start: Option<String>,
    /// The newest proof after the period that found both sides equal.
    #[schema(required)]
    certificate: Option<String>,
    /// Problems that are open now.
    open_problems: u64,
}

/// What figures are based on.
#[derive(Serialize, ToSchema, Clone, Copy, PartialEq, Eq)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Basis {
    /// Stripe's records, and the accounts of the ledger's entries.
    Ledger,
    /// Stripe's records alone.
    Stripe,
}

impl FiguresStanding {
    pub(crate) fn of(portal: &Portal, period: Period, figures: &PeriodFigures) -> Self {
        let (state, reason) = match &figures.status {
            Some(FiguresStatus::Final) => (FiguresState::Final, None),
            Some(FiguresStatus::Running) | None => {
                (FiguresState::Open, Some(OpenReason::PeriodNotOver))
            }
            Some(FiguresStatus::ClosesOn(_)) => (FiguresState::Open, Some(OpenReason::LateRecords)),
            Some(FiguresStatus::NotCompared) => (FiguresState::Open, Some(OpenReason::NotCompared)),
            Some(FiguresStatus::Differs) => (FiguresState::Open, Some(OpenReason::LedgerDiffers)),
            Some(FiguresStatus::Reopened) => (FiguresState::Open, Some(OpenReason::Reopened)),
            Some(FiguresStatus::Preparing(_)) => {
                (FiguresState::Preparing, Some(OpenReason::BeingPrepared))
            }
        };
        let closes_on = match &figures.status {
            Some(FiguresStatus::ClosesOn(date)) => Some(date.clone()),
            _ => None,
        };
        let prepared_from = match &figures.status {
            Some(FiguresStatus::Preparing(from)) => from.clone(),
            _ => None,
        };
        let connection = portal.connection.as_ref();
        let summary = portal.summary.as_ref();
        let after = period.after().map(|date| date.to_string());
        let proof = summary.and_then(|summary| summary.last_proof.as_ref()).filter(|proof| {
            proof.verdict == stripe_sync::model::certificate::Verdict::Match
                && after.as_ref().is_some_and(|after| proof.at.rfc3339() >= *after)
        });
        Self {
            from: period.from.to_string(),
            to: period.to.to_string(),
            time_zone: UTC,
            state,
            reason,
            closes_on,
            prepared_from,
            basis: match connection {
                Some(connection) if connection.has_unposted_history => Basis::Stripe,
                _ => Basis::Ledger,
            },
            start: connection.and_then(|it| it.start.as_ref()).and_then(|start| {
                let later = start.at > stripe_sync::model::ledger::WHOLE_HISTORY;
                stripe_sync::model::ledger::rfc3339(start.at).ok().filter(|_| later)
            }),
            certificate: proof.map(|proof| proof.id.to_string()),
            open_problems: summary.map_or(0, |summary| summary.open_problems),
        }
    }
}

/// Statements of a period, one for each balance and currency.
#[derive(Serialize, ToSchema)]
pub(crate) struct Statements {
    #[serde(flatten)]
    standing: FiguresStanding,
    statements: Vec<StatementOfBalance>,
}

/// What happened to one balance in one currency: the rows of Stripe's own *Balance summary* and
/// *Balance change from activity*. Amounts are decimal strings of minor units.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatementOfBalance {
    /// Which of Stripe's balances.
    balance: String,
    currency: String,
    /// Decimal places of the currency.
    exponent: u32,
    starting_balance: String,
    /// By `reporting_category`, payouts left out.
    activity: Vec<StatementRow>,
    /// All activity.
    activity_total: StatementRow,
    payouts: StatementRow,
    /// The balance represented by an opening entry: before the records that are mirrored. It counts
    /// at the start.
    opening: String,
    /// The part of openings that the ledger's own entries date later, because the start was moved
    /// back since they were posted: the ledger's balance at the end of these days lacks it.
    opening_dated_later: String,
    ending_balance: String,
    /// Moved into reserves by the end: Stripe's own report counts it in the balance.
    reserved: String,
    /// The reconciliation from this statement to Stripe's own *Balance summary* of the same days.
    /// Absent when there are more payouts than are read at once, and while payouts of an earlier
    /// version are still being listed.
    #[schema(required)]
    reconciliation: Option<StatementReconciliation>,
    /// The movement by records that no rule covers, in the period.
    suspense: String,
    /// Legs of the period that are not in the ledger.
    unposted: bool,
}

/// The differences between a statement and Stripe's own *Balance summary*, which counts a payout
/// when it arrives and reserves as part of the balance; and the rows of that summary.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatementReconciliation {
    /// In reserves when the days began. Reserves from before the start of a mirror are unknown:
    /// they are part of the opening.
    reserved_at_start: String,
    /// In reserves when they ended.
    reserved_at_end: String,
    /// Payouts that had left the balance before the days and were still to arrive.
    payouts_in_transit_at_start: ReconcilingItem,
    /// Payouts that had left the balance by their end and were still to arrive.
    payouts_in_transit_at_end: ReconcilingItem,
    balance_summary: StripeBalanceSummary,
}

/// The rows of Stripe's own *Balance summary*: the first four add up to the last.
#[derive(Serialize, ToSchema)]
pub(crate) struct StripeBalanceSummary {
    starting_balance: String,
    /// Net, without payouts and without what moved into reserves or out of them.
    activity: String,
    /// Payouts that arrived; negative when money went out.
    payouts: String,
    /// The balance represented by an opening entry. Stripe's report has no such row.
    opening: String,
    ending_balance: String,
}

/// A statement, and the payouts of its balance in transit.
pub(crate) struct Reconciled<'s> {
    pub(crate) statement: &'s Statement,
    /// With Stripe's own summary; absent when not all payouts were read.
    pub(crate) transit: Option<(InTransit, BalanceSummary)>,
}

impl<'s> Reconciled<'s> {
    /// The statements, each with its payouts by currency. Payouts leave the balance of payments.
    pub(crate) fn of(
        statements: &'s [Statement],
        payouts: Option<&BTreeMap<String, InTransit>>,
    ) -> Result<Vec<Self>, Error> {
        let one = |statement: &'s Statement| {
            let of_currency = |payouts: &BTreeMap<String, InTransit>| match statement.kind {
                BalanceKind::Payments => {
                    payouts.get(statement.currency.as_str()).copied().unwrap_or_default()
                }
                _ => InTransit::default(),
            };
            let transit = payouts.map(of_currency);
            let with_summary = |transit: InTransit| -> Result<_, Error> {
                Ok((transit, statement.balance_summary(&transit)?))
            };
            Ok(Self { statement, transit: transit.map(with_summary).transpose()? })
        };
        statements.iter().map(one).collect()
    }
}

impl StatementReconciliation {
    fn of(statement: &Statement, (transit, summary): &(InTransit, BalanceSummary)) -> Self {
        Self {
            reserved_at_start: statement.reserved_before.to_string(),
            reserved_at_end: statement.reserved.to_string(),
            payouts_in_transit_at_start: ReconcilingItem::of(transit.at_start),
            payouts_in_transit_at_end: ReconcilingItem::of(transit.at_end),
            balance_summary: StripeBalanceSummary {
                starting_balance: summary.starting_balance.to_string(),
                activity: summary.activity.to_string(),
                payouts: summary.payouts.to_string(),
                opening: summary.opening.to_string(),
                ending_balance: summary.ending_balance.to_string(),
            },
        }
    }
}

/// Records of one kind.
#[derive(Serialize, ToSchema)]
pub(crate) struct StatementRow {
    /// Stripe's `reporting_category`, or `total` or `payouts`.
    category: String,
    count: u64,
    gross: String,
    /// Fees are positive.
    fee: String,
    net: String,
}

impl StatementRow {
    fn of(category: &str, row: &Row) -> Self {
        Self {
            category: category.to_owned(),
            count: row.count,
            gross: row.gross.to_string(),
            fee: row.fee.to_string(),
            net: row.net.to_string(),
        }
    }
}

impl Statements {
    pub(crate) fn of(standing: FiguresStanding, statements: &[Reconciled<'_>]) -> Self {
        Self { standing, statements: statements.iter().map(StatementOfBalance::of).collect() }
    }
}

impl StatementOfBalance {
    fn of(reconciled: &Reconciled<'_>) -> Self {
        let statement = reconciled.statement;
        let rows = statement.activity.iter();
        Self {
            balance: statement.kind.to_string(),
            currency: statement.currency.to_string(),
            exponent: statement.currency.exponent(),
            starting_balance: statement.starting_balance.to_string(),
            activity: rows.map(|(category, row)| StatementRow::of(category, row)).collect(),
            activity_total: StatementRow::of("total", &statement.activity_total),
            payouts: StatementRow::of("payouts", &statement.payouts),
            opening: statement.opening.to_string(),
            opening_dated_later: statement.opening_dated_later.to_string(),
            ending_balance: statement.ending_balance.to_string(),
            reserved: statement.reserved.to_string(),
            reconciliation: reconciled
                .transit
                .as_ref()
                .map(|transit| StatementReconciliation::of(statement, transit)),
            suspense: statement.suspense.to_string(),
            unposted: statement.not_in_ledger != Default::default(),
        }
    }
}

/// A journal summary: the movement of every ledger account. Debits equal credits in each currency.
#[derive(Serialize, ToSchema)]
pub(crate) struct Journal {
    #[serde(flatten)]
    standing: FiguresStanding,
    lines: Vec<JournalRow>,
}

/// An account. Amounts are decimal strings of minor units.
#[derive(Serialize, ToSchema)]
pub(crate) struct JournalRow {
    /// The UTC day, or the last day of the period.
    date: String,
    /// The account's name in the ledger; absent for the balances of customers, which are one line.
    #[schema(required)]
    account: Option<String>,
    /// What the account is used for.
    role: &'static str,
    currency: String,
    exponent: u32,
    debit: String,
    credit: String,
}

impl Journal {
    pub(crate) fn of(standing: FiguresStanding, lines: &[(String, JournalLine)]) -> Self {
        let lines = lines.iter().map(|(date, line)| JournalRow {
            date: date.clone(),
            account: line.account.clone(),
            role: line.role,
            currency: line.currency.to_string(),
            exponent: line.currency.exponent(),
            debit: line.debit.to_string(),
            credit: line.credit.to_string(),
        });
        Self { standing, lines: lines.collect() }
    }
}
