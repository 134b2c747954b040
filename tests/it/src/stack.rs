//! The stack's variables, as `make up` writes them.

use std::env;

use crate::{Sandbox, Step};

/// Where everything is.
#[derive(Debug, Clone)]
pub struct Stack {
    /// The deployed API.
    pub api: String,
    /// The ledger through Blnk Cloud.
    pub blnk: String,
    /// Stripe.
    pub stripe: String,
    /// The simulators' control.
    pub control: String,
    /// The ledger's own API.
    pub core: String,
    /// The local AWS.
    pub aws: String,
    /// The table.
    pub table: String,
    /// The registered callback.
    pub callback: String,
    /// The registered portal generator.
    pub portal_generator: String,
    /// The shared HTTP client.
    pub http: reqwest::Client,
}

/// A variable of the stack.
///
/// # Errors
/// When it is not set: no stack is running.
#[expect(clippy::disallowed_methods, reason = "tests read the stack's variables here alone")]
pub fn variable(name: &str) -> Step<String> {
    env::var(name).map_err(|_| {
        format!(
            "{name} is not set: run through `make`, which starts a stack and passes its variables"
        )
        .into()
    })
}

impl Stack {
    /// The stack whose variables are in the environment.
    ///
    /// # Errors
    /// When a variable is missing.
    pub fn from_environment() -> Step<Self> {
        Ok(Self {
            api: variable("API_URL")?,
            blnk: variable("BLNK_API_URL")?,
            stripe: variable("STRIPE_API_URL")?,
            control: variable("SANDBOX_CONTROL_URL")?,
            core: variable("CORE_API_URL")?,
            aws: variable("AWS_ENDPOINT_URL")?,
            table: variable("TABLE_NAME")?,
            callback: variable("CALLBACK_URL")?,
            portal_generator: variable("PORTAL_GENERATOR_URL")?,
            http: reqwest::Client::builder().timeout(std::time::Duration::from_secs(60)).build()?,
        })
    }

    /// The simulators of this stack.
    #[must_use]
    pub fn sandbox(&self) -> Sandbox {
        Sandbox { http: self.http.clone(), control: self.control.clone() }
    }
}
