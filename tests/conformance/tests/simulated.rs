//! The simulated Core gives the answers of a real one.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails where it is wrong")]

use std::time::Duration;

use clap::Parser;
use conformance::{CHECKS, Core, Patience};

#[tokio::test(flavor = "multi_thread")]
async fn every_check_passes_on_the_simulated_core() {
    let ports =
        ["--dashboard-port", "--cloud-port", "--stripe-port", "--control-port", "--core-port"].into_iter().flat_map(|flag| [flag, "0"]);
    let args = sandbox::args::Args::parse_from(["sandbox", "--movements", "0"].into_iter().chain(ports));
    let key = args.core_key.clone();
    let running = sandbox::server::start(args).await.unwrap();
    let patience = Patience { appears: Duration::from_secs(20), absent: Duration::from_secs(2) };
    let core = Core::new(&running.world.urls.core, &key, patience);
    let mut wrong = Vec::new();
    for check in CHECKS {
        if let Err(what) = check.run(&core).await {
            wrong.push(format!("{} {}: {what}", check.number, check.name));
        }
    }
    assert!(wrong.is_empty(), "{} of {} checks fail:\n{}", wrong.len(), CHECKS.len(), wrong.join("\n"));
}
