//! Counting of calls and injection of faults, as one layer around each surface: the surfaces know
//! nothing of it.

mod control;
mod layer;
mod when;

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use axum::http::{HeaderName, HeaderValue, Method};
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use control::control_router;
pub use layer::{ScopeOf, wrap};
pub use when::When;

/// The status under which a call is counted whose caller went away, or whose connection a fault
/// cut.
pub const NO_ANSWER: u16 = 0;

/// A call with this header is the sandbox's own: no fault hits it, and it is not counted.
pub const UNSEEN_HEADER: &str = "X-Sandbox-Unseen";

/// The simulated surface a call or a fault belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Surface {
    /// Stripe's API.
    Stripe,
    /// Blnk Cloud's API.
    Cloud,
    /// Blnk Core's own API.
    Core,
}

/// When the connection is closed without an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Drop {
    /// The handler never runs.
    Before,
    /// The handler runs to its end; its answer is lost.
    After,
}

/// One fault: which calls it hits, and what happens to them.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FaultSpec {
    /// The surface it applies to.
    pub surface: Surface,
    /// HTTP method; absent = any.
    #[serde(default)]
    pub method: Option<String>,
    /// Path prefix at segment boundaries (`/v1/balance` does not hit `/v1/balance_transactions`),
    /// or a glob with `*`.
    pub route: String,
    /// Blnk instance or Stripe account whose calls are hit; absent = all.
    #[serde(default, alias = "instance", alias = "account")]
    pub scope: Option<String>,
    /// What must hold of the call's query and body; absent = nothing.
    #[serde(default)]
    pub when: When,
    /// Matching calls let through before the first hit.
    #[serde(default)]
    pub skip: u64,
    /// Calls hit after that; 0 = until the fault is deleted.
    #[serde(default = "once")]
    pub times: u64,
    /// Status to answer with, instead of the handler's.
    #[serde(default)]
    pub status: Option<u16>,
    /// Body of that answer; absent = an error as the surface itself would write it.
    #[serde(default)]
    pub body: Option<Value>,
    /// Headers of that answer.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Wait, in milliseconds: before the handler, or after it with `commit` or `drop: after`.
    #[serde(default)]
    pub delay_ms: u64,
    /// Close the connection without an answer.
    #[serde(default)]
    pub drop: Option<Drop>,
    /// Run the handler first, then answer `status`.
    #[serde(default)]
    pub commit: bool,
}

fn once() -> u64 {
    1
}

/// Statuses that an answer can be ended with: those below are not the last word of a call.
const STATUSES: std::ops::RangeInclusive<u16> = 200..=599;

impl FaultSpec {
    /// Whether a fault can do what it says.
    ///
    /// # Errors
    /// The part that cannot be meant so, in a text for people.
    pub fn check(&self) -> Result<(), String> {
        if !self.route.starts_with(['/', '*']) {
            return Err(format!("a route begins with / or *: {:?}", self.route));
        }
        if let Some(method) =
            self.method.as_deref().filter(|name| Method::from_bytes(name.as_bytes()).is_err())
        {
            return Err(format!("{method:?} is no HTTP method"));
        }
        if let Some(status) = self.status.filter(|status| !STATUSES.contains(status)) {
            return Err(format!("no answer ends with status {status}: 200 to 599"));
        }
        let broken = |(name, value): &(&String, &String)| {
            name.parse::<HeaderName>().is_err() || HeaderValue::from_str(value).is_err()
        };
        match self.headers.iter().find(broken) {
            Some((name, value)) => Err(format!("no header can be written so: {name}: {value}")),
            None => self.when.check(),
        }
    }

    fn matches(&self, call: &Call<'_>) -> bool {
        self.surface == call.surface
            && self
                .method
                .as_deref()
                .is_none_or(|wanted| call.method.as_str().eq_ignore_ascii_case(wanted))
            && self.scope.as_deref().is_none_or(|wanted| call.scope == Some(wanted))
            && route_matches(&self.route, call.path)
            && self.when.holds(call.query, call.body)
    }

    fn runs_handler_first(&self) -> bool {
        self.commit || self.drop == Some(Drop::After)
    }
}

/// A call as faults see it.
struct Call<'c> {
    surface: Surface,
    method: &'c Method,
    path: &'c str,
    /// Decoded.
    query: &'c [(String, String)],
    /// Empty unless a fault of the surface asks about bodies.
    body: &'c [u8],
    scope: Option<&'c str>,
}

/// Whether `path` is hit by `route`: a glob when it holds a `*`, otherwise a prefix that ends at a
/// `/`.
fn route_matches(route: &str, path: &str) -> bool {
    if !route.contains('*') {
        let route = route.trim_end_matches('/');
        return path
            .strip_prefix(route)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    }
    let mut parts = route.split('*');
    let Some(mut rest) = parts.next().and_then(|first| path.strip_prefix(first)) else {
        return false;
    };
    let mut parts = parts.peekable();
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.is_empty()
}

/// A fault with its life so far.
#[derive(Debug, Clone, Serialize)]
pub struct Fault {
    /// Its id, for deletion.
    pub id: u64,
    /// What was requested.
    #[serde(flatten)]
    pub spec: FaultSpec,
    /// Matching calls seen.
    pub seen: u64,
    /// Calls hit.
    pub hits: u64,
}

/// What calls are counted by.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct CallKey {
    /// The surface called.
    pub surface: Surface,
    /// Blnk instance or Stripe account the caller's key belongs to.
    pub scope: Option<String>,
    /// HTTP method.
    pub method: String,
    /// The route's pattern, ids replaced; `unmatched` for a path the surface does not have.
    pub route: String,
    /// Status answered; [`NO_ANSWER`] when none reached the caller.
    pub status: u16,
}

/// Which calls to list or to forget.
#[derive(Debug, Clone, Default, Deserialize)]
pub struct CallFilter {
    /// Only this surface.
    pub surface: Option<Surface>,
    /// Only this Blnk instance.
    pub instance: Option<String>,
    /// Only this Stripe account.
    pub account: Option<String>,
}

impl CallFilter {
    fn takes(&self, key: &CallKey) -> bool {
        let scope = self.instance.as_ref().or(self.account.as_ref());
        self.surface.is_none_or(|surface| surface == key.surface)
            && scope.is_none_or(|scope| key.scope.as_ref() == Some(scope))
    }
}

#[derive(Debug, Default)]
struct Book {
    faults: Vec<Fault>,
    made: u64,
    calls: BTreeMap<CallKey, u64>,
}

/// The faults in force and the calls counted, of all surfaces.
#[derive(Debug, Default)]
pub struct Faults(Mutex<Book>);

impl Faults {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts a fault in force and gives its id.
    pub fn add(&self, spec: FaultSpec) -> u64 {
        let mut book = self.book();
        book.made += 1;
        let id = book.made;
        book.faults.push(Fault { id, spec, seen: 0, hits: 0 });
        id
    }

    /// All faults with their hits, used-up ones too.
    pub fn list(&self) -> Vec<Fault> {
        self.book().faults.clone()
    }

    /// Removes one fault, or all; gives how many there were.
    pub fn remove(&self, id: Option<u64>) -> usize {
        let mut book = self.book();
        let before = book.faults.len();
        book.faults.retain(|fault| id.is_some_and(|id| fault.id != id));
        before - book.faults.len()
    }

    /// The calls that `filter` takes, with their counts.
    pub fn calls(&self, filter: &CallFilter) -> Vec<(CallKey, u64)> {
        let book = self.book();
        let taken = book.calls.iter().filter(|(key, _)| filter.takes(key));
        taken.map(|(key, count)| (key.clone(), *count)).collect()
    }

    /// Forgets the calls that `filter` takes.
    pub fn forget_calls(&self, filter: &CallFilter) {
        self.book().calls.retain(|key, _| !filter.takes(key));
    }

    fn count(&self, key: CallKey) {
        *self.book().calls.entry(key).or_default() += 1;
    }

    /// Whether a fault of a surface asks about bodies.
    fn ask_for_bodies(&self, surface: Surface) -> bool {
        self.book()
            .faults
            .iter()
            .any(|fault| fault.spec.surface == surface && fault.spec.when.is_about_body())
    }

    /// The first fault that hits this call; each fault that matches it counts it as seen.
    fn hit(&self, call: &Call<'_>) -> Option<FaultSpec> {
        let mut book = self.book();
        for fault in &mut book.faults {
            if !fault.spec.matches(call) {
                continue;
            }
            fault.seen += 1;
            let spent = fault.spec.times != 0 && fault.hits >= fault.spec.times;
            if fault.seen > fault.spec.skip && !spent {
                fault.hits += 1;
                return Some(fault.spec.clone());
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::{FaultSpec, route_matches};
    use serde_json::json;

    #[test]
    fn a_prefix_ends_at_a_segment_and_a_glob_may_cross_them() {
        assert!(route_matches("/v1/balance", "/v1/balance"));
        assert!(route_matches("/v1/charges", "/v1/charges/ch_1"));
        assert!(!route_matches("/v1/balance", "/v1/balance_transactions"));
        assert!(route_matches("/", "/anything"));
        assert!(route_matches("/v1/balance*", "/v1/balance_transactions"));
        assert!(route_matches("*/filter", "/transactions/filter"));
        assert!(!route_matches("*/filter", "/transactions/filter/x"));
        assert!(route_matches("/proxy/*/identity", "/proxy/balances/bln_1/identity"));
        assert!(!route_matches("/a*b*c", "/axc"));
    }

    #[test]
    fn a_fault_that_could_never_hit_or_never_be_answered_is_refused() {
        let refused = |fault: serde_json::Value| {
            serde_json::from_value::<FaultSpec>(fault).unwrap().check().is_err()
        };
        let sound = json!({"surface": "stripe", "route": "/", "method": "get", "status": 429,
            "headers": {"Retry-After": "2"}});
        assert!(!refused(sound.clone()));
        let wrong = [
            ("route", json!("v1/charges")),
            ("method", json!("GET POST")),
            ("status", json!(100)),
            ("status", json!(1000)),
            ("headers", json!({"Retry After": "2"})),
            ("headers", json!({"Retry-After": "2\r\nX: 1"})),
        ];
        for (field, value) in wrong {
            let mut fault = sound.clone();
            fault[field] = value;
            assert!(refused(fault.clone()), "{fault}");
        }
    }
}
