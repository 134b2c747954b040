//! What a person reads in the portal's statements, and Stripe's own reports of the same days.

use std::collections::BTreeMap;

use serde_json::Value;
use stripe_sync::app::figures::{self, FiguresDetail, FiguresStatus};
use stripe_sync::app::reconciling::{self, Reconciling};
use stripe_sync::model::period::Period;
use stripe_sync::model::reconciling::InTransit;
use stripe_sync::model::session::Portal;
use stripe_sync::model::settings::Settings;
use stripe_sync::model::statement::Statement;
use stripe_sync::platform::clock;
use ulid::Ulid;

use super::Tenant;

impl Tenant<'_> {
    /// The statements of a period, as the app makes them.
    ///
    /// # Errors
    /// What the app refuses.
    pub async fn statements(&self, period: Period) -> Result<Vec<Statement>, String> {
        let portal = self.portal().await?;
        let now = clock::now();
        figures::load(&self.store, &portal, period, FiguresDetail::Statement, now)
            .await
            .and_then(|figures| figures.statements())
            .map_err(|error| format!("the statements of {period:?}: {}", error.chain()))
    }

    /// Whether the figures of a period may still change.
    ///
    /// # Errors
    /// What the app refuses.
    pub async fn standing(&self, period: Period) -> Result<Option<FiguresStatus>, String> {
        let portal = self.portal().await?;
        let figures =
            figures::load(&self.store, &portal, period, FiguresDetail::Statement, clock::now())
                .await;
        figures.map(|figures| figures.status).map_err(|error| error.chain())
    }

    /// The payouts in transit at both ends of a period, as the app makes them.
    ///
    /// # Errors
    /// What the app refuses, and that there are more than it reads.
    pub async fn in_transit(&self, period: Period) -> Result<BTreeMap<String, InTransit>, String> {
        let portal = self.portal().await?;
        let loaded = reconciling::in_transit(&self.store, &portal, period).await;
        loaded
            .map_err(|error| error.chain())?
            .ok_or_else(|| "more payouts than are read".to_owned())
    }

    /// The reconciling items of a period, as the app makes them.
    ///
    /// # Errors
    /// What the app refuses.
    pub async fn reconciling_items(&self, period: Period) -> Result<Reconciling, String> {
        let portal = self.portal().await?;
        let loaded = reconciling::load(&self.store, &portal, period).await;
        loaded.map_err(|error| error.chain())
    }

    /// A session's view of this install.
    async fn portal(&self) -> Result<Portal, String> {
        let read = self.store.installs().meta_and_connection(&self.install).await;
        let (meta, connection) = read.map_err(|error| error.chain())?;
        Ok(Portal {
            install: self.install.clone(),
            meta: meta.ok_or("no install")?,
            generation: self.generation.clone(),
            launch: Ulid::nil(),
            expires_at: clock::now(),
            opened_at: None,
            connection,
            left_behind: None,
            summary: None,
            settings: Settings::default(),
        })
    }

    /// Stripe's own report of the days of a period: one for each balance and currency.
    pub async fn balance_summary(&self, period: Period) -> Vec<Value> {
        let Period { from, to } = period;
        self.report(&format!("balance-summary?from={from}&to={to}")).await
    }

    /// Stripe's own report of what automatic payouts settled.
    pub async fn payout_reconciliation(&self) -> Vec<Value> {
        self.report("payout-reconciliation").await
    }

    async fn report(&self, path: &str) -> Vec<Value> {
        let path = format!("/accounts/{}/reports/{path}", self.account.account);
        self.world.stripe_report(&path).await.as_array().cloned().unwrap_or_default()
    }

    /// The payouts of this connection, as they are stored.
    #[must_use]
    pub fn payout_items(&self) -> Vec<Value> {
        self.aws.items(&self.pk(), &format!("PAYOUT#{}#id#", self.connection.get()))
    }

    /// Those whose members are added up.
    #[must_use]
    pub fn payouts_with_members(&self) -> Vec<Value> {
        let mut items = self.payout_items();
        items.retain(|item| item["members"].is_object());
        items
    }
}
