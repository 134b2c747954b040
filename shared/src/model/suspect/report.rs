//! Problems for records that were set aside.

use crate::model::ledger::error::LedgerError;
use crate::model::ledger::{Entry, Mirrored};
use crate::model::party::Party;
use crate::model::problem::ProblemReport;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::SubjectKind;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::suspect::record::{CallKind, Suspect};

impl Suspect {
    /// What happened, for people.
    pub(crate) fn cause(&self) -> String {
        let party = if self.kind.party() == Party::Stripe { "Stripe" } else { "the ledger" };
        let status = self.status.map(|status| format!(" with status {status}")).unwrap_or_default();
        let request =
            self.request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default();
        format!(
            "{} for {} {} again and again{status}{request}, while {party} answered others.",
            self.call,
            self.subject,
            self.failure_kind.description()
        )
    }

    /// The id of the problem, if it differs from that of a movement.
    pub(crate) fn problem_id(&self) -> Option<String> {
        match self.kind {
            CallKind::IdentityCreate | CallKind::IdentityUpdate => {
                Some(format!("{}:identity", self.subject))
            }
            CallKind::BalanceLink
            | CallKind::Alert
            | CallKind::CustomerRead
            | CallKind::ObjectRead
            | CallKind::PayoutMembers
            | CallKind::RecordRead => Some(format!("{}:{}", self.subject, self.kind.as_str())),
            // The records that it blocks are reported one by one.
            CallKind::Entry | CallKind::BalanceCreate | CallKind::ChargeLookUp => None,
        }
    }

    /// The problem for a subject that is not a movement.
    pub(crate) fn to_report(&self) -> ProblemReport {
        let aspect = match self.kind {
            CallKind::IdentityCreate | CallKind::IdentityUpdate => "identity",
            other => other.as_str(),
        };
        let kind = if self.kind == CallKind::RecordRead {
            SubjectKind::Record
        } else {
            SubjectKind::Object
        };
        let code = match self.kind {
            CallKind::IdentityCreate | CallKind::IdentityUpdate | CallKind::BalanceLink => {
                ProblemCode::IdentitySetAside
            }
            _ => ProblemCode::SetAside,
        };
        ProblemReport {
            quoted: true,
            suspect: Some(self.name()),
            ..ProblemReport::new(kind, &self.subject, aspect, code, self.cause())
        }
    }

    /// The problem for a customer whose identity the ledger accepted only without the customer's
    /// data.
    pub(crate) fn report_without_data(&self) -> ProblemReport {
        let cause = format!("{} The identity was made without the customer's data.", self.cause());
        ProblemReport { cause, ..self.to_report() }
    }

    /// The problem for a record that cannot be posted meanwhile.
    pub(crate) fn record_report(
        &self,
        transaction: &BalanceTransaction,
        record: &Mirrored,
    ) -> ProblemReport {
        let base = ProblemReport::unpostable(
            transaction,
            record,
            &LedgerError::UnresolvedCustomer(String::new()),
        );
        ProblemReport {
            code: ProblemCode::SetAside,
            cause: self.cause(),
            quoted: true,
            suspect: Some(self.name()),
            ..base
        }
    }

    /// The problem for an entry that the ledger does not accept, with its missing movement of the
    /// mirror.
    pub(crate) fn entry_report(&self, entry: &Entry, debits_mirror: bool) -> ProblemReport {
        ProblemReport {
            suspect: Some(self.name()),
            ..ProblemReport::refused(entry, debits_mirror, ProblemCode::SetAside, &self.cause())
        }
    }
}
