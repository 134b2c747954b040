//! Deadlines, back-off, bounded bodies, redirects and broken connections.

use std::time::Duration;

use reqwest::StatusCode;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use wiremock::matchers::any;
use wiremock::{Mock, MockServer, ResponseTemplate};

use crate::platform::http::*;

const LIMITS: CallLimits =
    CallLimits { longest: Duration::from_secs(30), reserve: Duration::from_secs(3) };

fn get(url: &str) -> Request {
    Request::new(reqwest::Method::GET, Url::parse(url).unwrap())
}

#[tokio::test(start_paused = true)]
async fn a_call_gets_the_shorter_of_its_own_limit_and_the_time_left_before_the_reserve() {
    let far = Deadline::after(Duration::from_secs(300));
    assert_eq!(far.call_timeout(LIMITS), Some(Duration::from_secs(30)));
    let near = Deadline::after(Duration::from_secs(10));
    assert_eq!(near.call_timeout(LIMITS), Some(Duration::from_secs(7)));
    tokio::time::advance(Duration::from_millis(6_900)).await;
    assert_eq!(near.call_timeout(LIMITS), None, "100 ms before the reserve begins, no call starts");
    tokio::time::advance(Duration::from_secs(60)).await;
    assert_eq!(near.remaining(), Duration::ZERO);
    assert_eq!(near.call_timeout(LIMITS), None);
}

#[tokio::test(start_paused = true)]
async fn back_off_waits_within_its_ceiling_and_never_past_the_deadline() {
    let policy = RetryPolicy::new(Duration::from_millis(500), Duration::from_secs(5), 8);
    let ceilings: Vec<_> = (1..=7).map(|attempt| policy.ceiling(attempt).as_millis()).collect();
    assert_eq!(ceilings, [500, 1_000, 2_000, 4_000, 5_000, 5_000, 5_000]);
    assert_eq!(policy.ceiling(4_000), Duration::from_secs(5), "no overflow, however many attempts");

    let mut waits = Vec::new();
    for _ in 0..200 {
        let before = Instant::now();
        assert!(policy.pause(3, None, Deadline::after(Duration::from_secs(60)), LIMITS).await);
        waits.push(before.elapsed());
    }
    assert!(waits.iter().all(|wait| *wait <= Duration::from_millis(2_001)), "{waits:?}");
    assert!(
        waits.iter().any(|wait| *wait < Duration::from_millis(700)),
        "jitter reaches the low end"
    );
    assert!(
        waits.iter().any(|wait| *wait > Duration::from_millis(1_300)),
        "jitter reaches the high end"
    );

    let before = Instant::now();
    assert!(
        !policy.pause(8, None, Deadline::after(Duration::from_secs(60)), LIMITS).await,
        "attempts used up"
    );
    let asked = Some(Duration::from_secs(5));
    assert!(
        !policy.pause(1, asked, Deadline::after(Duration::from_secs(7)), LIMITS).await,
        "5 s asked + 3 s reserve > 7 s left"
    );
    let long = Some(Duration::from_secs(6));
    assert!(
        !policy.pause(1, long, Deadline::after(Duration::from_secs(60)), LIMITS).await,
        "nobody is held for longer than the cap"
    );
    assert_eq!(before.elapsed(), Duration::ZERO, "giving up takes no time");
    assert!(policy.pause(1, asked, Deadline::after(Duration::from_secs(30)), LIMITS).await);
    assert!(before.elapsed() >= Duration::from_secs(5), "what the partner asked for is honoured");
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_the_key_goes_nowhere_else() {
    let elsewhere = MockServer::start().await;
    Mock::given(any()).respond_with(ResponseTemplate::new(200)).expect(0).mount(&elsewhere).await;
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(
            ResponseTemplate::new(302).insert_header("location", elsewhere.uri().as_str()),
        )
        .mount(&server)
        .await;

    let reply = exchange(&client().unwrap(), get(&server.uri()), Duration::from_secs(5), 1_000)
        .await
        .unwrap();

    assert_eq!(reply.status, StatusCode::FOUND);
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused_and_one_at_the_limit_is_read() {
    let server = MockServer::start().await;
    Mock::given(any())
        .respond_with(ResponseTemplate::new(200).set_body_bytes(vec![b'x'; 100_000]))
        .mount(&server)
        .await;
    let client = client().unwrap();

    let reply =
        exchange(&client, get(&server.uri()), Duration::from_secs(5), 99_999).await.unwrap();
    assert_eq!((reply.status, reply.body.unwrap_err()), (StatusCode::OK, Fault::BodyTooLarge));
    let reply =
        exchange(&client, get(&server.uri()), Duration::from_secs(5), 100_000).await.unwrap();
    assert_eq!(reply.body.unwrap().len(), 100_000);
}

#[tokio::test]
async fn broken_calls_are_classified_by_what_is_known() {
    let client = client().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let mut request = [0; 1_024];
        // First: the request is read and the connection closed without a response.
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut request).await.unwrap();
        drop(stream);
        // Second: the status arrives, then the body breaks off.
        let (mut stream, _) = listener.accept().await.unwrap();
        let _ = stream.read(&mut request).await.unwrap();
        stream
            .write_all(b"HTTP/1.1 201 Created\r\ncontent-length: 100\r\n\r\n{\"batch")
            .await
            .unwrap();
        drop(stream);
        // Third: the request is read and never answered.
        let (stream, _) = listener.accept().await.unwrap();
        tokio::time::sleep(Duration::from_secs(5)).await;
        drop(stream);
    });

    let lost = exchange(&client, get(&url), Duration::from_secs(5), 1_000).await.err();
    assert_eq!(lost, Some(Fault::Disconnected));
    let half = exchange(&client, get(&url), Duration::from_secs(5), 1_000).await.unwrap();
    assert_eq!((half.status, half.body.unwrap_err()), (StatusCode::CREATED, Fault::Disconnected));
    let silent = exchange(&client, get(&url), Duration::from_millis(200), 1_000).await.err();
    assert_eq!(silent, Some(Fault::Timeout));
    server.abort();
    let _ = server.await;
    let refused = exchange(&client, get(&url), Duration::from_secs(5), 1_000).await.err();
    assert_eq!(refused, Some(Fault::Connect));
    assert!(
        Fault::Connect.nothing_sent()
            && !Fault::Disconnected.nothing_sent()
            && !Fault::Timeout.nothing_sent()
    );
}

#[test]
fn base_urls_keep_their_path_and_encode_what_is_appended() {
    let base = BaseUrl::parse("https://core.example.com/api/").unwrap();
    let url = base.join("/transactions/filter", &[("instance_id", "a b&c"), ("created[gte]", "1")]);
    assert_eq!(
        url.as_str(),
        "https://core.example.com/api/transactions/filter?instance_id=a+b%26c&created%5Bgte%5D=1"
    );
    for bad in [
        "",
        "api.stripe.com",
        "ftp://x.example",
        "https://user:pw@x.example",
        "https://x.example/?a=1",
        "https://x.example/#a",
        "mailto:x",
    ] {
        assert_eq!(BaseUrl::parse(bad), Err(SetupError::BaseUrl), "{bad}");
    }
}

#[test]
fn a_bearer_header_never_shows_its_key() {
    let value = bearer(&SecretString::from("rk_test_hidden0123")).unwrap();
    assert_eq!(value.as_bytes(), b"Bearer rk_test_hidden0123");
    assert!(!format!("{value:?}").contains("hidden"));
    assert_eq!(bearer(&SecretString::from("line\nbreak")), Err(SetupError::Key));
}
