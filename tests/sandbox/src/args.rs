//! Command line of the sandbox; every flag can also be given by an environment variable.

use clap::Parser;

use crate::cloud::switches::Switches;

/// Settings of one sandbox process. Ports are on 127.0.0.1; port 0 takes any free one.
#[derive(Debug, Clone, Parser)]
#[command(name = "sandbox", about = "Blnk Cloud and Stripe, simulated on this machine")]
pub struct Args {
    /// Port of the Blnk Cloud dashboard (web page and its JSON API).
    #[arg(long, env = "SANDBOX_DASHBOARD_PORT", default_value_t = 4000)]
    pub dashboard_port: u16,
    /// Port of the Blnk Cloud API.
    #[arg(long, env = "SANDBOX_CLOUD_PORT", default_value_t = 4001)]
    pub cloud_port: u16,
    /// Port of the Stripe API.
    #[arg(long, env = "SANDBOX_STRIPE_PORT", default_value_t = 4002)]
    pub stripe_port: u16,
    /// Port of the control API.
    #[arg(long, env = "SANDBOX_CONTROL_PORT", default_value_t = 4003)]
    pub control_port: u16,
    /// Port of Blnk Core's own HTTP API.
    #[arg(long, env = "SANDBOX_CORE_PORT", default_value_t = 4004)]
    pub core_port: u16,
    /// Registration callback URL of the Custom App: receives install and uninstall events.
    #[arg(long, env = "SANDBOX_CALLBACK_URL")]
    pub callback_url: Option<String>,
    /// Portal generator URL of the Custom App: receives launches.
    #[arg(long, env = "SANDBOX_PORTAL_URL")]
    pub portal_url: Option<String>,
    /// Name of the Custom App in the dashboard.
    #[arg(long, env = "SANDBOX_APP_NAME", default_value = "Stripe Sync")]
    pub app_name: String,
    /// Key (`X-Blnk-Key`) of the default instance's ledger, or of the real Core.
    #[arg(long, env = "SANDBOX_CORE_KEY", default_value = "core_test_key", hide_env_values = true)]
    pub core_key: String,
    /// Base URL of a real Blnk Core: it takes the place of the simulated ledgers, and all instances share it.
    #[arg(long, env = "SANDBOX_CORE_URL")]
    pub core_url: Option<String>,
    /// A second dashboard, which is one origin with Cloud's API, as a self-hosted Cloud has it: its port; absent = there is none.
    #[arg(long, env = "SANDBOX_SELF_HOSTED_PORT")]
    pub self_hosted_port: Option<u16>,
    /// How long each call to Stripe takes at least, in milliseconds.
    #[arg(long, env = "SANDBOX_STRIPE_LATENCY_MS", default_value_t = 0)]
    pub stripe_latency: u64,
    /// How Cloud behaves where Clouds differ.
    #[command(flatten)]
    pub switches: Switches,
    /// Seed of the default Stripe account.
    #[arg(long, env = "SANDBOX_SEED", default_value_t = 1)]
    pub seed: u64,
    /// Balance transactions of the default Stripe account.
    #[arg(long, env = "SANDBOX_MOVEMENTS", default_value_t = 2000)]
    pub movements: usize,
    /// How long the platform waits for an app's answer to an event or a launch, in milliseconds.
    #[arg(long, env = "SANDBOX_DEADLINE_MS", default_value_t = 10_000)]
    pub deadline_ms: u64,
    /// How long a queued transaction waits before it is applied, in milliseconds.
    #[arg(long, env = "SANDBOX_APPLY_DELAY_MS", default_value_t = 50)]
    pub apply_delay_ms: u64,
}
