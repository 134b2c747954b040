//! The chart of accounts: the named balances (indicators) of the ledger that mirror a Stripe
//! account.
//!
//! A *mirror* represents one of the account's Stripe balances: its ledger balance is minus
//! Stripe's. The other side of every entry on a mirror is an *offset account*. The two sets are
//! disjoint, because the ledger refuses an entry from a balance to itself.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Deserializer, Serialize, de};

use crate::model::ledger::account::Account;
use crate::model::ledger::account_rule::AccountRules;
use crate::model::ledger::balance_kind::BalanceKind;
use crate::model::ledger::error::LedgerError;
use crate::model::ledger::owner::Mode;

/// The maximum length of a prefix: it is part of account names that people read and type.
const PREFIX_MAX: usize = 64;

/// The maximum length of an account name that a person chooses.
const NAME_MAX: usize = 64;

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

/// The ledger's ids of mirrors, by indicator and currency.
pub(crate) type MirrorIds = HashMap<(String, String), String>;

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
    /// Accounts of account rules.
    #[serde(skip)]
    rules: AccountRules,
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
        if name.is_empty()
            || name.ends_with('_')
            || prefix.len() > PREFIX_MAX
            || !name.bytes().all(allowed)
        {
            return Err(LedgerError::InvalidPrefix);
        }
        let mode =
            [Mode::Live, Mode::Test].into_iter().find(|mode| Self::prefix_of(*mode) == prefix);
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
        Self {
            prefix,
            mode,
            chosen: BTreeMap::new(),
            used: UsedNames::new(),
            one_account: false,
            rules: AccountRules::default(),
            mirror_ids: BTreeSet::new(),
        }
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
        for (key, name) in &choice.names {
            let account = Account::from_key(key).ok_or_else(|| {
                LedgerError::AccountName(format!("There is no account called {key:?}."))
            })?;
            check_name(name, &format!("The name for {key}"))?;
            if self.rules.name(name) {
                let why = format!("{name} is the account of an account rule.");
                return Err(LedgerError::AccountName(why));
            }
            if self.is_mirror(name) {
                let why = format!(
                    "{name} mirrors one of Stripe's balances and cannot be the account for {key}."
                );
                return Err(LedgerError::AccountName(why));
            }
            if let Some(other) =
                self.others().find(|other| other.prefix != self.prefix && other.claims(name))
            {
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
                let both = format!(
                    "{name} would be the account for both {} and {}.",
                    other.key(),
                    account.key()
                );
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

    /// Applies account rules.
    #[must_use]
    pub fn ruled_by(mut self, rules: AccountRules) -> Self {
        self.follow(rules);
        self
    }

    /// Replaces the account rules by those that are stored now.
    pub fn follow(&mut self, rules: AccountRules) {
        self.rules = rules;
    }

    /// The account rules.
    pub const fn rules(&self) -> &AccountRules {
        &self.rules
    }

    /// Checks the account of a new account rule: a name of its own under this chart's prefix.
    ///
    /// # Errors [`LedgerError::AccountName`] for a name that the ledger does not accept for a named
    /// balance, a name outside this chart's prefix, the name of a mirror, a name that another
    /// account has, had or has by default, and one that belongs to the other mode's chart.
    pub fn check_rule_account(&self, name: &str) -> Result<(), LedgerError> {
        check_name(name, "The account")?;
        let refused = |why: String| Err(LedgerError::AccountName(why));
        if !self.is_under_prefix(name) {
            return refused(format!("The account must begin with {}_.", self.prefix));
        }
        if self.is_mirror(name) || self.is_taken(name) {
            return refused(format!("{name} has another use already."));
        }
        let other = self.others().find(|other| {
            let inside = other.prefix.starts_with(&self.prefix);
            other.prefix != self.prefix
                && (other.claims(name) || (inside && other.is_under_prefix(name)))
        });
        match other {
            Some(other) => {
                refused(format!("{name} is kept for the accounts under {}.", other.prefix))
            }
            None => Ok(()),
        }
    }

    /// Whether a name starts with the prefix and an underscore.
    fn is_under_prefix(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.prefix.as_str());
        rest.and_then(|rest| rest.strip_prefix('_')).is_some_and(|rest| !rest.is_empty())
    }

    /// Whether an offset account has, had or may have this name.
    fn is_taken(&self, name: &str) -> bool {
        Account::ALL.into_iter().any(|account| {
            let default = format!("{}_{}", self.prefix, account.key());
            default == name || self.ever(account).iter().any(|used| used == name)
        })
    }

    /// Whether all payments share one account.
    pub const fn has_one_account(&self) -> bool {
        self.one_account
    }

    /// Every name under which entries of an account may be found, the current one first.
    pub fn ever(&self, account: Account) -> Vec<String> {
        let now = self.account(account);
        let before = self
            .used
            .get(account.key())
            .into_iter()
            .flatten()
            .filter(|name| **name != now)
            .cloned();
        std::iter::once(now.clone()).chain(before).collect()
    }

    /// Every name under which entries of shared accounts may be found.
    pub fn shared_accounts(&self) -> impl Iterator<Item = String> {
        let known = Account::ALL.into_iter().flat_map(|account| self.ever(account));
        known.chain(self.rule_accounts())
    }

    /// The accounts of all account rules.
    fn rule_accounts(&self) -> impl Iterator<Item = String> {
        let distinct: BTreeSet<&String> = self.rules.iter().map(|rule| &rule.account).collect();
        distinct.into_iter().cloned()
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
        self.chosen
            .get(&account)
            .cloned()
            .unwrap_or_else(|| format!("{}_{}", self.prefix, account.key()))
    }

    /// The mirrors of the balances known today. A balance that Stripe adds also gets a mirror, when
    /// its first record appears.
    pub fn known_mirrors(&self) -> Vec<String> {
        let kinds = [
            BalanceKind::Payments,
            BalanceKind::Issuing,
            BalanceKind::RefundAndDisputePrefunding,
            BalanceKind::RiskReserved,
        ];
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
        named
            .filter(|(account, name)| {
                self.used.get(account.key()).is_none_or(|names| !names.contains(name))
            })
            .collect()
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
    /// payments, and of account rules.
    fn possible(&self) -> impl Iterator<Item = String> {
        let known = self.known_mirrors().into_iter();
        known.chain(Account::ALL.map(|account| self.account(account))).chain(self.rule_accounts())
    }

    /// The default charts of the other modes.
    fn others(&self) -> impl Iterator<Item = Self> {
        let own = self.mode;
        [Mode::Live, Mode::Test]
            .into_iter()
            .filter(move |mode| own != Some(*mode))
            .map(Self::for_mode)
    }

    /// Whether a name belongs to this chart, or may later.
    fn claims(&self, name: &str) -> bool {
        let rest = name.strip_prefix(self.prefix.as_str());
        rest.is_some_and(|rest| {
            rest.starts_with("_balance") || self.possible().any(|own| own == name)
        })
    }

    /// Whether a name could belong to both charts: for example with the prefixes `@stripe` and
    /// `@stripe_fees`.
    pub fn meets(&self, other: &Self) -> bool {
        other.possible().any(|name| self.claims(&name))
            || self.possible().any(|name| other.claims(&name))
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

/// Checks that the ledger accepts a name for a named balance.
fn check_name(name: &str, what: &str) -> Result<(), LedgerError> {
    let rest = name.strip_prefix('@').unwrap_or_default();
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if rest.is_empty() || name.len() > NAME_MAX || !rest.bytes().all(allowed) {
        let most = NAME_MAX - 1;
        let rule = format!("{what} must be @ and up to {most} letters, digits or underscores.");
        return Err(LedgerError::AccountName(rule));
    }
    Ok(())
}

impl<'de> Deserialize<'de> for Chart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Self::new(String::deserialize(deserializer)?).map_err(de::Error::custom)
    }
}
