//! The logs of the functions: one JSON line for each event, at the level set in `template.yaml`,
//! for this application only.
//!
//! Libraries log at INFO at most, whatever the level. Below INFO they write sensitive data: at
//! TRACE, `lambda_runtime` writes whole events, with the registration key in their path and API
//! keys in their bodies. At DEBUG and TRACE, the AWS SDK writes requests and responses, including
//! plaintext data keys and secrets, and the HTTP client writes headers.
//!
//! Each line has a `timestamp` (RFC 3339) and a `level` at its root: Lambda's own filter treats a
//! line without them as INFO, and would drop errors at `LogLevel` WARN. For the same reason, a
//! panic and a failed start of a function are lines of the log.

use std::fmt::Display;
use std::panic::PanicHookInfo;
use std::process::ExitCode;
use std::str::FromStr;

use lambda_runtime::tracing::Subscriber;
use lambda_runtime::tracing::subscriber::filter::{LevelFilter, Targets};
use lambda_runtime::tracing::subscriber::fmt::{MakeWriter, layer};
use lambda_runtime::tracing::subscriber::prelude::*;
use lambda_runtime::tracing::subscriber::registry;

use crate::platform::config;

/// The maximum level of code from other crates.
const OTHERS: LevelFilter = LevelFilter::INFO;

/// The variable in which Lambda passes the level of its logging configuration.
const LEVEL: &str = "AWS_LAMBDA_LOG_LEVEL";

/// Initializes the log of a function at its cold start. `application` is the function's own crate:
/// `module_path!()` in its `main.rs`. Level and format are those of Lambda's logging configuration
/// (`AWS_LAMBDA_LOG_LEVEL`, by default INFO, and `AWS_LAMBDA_LOG_FORMAT`).
pub fn init(application: &'static str) {
    let level = config::optional(LEVEL).and_then(|level| LevelFilter::from_str(&level).ok());
    let json = config::optional("AWS_LAMBDA_LOG_FORMAT")
        .is_some_and(|format| format.eq_ignore_ascii_case("json"));
    let level = level.unwrap_or(LevelFilter::INFO);
    if json {
        subscriber(level, application, std::io::stdout).init();
    } else {
        registry().with(layer().with_target(false)).with(targets(level, application)).init();
    }
    std::panic::set_hook(Box::new(panicked));
}

/// The exit code of a function's process. One log line says why it could not start or continue.
pub fn ended<E: Display>(outcome: Result<(), E>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            tracing::error!(%cause, "the function stopped with an error");
            ExitCode::FAILURE
        }
    }
}

fn panicked(panic: &PanicHookInfo<'_>) {
    let place = panic.location().map(ToString::to_string).unwrap_or_default();
    let cause = panic.payload_as_str().unwrap_or_default();
    tracing::error!(place, cause, "panicked");
}

/// The lowest level that Lambda keeps, INFO at least. A line at this level is never dropped.
#[must_use]
pub fn lowest_kept() -> &'static str {
    lowest_kept_at(config::optional(LEVEL).as_deref())
}

fn lowest_kept_at(level: Option<&str>) -> &'static str {
    match level.map(str::to_ascii_uppercase).as_deref() {
        Some("WARN") => "WARN",
        Some("ERROR") => "ERROR",
        Some("FATAL") => "FATAL",
        _ => "INFO",
    }
}

/// The log as JSON lines.
fn subscriber<W>(
    level: LevelFilter,
    application: &'static str,
    writer: W,
) -> impl Subscriber + Send + Sync
where
    W: for<'writer> MakeWriter<'writer> + Send + Sync + 'static,
{
    registry()
        .with(layer().with_target(false).with_writer(writer).json())
        .with(targets(level, application))
}

/// The maximum level of each target.
fn targets(level: LevelFilter, application: &'static str) -> Targets {
    Targets::new()
        .with_default(level.min(OTHERS))
        .with_target("stripe_sync", level)
        .with_target(application, level)
}

#[cfg(test)]
mod tests {
    use test_support::{Aws, Buffer};

    use tracing::subscriber::set_default;

    use tracing::{debug, info, trace};

    use super::*;

    use crate::platform::secrets::Secret;

    const REGISTRATION_KEY: &str = "a-registration-key-of-enough-characters";
    const STRIPE_KEY: &str = "rk_test_51AbCdEfGhIjKlMn";

    /// Logs sensitive lines as libraries do below INFO, and harmless lines of libraries and of the
    /// application. It also reads a secret with the AWS SDK.
    async fn everybody_speaks() {
        trace!(target: "lambda_runtime::layers::api_response", body = STRIPE_KEY,
            "raw JSON event received from Lambda");
        debug!(target: "hyper_util::client::legacy::pool", "reuse idle connection");
        info!(target: "aws_config", "a library at INFO");
        debug!(target: "stripe_sync::stripe::client", "the library of the functions at DEBUG");
        debug!(target: "callback::handler", "the function at DEBUG");
        info!(target: "callback::handler", "the function at INFO");

        let aws = Aws::direct();
        let sdk = aws.sdk(crate::platform::aws::defaults()).await;
        let secret = Secret::new(
            crate::platform::aws::secrets_manager(&sdk),
            aws.secret("registration", REGISTRATION_KEY, None),
        );
        assert!(secret.versions().await.unwrap().accept(REGISTRATION_KEY));
    }

    /// The same, once all callsites know the subscriber: other tests, running at the same time, may
    /// have reached a line first.
    async fn everybody_speaks_up() {
        everybody_speaks().await;
        tracing::callsite::rebuild_interest_cache();
        everybody_speaks().await;
    }

    async fn logged(level: LevelFilter) -> String {
        let written = Buffer::default();
        let writer = written.clone();
        let _guard = set_default(subscriber(level, "callback", move || writer.clone()));
        everybody_speaks_up().await;
        written.text()
    }

    #[test]
    fn every_line_has_the_fields_that_lambdas_filter_uses() {
        let written = Buffer::default();
        let writer = written.clone();
        let _guard = set_default(subscriber(LevelFilter::WARN, "callback", move || writer.clone()));
        std::panic::set_hook(Box::new(panicked));
        let caught = std::panic::catch_unwind(|| panic!("out of order"));
        drop(std::panic::take_hook());
        assert!(caught.is_err());
        assert_eq!(
            format!("{:?}", ended(Err("environment variables are missing: TABLE_NAME"))),
            format!("{:?}", ExitCode::FAILURE)
        );
        tracing::warn!("a warning");
        let lines: Vec<serde_json::Value> =
            written.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let levels: Vec<_> = lines.iter().map(|line| line["level"].as_str().unwrap()).collect();
        assert_eq!(levels, ["ERROR", "ERROR", "WARN"]);
        assert!(
            lines
                .iter()
                .all(|line| crate::model::time::Millis::parse(line["timestamp"].as_str().unwrap())
                    .is_some()),
            "{lines:?}"
        );
        let field = |at: usize, what: &str| lines[at]["fields"][what].as_str().unwrap().to_owned();
        assert_eq!(
            (field(0, "message"), field(0, "cause")),
            ("panicked".to_owned(), "out of order".to_owned())
        );
        assert_eq!(field(1, "cause"), "environment variables are missing: TABLE_NAME");
    }

    #[test]
    fn the_lowest_kept_level_is_at_least_info() {
        let kept = [
            None,
            Some("DEBUG"),
            Some("INFO"),
            Some("warn"),
            Some("ERROR"),
            Some("FATAL"),
            Some("?"),
        ]
        .map(lowest_kept_at);
        assert_eq!(kept, ["INFO", "INFO", "INFO", "WARN", "ERROR", "FATAL", "INFO"]);
    }

    #[tokio::test]
    async fn libraries_say_nothing_below_info_whatever_the_level() {
        // With a single subscriber, a callsite that another test's thread reaches first is cached
        // as disabled.
        let _other = tracing::Dispatch::new(registry());
        let loose = Buffer::default();
        let writer = loose.clone();
        let guard = set_default(
            registry().with(layer().with_writer(move || writer.clone())).with(LevelFilter::TRACE),
        );
        everybody_speaks_up().await;
        drop(guard);
        for secret in [REGISTRATION_KEY, STRIPE_KEY] {
            assert!(
                loose.text().contains(secret),
                "without the limit {secret} is logged, or this test shows nothing"
            );
        }

        for level in [LevelFilter::TRACE, LevelFilter::DEBUG] {
            let text = logged(level).await;
            assert!(text.lines().all(|line| {
                serde_json::from_str::<serde_json::Value>(line)
                    .is_ok_and(|line| line["level"].is_string())
            }));
            for secret in [REGISTRATION_KEY, STRIPE_KEY, "reuse idle connection"] {
                assert!(!text.contains(secret), "{level}: {text}");
            }
            for own in [
                "a library at INFO",
                "the library of the functions at DEBUG",
                "the function at DEBUG",
                "the function at INFO",
            ] {
                assert!(text.contains(own), "{level}: {own} is not in {text}");
            }
        }
        let text = logged(LevelFilter::INFO).await;
        assert!(
            text.contains("the function at INFO")
                && text.contains("a library at INFO")
                && !text.contains("at DEBUG"),
            "{text}"
        );
        let text = logged(LevelFilter::WARN).await;
        assert!(!text.contains("at INFO"), "{text}");
    }
}
