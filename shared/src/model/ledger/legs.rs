//! From one balance transaction to its legs.
//!
//! Legs are computed from signed sums, never from positions: Stripe's fee details come in any order. A leg of zero is left out. Whatever
//! the parts say, what is left over becomes the leg `fee:rest`, so the legs together move the mirror by exactly `net`.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::model::ledger::chart::{Account, BalanceKind, Chart};
use crate::model::ledger::classify::{ChargeAccounts, OffsetAccount, counter_of};
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::finding::Finding;
use crate::model::ledger::owner::check_id;
use crate::model::money::Currency;
use crate::model::stripe::types::movement::{BalanceTransaction, FeeDetail};

/// The version of the list of leg words. A reference that was posted under one version is looked for under that version for ever, so the
/// list never changes without a new number.
pub const LEG_KINDS_VERSION: u32 = 1;

/// Which part of a record a leg is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LegKind {
    /// The gross amount.
    Amount,
    /// Stripe's own fees.
    FeeStripe,
    /// The fee of a Connect application.
    FeeApplication,
    /// What a payment method charges, passed through.
    FeePassthrough,
    /// Tax on fees.
    FeeTax,
    /// Tax withheld.
    FeeWithheld,
    /// Fees of kinds unknown to this version, together.
    FeeOther,
    /// What the record's parts leave unexplained.
    FeeRest,
}

impl LegKind {
    /// All words of version [`WORDS_VERSION`], in the order in which legs are posted.
    pub const ALL: [Self; 8] = [
        Self::Amount,
        Self::FeeStripe,
        Self::FeeApplication,
        Self::FeePassthrough,
        Self::FeeTax,
        Self::FeeWithheld,
        Self::FeeOther,
        Self::FeeRest,
    ];

    /// As it ends a reference.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Amount => "amount",
            Self::FeeStripe => "fee:stripe",
            Self::FeeApplication => "fee:application",
            Self::FeePassthrough => "fee:passthrough",
            Self::FeeTax => "fee:tax",
            Self::FeeWithheld => "fee:withheld",
            Self::FeeOther => "fee:other",
            Self::FeeRest => "fee:rest",
        }
    }

    fn of_detail(detail: &FeeDetail) -> Self {
        match detail.type_.as_str() {
            "stripe_fee" => Self::FeeStripe,
            "application_fee" => Self::FeeApplication,
            "payment_method_passthrough_fee" => Self::FeePassthrough,
            "tax" => Self::FeeTax,
            "withheld_tax" => Self::FeeWithheld,
            _ => Self::FeeOther,
        }
    }

    /// Where a fee goes; `None` for the gross amount, which the record's classification decides.
    fn fee_account(self) -> Option<Account> {
        match self {
            Self::Amount => None,
            Self::FeeStripe | Self::FeePassthrough | Self::FeeOther | Self::FeeRest => Some(Account::Fees),
            Self::FeeApplication => Some(Account::Platform),
            Self::FeeTax | Self::FeeWithheld => Some(Account::Tax),
        }
    }
}

impl fmt::Display for LegKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for LegKind {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        Self::ALL.into_iter().find(|word| word.as_str() == text).ok_or(LedgerError::InvalidId)
    }
}

impl Serialize for LegKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for LegKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

/// One entry to be: a signed amount between a mirror and a counter account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leg {
    /// Which part of the record.
    pub word: LegKind,
    /// As the record states it, in minor units, never zero: a positive `amount` came in, a positive fee went out.
    pub signed: i64,
    /// The mirror's indicator.
    pub mirror: String,
    /// The other side.
    pub counter: OffsetAccount,
}

impl Leg {
    /// What Stripe's balance moves by, in minor units: `-balance(mirror)` in the ledger moves by the same. A positive movement debits the
    /// mirror (the mirror is the entry's source), a negative one credits it.
    pub fn mirror_delta(&self) -> i128 {
        match self.word {
            LegKind::Amount => i128::from(self.signed),
            _ => -i128::from(self.signed),
        }
    }
}

/// A record as the ledger will hold it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mirrored {
    /// The balance transaction.
    pub transaction: String,
    /// Which of Stripe's balances moved.
    pub kind: BalanceKind,
    /// The settlement currency of all legs.
    pub currency: Currency,
    /// Stripe's posting time, Unix seconds.
    pub created: i64,
    /// At most one for each word, in their order; none when the record moves nothing.
    pub legs: Vec<Leg>,
    /// What a person should know.
    pub findings: Vec<Finding>,
}

/// Splits a balance transaction into legs. The legs move the mirror by exactly `net`, whatever the record's parts say.
///
/// # Errors
/// [`LedgerError::InvalidId`] when the id cannot stand in a reference, [`LedgerError::Currency`] when the currency is none, and
/// [`LedgerError::Overflow`] when a sum of the record's parts leaves 64 bits. Then nothing of the record may be posted.
pub fn mirror(transaction: &BalanceTransaction, chart: &Chart, charges: &ChargeAccounts) -> Result<Mirrored, LedgerError> {
    check_id(&transaction.id)?;
    let currency: Currency = transaction.currency.parse()?;
    let kind = BalanceKind::of(transaction.balance_type.as_deref(), &transaction.type_);
    let mut findings = Vec::new();

    let (counter, finding) = counter_of(transaction, currency, chart, charges);
    let values = signed_values(transaction, currency, &mut findings)?;
    // Where the gross went is of interest only if there is a gross.
    if transaction.amount != 0 {
        findings.extend(finding);
    }

    let mirror = chart.mirror(&kind);
    let mut legs = Vec::new();
    for (word, value) in values.into_iter().filter(|(_, value)| *value != 0) {
        let signed = i64::try_from(value).map_err(|_| LedgerError::Overflow)?;
        if word == LegKind::FeeRest {
            findings.push(Finding::DoesNotAddUp { rest: signed });
        }
        let counter = word.fee_account().map_or_else(|| counter.clone(), |account| OffsetAccount::Account(chart.account(account)));
        legs.push(Leg { word, signed, mirror: mirror.clone(), counter });
    }
    Ok(Mirrored { transaction: transaction.id.clone(), kind, currency, created: transaction.created, legs, findings })
}

/// The signed value of every word, zeros included, in the order of [`Word::ALL`].
pub(crate) fn signed_values(
    transaction: &BalanceTransaction,
    currency: Currency,
    findings: &mut Vec<Finding>,
) -> Result<[(LegKind, i128); LegKind::ALL.len()], LedgerError> {
    let mut values = LegKind::ALL.map(|word| (word, 0_i128));
    let mut add = |word: LegKind, value: i128| -> Result<(), LedgerError> {
        for (_, total) in values.iter_mut().filter(|(candidate, _)| *candidate == word) {
            *total = total.checked_add(value).ok_or(LedgerError::Overflow)?;
        }
        Ok(())
    };

    let amount = i128::from(transaction.amount);
    let mut rest = amount.checked_sub(i128::from(transaction.net)).ok_or(LedgerError::Overflow)?;
    add(LegKind::Amount, amount)?;
    for detail in &transaction.fee_details {
        if detail.currency.parse() != Ok(currency) {
            findings.push(Finding::ForeignFee { type_: detail.type_.clone(), currency: detail.currency.clone(), amount: detail.amount });
            continue;
        }
        let value = i128::from(detail.amount);
        add(LegKind::of_detail(detail), value)?;
        rest = rest.checked_sub(value).ok_or(LedgerError::Overflow)?;
    }
    add(LegKind::FeeRest, rest)?;
    Ok(values)
}
