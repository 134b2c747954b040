//! `make conformance CORE_URL=… CORE_KEY=…`: a line for each check; success only if none fails.

use std::process::ExitCode;
use std::time::Duration;

use clap::Parser;
use conformance::{CHECKS, Core, Patience};

/// Runs the checks on a Core.
#[derive(Debug, Parser)]
struct Args {
    /// The Core's base URL.
    #[arg(long, env = "CORE_URL")]
    url: String,
    /// Its key (header X-Blnk-Key).
    #[arg(long, env = "CORE_KEY", hide_env_values = true)]
    key: String,
    /// How long to wait for what must never come, seconds.
    #[arg(long, default_value_t = 30)]
    absent_seconds: u64,
}

#[tokio::main]
async fn main() -> ExitCode {
    let args = Args::parse();
    let patience = Patience { appears: Duration::from_secs(60), absent: Duration::from_secs(args.absent_seconds) };
    let core = Core::new(&args.url, &args.key, patience);
    println!("Core at {}, run {}", args.url, core.tag);
    let mut failed = 0;
    for check in CHECKS {
        match check.run(&core).await {
            Ok(seen) => println!("{:>3}  pass  {}: {seen}", check.number, check.name),
            Err(wrong) => {
                failed += 1;
                println!("{:>3}  FAIL  {}: {wrong}", check.number, check.name);
            }
        }
    }
    println!("{} passed, {failed} failed", CHECKS.len() - failed);
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
