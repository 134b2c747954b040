//! The log of a function under test.

use std::io::{self, Write};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use tracing::Dispatch;
use tracing::subscriber::{DefaultGuard, NoSubscriber};
use tracing_subscriber::EnvFilter;

/// Captures the log of this thread while it lives: everything from the application, and of the rest
/// what deployed functions log.
#[derive(Debug)]
pub struct Logs {
    written: Buffer,
    _guard: DefaultGuard,
}

/// Lines written by a subscriber, in memory.
#[derive(Debug, Clone, Default)]
pub struct Buffer(Arc<Mutex<Vec<u8>>>);

impl Buffer {
    /// Everything written so far.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.0.lock().unwrap_or_else(PoisonError::into_inner)).into_owned()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// With a single dispatcher, `tracing` asks only the thread that reaches a log line first whether
/// it is enabled, and caches the answer for all threads. A second one makes it ask every
/// dispatcher.
static SECOND: LazyLock<Dispatch> = LazyLock::new(|| Dispatch::new(NoSubscriber::new()));

impl Logs {
    /// Captures from now on. `application` is the crate of the function under test.
    #[must_use]
    pub fn capture(application: &str) -> Self {
        LazyLock::force(&SECOND);
        let written = Buffer::default();
        let writer = written.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_env_filter(EnvFilter::new(format!("info,stripe_sync=trace,{application}=trace")))
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        Self { written, _guard: tracing::subscriber::set_default(subscriber) }
    }

    /// Everything logged so far.
    #[must_use]
    pub fn text(&self) -> String {
        self.written.text()
    }
}
