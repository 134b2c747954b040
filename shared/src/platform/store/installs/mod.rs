//! Installs in the table, `META`: one file each for installing, uninstalling, changes of keys, the
//! conditions for other transactions, and reads.

pub mod changes;
pub mod conditions;
pub mod edit;
pub mod head;
pub mod index;
pub mod keys;
pub mod record;
pub mod removal;
