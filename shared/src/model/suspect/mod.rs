//! Records whose calls fail again and again: is it the record, or is it the other side?
//!
//! Whatever is about one record and fails three times alike, while another call of its kind succeeded meanwhile, is that record's fault:
//! it is set aside as a problem, the run goes on, and later runs try it again with growing pauses. When nothing of the kind succeeds, or
//! when many fail, it is an outage: waited for, told, and nobody's fault. Each failure is stored at once, so that a worker's end forgets
//! none.

pub mod record;
pub mod report;
