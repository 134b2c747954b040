//! Details of a failed call: enough for the other side's operators to find it, and nothing of its
//! content.

use std::sync::{Arc, Mutex, PoisonError};

use reqwest::{Method, StatusCode};

use crate::model::failed_call::FailedCall;
use crate::platform::http::reply::{Reply, safe_code};

/// The last failed call of a client.
#[derive(Clone, Debug, Default)]
pub(crate) struct LastFailure(Arc<Mutex<Option<FailedCall>>>);

impl LastFailure {
    /// Records the result of a call. `reply` is absent when no response arrived. `header` is the
    /// header with the other side's request id.
    pub(crate) fn note(&self, method: &Method, path: &str, reply: Option<&Reply>, header: &str) {
        if reply.is_some_and(|reply| reply.status.is_success() && reply.body.is_ok()) {
            return;
        }
        let failed = FailedCall {
            call: format!("{method} {}", route(path)),
            status: reply
                .map(|reply| reply.status)
                .filter(|status| *status != StatusCode::OK)
                .map(|status| status.as_u16()),
            request_id: reply.and_then(|reply| reply.header(header)).and_then(safe_code),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(failed);
    }

    /// The last failed call.
    pub(crate) fn get(&self) -> Option<FailedCall> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The prefixes of ids on both sides.
pub(crate) const ID_PREFIXES: [&str; 19] = [
    "idt_", "bln_", "ldg_", "txn_", "bulk_", "ano_", "cus_", "ch_", "py_", "re_", "pyr_", "po_",
    "dp_", "du_", "evt_", "we_", "tr_", "fee_", "@",
];

/// Replaces the ids in a path.
pub(crate) fn route(path: &str) -> String {
    let is_id = |segment: &str| {
        let version = segment.len() == 2 && segment.starts_with('v');
        !version
            && (segment.contains(|c: char| c.is_ascii_digit())
                || ID_PREFIXES.iter().any(|prefix| segment.starts_with(prefix)))
    };
    path.split('/')
        .map(|segment| if is_id(segment) { ":id" } else { segment })
        .collect::<Vec<_>>()
        .join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_route_names_no_id() {
        for (path, named) in [
            ("/v1/customers/cus_Poison", "/v1/customers/:id"),
            ("/v1/balance_transactions", "/v1/balance_transactions"),
            ("/v1/balance_transactions/txn_1", "/v1/balance_transactions/:id"),
            ("/proxy/identities/idt_0c5e-1", "/proxy/identities/:id"),
            ("/proxy/balances/bln_x/identity", "/proxy/balances/:id/identity"),
            ("/proxy/transactions/bulk", "/proxy/transactions/bulk"),
            ("/alerts/flag/bln_1", "/alerts/flag/:id"),
        ] {
            assert_eq!(route(path), named);
        }
    }
}
