//! `POST /api/stripe/{install}`: Stripe's events, verified, turned into wake-ups.

mod handler;

use std::sync::Arc;

use stripe_sync::webhook::{Known, Receiver};
use stripe_sync::{aws, config, queue::Queue, store::Store, telemetry, vault::Vault};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), lambda_http::Error> {
    telemetry::init(module_path!());
    let sdk = aws::sdk_config().await;
    let receiver = Receiver {
        store: Store { client: aws::dynamodb(&sdk), table: config::required("TABLE_NAME")? },
        vault: Vault::new(aws::kms(&sdk), config::required("KMS_KEY_ARN")?),
        queue: Queue::new(aws::sqs(&sdk), config::required("QUEUE_URL")?),
        known: Known::default(),
    };
    lambda_http::run(handler::router(Arc::new(receiver))).await
}
