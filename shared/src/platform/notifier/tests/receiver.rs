//! A receiver on this machine that counts its connections and keeps what it is sent.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// How a receiver answers.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    Status(u16),
    Redirect(u16, String),
    /// It never answers.
    Hang,
    /// Its headers never end.
    EndlessHead,
    /// Its body never ends.
    EndlessBody(u16),
}

/// A request as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Arrived {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl Arrived {
    pub(crate) fn header(&self, name: &str) -> String {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.filter(|(header, _)| *header == name).map(|(_, value)| value.to_owned()).collect()
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }
}

#[derive(Debug)]
struct State {
    manner: Mutex<Manner>,
    connections: Mutex<usize>,
    requests: Mutex<Vec<Arrived>>,
}

#[derive(Debug)]
pub(crate) struct Receiver {
    pub(crate) address: SocketAddr,
    state: Arc<State>,
    task: JoinHandle<()>,
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Receiver {
    pub(crate) async fn start(address: impl Into<IpAddr>, manner: Manner) -> Self {
        let listener = TcpListener::bind((address.into(), 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let state = Arc::new(State {
            manner: Mutex::new(manner),
            connections: Mutex::default(),
            requests: Mutex::default(),
        });
        let serving = Arc::clone(&state);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *serving.connections.lock().unwrap() += 1;
                tokio::spawn(served(stream, Arc::clone(&serving)));
            }
        });
        Self { address, state, task }
    }

    pub(crate) fn connections(&self) -> usize {
        *self.state.connections.lock().unwrap()
    }

    pub(crate) fn requests(&self) -> Vec<Arrived> {
        self.state.requests.lock().unwrap().clone()
    }

    pub(crate) fn answers_with(&self, manner: Manner) {
        *self.state.manner.lock().unwrap() = manner;
    }
}

/// Reads one request and answers it. Nothing when it is not HTTP.
async fn served(mut stream: TcpStream, state: Arc<State>) -> Option<()> {
    let mut bytes = Vec::new();
    let end = loop {
        stream.read_buf(&mut bytes).await.ok().filter(|read| *read > 0)?;
        if let Some(end) = bytes.windows(4).position(|part| part == b"\r\n\r\n") {
            break end + 4;
        }
        if bytes.first() == Some(&0x16) {
            // The beginning of TLS, which this receiver does not speak.
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.ok()?;
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut arrived = Arrived { head, body: bytes.split_off(end) };
    let length: usize = arrived.header("content-length").parse().unwrap_or_default();
    while arrived.body.len() < length {
        stream.read_buf(&mut arrived.body).await.ok().filter(|read| *read > 0)?;
    }
    state.requests.lock().unwrap().push(arrived);
    let manner = state.manner.lock().unwrap().clone();
    match manner {
        Manner::Status(status) => {
            let answer = format!("HTTP/1.1 {status} Status\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.ok()?;
        }
        Manner::Redirect(status, to) => {
            let answer =
                format!("HTTP/1.1 {status} Moved\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await.ok()?;
        }
        Manner::Hang => tokio::time::sleep(Duration::from_secs(60)).await,
        Manner::EndlessHead => {
            stream.write_all(b"HTTP/1.1 200 OK\r\n").await.ok()?;
            loop {
                stream.write_all(b"x-more: yes\r\n").await.ok()?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Manner::EndlessBody(status) => {
            let head = format!("HTTP/1.1 {status} Status\r\ntransfer-encoding: chunked\r\n\r\n");
            stream.write_all(head.as_bytes()).await.ok()?;
            loop {
                stream.write_all(b"4\r\nmore\r\n").await.ok()?;
            }
        }
    }
    stream.shutdown().await.ok()
}
