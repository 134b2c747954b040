//! Lists: no row is missed, no amount is rounded, and an answer that ignores the filter is refused.

use wiremock::matchers::{body_json, method, path, query_param};
use wiremock::{Request, Respond};

use crate::platform::blnk::tests::*;

/// Serves rows like the list filter: pages, a total, and never more than `largest_page` rows.
struct Rows {
    rows: Vec<Value>,
    largest_page: usize,
    total: Option<&'static str>,
}

impl Rows {
    fn new(rows: Vec<Value>, largest_page: usize, total: Option<&'static str>) -> Self {
        Self { rows, largest_page, total }
    }
}

impl Respond for Rows {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let number = |name: &str| {
            request
                .url
                .query_pairs()
                .find(|(n, _)| n == name)
                .and_then(|(_, v)| v.parse::<usize>().ok())
                .unwrap()
        };
        let size = number("pageSize").min(self.largest_page);
        let data: Vec<_> = self.rows.iter().skip((number("page") - 1) * size).take(size).collect();
        match self.total {
            Some(source) => answer(
                200,
                json!({"data": data, "total": self.rows.len(), "stats": {},
                    "total_is_estimate": source == "estimate", "total_source": source}),
            ),
            None => answer(200, json!({"data": data, "stats": {}})),
        }
    }
}

fn row(n: usize) -> Value {
    json!({"transaction_id": format!("txn_{n}"), "reference": format!("r{n}"), "currency": "USD",
        "precise_amount": 1050, "amount": 10.5, "precision": 100,
        "source": "bln_1", "destination": "bln_2", "status": "APPLIED", "parent_transaction": "",
        "created_at": "2026-11-24T10:30:00.123456Z",
        "effective_date": null, "meta_data": {"stripe_source_id": "ch_1"}})
}

#[tokio::test]
async fn references_are_looked_up_with_as_few_pages_as_prove_that_none_is_missed() {
    let references: Vec<_> = (0..100).map(|n| format!("r{n}")).collect();
    let hundred: Vec<_> = (0..100).map(row).collect();
    let cases = [
        (hundred.clone(), 100, Some("exact"), 100, 1),
        (hundred[..40].to_vec(), 100, Some("exact"), 40, 1),
        (Vec::new(), 100, Some("exact"), 0, 1),
        (hundred.clone(), 100, Some("estimate"), 100, 2),
        (hundred.clone(), 100, None, 100, 2),
        (hundred.clone(), 30, Some("exact"), 100, 4),
    ];
    for (rows, largest_page, total, expected, calls) in cases {
        let server = MockServer::start().await;
        Mock::given(method("POST"))
            .and(path("/transactions/filter"))
            .and(query_param("instance_id", INSTANCE))
            .and(query_param("strict_total", "true"))
            .and(body_json(json!({"filters": [{"field": "reference", "operator": "in",
                "values": references}]})))
            .respond_with(Rows::new(rows, largest_page, total))
            .mount(&server)
            .await;
        let blnk = blnk_at(&server.uri());
        let found = blnk.transactions_by_reference(&references, soon()).await.unwrap();
        assert_eq!(
            (found.len(), blnk.calls()),
            (expected, calls),
            "pages of {largest_page}, total {total:?}"
        );
    }
}

/// Serves rows whose order changes between the first two pages, `times` times, so that one row is
/// on neither.
struct Shuffled {
    rows: Vec<Value>,
    times: std::sync::atomic::AtomicUsize,
}

impl Respond for Shuffled {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        let page = request
            .url
            .query_pairs()
            .find(|(name, _)| name == "page")
            .and_then(|(_, page)| page.parse::<usize>().ok())
            .unwrap();
        let mut rows = self.rows.clone();
        if page > 1 && self.times.load(std::sync::atomic::Ordering::Relaxed) > 0 {
            rows.swap(0, PAGE_SIZE);
            self.times.fetch_sub(1, std::sync::atomic::Ordering::Relaxed);
        }
        let data: Vec<_> = rows.iter().skip((page - 1) * PAGE_SIZE).take(PAGE_SIZE).collect();
        answer(200, json!({"data": data, "total": rows.len(), "total_is_estimate": false}))
    }
}

/// Rows with the same time have no fixed order. A list with fewer rows than its total is read
/// again, and never counts as complete.
#[tokio::test]
async fn a_list_that_is_shorter_than_its_count_is_not_believed() {
    for (times, found) in [(0, Some(150)), (2, Some(150)), (1_000, None)] {
        let shuffled = Shuffled { rows: (0..150).map(row).collect(), times: times.into() };
        // A server that is dropped may serve another test.
        let server = always_by(shuffled).await;
        let blnk = blnk_at(&server.uri());
        match found {
            Some(found) => assert_eq!(
                blnk.transactions(&[], 1_000, soon()).await.unwrap().len(),
                found,
                "shuffled {times} times"
            ),
            None => {
                let error = blnk.transactions(&[], 1_000, soon()).await.unwrap_err();
                assert_eq!(
                    error,
                    BlnkError::Unavailable { cause: UnknownCause::Incomplete },
                    "to be tried again"
                );
                assert!(blnk.calls() < 20, "within bounds: {}", blnk.calls());
            }
        }
    }
}

async fn always_by(respond: impl Respond + 'static) -> MockServer {
    let server = MockServer::start().await;
    Mock::given(path("/transactions/filter")).respond_with(respond).mount(&server).await;
    server
}

#[tokio::test]
async fn amounts_of_any_size_are_read_to_the_unit_as_numbers_and_as_strings() {
    let big = "170141183460469231731687303715884105727";
    let body = format!(
        r#"{{"data":[{{"balance_id":"bln_1","ledger_id":"general_ledger_id","indicator":"@stripe","currency":"USD","identity_id":"",
        "balance":-9007199254740993,"debit_balance":"{big}","credit_balance":{big},"created_at":"2026-11-24T10:30:00.1","meta_data":null,"version":0}},
        {{"balance_id":"bln_2","ledger_id":"general_ledger_id","indicator":"@stripe","currency":"KWD","identity_id":null,
        "balance":"0","debit_balance":9223372036854775808,"credit_balance":"18446744073709551617"}}],"total":2,"stats":{{}}}}"#
    );
    let server = always(ResponseTemplate::new(200).set_body_string(body)).await;

    let found = blnk_at(&server.uri()).balances_by_indicator(&["@stripe"], soon()).await.unwrap();

    let figures: Vec<_> =
        found.iter().map(|b| (b.balance, b.debit_balance, b.credit_balance)).collect();
    assert_eq!(
        figures,
        [
            (-9_007_199_254_740_993, i128::MAX, i128::MAX),
            (0, 9_223_372_036_854_775_808, 18_446_744_073_709_551_617)
        ]
    );
    assert!(found.iter().all(|b| b.identity_id.is_none()), "an empty identity is none");
    assert!(found[0].created_at.is_some() && found[1].created_at.is_none());
}

#[tokio::test]
async fn an_answer_that_ignores_the_question_is_never_used() {
    let others = Rows::new(vec![row(1), row(2)], 100, Some("exact"));
    let server = MockServer::start().await;
    Mock::given(path("/transactions/filter")).respond_with(others).mount(&server).await;
    // A server that serves the same page forever.
    let same: Vec<_> = (0..100).map(|n| json!({"identity_id": format!("idt_{n}")})).collect();
    Mock::given(path("/identities/filter"))
        .respond_with(answer(200, json!({"data": same})))
        .mount(&server)
        .await;
    let elsewhere = json!({"data": [{"balance_id": "bln_1", "ledger_id": "ldg_other",
        "identity_id": "idt_1", "currency": "USD", "balance": 0,
        "debit_balance": 0, "credit_balance": 0}], "total": 1});
    Mock::given(path("/balances/filter")).respond_with(answer(200, elsewhere)).mount(&server).await;
    Mock::given(path("/ledger/filter"))
        .respond_with(answer(
            200,
            json!({"data": [{"ledger_id": "ldg_1", "name": "x", "meta_data": {"owner": "another"}}],
                "total": 1}),
        ))
        .mount(&server)
        .await;
    let blnk = blnk_at(&server.uri());
    let ids: Vec<_> = (0..100).map(|n| format!("idt_{n}")).collect();

    let answers = [
        blnk.transactions_by_reference(&["r1"], soon()).await.err(),
        blnk.identities(&ids, soon()).await.err(),
        blnk.balances_by_identity(&["idt_1"], "ldg_app", soon()).await.err(),
        blnk.balances(&["bln_2"], soon()).await.err(),
        blnk.ledgers_named_like("Stripe ", soon()).await.err(),
    ];

    assert!(
        answers.iter().all(|error| matches!(error, Some(BlnkError::Malformed { .. }))),
        "{answers:?}"
    );
    let calls = blnk.calls();
    let many: Vec<_> = (0..101).map(|n| n.to_string()).collect();
    assert!(matches!(blnk.identities(&many, soon()).await, Err(BlnkError::Malformed { .. })));
    assert!(blnk.identities::<&str>(&[], soon()).await.unwrap().is_empty());
    assert_eq!(blnk.calls(), calls, "too many values and none need no call");
}

#[tokio::test]
async fn counts_are_exact_or_not_told() {
    let server = MockServer::start().await;
    let filters = [
        Filter::eq("balance_id", "bln_1"),
        Filter::compare("reference", Operator::Like, "stripe:acct_1:test:%"),
    ];
    let expected = json!({"filters": [{"field": "balance_id", "operator": "eq", "value": "bln_1"},
        {"field": "reference", "operator": "like", "value": "stripe:acct_1:test:%"}]});
    Mock::given(body_json(expected))
        .and(query_param("pageSize", "1"))
        .and(query_param("strict_total", "true"))
        .respond_with(answer(
            200,
            json!({"data": [row(1)], "total": "20000", "total_is_estimate": false,
                "total_source": "exact"}),
        ))
        .mount(&server)
        .await;
    assert_eq!(blnk_at(&server.uri()).count_transactions(&filters, soon()).await, Ok(20_000));

    for body in [
        json!({"data": [], "total": 5, "total_is_estimate": true}),
        json!({"data": []}),
        json!({"data": [], "total": -1}),
    ] {
        let server = always(answer(200, body)).await;
        assert!(matches!(
            blnk_at(&server.uri()).count_transactions(&filters, soon()).await,
            Err(BlnkError::Malformed { .. })
        ));
    }
}

#[tokio::test]
async fn reads_are_repeated_when_that_may_help_and_only_then() {
    let transient = [
        core(500, "GEN_INTERNAL", "query failed"),
        core(423, "GEN_RESOURCE_LOCKED", "failed to acquire lock"),
        ResponseTemplate::new(429).set_body_string("slow down"),
        answer(409, json!({"error": "duplicate request"})),
    ];
    for response in transient {
        let server = MockServer::start().await;
        Mock::given(any()).respond_with(response).up_to_n_times(2).mount(&server).await;
        Mock::given(any())
            .respond_with(Rows::new(vec![row(1)], 100, Some("exact")))
            .mount(&server)
            .await;
        let blnk = blnk_at(&server.uri());
        assert_eq!(
            blnk.transactions_by_reference(&["r1"], soon()).await.map(|rows| rows.len()),
            Ok(1)
        );
        assert_eq!(blnk.calls(), 3);
    }

    let lasting = [
        (answer(401, json!({"error": "invalid key"})), RefusalCode::Unauthorized),
        (answer(403, json!({"error": "insufficient scope"})), RefusalCode::Forbidden),
        (core(400, "GEN_BAD_REQUEST", "Invalid filter: unknown field"), RefusalCode::Validation),
    ];
    for (response, code) in lasting {
        let server = always(response).await;
        let blnk = blnk_at(&server.uri());
        let error = blnk.transactions(&[], 10, soon()).await.unwrap_err();
        assert_eq!((error.code(), blnk.calls()), (Some(code), 1));
        shows_no_secret(&format!("{error} {error:?}"));
    }

    let server = always(ResponseTemplate::new(502)).await;
    let blnk = blnk_at(&server.uri());
    let error = blnk.transactions(&[], 10, soon()).await.unwrap_err();
    assert_eq!(
        (error, blnk.calls()),
        (
            BlnkError::Unavailable { cause: UnknownCause::Status(502) },
            u64::from(QUICK.max_attempts)
        )
    );
}
