//! The settings of an install, written past the portal.

use stripe_sync::model::ledger;
use stripe_sync::model::ledger::{AccountRule, RuleNames};
use stripe_sync::model::settings::Settings;
use stripe_sync::platform::clock;
use stripe_sync::platform::table::item::to_item;
use stripe_sync::platform::table::keys::Sk;
use test_support::TABLE;

use super::Tenant;

/// How often the test's own set-up is tried again.
const SET_UP_TRIES: u32 = 5;

impl Tenant<'_> {
    /// Sets the start date: a UTC midnight, Unix seconds, or none.
    ///
    /// # Panics
    /// When the settings cannot be stored.
    #[expect(clippy::unwrap_used, reason = "the test's own set-up")]
    pub async fn set_start(&self, start: Option<i64>) {
        let start_date = start.map(|start| ledger::utc_date(start).unwrap());
        self.change_settings(|settings| settings.start_date = start_date).await;
    }

    /// Sets the amount above which a movement in a currency waits for approval, minor units.
    ///
    /// # Panics
    /// When the settings cannot be stored.
    #[expect(clippy::unwrap_used, reason = "the test's own set-up")]
    pub async fn set_ceiling(&self, currency: &str, amount: u64) {
        let currency = currency.parse().unwrap();
        self.change_settings(|settings| _ = settings.ceilings.insert(currency, amount)).await;
    }

    /// Gives movements that no rule knows an account of their own.
    ///
    /// # Panics
    /// When the settings cannot be stored.
    #[expect(clippy::unwrap_used, reason = "the test's own set-up")]
    pub async fn add_rule(&self, names: RuleNames, account: &str) -> AccountRule {
        let (owner, account) = (format!("{}:test", self.account.account), account.to_owned());
        let (id, now) = (clock::new_ulid(), clock::now());
        let mut rule = None;
        self.change_settings(|settings| {
            rule = Some(settings.account_rules.add(id, &owner, names, account, now));
        })
        .await;
        rule.unwrap()
    }

    /// Ends such a rule.
    ///
    /// # Panics
    /// When there is none, or the settings cannot be stored.
    #[expect(clippy::unwrap_used, reason = "the test's own set-up")]
    pub async fn end_rule(&self, rule: &AccountRule) -> AccountRule {
        let (id, now) = (rule.id, clock::now());
        let mut ended = None;
        self.change_settings(|settings| ended = settings.account_rules.end(id, now)).await;
        ended.unwrap()
    }

    #[expect(clippy::unwrap_used, reason = "the test's own set-up")]
    async fn change_settings(&self, change: impl FnOnce(&mut Settings)) {
        let mut read = self.store.settings().read(&self.install, &self.generation).await;
        // On a busy machine the table may need longer than a call may last. That is no fault of the
        // history.
        for _ in 0..SET_UP_TRIES {
            if read.is_ok() {
                break;
            }
            read = self.store.settings().read(&self.install, &self.generation).await;
        }
        let mut settings = read.unwrap();
        settings.revision += 1;
        change(&mut settings);
        let item = to_item(&self.install, &Sk::Settings, &settings).unwrap();
        let put =
            || self.store.client.put_item().table_name(TABLE).set_item(Some(item.clone())).send();
        let mut written = put().await;
        for _ in 0..SET_UP_TRIES {
            if written.is_ok() {
                break;
            }
            written = put().await;
        }
        written.unwrap();
    }
}
