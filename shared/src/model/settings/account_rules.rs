//! Changes of the account rules: checks of a new rule, and the account that it replaces. Pure.

use crate::model::connection::Connection;
use crate::model::error::{Details, Error, Result};
use crate::model::ledger::{Account, AccountRule, Chart, MAX_ACCOUNT_RULES, RuleNames, knows_name};
use crate::model::settings::Settings;

/// A rule that a person entered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedRule {
    /// The records' names.
    pub names: RuleNames,
    /// The indicator of the account.
    pub account: String,
}

/// Why a rule cannot be created.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleRefusal {
    /// A stable code for programs.
    pub code: &'static str,
    /// The field at fault, if any.
    pub field: Option<&'static str>,
    /// A sentence for people.
    pub detail: String,
}

impl RuleRefusal {
    pub(crate) fn new(
        code: &'static str,
        field: impl Into<Option<&'static str>>,
        detail: impl Into<String>,
    ) -> Self {
        Self { code, field: field.into(), detail: detail.into() }
    }
}

impl From<RuleRefusal> for Error {
    fn from(refusal: RuleRefusal) -> Self {
        let more = Details { field: refusal.field, ..Details::default() };
        match refusal.code {
            RULE_EXISTS | TOO_MANY_RULES => Self::conflict(refusal.code, refusal.detail).with(more),
            code => Self::refused(code, refusal.detail).with(more),
        }
    }
}

/// The code for names that have an open rule already.
pub(crate) const RULE_EXISTS: &str = "rule_exists";

/// The code for one rule too many.
pub(crate) const TOO_MANY_RULES: &str = "too_many_rules";

impl Settings {
    /// The chart of a connection under these settings, with all names that its accounts have had.
    ///
    /// # Errors [`Error::Internal`] when stored names are invalid.
    pub fn chart(&self, connection: &Connection) -> Result<Chart> {
        let owner = format!("{}:{}", connection.account_id, connection.mode);
        Ok(Chart::new(connection.mirror.clone())
            .map_err(Error::internal)?
            .in_mode(connection.mode)
            .choosing(&self.accounts())
            .map_err(Error::internal)?
            .remembering(connection.accounts.clone())
            .ruled_by(self.account_rules.of_owner(&owner)))
    }

    /// Why a rule cannot be created, as far as the settings show. Empty when it can.
    #[must_use]
    pub fn refusals(&self, owner: &str, chart: &Chart, wanted: &WantedRule) -> Vec<RuleRefusal> {
        let mut refusals: Vec<RuleRefusal> = refusal_of_names(&wanted.names).into_iter().collect();
        if let Err(why) = chart.check_rule_account(&wanted.account) {
            refusals.push(RuleRefusal::new("invalid_account", "account", why.to_string()));
        }
        if let Some(open) = self.account_rules.open(owner, &wanted.names) {
            let why =
                format!("There is a rule for this already, to {}. End it first.", open.account);
            refusals.push(RuleRefusal::new(RULE_EXISTS, None, why));
        }
        if self.account_rules.is_full() {
            let why = format!(
                "There are {MAX_ACCOUNT_RULES} rules, the most that can be. Ended ones count: \
                 movements of their time still follow them."
            );
            refusals.push(RuleRefusal::new(TOO_MANY_RULES, None, why));
        }
        refusals
    }

    /// An open rule for the same names and account: repeating the request creates no second rule.
    #[must_use]
    pub fn same_rule(&self, owner: &str, wanted: &WantedRule) -> Option<&AccountRule> {
        let open = self.account_rules.open(owner, &wanted.names)?;
        (open.account == wanted.account).then_some(open)
    }

    /// The account of such movements at a time without the rule: that of a less specific rule, or
    /// the suspense account.
    #[must_use]
    pub fn account_without(&self, chart: &Chart, names: &RuleNames, at: i64) -> String {
        let named = |name: &Option<String>| name.clone().unwrap_or_default();
        let (category, type_) = (named(&names.reporting_category), named(&names.type_));
        let account = chart.rules().account_of(&category, &type_, at);
        account.map_or_else(|| chart.account(Account::Suspense), str::to_owned)
    }
}

fn refusal_of_names(names: &RuleNames) -> Option<RuleRefusal> {
    if *names == RuleNames::default() {
        let why = "Name a category, a type or both.";
        return Some(RuleRefusal::new("nothing_named", "reporting_category", why));
    }
    if let Some(field) = names.invalid() {
        let why = "Stripe's names have at most 64 letters, digits and signs, without spaces.";
        return Some(RuleRefusal::new("invalid_name", field, why));
    }
    let (category, type_) = (names.reporting_category.as_deref(), names.type_.as_deref());
    let known = [("reporting_category", category, None), ("type", None, type_)]
        .into_iter()
        .find(|(_, category, type_)| knows_name(*category, *type_));
    known.map(|(field, ..)| {
        let why = "The app knows these movements and has an account for them.";
        RuleRefusal::new("known_name", field, why)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    use ulid::Ulid;

    use crate::model::time::Millis;

    const NOW: Millis = Millis(1_760_000_000_000);

    fn names(category: Option<&str>, type_: Option<&str>) -> RuleNames {
        RuleNames {
            reporting_category: category.map(str::to_owned),
            type_: type_.map(str::to_owned),
        }
    }

    fn codes(settings: &Settings, names: RuleNames, account: &str) -> Vec<&'static str> {
        let connection = crate::model::connection::tests::connection();
        let chart = settings.chart(&connection).unwrap();
        let wanted = WantedRule { names, account: account.to_owned() };
        settings.refusals("acct_1:test", &chart, &wanted).iter().map(|it| it.code).collect()
    }

    #[test]
    fn the_account_of_a_rule_is_a_free_name_under_the_prefix() {
        let mut settings = Settings::default();
        settings.account_names.insert("fees".to_owned(), "@stripe_test_costs".to_owned());
        let of = || names(Some("balance_x"), None);
        for good in ["@stripe_test_grants", "@stripe_test_balance", "@stripe_test_X9"] {
            assert_eq!(codes(&settings, of(), good), [""; 0], "{good}");
        }
        let long = format!("@stripe_test_{}", "a".repeat(60));
        for bad in [
            "",
            "@",
            "stripe_test_grants",
            "@stripe_test",
            "@stripe_test_",
            "@stripe_testing",
            "@stripe_test_grants ",
            "@stripe_test_gr\u{e4}nts",
            "@grants",
            "@stripe_grants",
            &long,
            // Mirrors, the accounts of the chart by their present, default and other names.
            "@stripe_test_issuing",
            "@stripe_test_balance_x",
            "@stripe_test_suspense",
            "@stripe_test_costs",
            "@stripe_test_fees",
            "@stripe_test_guests",
            "@stripe_test_customers",
        ] {
            assert_eq!(codes(&settings, of(), bad), ["invalid_account"], "{bad:?}");
        }
    }

    #[test]
    fn an_account_of_live_mode_is_none_that_test_mode_may_get() {
        let connection = Connection {
            mode: crate::model::ledger::Mode::Live,
            mirror: "@stripe".to_owned(),
            ..crate::model::connection::tests::connection()
        };
        let chart = Settings::default().chart(&connection).unwrap();
        assert!(chart.check_rule_account("@stripe_grants").is_ok());
        for bad in ["@stripe_test", "@stripe_test_grants", "@stripe_test_fees"] {
            assert!(chart.check_rule_account(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn only_names_that_no_rule_of_the_app_knows_get_an_account() {
        let settings = Settings::default();
        let long = "x".repeat(65);
        for (category, type_, expected) in [
            (Some("grant"), None, &[][..]),
            (None, Some("grant"), &[]),
            (Some("other_adjustment"), Some("adjustment"), &[]),
            (None, None, &["nothing_named"]),
            (Some(""), None, &["invalid_name"]),
            (Some("two words"), None, &["invalid_name"]),
            (None, Some(long.as_str()), &["invalid_name"]),
            (Some("charge"), None, &["known_name"]),
            (Some("grant"), Some("stripe_fee"), &["known_name"]),
            (None, Some("payout_of_next_year"), &["known_name"]),
        ] {
            let refused = codes(&settings, names(category, type_), "@stripe_test_grants");
            assert_eq!(refused, expected, "{category:?} {type_:?}");
        }
    }

    #[test]
    fn names_have_one_open_rule_and_all_rules_count_for_ever() {
        let mut settings = Settings::default();
        let of = || names(Some("grant"), None);
        let add = |settings: &mut Settings, at: u128| {
            let account = "@stripe_test_grants".to_owned();
            settings.account_rules.add(Ulid(at), "acct_1:test", of(), account, NOW)
        };
        let first = add(&mut settings, 1);
        assert_eq!(codes(&settings, of(), "@stripe_test_others"), [RULE_EXISTS]);
        assert_eq!(
            codes(&settings, names(Some("grant"), Some("gift")), "@stripe_test_grants"),
            [""; 0],
            "other names, and the account of another rule"
        );
        let ended = settings.account_rules.end(first.id, Millis(NOW.0 + 5)).unwrap();
        assert_eq!(codes(&settings, of(), "@stripe_test_others"), [""; 0]);
        let again = settings.account_rules.end(first.id, Millis(NOW.0 + 9_000_000)).unwrap();
        assert_eq!(again.ends_at, ended.ends_at, "an end stays");
        let next = add(&mut settings, 2);
        assert!(Some(next.starts_at) >= ended.ends_at, "never two at a time");
        for at in 3..=u128::try_from(MAX_ACCOUNT_RULES).unwrap() {
            settings.account_rules.end(Ulid(at - 1), NOW).unwrap();
            add(&mut settings, at);
        }
        settings.account_rules.end(Ulid(50), NOW).unwrap();
        assert_eq!(codes(&settings, of(), "@stripe_test_grants"), [TOO_MANY_RULES]);
    }

    #[test]
    fn a_chosen_name_is_not_the_account_of_a_rule() {
        let mut settings = Settings::default();
        let account = "@stripe_test_grants".to_owned();
        settings.account_rules.add(
            Ulid(1),
            "acct_1:test",
            names(Some("grant"), None),
            account,
            NOW,
        );
        let before = settings.clone();
        settings.account_names.insert("fees".to_owned(), "@stripe_test_grants".to_owned());
        let connection = crate::model::connection::tests::connection();
        let refused = settings.check(&before, Some(&connection), NOW).unwrap_err();
        assert!(refused.to_string().contains("account rule"), "{refused}");
        assert!(before.check(&before, Some(&connection), NOW).is_ok());
    }
}
