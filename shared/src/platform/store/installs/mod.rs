//! TODO platform::store::installs

pub mod changes;
pub mod conditions;
pub mod edit;
pub mod head;
pub mod index;
pub mod keys;
pub mod record;
pub mod removal;
