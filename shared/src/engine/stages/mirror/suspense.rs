//! Which movements are in suspense, according to the ledger's own entries.
//!
//! Rules decide the account of a new entry. An existing entry may be on another account: a Stripe
//! test clock dates records in the future, so a rule may begin or end between the posting of such a
//! record and a later read.

use crate::engine::context::Context;
use crate::engine::stages::offsets::Offsets;
use crate::model::ledger::classify::{rule_account, unclassified};
use crate::model::ledger::{Account, LegKind, Mirrored, Reference, Role};
use crate::model::problem::ProblemReport;
use crate::model::stripe::types::movement::BalanceTransaction;

/// Adds the problems of movements in suspense that a rule would now cover, and removes those of
/// movements on the account of a rule.
pub(crate) fn by_entries(
    ctx: &Context<'_>,
    mirrored: &[(&BalanceTransaction, Mirrored)],
    offsets: &Offsets,
    problems: &mut Vec<ProblemReport>,
) {
    if ctx.chart.rules().is_empty() {
        return;
    }
    for (transaction, record) in mirrored {
        let reference = Reference::new(&ctx.owner, &record.transaction, LegKind::Amount);
        let entry = reference.ok().and_then(|reference| offsets.get(&reference.to_string()));
        match (entry.map(|offset| offset.role), rule_account(transaction, &ctx.chart)) {
            (Some(Role::Account(Account::Suspense)), Some(_)) => {
                let finding = unclassified(transaction);
                problems.push(ProblemReport::finding(record, transaction.amount, &finding));
            }
            (Some(Role::Custom), None) => {
                let finding = unclassified(transaction);
                let report = ProblemReport::finding(record, transaction.amount, &finding);
                problems.retain(|problem| problem.id != report.id);
            }
            _ => {}
        }
    }
}
