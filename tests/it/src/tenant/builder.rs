//! How a customer of a test comes about.

use serde_json::{Value, json};

use super::{Tenant, open};
use crate::{Aws, Dispatcher, Stack, Step};

/// A customer before the install.
#[derive(Debug)]
pub struct TenantBuilder {
    seed: u64,
    movements: u64,
    install: Value,
}

impl Tenant {
    /// A customer with a history of `movements`.
    #[must_use]
    pub fn builder(seed: u64, movements: u64) -> TenantBuilder {
        TenantBuilder { seed, movements, install: json!({}) }
    }

    /// A customer with a history of `movements` who has installed the app and opened its portal.
    ///
    /// # Errors
    /// The first step that failed.
    pub async fn installed(seed: u64, movements: u64) -> Step<Self> {
        Self::builder(seed, movements).installed().await
    }

    /// The same, with a connected Stripe account.
    ///
    /// # Errors
    /// The first step that failed.
    pub async fn connected(seed: u64, movements: u64) -> Step<Self> {
        Self::builder(seed, movements).connected().await
    }
}

impl TenantBuilder {
    /// Grants these permissions instead of all.
    #[must_use]
    pub fn permissions(mut self, permissions: &[&str]) -> Self {
        self.install["permissions"] = json!(permissions);
        self
    }

    /// Installs into this instance instead of a new one.
    #[must_use]
    pub fn instance(mut self, id: &str) -> Self {
        self.install["instance_id"] = json!(id);
        self
    }

    /// Installs the app and opens its portal.
    ///
    /// # Errors
    /// The first step that failed.
    pub async fn installed(self) -> Step<Tenant> {
        let Self { seed, movements, install } = self;
        let stack = Stack::from_environment()?;
        let sandbox = stack.sandbox();
        let dispatcher = Dispatcher::shared(&stack).await?;
        let account = sandbox.stripe_account(seed, movements).await?;
        let install = sandbox.install_like(install).await?;
        let portal = open(&stack, &sandbox, &install.installed_app_id).await?;
        // No schedule may change what a test counts. Tests of schedules choose another interval.
        portal.interval("off").await?;
        let aws = Aws::owner(&stack).await;
        println!(
            "seed {seed}: {} with {movements} movements, install {}",
            account.account, install.installed_app_id
        );
        Ok(Tenant { stack, sandbox, aws, dispatcher, seed, account, install, portal })
    }

    /// Installs the app, opens its portal and connects the Stripe account.
    ///
    /// # Errors
    /// The first step that failed.
    pub async fn connected(self) -> Step<Tenant> {
        let tenant = self.installed().await?;
        tenant.portal.connect(&tenant.account.restricted_key).await?;
        Ok(tenant)
    }
}
