//! `GET /portal…` and `/portal/api/…`: the portal's page and its JSON API.

mod api;
mod assets;
mod certificates;
mod dto;
mod handler;
mod objects;
mod preview;
mod problems;
mod settings;
mod webhook;

use std::sync::Arc;

use stripe_sync::{
    aws, config, connect::Connector, queue::Queue, schedule::Schedules, secrets::Secret, session::Limits, store::Store, telemetry,
    vault::Vault,
};

/// The platform asks for sessions of at most 15 minutes.
const MAX_SESSION_MINUTES: i64 = 15;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init(module_path!());
    let sdk = aws::sdk_config().await;
    let retention_days = config::parsed("RETENTION_DAYS", 90)?;
    let public_base_url = config::public_origin("PUBLIC_BASE_URL")?;
    let state = Arc::new(handler::State {
        connector: Connector {
            store: Store { client: aws::dynamodb(&sdk), table: config::required("TABLE_NAME")? },
            vault: Vault::new(aws::kms(&sdk), config::required("KMS_KEY_ARN")?),
            queue: Queue::new(aws::sqs(&sdk), config::required("QUEUE_URL")?),
            http: stripe_sync::http::client()?,
            blnk_base: config::base_url("BLNK_API_BASE")?,
            stripe_base: config::base_url("STRIPE_API_BASE")?,
            public_base_url: public_base_url.clone(),
            retention_days,
        },
        session_secret: Secret::new(aws::secrets_manager(&sdk), config::required("SESSION_SECRET_ARN")?),
        limits: Limits {
            redemptions: config::parsed("LAUNCH_REDEMPTIONS", 6)?,
            session_minutes: config::parsed("SESSION_MINUTES", MAX_SESSION_MINUTES)?.clamp(1, MAX_SESSION_MINUTES),
            retention_days,
        },
        public_base_url,
        dashboard_origins: config::required("DASHBOARD_ORIGINS")?,
        dashboard_url: config::optional("DASHBOARD_URL"),
        schedules: Schedules::configured(aws::scheduler(&sdk))?,
    });
    // Read during the boosted cold start; a failure here is met again, and answered, by the first request.
    if let Err(error) = state.session_secret.versions().await {
        lambda_http::tracing::warn!(cause = %error.chain(), "the session secret could not be read yet");
    }
    lambda_http::run(handler::router(state)).await
}
