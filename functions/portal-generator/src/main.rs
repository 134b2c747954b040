//! `POST /api/portal/{key}`: a fresh portal URL for each launch from Blnk Cloud.

mod handler;

use std::sync::Arc;

use stripe_sync::{aws, config, secrets::Secret, store::Store, telemetry, web::AllowedCallers};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init(module_path!());
    let sdk = aws::sdk_config().await;
    let state = Arc::new(handler::State {
        store: Store { client: aws::dynamodb(&sdk), table: config::required("TABLE_NAME")? },
        registration_key: Secret::new(aws::secrets_manager(&sdk), config::required("REGISTRATION_SECRET_ARN")?),
        session_secret: Secret::new(aws::secrets_manager(&sdk), config::required("SESSION_SECRET_ARN")?),
        public_base_url: config::public_origin("PUBLIC_BASE_URL")?,
        retention_days: config::parsed("RETENTION_DAYS", 90)?,
        callers: AllowedCallers::parse(&config::optional("ALLOWED_CALLER_CIDRS").unwrap_or_default())?,
    });
    // Read during the boosted cold start; a failure here is met again, and answered, by the first request.
    let (registration, session) = tokio::join!(state.registration_key.versions(), state.session_secret.versions());
    if let Err(error) = registration.and(session) {
        lambda_http::tracing::warn!(cause = %error.chain(), "the secrets could not be read yet");
    }
    lambda_http::run(handler::router(state)).await
}
