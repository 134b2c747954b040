//! Everything one sandbox process holds.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

use crate::args::Args;
use crate::cloud::instances::core_target;
use crate::cloud::{Cloud, Setup};
use crate::core::Core;
use crate::faults::Faults;
use crate::stripe::{AccountSpec, Stripe};

/// The instance whose ledger's key is given on the command line.
pub const DEFAULT_INSTANCE: &str = "inst_sandbox";
/// The organization that owns it.
pub const DEFAULT_ORGANIZATION: &str = "org_sandbox";

/// Base URLs of the five surfaces, without a trailing slash.
#[derive(Debug, Clone, Serialize)]
pub struct Urls {
    /// The dashboard's web page.
    pub dashboard: String,
    /// Blnk Cloud's API.
    pub cloud: String,
    /// Stripe's API.
    pub stripe: String,
    /// The control API.
    pub control: String,
    /// Blnk Core's own API, simulated.
    pub core: String,
    /// Dashboard and API of a self-hosted Cloud, on one origin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub self_hosted: Option<String>,
}

impl fmt::Display for Urls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "dashboard={} cloud={} stripe={} control={} core={}",
            self.dashboard, self.cloud, self.stripe, self.control, self.core
        )?;
        match &self.self_hosted {
            Some(url) => write!(f, " self_hosted={url}"),
            None => Ok(()),
        }
    }
}

/// The simulated world: its surfaces share nothing but this.
#[derive(Debug)]
pub struct World {
    /// Where its surfaces listen.
    pub urls: Urls,
    /// Faults in force and calls counted.
    pub faults: Arc<Faults>,
    /// The ledgers, one for each instance.
    pub core: Arc<Core>,
    /// Blnk Cloud: apps, installs, keys, instances.
    pub cloud: Arc<Cloud>,
    /// Stripe's accounts.
    pub stripe: Arc<Stripe>,
}

impl World {
    /// A world with the default instance, the registered app (when its two URLs are given) and one
    /// Stripe account.
    ///
    /// # Errors
    /// Says why Cloud's HTTP client could not be built, or the default Stripe account not be made.
    pub fn new(args: Args, urls: Urls) -> Result<Self, String> {
        let core = Arc::new(Core::new(args.knobs()).with_file(args.core_state.clone()));
        if let Some(file) = &args.core_state {
            core.load(file)?;
        }
        let real_core =
            args.core_url.as_deref().map(|url| core_target(url, &args.core_key)).transpose()?;
        let setup = Setup { deadline_ms: args.deadline_ms, real_core, switches: args.switches };
        let cloud = Cloud::new(&urls, setup, Arc::clone(&core))?;
        cloud.add_instance(DEFAULT_INSTANCE, DEFAULT_ORGANIZATION, &args.core_key);
        if let (Some(callback), Some(portal)) = (args.callback_url, args.portal_url) {
            cloud.register_app(&args.app_name, &callback, &portal, None);
        }
        let stripe = Stripe::new();
        // A newcomer's first sync ends in plain agreement: what no rule covers is a situation of
        // the dashboard.
        let spec =
            serde_json::json!({"seed": args.seed, "movements": args.movements, "odd": false});
        let spec: AccountSpec = serde_json::from_value(spec).map_err(|error| error.to_string())?;
        stripe.create_account(spec);
        Ok(Self { urls, faults: Arc::new(Faults::default()), core, cloud: Arc::new(cloud), stripe })
    }
}
