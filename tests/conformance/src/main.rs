//! `conformance`: runs the checks against the ledger at `CORE_URL` and prints a line for each.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use conformance::{Target, Version};

/// Checks that a ledger answers as Blnk Core does. It writes to that ledger, under its own names.
#[derive(Debug, Parser)]
#[command(name = "conformance")]
struct Args {
    /// Base URL of the ledger's own HTTP API.
    #[arg(long, env = "CORE_URL")]
    core_url: String,
    /// Its key (`X-Blnk-Key`): the master key, or one with all scopes.
    #[arg(long, env = "CORE_KEY", hide_env_values = true)]
    core_key: String,
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
    let mut target = Target::new(&args.core_url, &args.core_key, args.core_version).await?;
    target.absence = Duration::from_secs(args.absence);
    if let Some(tag) = args.tag {
        target.tag = tag;
    }
    println!("{} as {:?}, tag {}", args.core_url, target.version, target.tag);
    let mut total = 0;
    let failed = conformance::run(&target, |report| {
        total += 1;
        println!("{report}");
    })
    .await;
    println!("{} passed, {failed} failed", total - failed);
    Ok(failed)
}
