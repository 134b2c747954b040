//! `POST /api/callback/{key}`: install and uninstall events from Blnk Cloud.

mod handler;

use std::sync::Arc;

use stripe_sync::{aws, config, queue::Queue, secrets::Secret, store::Store, telemetry, vault::Vault, web::AllowedCallers};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init(module_path!());
    let sdk = aws::sdk_config().await;
    let state = Arc::new(handler::State {
        store: Store { client: aws::dynamodb(&sdk), table: config::required("TABLE_NAME")? },
        vault: Vault::new(aws::kms(&sdk), config::required("KMS_KEY_ARN")?),
        queue: Queue::new(aws::sqs(&sdk), config::required("QUEUE_URL")?),
        registration_key: Secret::new(aws::secrets_manager(&sdk), config::required("REGISTRATION_SECRET_ARN")?),
        callers: AllowedCallers::parse(&config::optional("ALLOWED_CALLER_CIDRS").unwrap_or_default())?,
    });
    // Read during the boosted cold start; a failure here is met again, and answered, by the first request.
    if let Err(error) = state.registration_key.versions().await {
        lambda_http::tracing::warn!(cause = %error.chain(), "the registration key could not be read yet");
    }
    lambda_http::run(handler::router(state)).await
}
