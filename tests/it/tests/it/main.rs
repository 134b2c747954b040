//! Tests against the deployed template: real functions, a real gateway, IAM enforced, the outside
//! world simulated. `make test` starts a stack for them and passes its variables. Each test has an
//! install, an instance and a Stripe account of its own.
//!
//! | module | what it tests |
//! |---|---|
//! | `callback` | install and uninstall events |
//! | `portal_generator` | launches |
//! | `portal` | the portal's page and API, resource by resource |
//! | `webhook` | Stripe's events and the endpoint that receives them |
//! | `schedule` | syncs that start by themselves, and the sweep |
//! | `worker` | runs, judged by an oracle that takes nothing from the app |
//! | `lifecycle` | what an uninstall or a disconnect ends, and what a reinstall finds |
//! | `security` | keys at rest, roles, logs |

mod callback;
mod lifecycle;
mod portal;
mod portal_generator;
mod schedule;
mod security;
mod webhook;
mod worker;
