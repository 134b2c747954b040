//! What the integration tests and the demo share: access to the deployed stack from outside.

pub mod aws;
pub mod dispatch;
pub mod kill;
pub mod lambda;
pub mod manual_entry;
pub mod oracle;
pub mod platform;
pub mod portal;
pub mod records;
pub mod sandbox;
pub mod schedule;
pub mod stack;
pub mod tenant;

pub use aws::Aws;
pub use dispatch::Dispatcher;
pub use lambda::Lambda;
pub use manual_entry::ManualEntry;
pub use oracle::Books;
pub use platform::{Answer, Ids};
pub use portal::Portal;
pub use sandbox::{Install, Sandbox, StripeAccount};
pub use stack::Stack;
pub use tenant::Tenant;

/// Why a step failed, in one line.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
/// The result of a step.
pub type Step<T = ()> = Result<T, Failure>;
