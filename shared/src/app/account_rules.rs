//! Account rules: accounts for categories and types that no rule of the app covers. They are listed
//! with the movements in suspense, previewed, saved and ended, one at a time.

use ulid::Ulid;

use crate::app::connect::connector::{BUDGET, Connector, blnk_refused, require};
use crate::app::free_accounts::Claim;
use crate::app::ownership::conflicting_ledger;
use crate::app::runs::connection;
use crate::model::activity::{Activity, Kind};
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::permission::Permission;
use crate::model::ledger::{AccountRule, AccountRules, Chart, Owner, RuleNames};
use crate::model::problem::unrecognised::{Unrecognised, UnrecognisedTally};
use crate::model::session::Portal;
use crate::model::settings::Settings;
use crate::model::settings::account_rules::{RuleRefusal, WantedRule};
use crate::model::time::Millis;
use crate::platform::http::Deadline;
use crate::platform::store::settings::changed_meanwhile;

/// The code for an account that holds entries of others.
const ACCOUNT_NOT_FREE: &str = "account_not_free";

/// What changing account rules needs.
#[derive(Debug, Clone, Copy)]
pub struct AccountRuleChange<'a> {
    /// The table, and the ledger in which an account must be free.
    pub connector: &'a Connector,
}

/// The rules, and the movements in suspense.
#[derive(Debug)]
pub struct Listed {
    /// The rules about the connected account.
    pub rules: AccountRules,
    /// The movements that no rule knew, by names.
    pub unrecognised: UnrecognisedTally,
    /// Whether all of them were counted.
    pub complete: bool,
    /// The prefix that the account of a rule must have.
    pub prefix: String,
}

/// What a rule would do.
#[derive(Debug)]
pub struct Previewed {
    /// It would hold for records created from this time on, Unix seconds.
    pub starts_at: i64,
    /// The account of such movements without the rule.
    pub instead_of: String,
    /// The movements in suspense with its names. They stay there.
    pub in_suspense: Option<Unrecognised>,
    /// Whether all of it was counted.
    pub complete: bool,
    /// Why it cannot be created. Empty when it can.
    pub refusals: Vec<RuleRefusal>,
}

/// A rule as it is stored.
#[derive(Debug)]
pub struct RuleChanged {
    /// The rule.
    pub rule: AccountRule,
    /// Whether this call changed anything.
    pub changed: bool,
    /// The revision of the settings that hold it.
    pub revision: u64,
}

/// The connected account, and its accounts in the ledger.
struct ConnectedAccount<'p> {
    connection: &'p Connection,
    owner: Owner,
    chart: Chart,
}

impl<'p> ConnectedAccount<'p> {
    fn of(portal: &'p Portal) -> Result<Self> {
        let connection = connection(portal)?;
        let owner = Owner::new(connection.account_id.clone(), connection.mode);
        let owner = owner.map_err(Error::internal)?;
        Ok(Self { connection, owner, chart: portal.settings.chart(connection)? })
    }
}

impl AccountRuleChange<'_> {
    /// The rules, and the movements in suspense.
    ///
    /// # Errors
    /// [`Error::Forbidden`] without `data:read`, [`Error::Conflict`] when nothing is connected,
    /// [`Error::Unavailable`].
    pub async fn list(&self, portal: &Portal) -> Result<Listed> {
        require(portal, Permission::DataRead)?;
        let connected = ConnectedAccount::of(portal)?;
        let (unrecognised, complete) = self.suspense(portal, connected.connection).await?;
        Ok(Listed {
            rules: connected.chart.rules().clone(),
            unrecognised,
            complete,
            prefix: format!("{}_", connected.chart.prefix()),
        })
    }

    /// What a rule would do, and why it cannot be created. Stores nothing.
    ///
    /// # Errors
    /// As [`Self::list`].
    pub async fn preview(
        &self,
        portal: &Portal,
        wanted: &WantedRule,
        now: Millis,
    ) -> Result<Previewed> {
        require(portal, Permission::DataRead)?;
        let connected = ConnectedAccount::of(portal)?;
        let (tally, complete) = self.suspense(portal, connected.connection).await?;
        let refusals = self.refusals(portal, &connected, wanted).await?;
        let (rules, owner) = (&portal.settings.account_rules, connected.owner.to_string());
        let starts_at = rules.start_of_next(&owner, &wanted.names, now);
        let chart = &connected.chart;
        Ok(Previewed {
            starts_at,
            instead_of: portal.settings.account_without(chart, &wanted.names, starts_at),
            in_suspense: tally.under(&wanted.names),
            complete,
            refusals,
        })
    }

    /// Saves a rule. A repetition makes no second one. `rule_id` and `audit_id` name the rule
    /// and the audit entry.
    ///
    /// # Errors [`Error::Forbidden`] without `data:read` and `data:write`, [`Error::Refused`] and
    /// [`Error::Conflict`] for a rule that cannot be created and when the settings were changed
    /// meanwhile, [`Error::Unauthorized`] when the session is over, [`Error::Unavailable`].
    pub async fn save(
        &self,
        portal: &Portal,
        wanted: WantedRule,
        revision: u64,
        rule_id: Ulid,
        audit_id: Ulid,
        now: Millis,
    ) -> Result<RuleChanged> {
        require(portal, Permission::DataRead)?;
        require(portal, Permission::DataWrite)?;
        let connected = ConnectedAccount::of(portal)?;
        let owner = connected.owner.to_string();
        let mut settings = portal.settings.clone();
        if let Some(same) = settings.same_rule(&owner, &wanted) {
            return Ok(unchanged(same.clone(), &settings));
        }
        self.base_of(&mut settings, revision)?;
        if let Some(refusal) = self.refusals(portal, &connected, &wanted).await?.into_iter().next()
        {
            return Err(refusal.into());
        }
        let WantedRule { names, account } = wanted;
        let rule = settings.account_rules.add(rule_id, &owner, names, account, now);
        self.store(portal, &settings, Kind::AccountRuleAdded, &rule, audit_id, now).await?;
        Ok(RuleChanged { rule, changed: true, revision: settings.revision })
    }

    /// Ends a rule for later records, after a short delay. A rule that is already ended is not
    /// changed. `audit_id` names the audit entry.
    ///
    /// # Errors
    /// As [`Self::save`]; [`Error::NotFound`] when there is no such rule.
    pub async fn end(
        &self,
        portal: &Portal,
        id: Ulid,
        revision: u64,
        audit_id: Ulid,
        now: Millis,
    ) -> Result<RuleChanged> {
        require(portal, Permission::DataRead)?;
        require(portal, Permission::DataWrite)?;
        let connected = ConnectedAccount::of(portal)?;
        let mut own = connected.chart.rules().iter();
        let rule = own.find(|rule| rule.id == id).ok_or(Error::NotFound)?;
        let mut settings = portal.settings.clone();
        if rule.is_ended() {
            return Ok(unchanged(rule.clone(), &settings));
        }
        self.base_of(&mut settings, revision)?;
        let rule = settings.account_rules.end(id, now).ok_or(Error::NotFound)?;
        self.store(portal, &settings, Kind::AccountRuleEnded, &rule, audit_id, now).await?;
        Ok(RuleChanged { rule, changed: true, revision: settings.revision })
    }

    /// Checks that the caller saw the current settings, and gives the new ones the next revision.
    fn base_of(&self, settings: &mut Settings, revision: u64) -> Result<()> {
        if settings.revision != revision {
            return Err(changed_meanwhile());
        }
        settings.revision = revision.saturating_add(1);
        Ok(())
    }

    async fn store(
        &self,
        portal: &Portal,
        settings: &Settings,
        kind: Kind,
        rule: &AccountRule,
        audit_id: Ulid,
        now: Millis,
    ) -> Result<()> {
        let activity = Activity {
            kind,
            at: now,
            launch_id: Some(portal.launch.to_string()),
            subject: Some(subject(rule)),
            ttl: self.connector.retention.expiry(now),
        };
        self.connector.store.settings().put(&portal.install, settings, &activity, audit_id).await?;
        tracing::info!(install = %portal.install, rule = %rule.id, ?kind, "account rules changed");
        Ok(())
    }

    async fn suspense(
        &self,
        portal: &Portal,
        connection: &Connection,
    ) -> Result<(UnrecognisedTally, bool)> {
        let problems = self.connector.store.problems();
        problems.unrecognised(&portal.install, connection.connection).await
    }

    /// Why a rule cannot be created. The ledger is asked only when nothing else prevents the rule.
    async fn refusals(
        &self,
        portal: &Portal,
        connected: &ConnectedAccount<'_>,
        wanted: &WantedRule,
    ) -> Result<Vec<RuleRefusal>> {
        let ConnectedAccount { owner, chart, .. } = connected;
        let refusals = portal.settings.refusals(&owner.to_string(), chart, wanted);
        if !refusals.is_empty() || chart.rules().name(&wanted.account) {
            return Ok(refusals);
        }
        let deadline = Deadline::after(BUDGET);
        let (blnk, ledgers) = self.connector.ledgers(portal, deadline).await?;
        let mut rules = chart.rules().clone();
        let (names, account) = (RuleNames::default(), wanted.account.clone());
        rules.add(Ulid::nil(), &owner.to_string(), names, account, Millis(0));
        let with_it = chart.clone().ruled_by(rules);
        if let Some(other) = conflicting_ledger(&ledgers, &with_it, owner) {
            let why = format!("{} may be one of the mirror {}.", wanted.account, other.prefix);
            return Ok(vec![RuleRefusal::new(ACCOUNT_NOT_FREE, "account", why)]);
        }
        let names = [wanted.account.clone()];
        let looked = Claim { owner, kept: false }.look(&blnk, &names, deadline).await;
        let looked = looked.map_err(blnk_refused)?;
        if !looked.whole {
            let why = "not all balances of the account could be looked at in time";
            return Err(Error::unavailable("Blnk Cloud", why));
        }
        let used = looked.in_use.first().map(|used| {
            let why = format!(
                "{} holds {} entries in {} that are not this app’s.",
                used.indicator, used.entries, used.currency
            );
            RuleRefusal::new(ACCOUNT_NOT_FREE, "account", why)
        });
        Ok(used.into_iter().collect())
    }
}

fn unchanged(rule: AccountRule, settings: &Settings) -> RuleChanged {
    RuleChanged { rule, changed: false, revision: settings.revision }
}

/// The subject in the audit trail: the names of the rule and its account.
fn subject(rule: &AccountRule) -> String {
    let RuleNames { reporting_category, type_ } = &rule.names;
    let names: Vec<&str> =
        [reporting_category, type_].into_iter().flatten().map(String::as_str).collect();
    format!("{}: {}", names.join(" / "), rule.account)
}
