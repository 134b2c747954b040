//! Records whose calls fail repeatedly: is the record at fault, or the other side?
//!
//! When calls about one record fail three times in the same way, while another call of the same
//! kind succeeds in between, the record is at fault: it is set aside as a problem, the run
//! continues, and later runs retry it with growing back-off. When no call of the kind succeeds, or
//! many fail, it is an outage: the run waits and reports it, and no record is blamed. Each failure
//! is stored immediately, so it survives the end of a worker.

pub mod record;
pub mod report;
