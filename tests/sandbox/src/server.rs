//! Binds the ports and serves them.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::{Router, middleware};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::args::Args;
use crate::conn::{CuttableListener, KillSwitch};
use crate::faults::{self, Surface};
use crate::world::{Urls, World};
use crate::{cloud, control, core, dashboard, stripe};

/// A sandbox that is listening on all its ports; it stops when dropped.
#[derive(Debug)]
pub struct Running {
    /// What it serves.
    pub world: Arc<World>,
    servers: JoinSet<io::Result<()>>,
}

impl Running {
    /// Waits for the first server that ends, which none does by itself.
    ///
    /// # Errors
    /// What that server failed with.
    pub async fn wait(mut self) -> io::Result<()> {
        match self.servers.join_next().await {
            Some(ended) => ended.map_err(io::Error::other)?,
            None => Ok(()),
        }
    }
}

/// Binds every port, then serves.
///
/// # Errors
/// A port that is taken, named with its flag; an HTTP client that cannot be built.
pub async fn start(args: Args) -> io::Result<Running> {
    let dashboard = bind("--dashboard-port", args.dashboard_port).await?;
    let cloud = bind("--cloud-port", args.cloud_port).await?;
    let stripe = bind("--stripe-port", args.stripe_port).await?;
    let control = bind("--control-port", args.control_port).await?;
    let core = bind("--core-port", args.core_port).await?;
    let self_hosted = match args.self_hosted_port {
        Some(port) => Some(bind("--self-hosted-port", port).await?),
        None => None,
    };
    let urls = Urls {
        dashboard: url(&dashboard)?,
        cloud: url(&cloud)?,
        stripe: url(&stripe)?,
        control: url(&control)?,
        core: url(&core)?,
        self_hosted: self_hosted.as_ref().map(url).transpose()?,
    };
    let stripe_latency = Duration::from_millis(args.stripe_latency);
    let world = Arc::new(World::new(args, urls).map_err(io::Error::other)?);
    world.cloud.probe_real_core().await.map_err(io::Error::other)?;
    let mut servers = JoinSet::new();
    let mut serve = |listener, router| servers.spawn(serve(listener, router));
    serve(dashboard, dashboard_router(&world));
    serve(cloud, cloud_router(&world));
    serve(stripe, stripe_router(&world, stripe_latency));
    serve(control, control::router(Arc::clone(&world)));
    serve(core, core_router(&world));
    if let Some(listener) = self_hosted {
        // One origin for both: what is not the dashboard's is the API's.
        serve(listener, dashboard_router(&world).fallback_service(cloud_router(&world)));
    }
    Ok(Running { world, servers })
}

/// The dashboard with the links that lead into it.
fn dashboard_router(world: &Arc<World>) -> Router {
    dashboard::router(Arc::clone(world)).merge(cloud::links::pages(Arc::clone(&world.cloud)))
}

fn cloud_router(world: &Arc<World>) -> Router {
    let cloud = Arc::clone(&world.cloud);
    let scope = move |request: &axum::extract::Request| cloud::instance_of(&cloud, request);
    let router = cloud::router(Arc::clone(&world.cloud));
    let faults = Arc::clone(&world.faults);
    faults::wrap(router, Surface::Cloud, faults, Arc::new(scope))
}

fn core_router(world: &Arc<World>) -> Router {
    let ledgers = Arc::clone(&world.core);
    let scope = move |request: &axum::extract::Request| core::instance_of(&ledgers, request);
    let router = core::router(Arc::clone(&world.core));
    let faults = Arc::clone(&world.faults);
    faults::wrap(router, Surface::Core, faults, Arc::new(scope))
}

fn stripe_router(world: &Arc<World>, latency: Duration) -> Router {
    let accounts = Arc::clone(&world.stripe);
    let scope = move |request: &axum::extract::Request| {
        accounts.account_of_key(&bearer(request.headers()).unwrap_or_default())
    };
    let slowly = move |request: axum::extract::Request, next: middleware::Next| async move {
        tokio::time::sleep(latency).await;
        next.run(request).await
    };
    let mut router = stripe::router(Arc::clone(&world.stripe));
    if !latency.is_zero() {
        router = router.layer(middleware::from_fn(slowly));
    }
    let faults = Arc::clone(&world.faults);
    faults::wrap(router, Surface::Stripe, faults, Arc::new(scope))
}

/// The token of an `Authorization: Bearer` header.
pub fn bearer(headers: &axum::http::HeaderMap) -> Option<String> {
    let value = headers.get(axum::http::header::AUTHORIZATION)?;
    let (scheme, token) = value.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
}

async fn serve(listener: TcpListener, router: Router) -> io::Result<()> {
    let service = router.into_make_service_with_connect_info::<KillSwitch>();
    axum::serve(CuttableListener(listener), service).await
}

async fn bind(flag: &str, port: u16) -> io::Result<TcpListener> {
    let addr = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let named = |error: io::Error| {
        let message = format!("cannot listen on 127.0.0.1:{port} ({flag}): {error}");
        io::Error::new(error.kind(), message)
    };
    TcpListener::bind(addr).await.map_err(named)
}

/// `localhost` and not the address: browsers treat both as local, but people read the name more
/// easily.
fn url(listener: &TcpListener) -> io::Result<String> {
    Ok(format!("http://localhost:{}", listener.local_addr()?.port()))
}
