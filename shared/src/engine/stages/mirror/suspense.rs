//! Which movements lie in suspense, as the ledger's own entries tell it.
//!
//! Rules decide where a new entry goes. An entry that is there already may lie elsewhere: a test
//! clock at Stripe dates records in the future, so that a rule may begin or end between the entry
//! of such a record and a later reading of it.

use crate::engine::context::Context;
use crate::engine::stages::offsets::Offsets;
use crate::model::ledger::classify::{rule_account, unclassified};
use crate::model::ledger::{Account, LegKind, Mirrored, Reference, Role};
use crate::model::problem::ProblemReport;
use crate::model::stripe::types::movement::BalanceTransaction;

/// Adds the problems of movements in suspense for which a rule would now have an account, and
/// removes those of movements on the account of a rule.
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
                let met = ProblemReport::finding(record, transaction.amount, &finding);
                problems.retain(|problem| problem.id != met.id);
            }
            _ => {}
        }
    }
}
