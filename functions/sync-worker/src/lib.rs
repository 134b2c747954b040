//! The work queue's consumer: runs syncs page by page, and passes on what the delay queue gives
//! back. The same binary, told so by `MODE=dlq`, ends what the dead-letter queue holds.

pub mod handler;
