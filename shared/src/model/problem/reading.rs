//! Problems for parts of Stripe's list that cannot be read.

use crate::model::failed_call::FailedCall;
use crate::model::ledger::{Leg, Mirrored};
use crate::model::money::Sum;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::{MissingEntries, SubjectKind};
use crate::model::problem::report::ProblemReport;
use crate::model::run::hole::UnreadableRange;
use crate::model::run::list_place::Incomplete;
use crate::model::stripe::types::movement::BalanceTransaction;

/// What happens to a record without the objects behind it.
const COUNTED: &str = "So it is counted, and not posted: without its customer it would go to a \
    wrong account. Every sync asks again.";

/// The call that fails, when no details are known.
const RECORD_CALL: &str = "GET /v1/balance_transactions/:id";

const LIST_CALL: &str = "GET /v1/balance_transactions";

/// Describes a failed call: its route, its status, and Stripe's request id, by which Stripe's
/// support finds it.
fn describe(call: Option<&FailedCall>, route: &str) -> String {
    let Some(FailedCall { call, status, request_id }) = call else { return route.to_owned() };
    let status = status
        .map_or_else(|| ", no complete answer".to_owned(), |status| format!(", status {status}"));
    let request = request_id.as_ref().map(|id| format!(", request {id}")).unwrap_or_default();
    format!("{call}{status}{request}")
}

impl ProblemReport {
    /// A record for which Stripe returns the amounts, but not the objects behind it. `missing` are
    /// its legs that are not in the ledger.
    pub(crate) fn unrendered(
        transaction: &BalanceTransaction,
        record: &Mirrored,
        missing: &[&Leg],
        lack: &Incomplete,
    ) -> Self {
        let mut lacks = MissingEntries {
            balance: record.kind.to_string(),
            currency: record.currency.to_string(),
            debit: Sum(0),
            credit: Sum(0),
        };
        for leg in missing {
            let delta = leg.mirror_delta();
            let side = if delta > 0 { &mut lacks.debit } else { &mut lacks.credit };
            side.0 = side.0.saturating_add_unsigned(delta.unsigned_abs());
        }
        let report = match lack {
            Incomplete::Fails(call) => {
                let cause = format!(
                    "Stripe fails each time it is asked for this record with the payment and the \
                        customer behind it ({}), while it answers \
                     without them. {COUNTED}",
                    describe(call.as_ref(), RECORD_CALL)
                );
                Self::new(
                    SubjectKind::Record,
                    &transaction.id,
                    "record",
                    ProblemCode::RecordUnrendered,
                    cause,
                )
            }
            Incomplete::Denied(permission, call) => {
                let report =
                    Self::not_allowed(SubjectKind::Record, &transaction.id, permission.as_deref());
                let named =
                    permission.as_ref().map(|name| format!(" ({name})")).unwrap_or_default();
                let cause = format!(
                    "The Stripe key lacks a permission{named} that is needed to read this record \
                        with the payment and the customer behind it ({}). {COUNTED}",
                    describe(call.as_ref(), RECORD_CALL)
                );
                Self { cause, ..report }
            }
        };
        Self { missing: Some(lacks), quoted: true, ..report }
            .of(i128::from(transaction.net), record.currency.to_string())
    }

    /// The ids of the problems that a record without the objects behind it may have. It has one of
    /// them at a time.
    pub(crate) fn ids_of_lacks(id: &str) -> [String; 2] {
        [format!("{id}:record"), format!("{id}:right")]
    }

    /// A part of the list that cannot be read.
    pub(crate) fn hole(hole: &UnreadableRange, call: Option<&FailedCall>) -> Self {
        let cause = format!(
            "Stripe fails each time it is asked for its list of movements at this place ({}), even \
             for a single one without its expanded objects, while it responds elsewhere. The \
             records there ({}) are not posted and not compared. Every sync asks again.",
            describe(call, LIST_CALL),
            hole.span()
        );
        let report = Self::new(
            SubjectKind::Object,
            &hole.subject(),
            "page",
            ProblemCode::PageUnreadable,
            cause,
        );
        Self { hole: Some(hole.clone()), quoted: true, ..report }
    }
}
