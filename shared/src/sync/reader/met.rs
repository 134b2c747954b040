//! What cannot be had of Stripe's list, as problems.

use super::Hole;
use crate::ledger::{Leg, Mirrored};
use crate::stripe::types::BalanceTransaction;
use crate::sync::problem::{Met, Missing, PAGE_UNREADABLE, RECORD_UNRENDERED, SubjectKind};
use crate::sync::run::Sum;

impl Met {
    /// A record of which Stripe gives the amounts, but not the objects behind it. `missing` are those of its legs that are not in the
    /// ledger.
    pub(in crate::sync) fn unrendered(transaction: &BalanceTransaction, record: &Mirrored, missing: &[&Leg]) -> Self {
        let cause = "Stripe fails each time it is asked for this record with the payment and the customer behind it \
                     (GET /v1/balance_transactions/{id}), while it answers without them. So it is counted, and not posted: without its \
                     customer it would go to a wrong account. Every sync asks again.";
        let mut lacks = Missing { balance: record.kind.to_string(), currency: record.currency.to_string(), debit: Sum(0), credit: Sum(0) };
        for leg in missing {
            let delta = leg.mirror_delta();
            let side = if delta > 0 { &mut lacks.debit } else { &mut lacks.credit };
            side.0 = side.0.saturating_add_unsigned(delta.unsigned_abs());
        }
        let met = Self::new(SubjectKind::Record, &transaction.id, "record", RECORD_UNRENDERED, cause);
        Self { missing: Some(lacks), ..met }.of(i128::from(transaction.net), record.currency.to_string())
    }

    /// A part of the list of which nothing can be had.
    pub(in crate::sync) fn hole(hole: &Hole) -> Self {
        let cause = format!(
            "Stripe fails each time it is asked for its list of movements at this place (GET /v1/balance_transactions), even for a single \
             one without what is behind it, while it answers elsewhere. What lies there ({}) is neither posted nor judged. Every sync asks \
             again.",
            hole.span()
        );
        let met = Self::new(SubjectKind::Object, &hole.subject(), "page", PAGE_UNREADABLE, cause);
        Self { hole: Some(hole.clone()), quoted: true, ..met }
    }
}
