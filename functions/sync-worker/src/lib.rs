//! The work queue's consumer: runs syncs page by page, and forwards due messages of the delay
//! queue. With `MODE=dlq` the same binary ends the runs whose messages are in the dead-letter
//! queue.

pub mod handler;
