//! Which payout settled a movement. Stripe's records do not name it, but Stripe can be asked
//! whether a payout settled records of a given second. The stored payouts show which ones to ask
//! about: an automatic payout settles what became available since the previous one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use jiff::civil::Date;

use crate::app::search::steps::{Gathered, Search};
use crate::model::ledger::{SECONDS_PER_DAY, utc_date};
use crate::model::payout::item::PayoutLine;
use crate::model::search::MAX_CALLS;
use crate::model::stripe::types::movement::BalanceTransaction;

/// The prefix of payout ids.
pub(super) const PAYOUT_PREFIX: &str = "po_";

/// The number of payouts that may have settled a movement: the first after its money became
/// available, and the next, if the first did not include it.
const MAX_CANDIDATES: usize = 2;

/// How long after a movement became available its payout is searched for. Payouts are created at
/// least once a month.
const LONGEST_WAIT_DAYS: i64 = 35;

/// Movements, and the payouts that may have settled each, by the movement's id.
type Candidates = BTreeMap<String, Vec<String>>;

impl Search<'_> {
    /// Finds the payouts of the movements found so far, with the remaining calls. What cannot be
    /// determined is left out: the rest of the result does not depend on it.
    pub(super) async fn payouts_of_movements(&self, found: &mut Gathered) {
        if found.movements.is_empty() || self.calls_left() == 0 {
            return;
        }
        let Some(lines) = self.payouts_around(&found.movements).await else { return };
        let mut candidates: Candidates = found
            .movements
            .iter()
            .map(|movement| (movement.id.clone(), candidates_of(movement, &lines)))
            .filter(|(_, candidates)| !candidates.is_empty())
            .collect();
        // In the order in which the movements are shown.
        let order: Vec<String> = found.movements.iter().map(|one| one.id.clone()).collect();
        while self.calls_left() > 0 {
            let next = order.iter().find_map(|id| candidates.get(id)?.first()).cloned();
            let Some(payout) = next else { return };
            let asked: Vec<&BalanceTransaction> = found
                .movements
                .iter()
                .filter(|one| candidates.get(&one.id).is_some_and(|of| of.contains(&payout)))
                .collect();
            let Some(settled) = self.settled_by(&payout, &asked).await else { return };
            candidates.retain(|id, of| {
                of.retain(|candidate| *candidate != payout);
                !settled.contains(id) && !of.is_empty()
            });
            found.payouts.extend(settled.into_iter().map(|id| (id, payout.clone())));
        }
    }

    fn calls_left(&self) -> usize {
        MAX_CALLS.saturating_sub(self.calls.load(Ordering::Relaxed))
    }

    /// The stored payouts from when the movements became available on: one read of the table.
    async fn payouts_around(&self, movements: &[BalanceTransaction]) -> Option<Vec<PayoutLine>> {
        let available = || movements.iter().map(available_at);
        let date = |second: i64| utc_date(second).ok()?.parse::<Date>().ok();
        let from = date(available().min()?)?;
        let before =
            date(available().max()?.saturating_add((LONGEST_WAIT_DAYS + 1) * SECONDS_PER_DAY))?;
        let items = self.store.payout_items();
        let read = items.created_between(self.install, self.connection, from, before).await;
        let noted = read.inspect_err(|error| {
            tracing::warn!(error = error.chain(), "a search goes on without the stored payouts");
        });
        noted.ok().map(|(lines, _)| lines)
    }

    /// Which of these movements a payout settled. `None` when Stripe does not report it.
    async fn settled_by(
        &self,
        payout: &str,
        asked: &[&BalanceTransaction],
    ) -> Option<BTreeSet<String>> {
        let created = || asked.iter().map(|movement| movement.created);
        let (first, last) = (created().min()?, created().max()?);
        let read = self.stripe().ok()?.members_created(payout, first, last, self.deadline).await;
        let noted = read.inspect_err(|error| {
            tracing::warn!(%error, payout, "a search goes on without the members of a payout");
        });
        let members: BTreeSet<String> =
            noted.ok()?.data.into_iter().map(|member| member.id).collect();
        let ids = asked.iter().map(|movement| movement.id.clone());
        Some(ids.filter(|id| members.contains(id)).collect())
    }
}

/// When a payout can first settle a movement.
fn available_at(movement: &BalanceTransaction) -> i64 {
    movement.available_on.max(movement.created)
}

/// The payouts that may have settled a movement, the most likely one first. The lines are newest
/// first.
fn candidates_of(movement: &BalanceTransaction, lines: &[PayoutLine]) -> Vec<String> {
    if movement.source.as_ref().is_some_and(|source| source.id().starts_with(PAYOUT_PREFIX)) {
        return Vec::new();
    }
    let from = available_at(movement);
    let until = from.saturating_add(LONGEST_WAIT_DAYS * SECONDS_PER_DAY);
    let currency = movement.currency.to_uppercase();
    let may_settle = |line: &&PayoutLine| {
        line.automatic
            && line.complete
            && line.currency.as_deref() == Some(currency.as_str())
            && (from..=until).contains(&line.created)
    };
    let later = lines.iter().rev().filter(may_settle);
    later.take(MAX_CANDIDATES).map(|line| line.id.clone()).collect()
}
