//! A problem as a run finds it.

use crate::model::ledger::error::LedgerError;
use crate::model::ledger::{Entry, Finding, Mirrored};
use crate::model::money::Sum;
use crate::model::problem::code::ProblemCode;
use crate::model::problem::item::{MissingEntries, SubjectKind, UnrecognisedNames};
use crate::model::run::hole::UnreadableRange;
use crate::model::stripe::types::Unread;
use crate::model::stripe::types::movement::BalanceTransaction;
use crate::model::suspect::record::Suspect;

/// Why a customer has no balance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CustomerFailure {
    /// A stable code.
    pub(crate) code: ProblemCode,
    /// For people.
    pub(crate) message: String,
    /// The name of what was set aside.
    pub(crate) suspect: Option<String>,
}

impl CustomerFailure {
    /// The reason is unknown.
    pub(crate) fn unknown() -> Self {
        Self::refused(String::new())
    }

    pub(crate) fn refused(message: String) -> Self {
        Self { code: ProblemCode::CustomerRefused, message, suspect: None }
    }

    pub(crate) fn aside(facts: &Suspect) -> Self {
        Self { code: ProblemCode::SetAside, message: facts.cause(), suspect: Some(facts.name()) }
    }
}

/// The ledger's entry under the reference of one of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct EntryInLedger {
    /// Its id.
    pub(crate) id: String,
    /// What it debits the mirror by, in minor units.
    pub(crate) debit: i128,
    /// What it credits the mirror by.
    pub(crate) credit: i128,
}

/// The cause for a record that cannot be decoded. No text says which part is wrong: it could hold a
/// customer's data.
const UNDECODED: &str = "Stripe sent this record in a form that this version of the app does not \
    know. Nothing of it was posted.";

/// A problem as a run finds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ProblemReport {
    /// Its name within its connection.
    pub(crate) id: String,
    /// The kind of its subject.
    pub(crate) kind: SubjectKind,
    /// The id of its subject.
    pub(crate) subject: String,
    /// A stable code.
    pub(crate) code: ProblemCode,
    /// The cause, for people.
    pub(crate) cause: String,
    /// The cause quotes another party's message, which may differ each time.
    pub(crate) quoted: bool,
    /// Minor units.
    pub(crate) amount: Option<i128>,
    /// Upper case.
    pub(crate) currency: Option<String>,
    /// References of the entries concerned.
    pub(crate) references: Vec<String>,
    /// Ids of entries in the ledger.
    pub(crate) entry_ids: Vec<String>,
    /// What the mirror lacks.
    pub(crate) missing: Option<MissingEntries>,
    /// The part of Stripe's list that it is about.
    pub(crate) hole: Option<UnreadableRange>,
    /// Stripe's names for a movement that no rule knows.
    pub(crate) names: Option<UnrecognisedNames>,
    /// The name of what was set aside because its calls fail.
    pub(crate) suspect: Option<String>,
}

impl ProblemReport {
    /// A problem about any subject. `aspect` separates several problems about the same subject.
    pub(crate) fn new(
        kind: SubjectKind,
        subject: &str,
        aspect: &str,
        code: ProblemCode,
        cause: impl Into<String>,
    ) -> Self {
        Self {
            id: format!("{subject}:{aspect}"),
            kind,
            subject: subject.to_owned(),
            code,
            cause: cause.into(),
            quoted: false,
            amount: None,
            currency: None,
            references: Vec::new(),
            entry_ids: Vec::new(),
            missing: None,
            hole: None,
            names: None,
            suspect: None,
        }
    }

    /// Sets the amount concerned, in minor units.
    pub(crate) fn of(mut self, amount: i128, currency: impl Into<String>) -> Self {
        self.amount = Some(amount);
        self.currency = Some(currency.into());
        self
    }

    /// Identifies the cause: a dismissed problem stays dismissed while its cause is the same.
    pub(crate) fn fingerprint(&self) -> String {
        let cause = if self.quoted { "" } else { &self.cause };
        let amount = self.amount.map(|amount| amount.to_string()).unwrap_or_default();
        let currency = self.currency.as_deref().unwrap_or_default();
        format!("{}|{amount}|{currency}|{cause}", self.code.as_str())
    }

    /// A record that cannot be split into legs. Nothing of it is expected in the ledger.
    pub(crate) fn unreadable(transaction: &BalanceTransaction, error: &LedgerError) -> Self {
        let cause = format!("Nothing of this record could be posted: {error}.");
        Self::new(
            SubjectKind::Record,
            &transaction.id,
            "record",
            ProblemCode::RecordUnreadable,
            cause,
        )
        .of(i128::from(transaction.net), transaction.currency.to_uppercase())
    }

    /// A record that this version cannot decode. Without an id it cannot be requested again.
    pub(crate) fn unread(row: &Unread) -> Self {
        let report = match &row.id {
            Some(id) => Self::undecoded(id),
            None => Self::new(
                SubjectKind::Object,
                &format!("unnamed_{}", row.fingerprint),
                "record",
                ProblemCode::RecordUnreadable,
                UNDECODED,
            ),
        };
        match &row.net {
            Some((net, currency)) => report.of(i128::from(*net), currency.to_uppercase()),
            None => report,
        }
    }

    /// Like [`Self::unread`], for a record that was requested by its id.
    pub(crate) fn undecoded(id: &str) -> Self {
        Self::new(SubjectKind::Record, id, "record", ProblemCode::RecordUnreadable, UNDECODED)
    }

    /// A record, an object or a customer that the key may not read, although it may read the lists:
    /// a permission is missing.
    pub(crate) fn not_allowed(kind: SubjectKind, id: &str, permission: Option<&str>) -> Self {
        let named = permission.map(|name| format!(" ({name})")).unwrap_or_default();
        let cause = format!(
            "The Stripe key lacks a permission{named} that is needed to read this. Its last known \
             state is kept."
        );
        Self::new(kind, id, "right", ProblemCode::PermissionMissing, cause)
    }

    /// A record with known legs for which no entries can be created.
    pub(crate) fn unpostable(
        transaction: &BalanceTransaction,
        record: &Mirrored,
        error: &LedgerError,
    ) -> Self {
        let mut missing = MissingEntries {
            balance: record.kind.to_string(),
            currency: record.currency.to_string(),
            debit: Sum::default(),
            credit: Sum::default(),
        };
        for leg in &record.legs {
            let delta = leg.mirror_delta();
            let side = if delta > 0 { &mut missing.debit } else { &mut missing.credit };
            side.0 =
                side.0.saturating_add(i128::try_from(delta.unsigned_abs()).unwrap_or(i128::MAX));
        }
        Self { missing: Some(missing), ..Self::unreadable(transaction, error) }
    }

    /// A record of a customer that the ledger refused to create, with the ledger's message.
    pub(crate) fn customer(
        transaction: &BalanceTransaction,
        record: &Mirrored,
        error: &LedgerError,
        why: Option<CustomerFailure>,
    ) -> Self {
        let why = why.unwrap_or_else(CustomerFailure::unknown);
        let cause = format!(
            "The ledger refused to create an account for this record's customer: {}",
            reason_or_none(&why.message)
        );
        Self {
            code: why.code,
            cause,
            quoted: true,
            suspect: why.suspect,
            ..Self::unpostable(transaction, record, error)
        }
    }

    /// A record that no longer exists at Stripe. What was expected of it stays missing.
    pub(crate) fn gone(id: &str, subject: &str) -> Self {
        let cause = "Stripe does not know this record any more.";
        Self {
            id: id.to_owned(),
            ..Self::new(SubjectKind::Record, subject, "", ProblemCode::RecordGone, cause)
        }
    }

    /// An entry that the ledger refused, with its missing movement of the mirror.
    pub(crate) fn refused(
        entry: &Entry,
        debits_mirror: bool,
        code: ProblemCode,
        message: &str,
    ) -> Self {
        let amount = i128::from(entry.precise_amount);
        let subject = entry
            .meta_data
            .get("stripe_balance_transaction_id")
            .map_or(entry.reference.as_str(), String::as_str);
        let aspect = entry.meta_data.get("stripe_leg").map_or("entry", String::as_str);
        let (debit, credit) = if debits_mirror { (amount, 0) } else { (0, amount) };
        let missing = entry.meta_data.get("stripe_balance").map(|balance| MissingEntries {
            balance: balance.clone(),
            currency: entry.currency.to_string(),
            debit: Sum(debit),
            credit: Sum(credit),
        });
        Self {
            quoted: true,
            references: vec![entry.reference.clone()],
            missing,
            ..Self::new(SubjectKind::Record, subject, aspect, code, reason_or_none(message))
                .of(amount, entry.currency.to_string())
        }
    }

    /// A different entry is in the ledger under an entry's reference. What that entry moved on the
    /// mirror is not missing.
    pub(crate) fn differs(
        entry: &Entry,
        debits_mirror: bool,
        how: &str,
        there: EntryInLedger,
    ) -> Self {
        let EntryInLedger { id, debit, credit } = there;
        let mut report = Self {
            quoted: false,
            entry_ids: vec![id],
            ..Self::refused(entry, debits_mirror, ProblemCode::EntryDiffers, how)
        };
        if let Some(missing) = &mut report.missing {
            missing.debit.0 = missing.debit.0.saturating_sub(debit);
            missing.credit.0 = missing.credit.0.saturating_sub(credit);
        }
        report
    }

    /// An identity that the ledger refused to change. The customer is the subject.
    pub(crate) fn identity(customer: &str, why: &str) -> Self {
        let cause = format!("The ledger refused what Stripe now says of this customer: {why}");
        Self {
            quoted: true,
            ..Self::new(
                SubjectKind::Object,
                customer,
                "identity",
                ProblemCode::IdentityRefused,
                cause,
            )
        }
    }

    /// What a person should know about a record that was nevertheless mirrored.
    pub(crate) fn finding(mirrored: &Mirrored, gross: i64, finding: &Finding) -> Self {
        let currency = mirrored.currency.to_string();
        let (word, code, cause, amount) = match finding {
            Finding::Unclassified { reporting_category, type_, source } => (
                "unclassified",
                ProblemCode::UnknownType,
                unclassified(reporting_category, type_, source),
                i128::from(gross),
            ),
            Finding::DoesNotAddUp { rest } => (
                "rest",
                ProblemCode::DoesNotAddUp,
                "Amount, fees and net of this record do not add up at Stripe. The difference was \
                    posted to the fees account, so that the balance is right.".to_owned(),
                i128::from(*rest),
            ),
            Finding::ForeignFee { type_, currency, amount } => (
                "foreign_fee",
                ProblemCode::ForeignFee,
                format!("A fee of this record ({type_}) is in {currency}, another currency than \
                    the record."),
                i128::from(*amount),
            ),
            Finding::SourceNotExpanded => (
                "customer_unknown",
                ProblemCode::CustomerUnknown,
                "Stripe did not say who paid, although it was asked. The payment was posted to the \
                    guests' account.".to_owned(),
                i128::from(gross),
            ),
        };
        let names = match finding {
            Finding::Unclassified { reporting_category, type_, .. } => Some(UnrecognisedNames {
                reporting_category: reporting_category.clone(),
                type_: type_.clone(),
            }),
            _ => None,
        };
        let report = Self::new(SubjectKind::Record, &mirrored.transaction, word, code, cause);
        Self { names, ..report.of(amount, currency) }
    }
}

/// Another party's reason, which may be empty.
fn reason_or_none(why: &str) -> &str {
    if why.trim().is_empty() { "it gave no reason" } else { why }
}

fn unclassified(category: &str, type_: &str, source: &str) -> String {
    let known = [("category", category), ("type", type_), ("source", source)];
    let named: Vec<String> = known
        .iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(name, value)| format!("{name} “{value}”"))
        .collect();
    format!(
        "No rule knows this movement ({}). It was posted to the suspense account.",
        named.join(", ")
    )
}

#[cfg(test)]
impl crate::model::problem::item::ProblemItem {
    /// A problem that a person has dismissed.
    pub(crate) fn dismissed_for_test(report: &ProblemReport, at: usize) -> Self {
        let item = serde_json::json!({"id": format!("{}{at}", report.id), "subject": report.subject,
            "code": report.code, "cause": report.cause,
            "state": "dismissed", "attempts": 1, "first_seen": 1, "last_seen": 1,
            "run": ulid::Ulid::nil(), "missing": report.missing});
        serde_json::from_value(item).unwrap()
    }
}
