//! Runs the sandbox until it is told to stop.

use std::io;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use sandbox::args::Args;
use sandbox::server;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("SANDBOX_LOG").unwrap_or_else(|_| EnvFilter::new("warn"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).init();
    match run(Args::parse()).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("sandbox: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run(args: Args) -> io::Result<()> {
    let mut terminate = signal(SignalKind::terminate())?;
    let running = server::start(args).await?;
    println!("sandbox ready {}", running.world.urls);
    let world = Arc::clone(&running.world);
    let ended = tokio::select! {
        _ = terminate.recv() => Ok(()),
        result = tokio::signal::ctrl_c() => result,
        result = running.wait() => result,
    };
    world.core.save().map_err(io::Error::other)?;
    ended
}
