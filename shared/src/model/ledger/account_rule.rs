//! Account rules: accounts that a person assigns to movements that no rule of the app covers.
//!
//! A rule holds for records by their own time (`created`), from a delay after it was saved until a
//! delay after it was ended. It is never deleted and never applies retroactively. So the account of
//! a record follows from the record and the rules alone, whenever and however often it is read.

use serde::{Deserialize, Serialize};
use ulid::Ulid;

use crate::model::time::Millis;

/// The maximum number of rules, including ended ones: records of their time still follow them.
pub const MAX_ACCOUNT_RULES: usize = 50;

/// Seconds between a change of the rules and the first record that it can affect.
///
/// A worker that does not know of the change yet read the rules before it was saved, and lives 15
/// minutes at most: the longest that Lambda allows. So it is gone before such a record exists, and
/// every worker that reads the record knows the change. The remaining time covers clocks that
/// differ.
pub const ACCOUNT_RULE_DELAY_SECONDS: i64 = 20 * 60;

/// The longest name of a category or a type. Stripe's own have at most 40 characters.
const NAME_MAX: usize = 64;

/// The names that a rule applies to, as Stripe writes them. At least one is present.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleNames {
    /// Stripe's accounting category. Absent: any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reporting_category: Option<String>,
    /// Stripe's type. Absent: any.
    #[serde(default, rename = "type", skip_serializing_if = "Option::is_none")]
    pub type_: Option<String>,
}

impl RuleNames {
    /// Whether a record has these names.
    #[must_use]
    pub fn hold_for(&self, reporting_category: &str, type_: &str) -> bool {
        let same = |name: &Option<String>, of: &str| name.as_deref().is_none_or(|name| name == of);
        *self != Self::default()
            && same(&self.reporting_category, reporting_category)
            && same(&self.type_, type_)
    }

    /// The precedence of a rule: one with both names, then one with the category, then one with the
    /// type.
    const fn precedence(&self) -> u8 {
        match (&self.reporting_category, &self.type_) {
            (Some(_), Some(_)) => 3,
            (Some(_), None) => 2,
            (None, _) => 1,
        }
    }

    /// The field of a name that cannot be one of Stripe's.
    #[must_use]
    pub fn invalid(&self) -> Option<&'static str> {
        let wrong = |name: &Option<String>| {
            name.as_deref().is_some_and(|name| {
                name.is_empty()
                    || name.len() > NAME_MAX
                    || !name.bytes().all(|byte| byte.is_ascii_graphic())
            })
        };
        if *self == Self::default() || wrong(&self.reporting_category) {
            return Some("reporting_category");
        }
        wrong(&self.type_).then_some("type")
    }
}

/// An account for movements that no rule of the app knows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccountRule {
    /// Its id.
    pub id: Ulid,
    /// The Stripe account and mode whose records it is about, `acct_x:live`.
    pub owner: String,
    /// The records' names.
    #[serde(flatten)]
    pub names: RuleNames,
    /// The indicator of the account.
    pub account: String,
    /// When it was saved.
    pub saved_at: Millis,
    /// It holds for records created from this time on, Unix seconds.
    pub starts_at: i64,
    /// It holds for records created before this time, Unix seconds. Absent until it is ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_at: Option<i64>,
}

impl AccountRule {
    /// Whether it holds for records that were created at a time, Unix seconds.
    #[must_use]
    pub fn holds_at(&self, created: i64) -> bool {
        created >= self.starts_at && self.ends_at.is_none_or(|end| created < end)
    }

    /// Whether a person has ended it.
    #[must_use]
    pub const fn is_ended(&self) -> bool {
        self.ends_at.is_some()
    }
}

/// All account rules, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct AccountRules(Vec<AccountRule>);

impl AccountRules {
    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether the limit is reached.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        self.0.len() >= MAX_ACCOUNT_RULES
    }

    /// The rules, oldest first.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = &AccountRule> {
        self.0.iter()
    }

    /// Those about one Stripe account in one mode.
    #[must_use]
    pub fn of_owner(&self, owner: &str) -> Self {
        Self(self.0.iter().filter(|rule| rule.owner == owner).cloned().collect())
    }

    /// The account of a record that no rule of the app knows.
    #[must_use]
    pub fn account_of(&self, reporting_category: &str, type_: &str, created: i64) -> Option<&str> {
        self.rule_of(reporting_category, type_, created).map(|rule| rule.account.as_str())
    }

    /// The rule that decides about a record that no rule of the app knows.
    #[must_use]
    pub fn rule_of(
        &self,
        reporting_category: &str,
        type_: &str,
        created: i64,
    ) -> Option<&AccountRule> {
        let held = self.0.iter().filter(|rule| {
            rule.holds_at(created) && rule.names.hold_for(reporting_category, type_)
        });
        held.max_by_key(|rule| (rule.names.precedence(), rule.starts_at, rule.id))
    }

    /// Whether a rule, present or ended, names this account.
    #[must_use]
    pub fn name(&self, account: &str) -> bool {
        self.0.iter().any(|rule| rule.account == account)
    }

    /// The rule for these names that a person has not ended.
    #[must_use]
    pub fn open(&self, owner: &str, names: &RuleNames) -> Option<&AccountRule> {
        let mut same = self.0.iter().filter(|rule| rule.owner == owner && rule.names == *names);
        same.find(|rule| !rule.is_ended())
    }

    /// When a rule for these names would start if it were saved now. Two rules for the same names
    /// never hold at the same time.
    #[must_use]
    pub fn start_of_next(&self, owner: &str, names: &RuleNames, now: Millis) -> i64 {
        let same = self.0.iter().filter(|rule| rule.owner == owner && rule.names == *names);
        same.filter_map(|rule| rule.ends_at).fold(effective_from(now), i64::max)
    }

    /// Adds a rule that is saved now. The caller has checked it, and there is no open rule for its
    /// names.
    pub fn add(
        &mut self,
        id: Ulid,
        owner: &str,
        names: RuleNames,
        account: String,
        now: Millis,
    ) -> AccountRule {
        let starts_at = self.start_of_next(owner, &names, now);
        let owner = owner.to_owned();
        let rule =
            AccountRule { id, owner, names, account, saved_at: now, starts_at, ends_at: None };
        self.0.push(rule.clone());
        rule
    }

    /// Ends a rule for records after the delay. `None` when there is no such rule. A rule that has
    /// an end keeps it.
    pub fn end(&mut self, id: Ulid, now: Millis) -> Option<AccountRule> {
        let rule = self.0.iter_mut().find(|rule| rule.id == id)?;
        let end = effective_from(now).max(rule.starts_at);
        rule.ends_at.get_or_insert(end);
        Some(rule.clone())
    }
}

/// The first `created` that a change saved now can affect, Unix seconds.
fn effective_from(now: Millis) -> i64 {
    // A part of a second counts as a whole one: never earlier than the delay.
    now.seconds().saturating_add(1).saturating_add(ACCOUNT_RULE_DELAY_SECONDS)
}
