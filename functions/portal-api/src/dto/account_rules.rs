//! Account rules, and the movements in suspense.

use serde::{Deserialize, Serialize};
use stripe_sync::app::account_rules::{Listed, Previewed, RuleChanged};
use stripe_sync::model::error::Error;
use stripe_sync::model::ledger::{
    ACCOUNT_RULE_DELAY_SECONDS, AccountRule as Model, MAX_ACCOUNT_RULES, RuleNames,
};
use stripe_sync::model::problem::tally::OpenAmount;
use stripe_sync::model::problem::unrecognised::Unrecognised as Held;
use stripe_sync::model::settings::account_rules::{RuleRefusal, WantedRule};
use stripe_sync::model::time::Millis;
use utoipa::ToSchema;

use crate::dto::format::{exponent, minor};

/// The longest name of Stripe's that is looked for.
const MAX_NAME: usize = 255;

/// Whether a rule holds for movements that are created now.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum AccountRuleState {
    /// Not yet.
    Upcoming,
    /// It does.
    InForce,
    /// It holds until `ends_at`, which is in the future.
    Ending,
    /// No longer. Movements of its time still follow it.
    Ended,
}

/// An account for movements that the app has no rule for.
#[derive(Serialize, ToSchema)]
struct AccountRule {
    id: String,
    /// Stripe's category. Absent: any.
    #[schema(required)]
    reporting_category: Option<String>,
    /// Stripe's type. Absent: any.
    #[serde(rename = "type")]
    #[schema(required)]
    type_: Option<String>,
    /// The account's name in the ledger.
    account: String,
    state: AccountRuleState,
    saved_at: String,
    /// It holds for movements that Stripe creates from this time on.
    starts_at: String,
    /// It holds for movements that Stripe creates before this time.
    #[schema(required)]
    ends_at: Option<String>,
}

/// The amount in suspense in one currency.
#[derive(Serialize, ToSchema)]
struct SuspenseAmount {
    currency: String,
    exponent: u32,
    movements: u64,
    /// The sum of their gross amounts.
    amount: String,
}

/// Movements in suspense with the same names.
#[derive(Serialize, ToSchema)]
struct UnrecognisedMovements {
    /// Stripe's category. Empty when Stripe names none.
    reporting_category: String,
    /// Stripe's type. Empty when Stripe names none.
    #[serde(rename = "type")]
    type_: String,
    movements: u64,
    /// Those of them with an open problem.
    open: u64,
    amounts: Vec<SuspenseAmount>,
    first_seen_at: String,
    last_seen_at: String,
    /// The rule for such movements that Stripe creates from now on.
    #[schema(required)]
    rule_id: Option<String>,
}

/// The account rules, and the movements that the app has no rule for.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountRules {
    /// The revision to send with a change. The change is refused if the settings have changed
    /// since.
    revision: u64,
    /// Oldest first, including ended ones.
    rules: Vec<AccountRule>,
    /// The maximum number of rules, including ended ones.
    maximum: usize,
    /// The prefix of every rule's account.
    account_prefix: String,
    /// Minutes between a change and the first movement that it applies to.
    delay_minutes: i64,
    unrecognised: Vec<UnrecognisedMovements>,
    /// Whether all of them were counted. Otherwise there are more.
    complete: bool,
}

/// A rule to preview before it is saved.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRulePreviewRequest {
    /// Stripe's category. Absent: any.
    #[serde(default)]
    reporting_category: Option<String>,
    /// Stripe's type. Absent: any. At least one of both is named.
    #[serde(default, rename = "type")]
    type_: Option<String>,
    /// The account's name in the ledger.
    account: String,
}

/// A rule to save.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRuleRequest {
    /// The revision that the change is based on.
    pub(crate) revision: u64,
    /// Stripe's category. Absent: any.
    #[serde(default)]
    reporting_category: Option<String>,
    /// Stripe's type. Absent: any. At least one of both is named.
    #[serde(default, rename = "type")]
    type_: Option<String>,
    /// The account's name in the ledger.
    account: String,
}

/// The end of a rule.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct AccountRuleEndRequest {
    /// The revision that the change is based on.
    pub(crate) revision: u64,
}

/// Stripe's names for movements. At least one is there and not empty.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct MovementNames {
    /// Stripe's category. Absent: any. Empty: where Stripe names none.
    #[serde(default)]
    reporting_category: Option<String>,
    /// Stripe's type. Absent: any. Empty: where Stripe names none.
    #[serde(default, rename = "type")]
    type_: Option<String>,
}

/// Why a rule cannot be saved.
#[derive(Serialize, ToSchema)]
struct AccountRuleRefusal {
    code: &'static str,
    /// The field at fault.
    #[schema(required)]
    field: Option<&'static str>,
    /// A sentence for people.
    detail: String,
}

/// What a rule would do.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountRulePreview {
    /// It would hold for movements that Stripe creates from this time on, if it were saved now.
    starts_at: String,
    /// The account that such movements go to without the rule.
    present_account: String,
    /// Movements with these names in suspense. They stay there.
    movements: u64,
    /// Those of them with an open problem.
    open: u64,
    amounts: Vec<SuspenseAmount>,
    /// Whether all of them were counted. Otherwise there are more.
    complete: bool,
    /// Why the rule cannot be saved. Empty when it can.
    refusals: Vec<AccountRuleRefusal>,
}

/// A rule that was saved or ended.
#[derive(Serialize, ToSchema)]
pub(crate) struct AccountRuleChanged {
    rule: AccountRule,
    /// Whether this call changed it. Otherwise it was already so.
    changed: bool,
    /// The revision of the settings now.
    revision: u64,
}

impl AccountRule {
    fn of(rule: &Model, now: Millis) -> Self {
        let seconds = now.seconds();
        let state = match rule.ends_at {
            Some(end) if seconds >= end => AccountRuleState::Ended,
            Some(_) => AccountRuleState::Ending,
            None if rule.holds_at(seconds) => AccountRuleState::InForce,
            None => AccountRuleState::Upcoming,
        };
        Self {
            id: rule.id.to_string(),
            reporting_category: rule.names.reporting_category.clone(),
            type_: rule.names.type_.clone(),
            account: rule.account.clone(),
            state,
            saved_at: rule.saved_at.rfc3339(),
            starts_at: Millis::from_seconds(rule.starts_at).rfc3339(),
            ends_at: rule.ends_at.map(|end| Millis::from_seconds(end).rfc3339()),
        }
    }
}

impl AccountRules {
    pub(crate) fn of(listed: &Listed, revision: u64, now: Millis) -> Self {
        let Listed { rules, unrecognised, complete, prefix } = listed;
        let unrecognised = unrecognised.iter().map(|(names, held)| {
            // A rule that is saved now holds from the end of the delay on.
            let from = now.seconds().saturating_add(ACCOUNT_RULE_DELAY_SECONDS + 1);
            let rule = rules.rule_of(&names.reporting_category, &names.type_, from);
            UnrecognisedMovements {
                reporting_category: names.reporting_category.clone(),
                type_: names.type_.clone(),
                movements: held.movements,
                open: held.open,
                amounts: amounts(held),
                first_seen_at: held.first_seen.rfc3339(),
                last_seen_at: held.last_seen.rfc3339(),
                rule_id: rule.map(|rule| rule.id.to_string()),
            }
        });
        Self {
            revision,
            rules: rules.iter().map(|rule| AccountRule::of(rule, now)).collect(),
            maximum: MAX_ACCOUNT_RULES,
            account_prefix: prefix.clone(),
            delay_minutes: ACCOUNT_RULE_DELAY_SECONDS / 60,
            unrecognised: unrecognised.collect(),
            complete: *complete,
        }
    }
}

impl AccountRulePreviewRequest {
    pub(crate) fn wanted(self) -> WantedRule {
        wanted(self.reporting_category, self.type_, self.account)
    }
}

impl AccountRuleRequest {
    pub(crate) fn wanted(self) -> WantedRule {
        wanted(self.reporting_category, self.type_, self.account)
    }
}

fn wanted(
    reporting_category: Option<String>,
    type_: Option<String>,
    account: String,
) -> WantedRule {
    WantedRule { names: RuleNames { reporting_category, type_ }, account }
}

impl MovementNames {
    pub(crate) fn checked(self) -> Result<RuleNames, Error> {
        let Self { reporting_category, type_ } = self;
        let given = || [&reporting_category, &type_].into_iter().flatten();
        if given().all(String::is_empty) || given().any(|name| name.len() > MAX_NAME) {
            return Err(Error::field("unrecognised", "Name a category, a type or both."));
        }
        Ok(RuleNames { reporting_category, type_ })
    }
}

impl AccountRulePreview {
    pub(crate) fn of(previewed: Previewed) -> Self {
        let held = previewed.in_suspense.as_ref();
        Self {
            starts_at: Millis::from_seconds(previewed.starts_at).rfc3339(),
            present_account: previewed.instead_of,
            movements: held.map_or(0, |held| held.movements),
            open: held.map_or(0, |held| held.open),
            amounts: held.map(amounts).unwrap_or_default(),
            complete: previewed.complete,
            refusals: previewed.refusals.into_iter().map(AccountRuleRefusal::of).collect(),
        }
    }
}

impl AccountRuleRefusal {
    fn of(refusal: RuleRefusal) -> Self {
        Self { code: refusal.code, field: refusal.field, detail: refusal.detail }
    }
}

impl AccountRuleChanged {
    pub(crate) fn of(done: &RuleChanged, now: Millis) -> Self {
        let RuleChanged { rule, changed, revision } = done;
        Self { rule: AccountRule::of(rule, now), changed: *changed, revision: *revision }
    }
}

fn amounts(held: &Held) -> Vec<SuspenseAmount> {
    let of = |(currency, amount): (&String, &OpenAmount)| SuspenseAmount {
        exponent: exponent(currency),
        currency: currency.clone(),
        movements: amount.count,
        amount: minor(amount.sum),
    };
    held.amounts.iter().map(of).collect()
}
