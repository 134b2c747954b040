//! Webhook endpoints: the one kind of object that this application makes at Stripe.

use reqwest::Method;
use reqwest::header::HeaderValue;
use secrecy::SecretString;
use serde::Deserialize;

use crate::model::stripe::event::SUBSCRIBED;
use crate::model::stripe::types::List;
use crate::model::stripe::types::parts::lenient;
use crate::platform::http::Deadline;
use crate::platform::stripe::client::{API_VERSION, Outgoing, StripeClient, decode};
use crate::platform::stripe::error::StripeError;
use crate::platform::stripe::expected::{Expected, Kind};

const PATH: &str = "/v1/webhook_endpoints";

/// Pages that are read at most: far more than an account may have endpoints.
const MAX_PAGES: usize = 20;

/// The metadata key that names the install an endpoint was made for.
const INSTALL_KEY: &str = "stripe_sync_install";

/// An endpoint as Stripe lists it.
#[derive(Clone, Debug, Deserialize)]
pub struct WebhookEndpoint {
    /// `we_…`
    pub id: String,
    /// Where events are delivered.
    pub url: String,
    /// `enabled` or `disabled`: Stripe switches an endpoint off that has failed for days.
    #[serde(default)]
    pub status: String,
    /// When it was made, Unix seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub created: Option<i64>,
    /// Signs the deliveries. Told once, in the answer to the creation.
    #[serde(default, deserialize_with = "secret")]
    pub secret: Option<SecretString>,
}

impl WebhookEndpoint {
    /// Whether Stripe delivers to it.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.status == "enabled"
    }
}

/// An endpoint to make.
#[derive(Clone, Copy, Debug)]
pub struct NewEndpoint<'a> {
    /// Where events are to be delivered.
    pub url: &'a str,
    /// The install it is for.
    pub install: &'a str,
    /// Names this creation: sent again with the same word, it is not made twice.
    pub idempotency_key: &'a str,
}

impl StripeClient {
    /// The endpoints of the account, all of them.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`]; [`StripeError::CursorGone`] when one goes while the list is read, [`StripeError::Malformed`] also for a list
    /// without an end.
    pub async fn webhook_endpoints(&self, deadline: Deadline) -> Result<Vec<WebhookEndpoint>, StripeError> {
        const WHAT: &str = "a list of webhook endpoints";
        let (mut all, mut after) = (Vec::new(), None::<String>);
        for _ in 0..MAX_PAGES {
            let mut query = vec![("limit", "100")];
            query.extend(after.as_deref().map(|id| ("starting_after", id)));
            let page: List<WebhookEndpoint> = self.whole(PATH, &query, WHAT, deadline).await?;
            let next = page.last_id().map(str::to_owned);
            all.extend(page.data);
            match next {
                _ if !page.has_more => return Ok(all),
                // A page that ends where it began would be read for ever.
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                _ => break,
            }
        }
        Err(StripeError::Malformed { what: WHAT })
    }

    /// Makes an endpoint for the events that concern the mirror, in the shapes of the pinned version.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn create_webhook_endpoint(&self, new: NewEndpoint<'_>, deadline: Deadline) -> Result<WebhookEndpoint, StripeError> {
        let metadata = format!("metadata[{INSTALL_KEY}]");
        let mut form = vec![
            ("url", new.url),
            ("api_version", API_VERSION),
            ("description", "Stripe Sync for Blnk Cloud: tells of movements as they happen"),
            (metadata.as_str(), new.install),
        ];
        form.extend(SUBSCRIBED.map(|kind| ("enabled_events[]", kind)));
        let key = HeaderValue::from_str(new.idempotency_key).map_err(|_| StripeError::Malformed { what: "an idempotency key" })?;
        let expected = Expected { call: PATH, kind: Kind::Object(None) };
        let outgoing =
            Outgoing { method: Method::POST, form: Some(&form), idempotency_key: Some(key), ..Outgoing::get(PATH, &[], expected) };
        decode(&self.send(&outgoing, deadline).await?, "a webhook endpoint")
    }

    /// Removes an endpoint. One that is gone already is removed.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn delete_webhook_endpoint(&self, id: &str, deadline: Deadline) -> Result<(), StripeError> {
        let expected = Expected { call: "DELETE /v1/webhook_endpoints/:id", kind: Kind::Deletion };
        let outgoing = Outgoing { method: Method::DELETE, id: Some(id), ..Outgoing::get(PATH, &[], expected) };
        match self.send(&outgoing, deadline).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_missing() => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// A secret leaves the answer as a type that cannot be printed.
fn secret<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}
