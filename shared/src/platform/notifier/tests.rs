//! Requests to receivers: what reaches one, and that nothing ever reaches what is not public.

pub(crate) mod receiver;

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use futures::future::BoxFuture;

use crate::model::notice::message::{DeliveryResult, Outcome};
use crate::platform::notifier::receivers::{NameResolver, Receivers};
use crate::platform::notifier::tests::receiver::{Manner, Receiver};

/// A receiver's URL. Its name leads wherever a test says.
pub(crate) const URL: &str = "https://hooks.example.com/notices?token=t0ken";

/// Longer than any answer of a receiver that answers.
const PATIENCE: Duration = Duration::from_secs(4);

/// Answers that are given one after the other; the last one stays.
#[derive(Debug)]
pub(crate) struct Script {
    answers: Mutex<VecDeque<Vec<SocketAddr>>>,
    asked: Mutex<Vec<String>>,
}

impl Script {
    pub(crate) fn of(answers: &[&[SocketAddr]]) -> Arc<Self> {
        let answers = answers.iter().map(|addresses| addresses.to_vec()).collect();
        Arc::new(Self { answers: Mutex::new(answers), asked: Mutex::default() })
    }

    fn asked(&self) -> usize {
        self.asked.lock().unwrap().len()
    }
}

impl NameResolver for Script {
    fn look_up(&self, host: String) -> BoxFuture<'static, io::Result<Vec<SocketAddr>>> {
        self.asked.lock().unwrap().push(host);
        let mut answers = self.answers.lock().unwrap();
        let answer = if answers.len() > 1 { answers.pop_front() } else { answers.front().cloned() };
        Box::pin(async move {
            answer.ok_or_else(|| io::Error::new(io::ErrorKind::NotFound, "no such name"))
        })
    }
}

/// A test's Internet: of the addresses of this machine one is private, the others are public.
pub(crate) fn all_but_the_first(address: IpAddr) -> bool {
    address != IpAddr::from([127, 0, 0, 1])
}

async fn posted(receivers: &Receivers, url: &str) -> DeliveryResult {
    let headers = [("blnk-sync-id", "01".to_owned())];
    receivers.post(url, &headers, b"{}".to_vec(), PATIENCE).await
}

fn of(outcome: Outcome, status: u16) -> DeliveryResult {
    DeliveryResult { outcome, status: Some(status) }
}

#[tokio::test]
async fn a_receiver_gets_the_request_as_it_is_and_a_2xx_is_its_receipt() {
    let receiver = Receiver::start([127, 0, 0, 2], Manner::Status(204)).await;
    let names = Script::of(&[&[receiver.address]]);
    let receivers = Receivers::tested(names.clone(), all_but_the_first, true);
    assert_eq!(posted(&receivers, URL).await, of(Outcome::Accepted, 204));
    let request = receiver.requests().remove(0);
    assert!(request.head.starts_with("POST /notices?token=t0ken HTTP/1.1\r\n"), "{}", request.head);
    for header in ["host: hooks.example.com", "blnk-sync-id: 01", "content-type: application/json"]
    {
        assert!(request.head.contains(header), "{header}: {}", request.head);
    }
    assert_eq!(request.body, b"{}");
    assert_eq!(names.asked.lock().unwrap().as_slice(), ["hooks.example.com"]);
    // Each request looks the name up again, on a connection of its own.
    assert_eq!(posted(&receivers, URL).await, of(Outcome::Accepted, 204));
    assert_eq!((names.asked(), receiver.connections()), (2, 2));
}

#[tokio::test]
async fn every_other_answer_is_a_failure() {
    for status in [100, 199, 400, 404, 410, 429, 500, 503] {
        let receiver = Receiver::start([127, 0, 0, 2], Manner::Status(status)).await;
        let names = Script::of(&[&[receiver.address]]);
        let receivers = Receivers::tested(names, all_but_the_first, true);
        let answer = posted(&receivers, URL).await;
        assert_ne!(answer.outcome, Outcome::Accepted, "{status}");
        if status >= 400 {
            assert_eq!(answer, of(Outcome::Refused, status));
        }
    }
    let nobody = Receivers::tested(Script::of(&[]), all_but_the_first, true);
    assert_eq!(posted(&nobody, URL).await, Outcome::Unreachable.into(), "no such name");
}

/// Loopback, private, shared, link-local, metadata, multicast, reserved, mapped, NAT64, 6to4,
/// Teredo: the resolver of production says that the receiver is there.
const FORBIDDEN: [&str; 29] = [
    "127.0.0.1",
    "127.0.0.53",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.0.1",
    "100.64.0.1",
    "169.254.169.254",
    "169.254.170.2",
    "192.0.0.170",
    "198.18.0.1",
    "224.0.0.1",
    "255.255.255.255",
    "::1",
    "::",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "2002:7f00:1::1",
    "2001::1",
    "fe80::1",
    "fc00::1",
    "fd00:ec2::254",
    "ff02::1",
    "64:ff9b::a9fe:a9fe",
    "64:ff9b:1::a00:1",
    "2002:a9fe:a9fe::1",
    "2002:c0a8:1::1",
    "::127.0.0.1",
];

#[tokio::test]
async fn a_name_that_leads_to_an_address_that_is_not_public_is_not_connected_to() {
    let receiver = Receiver::start([127, 0, 0, 1], Manner::Status(200)).await;
    let port = receiver.address.port();
    for address in FORBIDDEN {
        let there = SocketAddr::new(address.parse().unwrap(), port);
        let receivers = Receivers::named_by(Script::of(&[&[there]])).unwrap();
        assert_eq!(posted(&receivers, URL).await, Outcome::NotPublic.into(), "{address}");
        // Also when others of the name's addresses are public.
        let public = SocketAddr::from(([192, 0, 2, 1], port));
        let rule = |address: IpAddr| address == IpAddr::from([192, 0, 2, 1]);
        for order in [[public, there], [there, public]] {
            let receivers = Receivers::tested(Script::of(&[&order]), rule, true);
            assert_eq!(posted(&receivers, URL).await, Outcome::NotPublic.into(), "{order:?}");
        }
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_url_that_holds_such_an_address_is_not_connected_to() {
    let receiver = Receiver::start([127, 0, 0, 1], Manner::Status(200)).await;
    let port = receiver.address.port();
    let receivers = Receivers::named_by(Script::of(&[&[receiver.address]])).unwrap();
    let hosts = [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "localhost",
        "db.localhost",
        "user@127.0.0.1",
        "169.254.169.254",
    ];
    for host in hosts {
        for url in [
            format!("https://{host}/"),
            format!("https://{host}:{port}/"),
            format!("http://{host}:{port}/"),
        ] {
            assert_eq!(posted(&receivers, &url).await, Outcome::NotPublic.into(), "{url}");
        }
    }
    assert_eq!(receiver.connections(), 0);
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let private = Receiver::start([127, 0, 0, 1], Manner::Status(200)).await;
    for status in [301, 302, 303, 307, 308] {
        let manner = Manner::Redirect(status, format!("http://{}/", private.address));
        let receiver = Receiver::start([127, 0, 0, 2], manner).await;
        let names = Script::of(&[&[receiver.address]]);
        let receivers = Receivers::tested(names, all_but_the_first, true);
        assert_eq!(posted(&receivers, URL).await, of(Outcome::Redirected, status));
        assert_eq!(receiver.connections(), 1);
    }
    assert_eq!(private.connections(), 0);
}

/// A name whose answer changes between two look-ups: there is one look-up, and the connection goes
/// where that one led.
#[tokio::test]
async fn dns_that_changes_between_check_and_use_changes_nothing() {
    let public = Receiver::start([127, 0, 0, 2], Manner::Status(200)).await;
    let private = Receiver::start([127, 0, 0, 1], Manner::Status(200)).await;
    let names = Script::of(&[&[public.address], &[private.address]]);
    let receivers = Receivers::tested(names.clone(), all_but_the_first, true);
    assert_eq!(posted(&receivers, URL).await, of(Outcome::Accepted, 200));
    assert_eq!((names.asked(), public.connections(), private.connections()), (1, 1, 0));
    // The next request meets the new answer, and no connection is left to reuse.
    assert_eq!(posted(&receivers, URL).await, Outcome::NotPublic.into());
    assert_eq!((names.asked(), public.connections(), private.connections()), (2, 1, 0));
}

#[tokio::test]
async fn a_receiver_without_a_valid_certificate_gets_no_request() {
    let receiver = Receiver::start([127, 0, 0, 2], Manner::Status(200)).await;
    let names = Script::of(&[&[receiver.address]]);
    let receivers = Receivers::tested(names, all_but_the_first, false);
    assert_eq!(posted(&receivers, URL).await, Outcome::Unreachable.into());
    assert_eq!((receiver.connections(), receiver.requests().len()), (1, 0));
}

#[tokio::test]
async fn a_receiver_that_hangs_or_never_ends_is_given_up_in_time() {
    for (manner, expected) in [
        (Manner::Hang, Outcome::TimedOut.into()),
        (Manner::EndlessHead, Outcome::TimedOut.into()),
        (Manner::EndlessBody(200), of(Outcome::Accepted, 200)),
        (Manner::EndlessBody(500), of(Outcome::Refused, 500)),
    ] {
        let receiver = Receiver::start([127, 0, 0, 2], manner.clone()).await;
        let names = Script::of(&[&[receiver.address]]);
        let receivers = Receivers::tested(names, all_but_the_first, true);
        let began = Instant::now();
        let answer = receivers.post(URL, &[], Vec::new(), Duration::from_millis(600)).await;
        assert_eq!(answer, expected, "{manner:?}");
        assert!(began.elapsed() < PATIENCE, "{manner:?}");
    }
}
