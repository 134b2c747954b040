//! What the integration tests and the demo share: the deployed stack as the outside world meets it.

pub mod portal;
pub mod sandbox;
pub mod stack;

pub use portal::Portal;
pub use sandbox::{Install, Sandbox, StripeAccount};
pub use stack::Stack;

/// Any failure of a step, told in one line.
pub type Failure = Box<dyn std::error::Error + Send + Sync>;
/// The result of a step.
pub type Step<T = ()> = Result<T, Failure>;
