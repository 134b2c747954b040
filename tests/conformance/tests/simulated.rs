//! The simulated Core passes the same checks as a real one: the newest and older versions, fast and slow.

#![allow(clippy::unwrap_used, reason = "a test fails where it is wrong")]

use std::time::Duration;

use clap::Parser as _;
use conformance::{Report, Target, Verdict, Version};
use sandbox::args::Args;
use sandbox::server;

const CHECKS: usize = 61;

/// Starts a sandbox with these arguments and runs all checks on its ledger.
async fn run(arguments: &[&str], version: Version) -> Vec<Report> {
    let ports = ["dashboard", "cloud", "stripe", "control", "core"].map(|port| format!("--{port}-port=0"));
    let fixed = ["sandbox", "--movements=0", "--core-key=blnk_test_conformance"].map(str::to_owned);
    let arguments = fixed.into_iter().chain(ports).chain(arguments.iter().map(|argument| (*argument).to_owned()));
    let running = server::start(Args::parse_from(arguments)).await.unwrap();
    let mut target = Target::new(&running.world.urls.core, "blnk_test_conformance", None).await.unwrap();
    assert_eq!(target.version, version, "the version is detected");
    target.absence = Duration::from_millis(600);
    let mut reports = Vec::new();
    let failed = conformance::run(&target, |report| {
        println!("{report}");
        reports.push(report);
    })
    .await;
    assert_eq!((reports.len(), failed), (CHECKS, 0), "{:#?}", reports.iter().filter(|report| report.failed()).collect::<Vec<_>>());
    reports
}

fn seen(reports: &[Report], number: u8) -> &str {
    match &reports.iter().find(|report| report.number == number).unwrap().verdict {
        Verdict::Pass(seen) | Verdict::Fail(seen) | Verdict::Record(seen) => seen,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_core_passes_all_checks() {
    let reports = run(&[], Version::Newest).await;
    let lost = seen(&reports, 20).split(' ').next().and_then(|lost| lost.parse::<u32>().ok());
    assert!(lost.is_some_and(|lost| (25..50).contains(&lost)), "of concurrent ones, one keeps its date: {}", seen(&reports, 20));
    assert_eq!(seen(&reports, 61), "the older row first");
    assert!(seen(&reports, 46).contains("the money moved back"), "the defect of the second refund");
    assert!(seen(&reports, 29).contains("balance 1050 at the answer"), "an atomic bulk is reversed by the queue, not at once");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_released_core_and_an_old_one_pass_all_checks() {
    let released = run(&["--core-version=0.15.2"], Version::Released).await;
    assert_eq!(seen(&released, 17), "409 GEN_CONFLICT");
    let old = run(&["--core-version=0.14"], Version::Legacy).await;
    for number in [5, 17, 21, 28] {
        assert_eq!(seen(&old, number), "400", "there nearly every refusal is 400");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_core_passes_all_checks() {
    let slow = ["--ledger-latency=5", "--ledger-rate=300", "--persist-delay-ms=0-40", "--apply-delay-ms=20-200"];
    let slow = run(&slow, Version::Newest).await;
    assert_ne!(seen(&slow, 63), "the first 300 of 300", "it stops where its caller disconnected");
}
