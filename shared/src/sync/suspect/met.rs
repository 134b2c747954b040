//! What is set aside, as problems.

use super::{Facts, Kind};
use crate::ledger::{Entry, LedgerError, Mirrored};
use crate::stripe::types::BalanceTransaction;
use crate::sync::halt::Party;
use crate::sync::problem::{Met, SubjectKind};

/// The code of a record that was set aside because its calls fail, and nobody else's.
pub(in crate::sync) const SET_ASIDE: &str = "set_aside";
/// The code of a customer whose identity was set aside so: no money is concerned.
pub(in crate::sync) const IDENTITY_SET_ASIDE: &str = "identity_set_aside";

impl Facts {
    /// What happened, for people.
    pub(in crate::sync) fn cause(&self) -> String {
        let party = if self.kind.party() == Party::Stripe { "Stripe" } else { "the ledger" };
        let status = self.status.map(|status| format!(" with status {status}")).unwrap_or_default();
        let request = self.request_id.as_ref().map(|id| format!(" (request {id})")).unwrap_or_default();
        format!("{} for {} {} again and again{status}{request}, while {party} answered others.", self.call, self.subject, self.gist.words())
    }

    /// The id of the problem, where it is not that of a movement.
    pub(in crate::sync) fn problem_id(&self) -> Option<String> {
        match self.kind {
            Kind::IdentityCreate | Kind::IdentityUpdate => Some(format!("{}:identity", self.subject)),
            Kind::BalanceLink | Kind::Alert | Kind::CustomerRead | Kind::ObjectRead | Kind::PayoutMembers | Kind::RecordRead => {
                Some(format!("{}:{}", self.subject, self.kind.as_str()))
            }
            // What it holds up is told record by record.
            Kind::Entry | Kind::BalanceCreate | Kind::ChargeLookUp => None,
        }
    }

    /// The problem about what is no movement.
    pub(in crate::sync) fn met(&self) -> Met {
        let aspect = match self.kind {
            Kind::IdentityCreate | Kind::IdentityUpdate => "identity",
            other => other.as_str(),
        };
        let kind = if self.kind == Kind::RecordRead { SubjectKind::Record } else { SubjectKind::Object };
        let code = match self.kind {
            Kind::IdentityCreate | Kind::IdentityUpdate | Kind::BalanceLink => IDENTITY_SET_ASIDE,
            _ => SET_ASIDE,
        };
        Met { quoted: true, suspect: Some(self.name()), ..Met::new(kind, &self.subject, aspect, code, self.cause()) }
    }

    /// The problem about a customer whose identity the ledger took without the customer's data.
    pub(in crate::sync) fn met_bare(&self) -> Met {
        let cause = format!("{} The identity was made without the customer's data.", self.cause());
        Met { cause, ..self.met() }
    }

    /// The problem about a record of which nothing can be posted meanwhile.
    pub(in crate::sync) fn met_record(&self, transaction: &BalanceTransaction, record: &Mirrored) -> Met {
        let base = Met::unpostable(transaction, record, &LedgerError::UnresolvedCustomer(String::new()));
        Met { code: SET_ASIDE, cause: self.cause(), quoted: true, suspect: Some(self.name()), ..base }
    }

    /// The problem about an entry that the ledger does not take, with what it would have moved on the mirror.
    pub(in crate::sync) fn met_entry(&self, entry: &Entry, debits_mirror: bool) -> Met {
        Met { suspect: Some(self.name()), ..Met::refused(entry, debits_mirror, SET_ASIDE, &self.cause()) }
    }
}
