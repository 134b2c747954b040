//! The chart of accounts: which of the ledger's named balances (indicators) a Stripe account is mirrored on.
//!
//! A *mirror* stands for one of the account's Stripe balances: its ledger balance is minus Stripe's. Everything a mirror exchanges money
//! with is a *counter account*. The two sets never meet, because the ledger refuses an entry from a balance to itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::model::ledger::error::LedgerError;
use crate::model::ledger::owner::Mode;

/// A prefix is a part of account names people read and type.
const PREFIX_MAX: usize = 64;

/// The longest name that a person may choose for an account.
const NAME_MAX: usize = 64;

/// Which of the account's balances at Stripe a record moved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BalanceKind {
    /// The balance that charges arrive on and payouts leave from.
    Payments,
    /// The balance that issued cards spend from.
    Issuing,
    /// The balance that refunds and disputes are prefunded from.
    RefundAndDisputePrefunding,
    /// What Stripe holds against risk.
    RiskReserved,
    /// A balance Stripe added later. Only [`BalanceKind::from_name`] makes it, so the name fits in account names and keys.
    Other(OtherBalance),
}

/// The name of a balance that this version does not know, in `[a-z0-9_-]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherBalance(String);

impl BalanceKind {
    /// Stripe's `balance_type`. A byte outside `[a-z0-9_]` in an unknown one is spelled `-xx` (its value in hexadecimal), so that two
    /// different balances never share a name.
    pub fn from_name(name: &str) -> Self {
        match name {
            "payments" => Self::Payments,
            "issuing" => Self::Issuing,
            "refund_and_dispute_prefunding" => Self::RefundAndDisputePrefunding,
            "risk_reserved" => Self::RiskReserved,
            unknown => {
                let mut safe = String::with_capacity(unknown.len());
                for byte in unknown.bytes() {
                    match byte {
                        b'a'..=b'z' | b'0'..=b'9' | b'_' => safe.push(char::from(byte)),
                        _ => safe.push_str(&format!("-{byte:02x}")),
                    }
                }
                Self::Other(OtherBalance(safe))
            }
        }
    }

    /// The balance of a record. Records of API versions before 2025-05-28 do not name it: card issuing had its own balance, and all else
    /// was payments.
    pub fn of(balance_type: Option<&str>, type_: &str) -> Self {
        match balance_type.filter(|name| !name.is_empty()) {
            Some(name) => Self::from_name(name),
            None if type_.starts_with("issuing_") => Self::Issuing,
            None => Self::Payments,
        }
    }

    /// From what [`BalanceKind::as_str`] wrote; nothing for what it never writes.
    pub fn from_stored(name: &str) -> Option<Self> {
        let stored = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if name.is_empty() || !name.bytes().all(stored) {
            return None;
        }
        Some(match Self::from_name(name) {
            // Already spelled safely when it was stored.
            Self::Other(_) => Self::Other(OtherBalance(name.to_owned())),
            known => known,
        })
    }

    /// Stripe's name for it; stable, used in keys.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Payments => "payments",
            Self::Issuing => "issuing",
            Self::RefundAndDisputePrefunding => "refund_and_dispute_prefunding",
            Self::RiskReserved => "risk_reserved",
            Self::Other(name) => &name.0,
        }
    }
}

impl fmt::Display for BalanceKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for BalanceKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for BalanceKind {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::from_stored(&String::deserialize(deserializer)?).ok_or_else(|| de::Error::custom("not the name of a balance"))
    }
}

/// The counter accounts that every Stripe account shares one of each; customers' balances come beside them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Account {
    /// Payments without a customer.
    Guests,
    /// All payments, when they share one account.
    Customers,
    /// Money on its way between Stripe and the bank.
    Payouts,
    /// Disputed payments.
    Disputes,
    /// What Stripe and networks charge.
    Fees,
    /// Taxes on fees, taxes withheld.
    Tax,
    /// Exchanged with connected accounts or the platform.
    Connect,
    /// The platform's application fees, earned or paid.
    Platform,
    /// Held for negative connected accounts.
    ConnectReserved,
    /// Held against risk, by Stripe or a network.
    Reserves,
    /// The minimum kept back from automatic payouts.
    PayoutMinimum,
    /// Advances, loans and receivables.
    Advances,
    /// Spent with issued cards.
    IssuingSpend,
    /// Climate contributions and orders.
    Climate,
    /// Customers' money that nobody claimed.
    Unclaimed,
    /// Records that no rule knows, kept for a person.
    Suspense,
    /// What the balance held before the mirror began.
    Opening,
}

impl Account {
    /// All of them.
    pub const ALL: [Self; 17] = [
        Self::Guests,
        Self::Customers,
        Self::Payouts,
        Self::Disputes,
        Self::Fees,
        Self::Tax,
        Self::Connect,
        Self::Platform,
        Self::ConnectReserved,
        Self::Reserves,
        Self::PayoutMinimum,
        Self::Advances,
        Self::IssuingSpend,
        Self::Climate,
        Self::Unclaimed,
        Self::Suspense,
        Self::Opening,
    ];

    /// The account's word: what its name ends with, and what the settings call it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Guests => "guests",
            Self::Customers => "customers",
            Self::Payouts => "payouts",
            Self::Disputes => "disputes",
            Self::Fees => "fees",
            Self::Tax => "tax",
            Self::Connect => "connect",
            Self::Platform => "platform",
            Self::ConnectReserved => "connect_reserved",
            Self::Reserves => "reserves",
            Self::PayoutMinimum => "payout_minimum",
            Self::Advances => "advances",
            Self::IssuingSpend => "issuing_spend",
            Self::Climate => "climate",
            Self::Unclaimed => "unclaimed",
            Self::Suspense => "suspense",
            Self::Opening => "opening",
        }
    }

    /// An account by its word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.word() == word)
    }
}

/// Where new entries go: a choice that holds for a whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountChoice {
    /// All payments go to one account, instead of each to the balance of its customer.
    pub one_account: bool,
    /// Names of counter accounts in the place of the chart's own, by the word of the account.
    pub names: BTreeMap<String, String>,
}

/// Names that entries may have been posted to, by the word of the account.
pub type UsedNames = BTreeMap<String, BTreeSet<String>>;

/// The names of an owner's accounts in the ledger: one prefix, and a suffix for each account, unless a name was chosen for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Chart {
    prefix: String,
    /// The mode whose money it is for, where that is known.
    #[serde(skip)]
    mode: Option<Mode>,
    #[serde(skip)]
    chosen: BTreeMap<Account, String>,
    #[serde(skip)]
    used: UsedNames,
    #[serde(skip)]
    one_account: bool,
    /// The ids under which the ledger keeps the mirrors, as far as they were looked up.
    #[serde(skip)]
    mirror_ids: BTreeSet<String>,
}

impl Chart {
    /// A chart under a prefix of one's own, such as `@stripe_eu`.
    ///
    /// # Errors
    /// [`LedgerError::InvalidPrefix`] unless it is `@` and up to 63 letters, digits or underscores, the last not an underscore.
    pub fn new(prefix: impl Into<String>) -> Result<Self, LedgerError> {
        let prefix = prefix.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let name = prefix.strip_prefix('@').unwrap_or_default();
        if name.is_empty() || name.ends_with('_') || prefix.len() > PREFIX_MAX || !name.bytes().all(allowed) {
            return Err(LedgerError::InvalidPrefix);
        }
        let mode = [Mode::Live, Mode::Test].into_iter().find(|mode| Self::prefix_of(*mode) == prefix);
        Ok(Self::under(prefix, mode))
    }

    /// `@stripe` for live money, `@stripe_test` for play money.
    pub fn for_mode(mode: Mode) -> Self {
        Self::under(Self::prefix_of(mode).to_owned(), Some(mode))
    }

    const fn prefix_of(mode: Mode) -> &'static str {
        match mode {
            Mode::Live => "@stripe",
            Mode::Test => "@stripe_test",
        }
    }

    /// The chart for money of a mode. Its accounts bear no name that the other mode's may get without a choice.
    #[must_use]
    pub fn in_mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    fn under(prefix: String, mode: Option<Mode>) -> Self {
        Self { prefix, mode, chosen: BTreeMap::new(), used: UsedNames::new(), one_account: false, mirror_ids: BTreeSet::new() }
    }

    /// The chart with what a person chose for its counter accounts. Mirrors keep their names.
    ///
    /// # Errors
    /// [`LedgerError::AccountName`] for a word that is no account's, a name the ledger would not take for a named balance, the name of a
    /// mirror, one that is also a name of the other mode's chart (of either's, while the mode is not known), and one name for two accounts.
    pub fn choosing(mut self, choice: &AccountChoice) -> Result<Self, LedgerError> {
        self.one_account = choice.one_account;
        self.chosen.clear();
        for (word, name) in &choice.names {
            let account =
                Account::from_word(word).ok_or_else(|| LedgerError::AccountName(format!("There is no account called {word:?}.")))?;
            let rest = name.strip_prefix('@').unwrap_or_default();
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
            if rest.is_empty() || name.len() > NAME_MAX || !rest.bytes().all(allowed) {
                let rule = format!("The name for {word} must be @ and up to {} letters, digits or underscores.", NAME_MAX - 1);
                return Err(LedgerError::AccountName(rule));
            }
            if self.is_mirror(name) {
                let why = format!("{name} mirrors one of Stripe's balances and cannot be the account for {word}.");
                return Err(LedgerError::AccountName(why));
            }
            if let Some(other) = self.others().find(|other| other.prefix != self.prefix && other.claims(name)) {
                let mode = other.mode.map_or_else(String::new, |mode| format!(" of {mode} mode"));
                let why = format!("{name} is kept for the accounts{mode}, under {}.", other.prefix);
                return Err(LedgerError::AccountName(why));
            }
            self.chosen.insert(account, name.clone());
        }
        let mut taken: BTreeMap<String, Account> = BTreeMap::new();
        for account in Account::ALL {
            let name = self.account(account);
            if let Some(other) = taken.insert(name.clone(), account) {
                let both = format!("{name} would be the account for both {} and {}.", other.word(), account.word());
                return Err(LedgerError::AccountName(both));
            }
        }
        Ok(self)
    }

    /// The chart with the names that entries were posted to before.
    #[must_use]
    pub fn remembering(mut self, used: UsedNames) -> Self {
        self.used = used;
        self
    }

    /// Whether all payments share one account.
    pub const fn has_one_account(&self) -> bool {
        self.one_account
    }

    /// Every name under which entries of an account may be found, the one in force first.
    pub fn ever(&self, account: Account) -> Vec<String> {
        let now = self.account(account);
        let before = self.used.get(account.word()).into_iter().flatten().filter(|name| **name != now).cloned();
        std::iter::once(now.clone()).chain(before).collect()
    }

    /// The prefix, which is also the name of the payments mirror.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The mirror of one of Stripe's balances.
    pub fn mirror(&self, kind: &BalanceKind) -> String {
        match kind {
            BalanceKind::Payments => self.prefix.clone(),
            BalanceKind::Issuing | BalanceKind::RefundAndDisputePrefunding => {
                format!("{}_{kind}", self.prefix)
            }
            BalanceKind::RiskReserved | BalanceKind::Other(_) => {
                format!("{}_balance_{kind}", self.prefix)
            }
        }
    }

    /// A counter account.
    pub fn account(&self, account: Account) -> String {
        self.chosen.get(&account).cloned().unwrap_or_else(|| format!("{}_{}", self.prefix, account.word()))
    }

    /// The mirrors of the balances known today. A balance that Stripe adds gets a mirror too, when its first record is met.
    pub fn known_mirrors(&self) -> Vec<String> {
        let kinds = [BalanceKind::Payments, BalanceKind::Issuing, BalanceKind::RefundAndDisputePrefunding, BalanceKind::RiskReserved];
        kinds.iter().map(|kind| self.mirror(kind)).collect()
    }

    /// The counter accounts that new entries can go to.
    pub fn accounts(&self) -> impl Iterator<Item = Account> {
        let unused = if self.one_account { Account::Guests } else { Account::Customers };
        Account::ALL.into_iter().filter(move |account| *account != unused)
    }

    /// Counter accounts under names that no entry was posted to yet.
    pub fn unused(&self) -> Vec<(Account, String)> {
        let named = self.accounts().map(|account| (account, self.account(account)));
        named.filter(|(account, name)| self.used.get(account.word()).is_none_or(|names| !names.contains(name))).collect()
    }

    /// Every name this chart can use, as far as it is known beforehand: before the first write all of them must be free of entries that
    /// are not ours.
    pub fn names(&self) -> Vec<String> {
        let mut names = self.known_mirrors();
        names.extend(self.accounts().map(|account| self.account(account)));
        names
    }

    /// Those of them that a person chose.
    pub fn chosen_names(&self) -> Vec<String> {
        self.accounts().filter_map(|account| self.chosen.get(&account).cloned()).collect()
    }

    /// Names of mirrors and of all counter accounts, whatever the choice between them.
    fn possible(&self) -> impl Iterator<Item = String> {
        self.known_mirrors().into_iter().chain(Account::ALL.map(|account| self.account(account)))
    }

    /// The usual charts of the modes that are not this one's.
    fn others(&self) -> impl Iterator<Item = Self> {
        let own = self.mode;
        [Mode::Live, Mode::Test].into_iter().filter(move |mode| own != Some(*mode)).map(Self::for_mode)
    }

    /// Whether a name is, or may come to be, one of this chart's.
    fn claims(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.prefix.as_str());
        rest.is_some_and(|rest| rest.starts_with("_balance") || self.possible().any(|own| own == name))
    }

    /// Whether some name could belong to both charts: under `@stripe` and `@stripe_fees`, for example.
    pub fn meets(&self, other: &Self) -> bool {
        other.possible().any(|name| self.claims(&name)) || self.possible().any(|name| other.claims(&name))
    }

    /// Learns under which ids the ledger keeps mirrors.
    pub fn know_mirrors(&mut self, ids: impl IntoIterator<Item = String>) {
        self.mirror_ids.extend(ids);
    }

    /// Whether a name, or the id of a balance, is one of this chart's mirrors: of a known balance or of one met later, by its id as soon
    /// as that was learnt.
    pub fn is_mirror(&self, name: &str) -> bool {
        self.mirror_ids.contains(name)
            || self.known_mirrors().iter().any(|mirror| mirror == name)
            || name.strip_prefix(&self.prefix).is_some_and(|suffix| suffix.starts_with("_balance_"))
    }
}

impl<'de> Deserialize<'de> for Chart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
