//! `conformance`: runs the checks against the ledger at `CORE_URL`, or against one of their own in
//! a running sandbox, and prints a line for each.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use conformance::own_instance::{Ledger, Sandbox};
use conformance::{Target, Version};

/// Checks that a ledger answers as Blnk Core does. It writes to that ledger, under its own names.
#[derive(Debug, Parser)]
#[command(name = "conformance")]
struct Args {
    /// Base URL of the ledger's own HTTP API. Without it: an instance of its own in the sandbox.
    #[arg(long, env = "CORE_URL", requires = "core_key")]
    core_url: Option<String>,
    /// Its key (`X-Blnk-Key`): the server's secret key. One with scopes is refused.
    #[arg(long, env = "CORE_KEY", hide_env_values = true)]
    core_key: Option<String>,
    /// The control API of a running sandbox. The ledger of its default instance is refused.
    #[arg(long, env = "SANDBOX_CONTROL_URL")]
    sandbox: Option<String>,
    /// The version it must conform to: 0.14, 0.15, main. Without it: the detected one.
    #[arg(long)]
    core_version: Option<Version>,
    /// The prefix of all names and references of the run. Without it: a random one.
    #[arg(long)]
    tag: Option<String>,
    /// Seconds after which something counts as absent.
    #[arg(long, default_value_t = 10)]
    absence: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    match run(args).await {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("conformance: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> Result<usize, String> {
    let tag = args.tag.clone().unwrap_or_else(Target::random_tag);
    let ledger = ledger(&args, &tag).await?;
    let mut target = Target::new(&ledger.url, &ledger.key, args.core_version).await?;
    target.absence = Duration::from_secs(args.absence);
    target.tag = tag;
    println!("{} as {:?}, tag {}", ledger.url, target.version, target.tag);
    let mut total = 0;
    let failed = conformance::run(&target, |report| {
        total += 1;
        println!("{report}");
    })
    .await;
    println!("{} passed, {failed} failed", total - failed);
    Ok(failed)
}

/// The named ledger, or one of the run's own in the sandbox.
async fn ledger(args: &Args, tag: &str) -> Result<Ledger, String> {
    let sandbox = args.sandbox.as_deref().map(Sandbox::at);
    match (&args.core_url, &args.core_key, sandbox) {
        (Some(url), Some(key), sandbox) => {
            let named = Ledger { url: url.clone(), key: key.clone() };
            if let Some(sandbox) = sandbox {
                sandbox.spares_its_default(&named).await?;
            }
            Ok(named)
        }
        (None, _, Some(sandbox)) => sandbox.own_ledger(tag).await,
        _ => Err("name a ledger by CORE_URL and CORE_KEY, or a sandbox by SANDBOX_CONTROL_URL"
            .to_owned()),
    }
}
