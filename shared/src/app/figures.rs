//! The stored figures of a period, for statements, journals and charts. Three reads of the table:
//! the closed days, the computed months, and the days outside of them. A statement needs only one
//! of the last two, so that payouts in transit are its third read.

mod plan;

use std::collections::{BTreeMap, BTreeSet};

use ulid::Ulid;

pub use crate::app::figures::plan::FiguresDetail;
use crate::app::figures::plan::{ReadPlan, Sums};
use crate::model::closed::{ClosedHead, date_in};
use crate::model::connection::{Connection, Start};
use crate::model::error::{Error, Result};
use crate::model::install::id::InstallId;
use crate::model::ledger::breakdown::OPENING_CATEGORY;
use crate::model::ledger::{LaterOpening, Opening, utc_date};
use crate::model::period::Period;
use crate::model::session::Portal;
use crate::model::statement::{BalanceBefore, BySubject, Statement, Subject};
use crate::model::summary::Summary;
use crate::model::time::Millis;
use crate::platform::store::closed::FiguresReach;
use crate::platform::table::Store;

/// Whether figures may still change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FiguresStatus {
    /// All days are closed.
    Final,
    /// The period is not over.
    Running,
    /// Stripe may still list late records: it closes on this date.
    ClosesOn(String),
    /// Late records are no longer expected, and no sync has closed it since.
    NotCompared,
    /// The ledger differs on a day of it.
    Differs,
    /// A late record arrived: it closes again with the next sync.
    Reopened,
    /// Records mirrored by earlier versions get their figures in steps, which have reached back to
    /// this date.
    Preparing(Option<String>),
}

/// The figures of a period.
#[derive(Debug, Default)]
pub struct PeriodFigures {
    /// Each balance before it.
    pub before: BTreeMap<Subject, BalanceBefore>,
    /// The period.
    pub period: BySubject,
    /// Its days or months, by date or month, where they were asked for.
    pub parts: BTreeMap<String, BySubject>,
    /// Days before this date are closed…
    pub closed_until: Option<String>,
    /// …but for these, which did not agree or could not be read.
    pub left_open: BTreeSet<String>,
    /// Openings until the end of the period whose ledger entries are dated later.
    pub dated_later: BTreeMap<Subject, i128>,
    /// Payouts of earlier versions are not all listed yet: those in transit are unknown.
    pub payouts_to_come: bool,
    /// Whether they may still change; absent without a connection.
    pub status: Option<FiguresStatus>,
}

impl PeriodFigures {
    /// The statement of each balance and currency.
    ///
    /// # Errors
    /// [`Error::Internal`] when a sum exceeds 128 bits.
    pub fn statements(&self) -> Result<Vec<Statement>> {
        let subjects: BTreeSet<_> = self.before.keys().chain(self.period.keys()).collect();
        let statements = subjects.into_iter().map(|subject| {
            let before = self.before.get(subject).copied().unwrap_or_default();
            let period = self.period.get(subject).cloned().unwrap_or_default();
            let statement = Statement::of(subject, before, &period)?;
            let opening_dated_later = self.dated_later.get(subject).copied().unwrap_or_default();
            Ok(Statement { opening_dated_later, ..statement })
        });
        statements.collect()
    }
}

/// Reads the figures of a period.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn load(
    store: &Store,
    portal: &Portal,
    period: Period,
    detail: FiguresDetail,
    now: Millis,
) -> Result<PeriodFigures> {
    let Some(connection) = &portal.connection else { return Ok(PeriodFigures::default()) };
    let (reach, sums) = add_up(store, portal, connection.connection, period, detail).await?;
    let Sums { before, period: of_period, parts } = sums;
    let mut figures =
        PeriodFigures { before, period: of_period, parts, ..PeriodFigures::default() };
    if detail == FiguresDetail::Statement {
        redate_openings(store, &portal.install, connection, period, &mut figures).await?;
    }
    figures.payouts_to_come = reach.payouts.is_some_and(|payouts| !payouts.are_listed());
    figures.closed_until.clone_from(&reach.head.until);
    figures.left_open = reach.head.left_open.iter().map(|sk| date_in(sk).to_owned()).collect();
    let differing = differing_days(portal.summary.as_ref());
    let known = standing(connection, &reach.head, &differing, period, now);
    figures.status = Some(known.unwrap_or_else(|| {
        let made_from = reach.backfill.and_then(|backfill| backfill.made_from());
        FiguresStatus::Preparing(made_from.and_then(|from| utc_date(from).ok()))
    }));
    Ok(figures)
}

/// Adds up what is stored of a period. A run may open a month between the first read and the
/// second: then its days are read.
async fn add_up(
    store: &Store,
    portal: &Portal,
    connection: Ulid,
    period: Period,
    detail: FiguresDetail,
) -> Result<(FiguresReach, Sums)> {
    let (repository, install) = (store.closed(), &portal.install);
    let mut reach = repository.reach(install, connection).await?;
    let mut plan = ReadPlan::new(&reach, period, detail);
    let mut months = Vec::new();
    if plan.reads_months() {
        let last = period.to.strftime("%Y-%m").to_string();
        months = repository.months(install, connection, plan.first_month(), &last).await?;
        let opened = plan.opened_since(&reach, &months)?;
        if !opened.is_empty() {
            reach.head.reopened.extend(opened);
            reach.head.until = None;
            plan = ReadPlan::new(&reach, period, detail);
        }
    }
    let mut sums = Sums::default();
    plan.take_totals(&mut sums, &reach.totals)?;
    for month in months {
        plan.take_month(&mut sums, month)?;
    }
    if let Some(lower) = plan.days_from() {
        for part in repository.figures(install, connection, lower, period.to).await? {
            plan.take_day(&mut sums, &part)?;
        }
    }
    Ok((reach, sums))
}

/// The days on which the last proof found the ledger to differ.
fn differing_days(summary: Option<&Summary>) -> BTreeSet<String> {
    let differing = summary.into_iter().flat_map(|summary| &summary.differing);
    differing.filter_map(|hour| utc_date(hour.slice.hour).ok()).collect()
}

/// Counts every opening at the start. The ledger's entry takes effect later if the start was moved
/// back: between both dates, the ledger's balance by date lacks it, and Stripe's has it.
async fn redate_openings(
    store: &Store,
    install: &InstallId,
    connection: &Connection,
    period: Period,
    figures: &mut PeriodFigures,
) -> Result<()> {
    let Some(start) = &connection.start else { return Ok(()) };
    let (first, after) =
        period.seconds().ok_or_else(|| Error::internal("a period without an end"))?;
    let counts_at = start.at.saturating_sub(1);
    for opening in later_openings(store, install, connection, start).await? {
        let LaterOpening { kind, currency, at, moves } = opening;
        let subject = (kind, currency);
        for (second, moves) in [(at, moves.saturating_neg()), (counts_at, moves)] {
            if second < first {
                let before = figures.before.entry(subject.clone()).or_default();
                before.add(BalanceBefore { net: moves, reserved: 0 })?;
            } else if second < after {
                let of_period = figures.period.entry(subject.clone()).or_default();
                let opening = of_period.categories.entry(OPENING_CATEGORY.to_owned()).or_default();
                opening.gross = sum(opening.gross, moves)?;
                opening.net = sum(opening.net, moves)?;
            }
        }
        if counts_at < after && at >= after {
            let later = figures.dated_later.entry(subject).or_default();
            *later = sum(*later, moves)?;
        }
    }
    Ok(())
}

fn sum(one: i128, other: i128) -> Result<i128> {
    one.checked_add(other).ok_or_else(|| Error::internal("an opening exceeds 128 bits"))
}

/// The openings that take effect after the start. One more read of the table if an earlier version
/// posted them and no run has recorded them since.
async fn later_openings(
    store: &Store,
    install: &InstallId,
    connection: &Connection,
    start: &Start,
) -> Result<Vec<LaterOpening>> {
    if let Some(later) = &start.later {
        return Ok(later.clone());
    }
    if !start.opened {
        return Ok(Vec::new());
    }
    let openings = store.openings().all(install, connection.connection).await?;
    Ok(openings.values().flat_map(Opening::later).collect())
}

/// Whether figures may still change. `None` while they are being prepared.
fn standing(
    connection: &Connection,
    head: &ClosedHead,
    differing: &BTreeSet<String>,
    period: Period,
    now: Millis,
) -> Option<FiguresStatus> {
    let is_opened = connection.start.as_ref().is_none_or(|start| start.opened);
    if !connection.figures_complete || !is_opened {
        return None;
    }
    let today = utc_date(now.seconds()).unwrap_or_default();
    let (from, to) = (period.from.to_string(), period.to.to_string());
    let in_period = |date: &str| from.as_str() <= date && date <= to.as_str();
    let differs = head.left_open.iter().any(|sk| in_period(date_in(sk)))
        || differing.iter().any(|date| in_period(date));
    Some(if to >= today {
        FiguresStatus::Running
    } else if differs {
        FiguresStatus::Differs
    } else if head.until.as_deref().is_some_and(|until| to.as_str() < until) {
        FiguresStatus::Final
    } else if period.months().iter().any(|month| head.reopened.contains(month)) {
        FiguresStatus::Reopened
    } else {
        let open = jiff::Span::new().days(crate::model::closed::DAYS_OPEN + 1);
        let closes_on = period.to.checked_add(open).unwrap_or(period.to).to_string();
        if closes_on < today {
            FiguresStatus::NotCompared
        } else {
            FiguresStatus::ClosesOn(closes_on)
        }
    })
}

/// The state of a day, for a calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DayState {
    /// The ledger holds exactly what Stripe's records of the day imply.
    Match,
    /// It does not.
    Differs,
    /// It has not been compared yet.
    Open,
}

/// The state of each day of a period that has records: closed days by the closed sums, the others
/// by their own marks and the differences of the last proof. One more read of the table.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn calendar(
    store: &Store,
    portal: &Portal,
    period: Period,
    figures: &PeriodFigures,
) -> Result<BTreeMap<String, DayState>> {
    let Some(connection) = &portal.connection else { return Ok(BTreeMap::new()) };
    let mut days: BTreeMap<String, DayState> = BTreeMap::new();
    let until = figures.closed_until.as_deref().unwrap_or_default();
    for date in figures.parts.keys().filter(|date| date.as_str() < until) {
        let left_open = figures.left_open.contains(date);
        days.insert(date.clone(), if left_open { DayState::Open } else { DayState::Match });
    }
    let from = until.parse().unwrap_or(period.from).max(period.from);
    if from <= period.to {
        let repository = store.closed();
        let read =
            repository.day_states(&portal.install, connection.connection, from, period.to).await?;
        for (date, agrees) in read {
            let known = days.entry(date).or_insert(DayState::Match);
            if !agrees {
                *known = DayState::Open;
            }
        }
    }
    for date in differing_days(portal.summary.as_ref()) {
        if let Some(state) = days.get_mut(&date) {
            *state = DayState::Differs;
        }
    }
    Ok(days)
}
