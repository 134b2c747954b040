//! The registered portal generator.

mod launch;
