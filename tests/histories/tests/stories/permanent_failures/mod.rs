//! Calls that fail without end. For one record or customer: it is set aside and named, and
//! everything else continues. For all of them: it is an outage, and the run waits.

mod customers;
mod entries;
mod runs;

use histories::tenant::Tenant;
use serde_json::{Value, json};
use stripe_sync::platform::queue::message::WakeUp;

use crate::common::inject;

/// A run that needs more receives than this does not end.
const MAX_RECEIVES: usize = 30;

/// Injects a fault that lasts until it is lifted. Returns its id.
fn fault(tenant: &Tenant<'_>, surface: &str, method: &str, route: &str, with: &Value) -> u64 {
    let mut fault = json!({"surface": surface, "method": method, "route": route, "times": 0});
    for (name, value) in with.as_object().unwrap() {
        fault[name] = value.clone();
    }
    inject(tenant, fault)
}

/// Fails every call that names a customer.
fn for_customer(customer: &str) -> Value {
    json!({"status": 500, "when": {"body": {"meta_data": {"stripe_customer_id": customer}}}})
}

/// The next message of an open run, once it is due.
async fn next_message(tenant: &Tenant<'_>) -> WakeUp {
    let known = tenant.aws.messages().len();
    while tenant.aws.messages().len() == known && tenant.deliver_next_delayed().await {}
    serde_json::from_value(tenant.aws.messages().pop().unwrap().body).unwrap()
}

fn lift_all(tenant: &Tenant<'_>) {
    tenant.world.sandbox.world.faults.remove(None);
}

async fn pay(tenant: &Tenant<'_>, customers: &[&str]) -> Vec<String> {
    let mut ids = Vec::new();
    for customer in customers {
        ids.extend(
            tenant
                .add(json!({"type": "charge", "amount": 900, "customer": customer,
                    "customer_name": "Ada Lovelace"}))
                .await,
        );
    }
    ids
}
