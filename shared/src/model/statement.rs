//! What happened to a Stripe balance in a period: the rows of Stripe's own *Balance summary* and
//! *Balance change from activity*, a journal summary for an ERP, and figures by day for a chart.
//!
//! A record counts at its `created`, in UTC. Stripe's report counts a payout at its arrival date,
//! so both differ by payouts in transit at the cut-off.

use std::collections::BTreeMap;

use crate::model::error::{Error, Result};
use crate::model::ledger::breakdown::OPENING_CATEGORY;
use crate::model::ledger::{Account, BalanceKind, Breakdown, Chart, Movement, Offset, Role};
use crate::model::money::Currency;
use crate::model::payout::category::is_payout;
use crate::model::reconciling::InTransit;

/// One of Stripe's balances in one currency.
pub type Subject = (BalanceKind, Currency);

/// Figures by balance and currency.
pub type BySubject = BTreeMap<Subject, Breakdown>;

/// A balance before a period, in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BalanceBefore {
    /// The balance.
    pub net: i128,
    /// The amount moved into reserves until then.
    pub reserved: i128,
}

impl BalanceBefore {
    /// The sum of figures.
    ///
    /// # Errors
    /// [`Error::Internal`] when a sum exceeds 128 bits.
    pub fn of(figures: &Breakdown) -> Result<Self> {
        let net = figures.net().map_err(Error::internal)?;
        let mut reserves = figures.categories.iter().filter(|(category, _)| is_reserve(category));
        let reserved = reserves
            .try_fold(0_i128, |sum, (_, figures)| sum.checked_sub(figures.net))
            .ok_or_else(too_large)?;
        Ok(Self { net, reserved })
    }

    /// Adds what came later.
    ///
    /// # Errors
    /// [`Error::Internal`] when a sum exceeds 128 bits.
    pub fn add(&mut self, later: Self) -> Result<()> {
        let sum = || {
            let reserved = self.reserved.checked_add(later.reserved)?;
            Some(Self { net: self.net.checked_add(later.net)?, reserved })
        };
        *self = sum().ok_or_else(too_large)?;
        Ok(())
    }
}

fn too_large() -> Error {
    Error::internal("a balance exceeds 128 bits")
}

/// A row: records, and amounts in minor units.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Row {
    /// Records.
    pub count: u64,
    /// Σ amount.
    pub gross: i128,
    /// Σ fees; positive when paid.
    pub fee: i128,
    /// Gross less fees.
    pub net: i128,
}

impl Row {
    fn add(&mut self, other: Self) -> Result<()> {
        let sum = || {
            Some(Self {
                count: self.count.checked_add(other.count)?,
                gross: self.gross.checked_add(other.gross)?,
                fee: self.fee.checked_add(other.fee)?,
                net: self.net.checked_add(other.net)?,
            })
        };
        *self = sum().ok_or_else(|| Error::internal("a statement's sum exceeds 128 bits"))?;
        Ok(())
    }
}

/// The statement of one balance in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Which of Stripe's balances.
    pub kind: BalanceKind,
    /// Settlement currency.
    pub currency: Currency,
    /// The balance when the period began.
    pub starting_balance: i128,
    /// Each reporting category but payouts, by name.
    pub activity: BTreeMap<String, Row>,
    /// All of them together.
    pub activity_total: Row,
    /// Payouts, and payouts that came back.
    pub payouts: Row,
    /// The balance represented by an opening: before the records that are mirrored. It counts at
    /// the start.
    pub opening: i128,
    /// The part of openings until the end that the ledger's own entries date later, because the
    /// start was moved back since: the ledger's balance by date lacks it.
    pub opening_dated_later: i128,
    /// The balance when the period ended.
    pub ending_balance: i128,
    /// The reserves when the period began: Stripe's report counts them in the balance.
    pub reserved_before: i128,
    /// The reserves when the period ended.
    pub reserved: i128,
    /// The movements of this period on the suspense account.
    pub suspense: i128,
    /// What is not in the ledger yet.
    pub not_in_ledger: Movement,
}

/// Whether a category moves money into or out of a reserve.
#[must_use]
pub fn is_reserve(category: &str) -> bool {
    const RESERVES: [&str; 3] =
        ["risk_reserved_funds", "connect_reserved_funds", "payout_minimum_balance"];
    RESERVES.iter().any(|reserve| category.starts_with(reserve))
        || category.starts_with("payment_network_reserve")
}

impl Statement {
    /// The statement of a period, from the balance before it and the figures in it.
    ///
    /// # Errors
    /// [`Error::Internal`] when a sum exceeds 128 bits.
    pub fn of(subject: &Subject, before: BalanceBefore, period: &Breakdown) -> Result<Self> {
        let starting_balance = before.net;
        let (mut activity, mut activity_total) = (BTreeMap::new(), Row::default());
        let (mut payouts, mut opening) = (Row::default(), 0);
        for (category, figures) in &period.categories {
            let row = Row {
                count: figures.count,
                gross: figures.gross,
                fee: figures.fee(),
                net: figures.net,
            };
            if category == OPENING_CATEGORY {
                opening = figures.net;
            } else if is_payout(category) {
                payouts.add(row)?;
            } else {
                activity_total.add(row)?;
                activity.insert(category.clone(), row);
            }
        }
        let mut after = before;
        after.add(BalanceBefore::of(period)?)?;
        Ok(Self {
            kind: subject.0.clone(),
            currency: subject.1,
            starting_balance,
            activity,
            activity_total,
            payouts,
            opening,
            opening_dated_later: 0,
            ending_balance: after.net,
            reserved_before: before.reserved,
            reserved: after.reserved,
            suspense: net_of(period, Role::Account(Account::Suspense)),
            not_in_ledger: movement_of(period, Role::Unposted),
        })
    }

    /// Stripe's own *Balance summary* of the same days, with these payouts in transit.
    ///
    /// # Errors
    /// [`Error::Internal`] when a sum exceeds 128 bits.
    pub fn balance_summary(&self, transit: &InTransit) -> Result<BalanceSummary> {
        let (before, after) = (transit.at_start.amount, transit.at_end.amount);
        let sum = || {
            let reserved = self.reserved.checked_sub(self.reserved_before)?;
            let arrived = after.checked_sub(before)?;
            Some(BalanceSummary {
                starting_balance: self
                    .starting_balance
                    .checked_add(self.reserved_before)?
                    .checked_add(before)?,
                activity: self.activity_total.net.checked_add(reserved)?,
                payouts: self.payouts.net.checked_add(arrived)?,
                opening: self.opening,
                ending_balance: self
                    .ending_balance
                    .checked_add(self.reserved)?
                    .checked_add(after)?,
            })
        };
        sum().ok_or_else(too_large)
    }
}

/// The rows of Stripe's own *Balance summary*. It differs from a statement in two ways: it counts a
/// payout when it arrives, and reserves as part of the balance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct BalanceSummary {
    /// The balance when the period began.
    pub starting_balance: i128,
    /// Everything but payouts, and what moved into reserves or out of them.
    pub activity: i128,
    /// Payouts that arrived.
    pub payouts: i128,
    /// The balance represented by an opening entry; Stripe's report has no such row.
    pub opening: i128,
    /// The balance when the period ended.
    pub ending_balance: i128,
}

fn movement_of(figures: &Breakdown, role: Role) -> Movement {
    let mut sum = Movement::default();
    for (_, movement) in figures.accounts.iter().filter(|(offset, _)| offset.role == role) {
        sum.debit = sum.debit.saturating_add(movement.debit);
        sum.credit = sum.credit.saturating_add(movement.credit);
    }
    sum
}

fn net_of(figures: &Breakdown, role: Role) -> i128 {
    movement_of(figures, role).net()
}

/// A line of a journal summary: one account in one currency.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalLine {
    /// What the account is used for; `mirror` for a mirror.
    pub role: &'static str,
    /// The account's name in the ledger. Customers' balances are one line without a name.
    pub account: Option<String>,
    /// Settlement currency.
    pub currency: Currency,
    /// Σ debits, minor units.
    pub debit: i128,
    /// Σ credits, minor units.
    pub credit: i128,
}

/// The role of a mirror's own line.
pub const MIRROR: &str = "stripe_balance";

/// The journal summary of figures: the movement of every account by the entries of these records.
/// In each currency debits equal credits. What is not in the ledger is left out.
///
/// # Errors
/// [`Error::Internal`] when a sum exceeds 128 bits.
pub fn journal(chart: &Chart, figures: &BySubject) -> Result<Vec<JournalLine>> {
    type JournalKey = (Currency, &'static str, Option<String>);
    let mut lines: BTreeMap<JournalKey, Movement> = BTreeMap::new();
    let mut add = |line: JournalKey, debit: i128, credit: i128| -> Result<()> {
        let known = lines.entry(line).or_default();
        let sum = || Some((known.debit.checked_add(debit)?, known.credit.checked_add(credit)?));
        let sum = sum().ok_or_else(|| Error::internal("a journal's sum exceeds 128 bits"))?;
        (known.debit, known.credit) = sum;
        Ok(())
    };
    for ((kind, currency), figures) in figures {
        let posted = figures.accounts.iter().filter(|(offset, _)| offset.role != Role::Unposted);
        for (Offset { role, name }, movement) in posted {
            add((*currency, role.as_str(), name.clone()), movement.debit, movement.credit)?;
            // The other side of the same entries.
            let mirror = (*currency, MIRROR, Some(chart.mirror(kind)));
            add(mirror, movement.credit, movement.debit)?;
        }
    }
    let lines = lines.into_iter().filter(|(_, movement)| *movement != Movement::default());
    Ok(lines
        .map(|((currency, role, account), Movement { debit, credit })| JournalLine {
            role,
            account,
            currency,
            debit,
            credit,
        })
        .collect())
}

/// A point of a chart: amounts in minor units that add up to `net`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Point {
    /// Payments, gross.
    pub pay_ins: i128,
    /// Refunds, gross; negative when they go out.
    pub refunds: i128,
    /// Disputes, gross; negative when they go out.
    pub disputes: i128,
    /// All fees; negative when they go out.
    pub fees: i128,
    /// Payouts; negative when they go out.
    pub payouts: i128,
    /// Everything else.
    pub other: i128,
    /// The movement of the balance.
    pub net: i128,
}

impl Point {
    /// The sum of both.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            pay_ins: self.pay_ins.saturating_add(other.pay_ins),
            refunds: self.refunds.saturating_add(other.refunds),
            disputes: self.disputes.saturating_add(other.disputes),
            fees: self.fees.saturating_add(other.fees),
            payouts: self.payouts.saturating_add(other.payouts),
            other: self.other.saturating_add(other.other),
            net: self.net.saturating_add(other.net),
        }
    }

    /// The point of figures.
    #[must_use]
    pub fn of(figures: &Breakdown) -> Self {
        let mut point = Self::default();
        for (category, figures) in &figures.categories {
            let place = match category.as_str() {
                "charge" | "charge_failure" | "partial_capture_reversal" => &mut point.pay_ins,
                "refund" | "refund_failure" | "payment_reversal" => &mut point.refunds,
                "dispute" | "dispute_reversal" => &mut point.disputes,
                "fee" | "network_cost" | "tax" => &mut point.fees,
                category if is_payout(category) => &mut point.payouts,
                _ => &mut point.other,
            };
            *place = place.saturating_add(figures.gross);
            point.fees = point.fees.saturating_sub(figures.fee());
            point.net = point.net.saturating_add(figures.net);
        }
        point
    }
}

#[cfg(test)]
mod tests;
