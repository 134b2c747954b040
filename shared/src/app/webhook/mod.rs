//! TODO app::webhook

pub mod endpoint;
pub mod known;
pub mod receive;
pub mod standing;
