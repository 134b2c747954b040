//! Integration tests against the deployed template: real functions, real gateway, IAM enforced, the outside world simulated.
//! `make test` starts a stack for them and passes its variables.

mod lifecycle;
mod realtime;
mod schedule;
mod security;
mod sync;
