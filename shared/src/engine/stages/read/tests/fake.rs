//! A list of Stripe in which some records cannot be rendered.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use wiremock::{Request, Respond, ResponseTemplate};

/// When a record cannot be rendered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Poison {
    /// With its expanded objects.
    Expanded,
    /// In a list.
    Listed,
    /// Always.
    Always,
    /// With its expanded objects, which need a permission that the key lacks.
    Denied,
}

/// A fake list of Stripe, newest first: ids and creation times.
#[derive(Debug, Clone, Default)]
pub(crate) struct Fake {
    pub(crate) records: Vec<(String, i64)>,
    pub(crate) poison: BTreeMap<String, Poison>,
    /// No page of any size is readable after these records.
    pub(crate) broken: Vec<String>,
    /// The maximum number of records with expanded objects in a page.
    pub(crate) most: usize,
    /// No call is answered.
    pub(crate) down: bool,
    /// The key may not read the list at all.
    pub(crate) forbidden: bool,
}

pub(crate) fn record(id: &str, created: i64, expanded: bool) -> Value {
    let source = if expanded {
        json!({"id": format!("ch_{id}"), "object": "charge", "amount": 7})
    } else {
        json!(format!("ch_{id}"))
    };
    json!({"id": id, "object": "balance_transaction", "amount": 7, "fee": 2, "net": 5,
        "currency": "usd", "created": created,
        "fee_details": [{"amount": 2, "currency": "usd", "type": "stripe_fee"}],
        "available_on": created, "type": "charge",
        "reporting_category": "charge", "status": "available", "source": source})
}

impl Fake {
    /// Records a fixed number of seconds apart.
    pub(crate) fn of(count: i64, apart: i64) -> Self {
        let records =
            (0..count).rev().map(|at| (format!("txn_{at}"), 1_700_000_000 + at * apart)).collect();
        Self { records, most: 100, ..Self::default() }
    }

    pub(crate) fn poison(mut self, id: &str, how: Poison) -> Self {
        self.poison.insert(id.to_owned(), how);
        self
    }

    pub(crate) fn is_written(&self, id: &str, expanded: bool, listed: bool) -> bool {
        match self.poison.get(id) {
            None => true,
            Some(Poison::Expanded | Poison::Denied) => !expanded,
            Some(Poison::Listed) => !listed,
            Some(Poison::Always) => false,
        }
    }

    pub(crate) fn answer(&self, request: &Request) -> (u16, Value) {
        let failed = (500, json!({"error": {"type": "api_error"}}));
        let query: Vec<(String, String)> = request
            .url
            .query_pairs()
            .map(|(name, value)| (name.into_owned(), value.into_owned()))
            .collect();
        let get = |name: &str| {
            query.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
        };
        let expanded = get("expand[]").is_some();
        if self.down {
            return failed;
        }
        let message =
            "Having the 'rak_transfer_read' permission would allow this request to continue.";
        let refused =
            (403, json!({"error": {"type": "invalid_request_error", "message": message}}));
        if self.forbidden {
            return refused;
        }
        let is_denied = |id: &str| expanded && self.poison.get(id) == Some(&Poison::Denied);
        if let Some(id) = request.url.path().strip_prefix("/v1/balance_transactions/") {
            return match self.records.iter().find(|(known, _)| known == id) {
                Some((id, _)) if is_denied(id) => refused,
                Some((id, created)) if self.is_written(id, expanded, false) => {
                    (200, record(id, *created, expanded))
                }
                _ => failed,
            };
        }
        if get("starting_after")
            .is_some_and(|after| self.broken.iter().any(|broken| broken == after))
        {
            return failed;
        }
        let second = |name: &str| get(name).and_then(|value| value.parse::<i64>().ok());
        let (from, to) =
            (second("created[gte]").unwrap_or(i64::MIN), second("created[lt]").unwrap_or(i64::MAX));
        let listed: Vec<_> =
            self.records.iter().filter(|(_, created)| (from..to).contains(created)).collect();
        let at = |id: &str| self.records.iter().position(|(known, _)| known == id);
        let place = |record: &(String, i64)| at(&record.0).unwrap_or_default();
        let limit: usize = get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(10);
        let (page, more) = if let Some(before) = get("ending_before").and_then(at) {
            let newer: Vec<_> =
                listed.into_iter().filter(|record| place(record) < before).collect();
            let cut = newer.len().saturating_sub(limit);
            (newer.get(cut..).unwrap_or_default().to_vec(), cut > 0)
        } else {
            let after = get("starting_after").and_then(at);
            let older: Vec<_> = listed
                .into_iter()
                .filter(|record| after.is_none_or(|after| place(record) > after))
                .collect();
            (older.iter().take(limit).copied().collect(), older.len() > limit)
        };
        if page.iter().any(|(id, _)| is_denied(id)) {
            return refused;
        }
        let written = page.iter().all(|(id, _)| self.is_written(id, expanded, true))
            && !(expanded && page.len() > self.most);
        let data: Vec<Value> =
            page.iter().map(|(id, created)| record(id, *created, expanded)).collect();
        if written {
            (200, json!({"object": "list", "data": data, "has_more": more}))
        } else {
            failed
        }
    }
}

pub(crate) struct Answering(pub(crate) Arc<Mutex<Fake>>, pub(crate) Arc<AtomicU64>);

impl Respond for Answering {
    fn respond(&self, request: &Request) -> ResponseTemplate {
        self.1.fetch_add(1, Ordering::Relaxed);
        let (status, body) = self.0.lock().unwrap().answer(request);
        ResponseTemplate::new(status).set_body_json(body)
    }
}
