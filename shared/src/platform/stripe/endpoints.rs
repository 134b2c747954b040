//! Webhook endpoints: the only kind of object that this application creates at Stripe.

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
use crate::platform::stripe::expected::{ExpectedResponse, ResponseKind};

const PATH: &str = "/v1/webhook_endpoints";

/// The maximum number of pages read. It allows far more endpoints than an account may have.
const MAX_PAGES: usize = 20;

/// The metadata key that names the install an endpoint belongs to.
const INSTALL_KEY: &str = "stripe_sync_install";

/// An endpoint as Stripe lists it.
#[derive(Clone, Debug, Deserialize)]
pub struct WebhookEndpoint {
    /// `we_…`
    pub id: String,
    /// Where events are delivered.
    pub url: String,
    /// `enabled` or `disabled`. Stripe disables an endpoint whose deliveries have failed for days.
    #[serde(default)]
    pub status: String,
    /// When it was created, in Unix seconds.
    #[serde(default, deserialize_with = "lenient")]
    pub created: Option<i64>,
    /// The signing secret of its deliveries. Stripe returns it once, in the response to the
    /// creation.
    #[serde(default, deserialize_with = "secret")]
    pub secret: Option<SecretString>,
}

impl WebhookEndpoint {
    /// Whether Stripe delivers events to it.
    #[must_use]
    pub fn enabled(&self) -> bool {
        self.status == "enabled"
    }
}

/// An endpoint to create.
#[derive(Clone, Copy, Debug)]
pub struct NewEndpoint<'a> {
    /// Where events are delivered.
    pub url: &'a str,
    /// The install it belongs to.
    pub install: &'a str,
    /// The idempotency key of this creation: a request repeated with it creates no second endpoint.
    pub idempotency_key: &'a str,
}

impl StripeClient {
    /// Lists all webhook endpoints of the account.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`]; [`StripeError::CursorGone`] when an endpoint is deleted while the list
    /// is read; [`StripeError::Malformed`] also for a list that does not end.
    pub async fn webhook_endpoints(
        &self,
        deadline: Deadline,
    ) -> Result<Vec<WebhookEndpoint>, StripeError> {
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
                // A page that ends where it began would be read forever.
                Some(next) if after.as_ref() != Some(&next) => after = Some(next),
                _ => break,
            }
        }
        Err(StripeError::Malformed { what: WHAT })
    }

    /// Creates an endpoint for the events that concern the mirror. Events have the shapes of the
    /// pinned version.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn create_webhook_endpoint(
        &self,
        new: NewEndpoint<'_>,
        deadline: Deadline,
    ) -> Result<WebhookEndpoint, StripeError> {
        let metadata = format!("metadata[{INSTALL_KEY}]");
        let mut form = vec![
            ("url", new.url),
            ("api_version", API_VERSION),
            ("description", "Stripe Sync for Blnk Cloud: tells of movements as they happen"),
            (metadata.as_str(), new.install),
        ];
        form.extend(SUBSCRIBED.map(|kind| ("enabled_events[]", kind)));
        let key = HeaderValue::from_str(new.idempotency_key)
            .map_err(|_| StripeError::Malformed { what: "an idempotency key" })?;
        let expected = ExpectedResponse { call: PATH, kind: ResponseKind::Object(None) };
        let outgoing = Outgoing {
            method: Method::POST,
            form: Some(&form),
            idempotency_key: Some(key),
            ..Outgoing::get(PATH, &[], expected)
        };
        decode(&self.send(&outgoing, deadline).await?, "a webhook endpoint")
    }

    /// Deletes an endpoint. Succeeds when it no longer exists.
    ///
    /// # Errors
    ///
    /// Any [`StripeError`] but [`StripeError::CursorGone`].
    pub async fn delete_webhook_endpoint(
        &self,
        id: &str,
        deadline: Deadline,
    ) -> Result<(), StripeError> {
        let expected = ExpectedResponse {
            call: "DELETE /v1/webhook_endpoints/:id",
            kind: ResponseKind::Deletion,
        };
        let outgoing =
            Outgoing { method: Method::DELETE, id: Some(id), ..Outgoing::get(PATH, &[], expected) };
        match self.send(&outgoing, deadline).await {
            Ok(_) => Ok(()),
            Err(error) if error.is_missing() => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Decodes a secret into a type that cannot be printed.
fn secret<'de, D: serde::Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<SecretString>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.map(SecretString::from))
}
