//! Checks what a key may read before anything is stored. A missing permission is named now, not in
//! the middle of a run.

use crate::app::connect::connector::Connector;
use crate::model::error::{Details, Error, MissingPermission, Result};
use crate::model::ledger::Mode;
use crate::model::stripe::key::StripeKey;
use crate::model::stripe::permissions::key_link;
use crate::model::stripe::resource::Resource;
use crate::model::stripe::types::Account;
use crate::platform::http::Deadline;
use crate::platform::stripe::{AccountError, StripeClient, StripeError};

/// A resource that a key may not read, and the permission that Stripe named for it.
type Lacking = (Resource, Option<String>);

impl Connector {
    /// Reads the account and one record of every resource that a sync reads. If only the account is
    /// refused and Stripe names its id in the refusal, that id is enough. The id is never taken
    /// from anywhere else, because two accounts must not be confused.
    pub(crate) async fn check_permissions(
        &self,
        key: &StripeKey,
        deadline: Deadline,
    ) -> Result<Account> {
        let client = StripeClient::new(self.http.clone(), &self.stripe_base, &key.secret)
            .map_err(Error::internal)?;
        let account = client.own_account(deadline).await;
        if let Err(AccountError { error: error @ StripeError::Unauthorized { .. }, .. }) = &account
        {
            return Err(Error::refused(
                "invalid_key",
                format!("{error}. Check that the key was copied whole and is still active."),
            ));
        }
        let rest: Vec<Resource> =
            Resource::ALL.into_iter().filter(|resource| *resource != Resource::Account).collect();
        let probes = futures::future::join_all(
            rest.iter().map(|resource| client.probe(*resource, deadline)),
        )
        .await;
        let mut missing: Vec<Lacking> = Vec::new();
        let account = match account {
            Ok(account) => Some(account),
            Err(AccountError { error: StripeError::Forbidden { .. }, named: Some(id) }) => {
                Some(Account::named(id))
            }
            Err(AccountError { error: StripeError::Forbidden { permission }, named: None }) => {
                missing.push((Resource::Account, permission));
                None
            }
            Err(AccountError { error, .. }) => return Err(Error::unavailable("Stripe", error)),
        };
        for (resource, outcome) in rest.into_iter().zip(probes) {
            match outcome {
                Ok(()) => {}
                Err(StripeError::Forbidden { permission }) => missing.push((resource, permission)),
                Err(error) => return Err(Error::unavailable("Stripe", error)),
            }
        }
        account
            .filter(|_| missing.is_empty())
            .ok_or_else(|| missing_permissions(&missing, key.mode))
    }
}

/// The error for a key that lacks permissions. It gives each permission by its name on Stripe's
/// page and by Stripe's identifier, and the page where a key with all of them is created.
fn missing_permissions(missing: &[Lacking], mode: Mode) -> Error {
    let mut named: Vec<String> = Vec::new();
    for (resource, permission) in missing {
        let (name, word) = resource.permission();
        let one = format!("{name}: Read ({})", permission.as_deref().unwrap_or(word));
        if !named.contains(&one) {
            named.push(one);
        }
    }
    let unnamed = missing
        .iter()
        .any(|(resource, permission)| *resource == Resource::Account && permission.is_none());
    let why = if unnamed {
        " Stripe does not say which account this key belongs to, and without that nothing is \
            connected."
    } else {
        ""
    };
    let listed = missing
        .iter()
        .map(|(resource, permission)| MissingPermission {
            resource: resource.name(),
            permission: permission.clone(),
        })
        .collect();
    let besides = missing.iter().filter_map(|(_, permission)| permission.as_deref());
    Error::refused(
        "missing_rights",
        format!(
            "The key may not read everything that the app needs.{why} Grant it in Stripe: {}.",
            named.join(", ")
        ),
    )
    .with(Details {
        missing: listed,
        key_url: Some(key_link(mode, besides)),
        ..Details::default()
    })
}
