//! The chart of accounts: the named balances (indicators) of the ledger that mirror a Stripe
//! account.
//!
//! A *mirror* stands for one of the account's Stripe balances: its ledger balance is minus
//! Stripe's. The other side of every entry on a mirror is an *offset account*. The two sets are
//! disjoint, because the ledger refuses an entry from a balance to itself.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::model::ledger::error::LedgerError;
use crate::model::ledger::owner::Mode;

/// The maximum length of a prefix: it is part of account names that people read and type.
const PREFIX_MAX: usize = 64;

/// The maximum length of an account name that a person chooses.
const NAME_MAX: usize = 64;

/// The Stripe balance that a record moved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum BalanceKind {
    /// The balance that receives charges and pays out.
    Payments,
    /// The balance that issued cards spend from.
    Issuing,
    /// The balance that refunds and disputes are prefunded from.
    RefundAndDisputePrefunding,
    /// The balance that Stripe holds as a reserve against risk.
    RiskReserved,
    /// A balance that Stripe added later. Only [`BalanceKind::from_name`] creates it, so the name
    /// is safe in account names and keys.
    Other(OtherBalance),
}

/// The name of a balance that this version does not know, in `[a-z0-9_-]`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OtherBalance(String);

impl BalanceKind {
    /// Parses Stripe's `balance_type`. In an unknown one, a byte outside `[a-z0-9_]` is written as
    /// `-xx` (its value in hexadecimal), so two different balances never share a name.
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

    /// The balance of a record. Records of API versions before 2025-05-28 do not name it: card
    /// issuing had its own balance, and everything else was payments.
    pub fn of(balance_type: Option<&str>, type_: &str) -> Self {
        match balance_type.filter(|name| !name.is_empty()) {
            Some(name) => Self::from_name(name),
            None if type_.starts_with("issuing_") => Self::Issuing,
            None => Self::Payments,
        }
    }

    /// Parses what [`BalanceKind::as_str`] wrote. `None` for anything it never writes.
    pub fn from_stored(name: &str) -> Option<Self> {
        let stored = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'_' | b'-');
        if name.is_empty() || !name.bytes().all(stored) {
            return None;
        }
        Some(match Self::from_name(name) {
            // Already encoded safely when it was stored.
            Self::Other(_) => Self::Other(OtherBalance(name.to_owned())),
            known => known,
        })
    }

    /// Stripe's name for it. Stable, used in keys.
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

/// The shared offset accounts: one of each per Stripe account. Customers' balances are in addition
/// to them.
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
    /// Taxes on fees, and withheld taxes.
    Tax,
    /// Transfers to and from connected accounts or the platform.
    Connect,
    /// The platform's application fees, earned or paid.
    Platform,
    /// Held for negative connected accounts.
    ConnectReserved,
    /// Held as a reserve against risk, by Stripe or a network.
    Reserves,
    /// The minimum kept back from automatic payouts.
    PayoutMinimum,
    /// Advances, loans and receivables.
    Advances,
    /// Spending with issued cards.
    IssuingSpend,
    /// Climate contributions and orders.
    Climate,
    /// Unclaimed money of customers.
    Unclaimed,
    /// Records that no rule knows, for a person to review.
    Suspense,
    /// The balance before the mirror began.
    Opening,
}

impl Account {
    /// All offset accounts.
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

    /// The account's key: the suffix of its name, and its key in the settings.
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

    /// Finds an account by its key.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|account| account.word() == word)
    }
}

/// Where new entries are posted. The choice applies to a whole run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AccountChoice {
    /// All payments go to one account instead of each customer's balance.
    pub one_account: bool,
    /// Names of offset accounts that replace the chart's own, by the account's key.
    pub names: BTreeMap<String, String>,
}

/// Names that entries may have been posted to, by the account's key.
pub type UsedNames = BTreeMap<String, BTreeSet<String>>;

/// The names of an owner's accounts in the ledger: one prefix, and a suffix for each account unless
/// a name was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Chart {
    prefix: String,
    /// The mode the accounts belong to, if known.
    #[serde(skip)]
    mode: Option<Mode>,
    #[serde(skip)]
    chosen: BTreeMap<Account, String>,
    #[serde(skip)]
    used: UsedNames,
    #[serde(skip)]
    one_account: bool,
    /// The ledger's ids of the mirrors that were looked up.
    #[serde(skip)]
    mirror_ids: BTreeSet<String>,
}

impl Chart {
    /// Creates a chart with a custom prefix, such as `@stripe_eu`.
    ///
    /// # Errors
    /// [`LedgerError::InvalidPrefix`] unless it is `@` and up to 63 letters, digits or underscores,
    /// the last not an underscore.
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

    /// `@stripe` for live mode, `@stripe_test` for test mode.
    pub fn for_mode(mode: Mode) -> Self {
        Self::under(Self::prefix_of(mode).to_owned(), Some(mode))
    }

    const fn prefix_of(mode: Mode) -> &'static str {
        match mode {
            Mode::Live => "@stripe",
            Mode::Test => "@stripe_test",
        }
    }

    /// Sets the mode of the chart. Its accounts have no name that the other mode's accounts may get
    /// by default.
    #[must_use]
    pub fn in_mode(mut self, mode: Mode) -> Self {
        self.mode = Some(mode);
        self
    }

    fn under(prefix: String, mode: Option<Mode>) -> Self {
        Self { prefix, mode, chosen: BTreeMap::new(), used: UsedNames::new(), one_account: false, mirror_ids: BTreeSet::new() }
    }

    /// Applies a person's names for the offset accounts. Mirrors keep their names.
    ///
    /// # Errors
    /// [`LedgerError::AccountName`] for an unknown account key, a name the ledger does not accept
    /// for a named balance, the name of a mirror, a name that also belongs to the other mode's
    /// chart (to either mode's while the mode is unknown), and one name for two accounts.
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

    /// Adds the names that entries were posted to before.
    #[must_use]
    pub fn remembering(mut self, used: UsedNames) -> Self {
        self.used = used;
        self
    }

    /// Whether all payments share one account.
    pub const fn has_one_account(&self) -> bool {
        self.one_account
    }

    /// Every name under which entries of an account may be found, the current one first.
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

    /// The name of an offset account.
    pub fn account(&self, account: Account) -> String {
        self.chosen.get(&account).cloned().unwrap_or_else(|| format!("{}_{}", self.prefix, account.word()))
    }

    /// The mirrors of the balances known today. A balance that Stripe adds also gets a mirror, when
    /// its first record appears.
    pub fn known_mirrors(&self) -> Vec<String> {
        let kinds = [BalanceKind::Payments, BalanceKind::Issuing, BalanceKind::RefundAndDisputePrefunding, BalanceKind::RiskReserved];
        kinds.iter().map(|kind| self.mirror(kind)).collect()
    }

    /// The offset accounts that new entries can use.
    pub fn accounts(&self) -> impl Iterator<Item = Account> {
        let unused = if self.one_account { Account::Guests } else { Account::Customers };
        Account::ALL.into_iter().filter(move |account| *account != unused)
    }

    /// Offset accounts with names that no entry was posted to yet.
    pub fn unused(&self) -> Vec<(Account, String)> {
        let named = self.accounts().map(|account| (account, self.account(account)));
        named.filter(|(account, name)| self.used.get(account.word()).is_none_or(|names| !names.contains(name))).collect()
    }

    /// Every name that this chart is known to use. Before the first write, all of them must be free
    /// of foreign entries.
    pub fn names(&self) -> Vec<String> {
        let mut names = self.known_mirrors();
        names.extend(self.accounts().map(|account| self.account(account)));
        names
    }

    /// The names that a person chose.
    pub fn chosen_names(&self) -> Vec<String> {
        self.accounts().filter_map(|account| self.chosen.get(&account).cloned()).collect()
    }

    /// The names of mirrors and of all offset accounts, with or without one account for all
    /// payments.
    fn possible(&self) -> impl Iterator<Item = String> {
        self.known_mirrors().into_iter().chain(Account::ALL.map(|account| self.account(account)))
    }

    /// The default charts of the other modes.
    fn others(&self) -> impl Iterator<Item = Self> {
        let own = self.mode;
        [Mode::Live, Mode::Test].into_iter().filter(move |mode| own != Some(*mode)).map(Self::for_mode)
    }

    /// Whether a name belongs to this chart, or may later.
    fn claims(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.prefix.as_str());
        rest.is_some_and(|rest| rest.starts_with("_balance") || self.possible().any(|own| own == name))
    }

    /// Whether a name could belong to both charts: for example with the prefixes `@stripe` and
    /// `@stripe_fees`.
    pub fn meets(&self, other: &Self) -> bool {
        other.possible().any(|name| self.claims(&name)) || self.possible().any(|name| other.claims(&name))
    }

    /// Records the ledger's ids of mirrors.
    pub fn know_mirrors(&mut self, ids: impl IntoIterator<Item = String>) {
        self.mirror_ids.extend(ids);
    }

    /// Whether a name or a balance id is one of this chart's mirrors, of a known balance or of one
    /// found later. Ids match once they are recorded.
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
