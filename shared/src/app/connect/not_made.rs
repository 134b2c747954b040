//! Why no webhook endpoint was created, and the error that says so.

use crate::app::webhook::endpoint;
use crate::model::error::{Details, Error};
use crate::model::ledger::Mode;
use crate::model::stripe::permissions::{WEBHOOK_WRITE, key_link};
use crate::model::webhook::EndpointMissing;
use crate::platform::stripe::{StripeError, WebhookEndpoint};

/// The dashboard page where endpoints are listed and deleted, by mode.
const ENDPOINTS_PAGE: [(Mode, &str); 2] = [
    (Mode::Live, "https://dashboard.stripe.com/webhooks"),
    (Mode::Test, "https://dashboard.stripe.com/test/webhooks"),
];

/// Why no endpoint was created.
pub(crate) enum NotMade {
    /// Stripe or the key is the cause.
    Stripe(StripeError),
    /// The account has reached the endpoint limit. Holds its endpoints.
    Limit(Vec<WebhookEndpoint>),
    /// The endpoint could not be recorded.
    Ours(Error),
}

impl From<StripeError> for NotMade {
    fn from(error: StripeError) -> Self {
        Self::Stripe(error)
    }
}

impl From<Error> for NotMade {
    fn from(error: Error) -> Self {
        Self::Ours(error)
    }
}

/// The error for an answer of Stripe.
pub(crate) fn not_made(error: &StripeError, mode: Mode) -> Error {
    match endpoint::missing(error) {
        EndpointMissing::Permission => {
            let permission = if let StripeError::Forbidden { permission: Some(permission) } = error
            {
                permission
            } else {
                WEBHOOK_WRITE
            };
            Error::refused(
                "webhook_right_missing",
                format!(
                    "The key may not create webhook endpoints. Add the permission “Webhook \
                     Endpoints: Write” ({permission}) to it in Stripe, or register the endpoint \
                     there yourself."
                ),
            )
            .with(Details {
                permission: Some(permission.to_owned()),
                key_url: Some(key_link(mode, [permission])),
                ..Details::default()
            })
        }
        EndpointMissing::Refused => Error::refused(
            "webhook_refused",
            format!(
                "{error}. Register the endpoint in Stripe yourself and paste its signing secret."
            ),
        ),
        EndpointMissing::Limit => no_room(&[], mode),
        EndpointMissing::Unreachable => Error::unavailable("Stripe", error.clone()),
    }
}

/// The error for an account at its endpoint limit. It lists the endpoints, the least useful first,
/// and the page where one can be deleted.
pub(crate) fn no_room(all: &[WebhookEndpoint], mode: Mode) -> Error {
    let page = ENDPOINTS_PAGE.iter().find(|(of, _)| *of == mode).map_or("", |(_, page)| page);
    Error::refused(
        "webhook_refused",
        format!(
            "This Stripe account has as many webhook endpoints as Stripe allows in {mode} mode. \
             Delete one that you no longer need in Stripe ({page}), then try again."
        ),
    )
    .with(Details {
        limit: true,
        endpoints: endpoint::by_use(all),
        endpoints_url: Some(page),
        ..Details::default()
    })
}
