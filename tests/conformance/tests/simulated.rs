//! The simulated Core passes the same checks as a real one: the newest and older versions, fast and
//! slow.

#![allow(clippy::unwrap_used, reason = "a test fails where it is wrong")]

use std::time::Duration;

use clap::Parser as _;
use conformance::own_instance::{Ledger, Sandbox};
use conformance::{Report, Target, Verdict, Version};
use sandbox::args::Args;
use sandbox::server::{self, Running};

const CHECKS: usize = 61;
/// Of the default instance's ledger.
const DEFAULT_KEY: &str = "blnk_test_conformance";

/// Starts a sandbox with these arguments.
async fn start(arguments: &[&str]) -> Running {
    let ports =
        ["dashboard", "cloud", "stripe", "control", "core"].map(|port| format!("--{port}-port=0"));
    let fixed =
        ["sandbox", "--movements=0", &format!("--core-key={DEFAULT_KEY}")].map(str::to_owned);
    let arguments = fixed
        .into_iter()
        .chain(ports)
        .chain(arguments.iter().map(|argument| (*argument).to_owned()));
    server::start(Args::parse_from(arguments)).await.unwrap()
}

/// Starts a sandbox with these arguments and runs all checks on an instance of their own.
async fn run(arguments: &[&str], version: Version) -> Vec<Report> {
    let running = start(arguments).await;
    let ledger = Sandbox::at(&running.world.urls.control).own_ledger("run").await.unwrap();
    let mut target = Target::new(&ledger.url, &ledger.key, None).await.unwrap();
    assert_eq!(target.version, version, "the version is detected");
    target.absence = Duration::from_millis(600);
    let mut reports = Vec::new();
    let failed = conformance::run(&target, |report| {
        println!("{report}");
        reports.push(report);
    })
    .await;
    assert_eq!(
        (reports.len(), failed),
        (CHECKS, 0),
        "{:#?}",
        reports.iter().filter(|report| report.failed()).collect::<Vec<_>>()
    );
    let default = running.world.core.by_key(DEFAULT_KEY).unwrap().counts();
    assert_eq!(
        (default.transactions, default.identities),
        (0, 0),
        "the default instance is as it was"
    );
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
    assert!(
        lost.is_some_and(|lost| (25..50).contains(&lost)),
        "of concurrent ones, one keeps its date: {}",
        seen(&reports, 20)
    );
    assert_eq!(seen(&reports, 61), "the older row first");
    assert!(seen(&reports, 46).contains("the money moved back"), "the defect of the second refund");
    assert!(
        seen(&reports, 29).contains("balance 1050 at the answer"),
        "an atomic bulk is reversed by the queue, not at once"
    );
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
    let slow = [
        "--ledger-latency=5",
        "--ledger-rate=300",
        "--persist-delay-ms=0-40",
        "--apply-delay-ms=20-200",
    ];
    let slow = run(&slow, Version::Newest).await;
    assert_ne!(seen(&slow, 63), "the first 300 of 300", "it stops where its caller disconnected");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_default_instances_ledger_is_refused_by_whatever_name_and_a_shared_core_too() {
    let running = start(&[]).await;
    let sandbox = Sandbox::at(&running.world.urls.control);
    let url = &running.world.urls.core;
    for url in [url.clone(), url.replace("127.0.0.1", "localhost")] {
        let default = Ledger { url, key: DEFAULT_KEY.to_owned() };
        let refused = sandbox.spares_its_default(&default).await.unwrap_err();
        assert!(refused.contains("would spoil it"), "{refused}");
    }
    let own = sandbox.own_ledger("own").await.unwrap();
    sandbox.spares_its_default(&own).await.unwrap();

    // A sandbox on a real Core has one ledger for all its instances.
    let real = format!("--core-url={}", running.world.urls.core);
    let sharing = start(&[&real]).await;
    let refused = Sandbox::at(&sharing.world.urls.control).own_ledger("own").await.unwrap_err();
    assert!(refused.contains("share one Core"), "{refused}");
}
