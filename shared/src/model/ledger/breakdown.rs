//! Figures by purpose, for statements, journals and charts. They are counted hour by hour while
//! records are read, beside the expected figures of the proof. A proof never reads them.
//!
//! Each hour is broken down twice: by Stripe's `reporting_category`, and by the account on the
//! other side of the ledger's entries. Both add up to the same net. The account is the one on the
//! ledger's own entry, because settings and customers may have changed since it was posted.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::model::ledger::account::Account;
use crate::model::ledger::chart::Chart;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::figures::Slice;
use crate::model::ledger::legs::{LegKind, Mirrored};
use crate::model::ledger::time::hour_of;
use crate::model::stripe::types::movement::BalanceTransaction;

/// The category of opening entries. Stripe has none for them.
pub const OPENING_CATEGORY: &str = "opening_balance";

/// The category of a record that names none.
pub const NO_CATEGORY: &str = "uncategorized";

/// The longest name of a category that is kept. Stripe's own have at most 40 characters.
const CATEGORY_MAX_CHARS: usize = 64;

/// What an offset account is used for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// A customer's own balance.
    CustomerBalance,
    /// One of the shared accounts.
    Account(Account),
    /// An account of an account rule.
    Custom,
    /// An account that this app's settings have never named.
    Other,
    /// No entry is in the ledger yet.
    Unposted,
}

impl Role {
    /// Its name in figures and in the API.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::CustomerBalance => "customer_balances",
            Self::Account(account) => account.key(),
            Self::Custom => "custom",
            Self::Other => "other",
            Self::Unposted => "unposted",
        }
    }
}

/// The account that entries were posted to, and its role.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Offset {
    /// What the account is used for.
    pub role: Role,
    /// The account's name in the ledger. Customers' balances have none, and are one line.
    pub name: Option<String>,
}

impl Offset {
    /// Legs that are not in the ledger.
    pub const UNPOSTED: Self = Self { role: Role::Unposted, name: None };
    /// Legs on customers' balances.
    pub const CUSTOMER_BALANCE: Self = Self { role: Role::CustomerBalance, name: None };

    /// The account that an entry names: an indicator (`@…`), or the id of a customer's balance.
    #[must_use]
    pub fn named(chart: &Chart, account: &str) -> Self {
        if !account.starts_with('@') {
            return Self::CUSTOMER_BALANCE;
        }
        let known = Account::ALL
            .into_iter()
            .find(|known| chart.ever(*known).iter().any(|name| name == account));
        let role = match known {
            Some(known) => Role::Account(known),
            None if chart.rules().name(account) => Role::Custom,
            None => Role::Other,
        };
        Self { role, name: Some(account.to_owned()) }
    }
}

impl fmt::Display for Offset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) => write!(f, "{}={name}", self.role.as_str()),
            None => f.write_str(self.role.as_str()),
        }
    }
}

impl FromStr for Offset {
    type Err = LedgerError;

    /// Parses what `Display` writes. A role that only a newer version knows is [`Role::Other`].
    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let (role, name) = match text.split_once('=') {
            Some((role, name)) => (role, Some(name.to_owned())),
            None => (text, None),
        };
        let role = match role {
            "customer_balances" => Role::CustomerBalance,
            "unposted" => Role::Unposted,
            "custom" => Role::Custom,
            key => Account::from_key(key).map_or(Role::Other, Role::Account),
        };
        Ok(Self { role, name })
    }
}

/// What the records of one category added up to, in minor units.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CategoryFigures {
    /// Records, also those that move nothing.
    pub count: u64,
    /// Σ amount.
    pub gross: i128,
    /// Σ fees by kind, positive when paid. Kinds that add up to zero are omitted.
    pub fees: BTreeMap<LegKind, i128>,
    /// Σ net: gross less all fees.
    pub net: i128,
}

impl CategoryFigures {
    /// All fees together.
    #[must_use]
    pub fn fee(&self) -> i128 {
        self.fees.values().fold(0, |sum, fee| sum.saturating_add(*fee))
    }

    fn merge(&mut self, other: &Self) -> Result<(), LedgerError> {
        self.count = self.count.checked_add(other.count).ok_or(LedgerError::Overflow)?;
        add(&mut self.gross, other.gross)?;
        add(&mut self.net, other.net)?;
        for (kind, fee) in &other.fees {
            add(self.fees.entry(*kind).or_default(), *fee)?;
        }
        self.fees.retain(|_, fee| *fee != 0);
        Ok(())
    }
}

/// The movement of an offset account by entries, in minor units. Neither side is negative.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Movement {
    /// Σ of the entries that debit the account (and credit the mirror).
    pub debit: i128,
    /// Σ of the entries that credit the account (and debit the mirror).
    pub credit: i128,
}

impl Movement {
    /// The effect on the mirror: the accounts' credits less their debits.
    #[must_use]
    pub const fn net(&self) -> i128 {
        self.credit.saturating_sub(self.debit)
    }
}

/// One hour, day or month of one balance in one currency, broken down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Breakdown {
    /// By Stripe's `reporting_category`.
    #[serde(rename = "c")]
    pub categories: BTreeMap<String, CategoryFigures>,
    /// By the account on the other side.
    #[serde(rename = "a")]
    pub accounts: BTreeMap<Offset, Movement>,
}

impl Breakdown {
    /// Adds a record. `offset` returns the account of a leg's entry in the ledger.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits.
    pub fn add_record(
        &mut self,
        transaction: &BalanceTransaction,
        record: &Mirrored,
        offset: impl Fn(LegKind) -> Offset,
    ) -> Result<(), LedgerError> {
        let mut of_record = CategoryFigures { count: 1, ..CategoryFigures::default() };
        for leg in &record.legs {
            let moved = leg.mirror_delta();
            add(&mut of_record.net, moved)?;
            match leg.kind {
                LegKind::Amount => add(&mut of_record.gross, i128::from(leg.signed))?,
                fee => add(of_record.fees.entry(fee).or_default(), i128::from(leg.signed))?,
            }
            self.move_account(offset(leg.kind), moved)?;
        }
        let category = category_of(transaction);
        self.categories.entry(category).or_default().merge(&of_record)
    }

    /// Adds an opening entry, which represents the records before a start. `moved` is its movement
    /// of the mirror, positive when the mirror is debited.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits.
    pub fn add_opening(&mut self, offset: Offset, moved: i128) -> Result<(), LedgerError> {
        let figures = CategoryFigures { gross: moved, net: moved, ..CategoryFigures::default() };
        self.categories.entry(OPENING_CATEGORY.to_owned()).or_default().merge(&figures)?;
        self.move_account(offset, moved)
    }

    fn move_account(&mut self, offset: Offset, moved: i128) -> Result<(), LedgerError> {
        let account = self.accounts.entry(offset).or_default();
        if moved >= 0 {
            add(&mut account.credit, moved)
        } else {
            add(&mut account.debit, moved.checked_neg().ok_or(LedgerError::Overflow)?)
        }
    }

    /// Adds figures of other records.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits.
    pub fn merge(&mut self, other: &Self) -> Result<(), LedgerError> {
        for (category, figures) in &other.categories {
            self.categories.entry(category.clone()).or_default().merge(figures)?;
        }
        for (offset, movement) in &other.accounts {
            let known = self.accounts.entry(offset.clone()).or_default();
            add(&mut known.debit, movement.debit)?;
            add(&mut known.credit, movement.credit)?;
        }
        Ok(())
    }

    /// The net of all categories.
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits.
    pub fn net(&self) -> Result<i128, LedgerError> {
        let mut sum = 0;
        self.categories.values().try_for_each(|figures| add(&mut sum, figures.net))?;
        Ok(sum)
    }

    /// The net of all accounts. It equals [`Breakdown::net`].
    ///
    /// # Errors
    /// [`LedgerError::Overflow`] beyond 128 bits.
    pub fn net_of_accounts(&self) -> Result<i128, LedgerError> {
        let mut sum = 0;
        self.accounts.values().try_for_each(|movement| add(&mut sum, movement.net()))?;
        Ok(sum)
    }
}

/// The breakdowns of many slices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breakdowns(BTreeMap<Slice, Breakdown>);

impl Breakdowns {
    /// Adds a record to the slice of its hour.
    ///
    /// # Errors
    /// As [`Breakdown::add_record`].
    pub fn add(
        &mut self,
        transaction: &BalanceTransaction,
        record: &Mirrored,
        offset: impl Fn(LegKind) -> Offset,
    ) -> Result<(), LedgerError> {
        let slice = Slice {
            kind: record.kind.clone(),
            currency: record.currency,
            hour: hour_of(record.created),
        };
        self.0.entry(slice).or_default().add_record(transaction, record, offset)
    }

    /// Removes and returns the slices of hours that begin at or after an instant.
    pub fn take_from(&mut self, hour: i64) -> Self {
        Self(self.0.extract_if(.., |slice, _| slice.hour >= hour).collect())
    }

    /// The breakdown of a slice, if a record was added to it.
    #[must_use]
    pub fn get(&self, slice: &Slice) -> Option<&Breakdown> {
        self.0.get(slice)
    }

    /// The slices in order of balance, currency and hour.
    pub fn iter(&self) -> impl Iterator<Item = (&Slice, &Breakdown)> {
        self.0.iter()
    }
}

impl FromIterator<(Slice, Breakdown)> for Breakdowns {
    fn from_iter<I: IntoIterator<Item = (Slice, Breakdown)>>(breakdowns: I) -> Self {
        Self(breakdowns.into_iter().collect())
    }
}

/// The category that a record counts under.
#[must_use]
pub fn category_of(transaction: &BalanceTransaction) -> String {
    let named = [&transaction.reporting_category, &transaction.type_];
    let name = named.into_iter().find(|name| !name.is_empty());
    name.map_or_else(
        || NO_CATEGORY.to_owned(),
        |name| name.chars().take(CATEGORY_MAX_CHARS).collect(),
    )
}

fn add(sum: &mut i128, value: i128) -> Result<(), LedgerError> {
    *sum = sum.checked_add(value).ok_or(LedgerError::Overflow)?;
    Ok(())
}

/// Stored as short texts: an hour has many of them, and the size of an item is limited.
impl fmt::Display for CategoryFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}|{}", self.count, self.gross, self.net)?;
        self.fees.iter().try_for_each(|(kind, fee)| write!(f, "|{kind}={fee}"))
    }
}

impl FromStr for CategoryFigures {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let mut parts = text.split('|');
        let (count, gross, net) = (parts.next(), parts.next(), parts.next());
        let mut figures = Self {
            count: number(count)?,
            gross: number(gross)?,
            net: number(net)?,
            fees: BTreeMap::new(),
        };
        for part in parts {
            let (kind, fee) = part.split_once('=').ok_or(LedgerError::InvalidId)?;
            figures.fees.insert(kind.parse()?, number(Some(fee))?);
        }
        Ok(figures)
    }
}

impl fmt::Display for Movement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}|{}", self.debit, self.credit)
    }
}

impl FromStr for Movement {
    type Err = LedgerError;

    fn from_str(text: &str) -> Result<Self, LedgerError> {
        let (debit, credit) = text.split_once('|').ok_or(LedgerError::InvalidId)?;
        Ok(Self { debit: number(Some(debit))?, credit: number(Some(credit))? })
    }
}

fn number<T: FromStr>(text: Option<&str>) -> Result<T, LedgerError> {
    text.and_then(|text| text.parse().ok()).ok_or(LedgerError::InvalidId)
}

/// Serde by the types' own text.
macro_rules! as_text {
    ($($type:ty),+) => {$(
        impl Serialize for $type {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $type {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
            }
        }
    )+};
}

as_text!(Offset, CategoryFigures, Movement);
