//! (temporary)
mod sync;
