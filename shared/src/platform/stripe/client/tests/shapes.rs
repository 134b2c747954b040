//! Successful statuses with unusable bodies, and responses with one text that cannot be decoded.

use crate::platform::stripe::client::tests::*;
use crate::platform::stripe::endpoints::NewEndpoint;
use crate::platform::stripe::error::UnavailableCause;

const LIES: [&str; 10] = [
    "{\"message\":\"ok\"}",
    "{\"error\":{\"message\":\"no\"},\"object\":\"list\",\"data\":[],\"has_more\":false,\"id\":\"acct_1\"}",
    "{\"total\":5}",
    "null",
    "[]",
    "\"x\"",
    "{\"object\":\"list\",\"data\":{},\"has_more\":false}",
    "{\"object\":\"list\",\"data\":[]}",
    "{\"data\":[{\"id\":\"txn_1\",\"amount\":10.5}],\"has_more\":\"no\"}",
    "<html>Service suspended</html>",
];

/// The results of every kind of call for one response.
async fn all_calls(stripe: &StripeClient) -> Vec<StripeError> {
    let page = PageRequest::default();
    let endpoint = NewEndpoint {
        url: "https://app.example.com",
        install: "instapp_1",
        idempotency_key: "key-1",
    };
    let mut errors = vec![
        stripe.own_account(soon()).await.err().map(|error| error.error),
        stripe.balance(soon()).await.err(),
        stripe.balance_transactions(&page, soon()).await.err(),
        stripe.balance_transaction("txn_9", soon()).await.err(),
        stripe.customer("cus_9", soon()).await.err(),
        stripe.object(Resource::Refunds, "re_9", soon()).await.err(),
        stripe.objects(Resource::Disputes, 0, soon()).await.err(),
        stripe.payouts_before(1, None, 100, soon()).await.err(),
        stripe.payout_members("po_1", None, 100, soon()).await.err(),
        stripe.webhook_endpoints(soon()).await.err(),
        stripe.create_webhook_endpoint(endpoint, soon()).await.err(),
        stripe.delete_webhook_endpoint("we_1", soon()).await.err(),
    ];
    for resource in Resource::ALL
        .into_iter()
        .filter(|resource| !matches!(resource, Resource::Account | Resource::Balance))
    {
        errors.push(stripe.probe(resource, soon()).await.err());
    }
    errors.into_iter().map(|error| error.expect("no answer was taken for one")).collect()
}

#[tokio::test]
async fn a_success_in_an_unknown_shape_is_repeated_and_never_believed() {
    for lie in LIES {
        let server = MockServer::start().await;
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(200).set_body_string(lie))
            .mount(&server)
            .await;
        let stripe = stripe_at(&server.uri());
        let errors = all_calls(&stripe).await;
        for error in &errors {
            assert!(
                error.shape().is_some_and(|shape| shape.call().contains("/v1/")),
                "{lie}: {error:?}"
            );
        }
        assert_eq!(stripe.calls(), errors.len() as u64 * u64::from(QUICK.max_attempts), "{lie}");
    }
}

#[tokio::test]
async fn a_shape_that_is_right_the_next_time_is_taken_and_another_object_is_not() {
    let server = MockServer::start().await;
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_string("{\"total\":5}"))
        .up_to_n_times(2)
        .mount(&server)
        .await;
    let balance = json!({"object": "balance", "available": [{"amount": -5, "currency": "usd"}],
        "pending": []});
    Mock::given(method("GET"))
        .respond_with(ResponseTemplate::new(200).set_body_json(balance))
        .mount(&server)
        .await;
    let stripe = stripe_at(&server.uri());
    assert_eq!(stripe.balance(soon()).await.unwrap().available[0].amount, -5);
    assert_eq!(stripe.calls(), 3);

    let another = json!({"id": "cus_2", "object": "customer"});
    let stripe = stripe_at(&always(ResponseTemplate::new(200).set_body_json(another)).await.uri());
    let error = stripe.customer("cus_1", soon()).await.unwrap_err();
    let StripeError::Unavailable { cause: UnavailableCause::Shape(shape) } = error else {
        panic!("{error}")
    };
    assert_eq!(
        (shape.call(), shape.seen()),
        ("/v1/customers", "an object with id, object".to_owned())
    );
}

/// One text that cannot be decoded loses no record, and no figure of its own record.
#[tokio::test]
async fn a_page_with_an_undecodable_text_gives_all_its_records() {
    let row = |id: &str, name: &str| {
        format!(
            "{{\"id\":\"{id}\",\"object\":\"balance_transaction\",\"amount\":500,\"fee\":0,\"net\":500,\"currency\":\"usd\",\"created\":1,\"available_on\":1,\
             \"type\":\"charge\",\"description\":\"{name}\",\"reporting_category\":\"charge\",\"source\":{{\"id\":\"ch_1\",\"object\":\"charge\",\
             \"customer\":{{\"id\":\"cus_1\",\"name\":\"{name}\",\"metadata\":{{\"k\":\"{name}\"}}}}}}}}"
        )
    };
    for broken in ["A\\ud83dB", "A\\udc00B", "A\\xB", "A\nB"] {
        let page = format!(
            "{{\"object\":\"list\",\"data\":[{},{},{}],\"has_more\":false}}",
            row("txn_3", "Ann"),
            row("txn_2", broken),
            row("txn_1", "Bob")
        );
        let stripe =
            stripe_at(&always(ResponseTemplate::new(200).set_body_string(page)).await.uri());
        let list = stripe.balance_transactions(&PageRequest::default(), soon()).await.unwrap();
        assert_eq!((list.data.len(), list.unread.len()), (3, 0), "{broken}");
        assert!(list.data.iter().all(|record| record.net == 500));
        let customer = list.data[1]
            .source
            .as_ref()
            .and_then(Expandable::object)
            .and_then(|source| source.customer.as_ref()?.object());
        let name = customer.and_then(|customer| customer.name.clone()).unwrap();
        assert!(name.starts_with('A') && name.ends_with('B'), "{name:?}");
    }
    // An id that cannot be decoded identifies nothing: only that record is set aside.
    let page = format!(
        "{{\"object\":\"list\",\"data\":[{},{}],\"has_more\":false}}",
        row("txn_\\ud83d", "Ann"),
        row("txn_1", "Bob")
    );
    let stripe = stripe_at(&always(ResponseTemplate::new(200).set_body_string(page)).await.uri());
    let list = stripe.balance_transactions(&PageRequest::default(), soon()).await.unwrap();
    assert_eq!((list.data.len(), list.unread.len()), (1, 1));
    assert_eq!(list.unread[0].net, Some((500, "usd".to_owned())));
}

/// A gateway's 404 says nothing about an object. Stripe's own does.
#[tokio::test]
async fn only_stripe_says_that_an_object_is_gone() {
    let gone = error_body(Some("resource_missing"), Some("id"), "No such customer: 'cus_1'");
    let stripe = stripe_at(&always(ResponseTemplate::new(404).set_body_json(gone)).await.uri());
    assert_eq!(stripe.customer("cus_1", soon()).await, Ok(None));
    for body in ["<html>Not Found</html>", "{\"error\":\"not found\"}", ""] {
        let server = MockServer::start().await;
        Mock::given(wiremock::matchers::any())
            .respond_with(ResponseTemplate::new(404).set_body_string(body))
            .mount(&server)
            .await;
        let stripe = stripe_at(&server.uri());
        let error = stripe.customer("cus_1", soon()).await.unwrap_err();
        assert_eq!(
            error,
            StripeError::Unavailable { cause: UnavailableCause::Status(404) },
            "{body}"
        );
        assert!(stripe.delete_webhook_endpoint("we_1", soon()).await.is_err(), "{body}");
    }
}

/// An endpoint that is not found would be created a second time.
#[tokio::test]
async fn all_pages_of_endpoints_are_read() {
    let page = |ids: &[&str], has_more: bool| {
        let data: Vec<_> = ids
            .iter()
            .map(|id| json!({"id": id, "object": "webhook_endpoint", "url": "https://x"}))
            .collect();
        ResponseTemplate::new(200)
            .set_body_json(json!({"object": "list", "data": data, "has_more": has_more}))
    };
    let server = MockServer::start().await;
    Mock::given(query_param("starting_after", "we_2"))
        .respond_with(page(&["we_3"], false))
        .mount(&server)
        .await;
    Mock::given(method("GET")).respond_with(page(&["we_1", "we_2"], true)).mount(&server).await;
    let found = stripe_at(&server.uri()).webhook_endpoints(soon()).await.unwrap();
    assert_eq!(
        found.iter().map(|endpoint| endpoint.id.as_str()).collect::<Vec<_>>(),
        ["we_1", "we_2", "we_3"]
    );
    let endless = stripe_at(&always(page(&["we_1"], true)).await.uri());
    assert!(endless.webhook_endpoints(soon()).await.is_err());
}
