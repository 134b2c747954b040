//! The services without a socket: the SDK's requests go straight to them.

use std::sync::{Arc, Mutex};

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;

use crate::{Called, JSON, State, lock};

/// The HTTP client of clients that call the services directly.
pub(crate) fn client(state: Arc<Mutex<State>>) -> SharedHttpClient {
    http_client_fn(move |_, _| SharedHttpConnector::new(Direct(state.clone())))
}

#[derive(Debug)]
struct Direct(Arc<Mutex<State>>);

impl HttpConnector for Direct {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let state = self.0.clone();
        HttpConnectorFuture::new(async move {
            let target = request.headers().get("x-amz-target").unwrap_or_default();
            // Everything after `http://aws.invalid`.
            let whole = request.uri().trim_start_matches("http://");
            let whole = whole.find('/').map_or("/", |at| &whole[at..]);
            let (path, query) = whole.split_once('?').unwrap_or((whole, ""));
            let called = Called { target, method: request.method(), path, query };
            let Some(body) = request.body().bytes() else {
                return Err(ConnectorError::user("a body that is not in memory".into()));
            };
            let latency = lock(&state).latency;
            if !latency.is_zero() {
                tokio::time::sleep(latency).await;
            }
            let served = lock(&state).serve(&called, body);
            let Some((status, body)) = served else { return std::future::pending().await };
            let status = status.try_into().map_err(|_| ConnectorError::user("no status".into()))?;
            let mut response = HttpResponse::new(status, body.into());
            response.headers_mut().insert("content-type", JSON);
            Ok(response)
        })
    }
}
