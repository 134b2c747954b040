//! Cleans up after an uninstall: nothing that could act for the customer remains, and everything
//! else gets an expiry.
//!
//! The clean-up names its generation and every delete is conditional on it, so a late clean-up
//! cannot touch a reinstall.

use futures::stream;
use futures::stream::StreamExt;

use crate::app::webhook::endpoint;
use crate::app::webhook::endpoint::Removal;
use crate::engine::services::Services;
use crate::model::connection::Connection;
use crate::model::error::{Error, Result};
use crate::model::install::Meta;
use crate::model::install::id::InstallId;
use crate::model::run::RunState;
use crate::model::time::Millis;
use crate::model::webhook::url_of;
use crate::platform::clock;
use crate::platform::http::Deadline;
use crate::platform::queue::message::{Reason, RestOfCleanUp, WakeUp};
use crate::platform::stripe::StripeClient;
use crate::platform::vault::Purpose;

/// Items that get an expiry concurrently.
const WRITES: usize = 16;

/// Older connections whose endpoints are removed concurrently.
const REMOVALS: usize = 8;

/// No further step begins with less time than this.
const PAGE_NEEDS: std::time::Duration = std::time::Duration::from_secs(3);

/// How long, in seconds, a Stripe key is kept that could not be used to remove its endpoint. After
/// that it is deleted regardless.
const KEY_KEPT_SECONDS: i64 = 86_400;

/// Time budget for a clean-up's calls to Stripe.
const STRIPE_BUDGET: std::time::Duration = std::time::Duration::from_secs(10);

/// Whether a clean-up may use keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum KeyAccess {
    /// It may: it calls Stripe.
    Available,
    /// It may not. Steps that need a key stay pending.
    None,
}

/// Removes what a removed installation or a disconnect left at Stripe, then its key, then gives
/// everything else an expiry.
///
/// While Stripe is unreachable the clean-up stays pending, with endpoint and key kept, and the
/// message counts as done. A later message resumes here. Once the key is a day old it is deleted,
/// whatever Stripe answers.
///
/// `rest` holds how far an earlier message got with setting expiries.
pub(crate) async fn clean_up(
    services: &Services,
    wake_up: &WakeUp,
    rest: Option<&RestOfCleanUp>,
    deadline: Deadline,
    key_access: KeyAccess,
) -> Result<()> {
    let install = &wake_up.install;
    let (meta, connection) = services.store.installs().meta_and_connection(install).await?;
    let Some(mut meta) = meta.filter(|meta| meta.pending_clean_up() == Some(&wake_up.generation))
    else {
        return Ok(());
    };
    let present = meta.active_generation().map(str::to_owned);
    // An active installation has only disconnected. Its schedule was removed then, or belongs to
    // the next connection.
    let over = present.as_deref() != Some(&wake_up.generation);
    // First remove what would wake a worker. A failure must not keep the keys from being deleted;
    // the clean-up is repeated for it at the end.
    let unscheduled =
        if over { services.schedules.remove(install, &wake_up.generation).await } else { Ok(()) };
    let old =
        connection.as_ref().filter(|connection| present.as_deref() != Some(&connection.generation));
    if over {
        end_runs(services, install, &mut meta, old.as_slice(), &wake_up.generation).await?;
    }
    let mut removed = match old {
        Some(old) => remove_last(services, wake_up, &meta, old, deadline, key_access).await?,
        None => true,
    };
    let kept = services.store.cleanup().kept(install).await?;
    if over {
        let old: Vec<&Connection> = kept.iter().map(|(_, connection)| connection).collect();
        end_runs(services, install, &mut meta, &old, &wake_up.generation).await?;
    }
    removed &= remove_kept(services, wake_up, &meta, kept, deadline, key_access).await?;
    if over {
        services.store.installs().drop_keys(install).await?;
    }
    // Until then a worker may write an item again, or write a new one after it, in a part that was
    // already scanned.
    let began = rest.map_or_else(clock::now, |rest| rest.began);
    let settled = meta.cleanup_settles_at.is_none_or(|at| began >= at);
    // Everything else of an active installation stays.
    if over
        && !expire_all(services, wake_up, connection, present.as_deref(), rest, began, deadline)
            .await?
    {
        return Ok(());
    }
    if !removed {
        tracing::warn!(%install, "the clean-up waits for Stripe");
        return Ok(());
    }
    unscheduled?;
    if !settled {
        tracing::info!(%install, "the clean-up waits until no worker can still write");
        return Ok(());
    }
    if services.store.cleanup().cleaned_up(install, &wake_up.generation, meta.cleanup_round).await?
    {
        tracing::info!(%install, "the clean-up is done");
    } else {
        tracing::info!(%install, "the clean-up has more to do, which the next message starts");
    }
    Ok(())
}

/// Removes the connection that was the last one, if its key may be deleted. Returns whether it is
/// removed.
async fn remove_last(
    services: &Services,
    wake_up: &WakeUp,
    meta: &Meta,
    old: &Connection,
    deadline: Deadline,
    key_access: KeyAccess,
) -> Result<bool> {
    let install = &wake_up.install;
    let old = dated(services, wake_up, meta, old.clone()).await?;
    let free = is_free(services, install, &old, deadline, key_access).await?;
    if free {
        services.store.cleanup().remove_connection(install, &old).await?;
    }
    Ok(free)
}

/// Removes the connections before the last one whose keys may be deleted. Returns whether all of
/// them are removed.
async fn remove_kept(
    services: &Services,
    wake_up: &WakeUp,
    meta: &Meta,
    kept: Vec<(String, Connection)>,
    deadline: Deadline,
    key_access: KeyAccess,
) -> Result<bool> {
    let install = &wake_up.install;
    let looks = stream::iter(kept).map(|(sk, old)| async move {
        let free = match dated(services, wake_up, meta, old).await {
            Ok(old) => is_free(services, install, &old, deadline, key_access).await,
            Err(error) => Err(error),
        };
        (sk, free)
    });
    let mut looks = looks.buffered(REMOVALS);
    let mut all = true;
    while let Some((sk, free)) = looks.next().await {
        if free? {
            services.store.cleanup().remove_kept(install, &sk).await?;
        } else {
            all = false;
        }
    }
    Ok(all)
}

/// A connection with the time of its disconnection.
async fn dated(
    services: &Services,
    wake_up: &WakeUp,
    meta: &Meta,
    old: Connection,
) -> Result<Connection> {
    let at =
        disconnection_time(services, &wake_up.install, meta, &old, &wake_up.generation).await?;
    Ok(Connection { disconnected_at: Some(at), ..old })
}

/// Ends the open runs of connections that are over. From here on every write that is conditional on
/// a run fails. A worker in the middle of a page may still make writes that are not conditional.
/// The install records the time from which it cannot, because items that got an expiry before that
/// time must get it again.
async fn end_runs(
    services: &Services,
    install: &InstallId,
    meta: &mut Meta,
    over: &[&Connection],
    generation: &str,
) -> Result<()> {
    // No worker outlives the visibility timeout of its message.
    let visibility = i64::try_from(services.limits.visibility.as_secs()).unwrap_or(i64::MAX);
    let mut settles_at = meta.cleanup_settles_at;
    for connection in over {
        let Some(open) = connection.current_run else { continue };
        let last_taken = match services
            .store
            .cleanup()
            .end_open_run(install, connection.connection, open)
            .await?
        {
            Some(run) => run.touched_at.filter(|_| run.state == RunState::Running),
            // A disconnect has ended it.
            None => connection.disconnected_at,
        };
        settles_at = settles_at
            .max(last_taken.map(|at| at.plus_seconds(visibility)).filter(|at| clock::now() < *at));
    }
    if settles_at != meta.cleanup_settles_at {
        services.store.cleanup().settle_clean_up(install, generation, settles_at).await?;
        meta.cleanup_settles_at = settles_at;
    }
    Ok(())
}

/// When a connection was disconnected: when the uninstall event arrived. If no record has
/// that time, it is now, and is stored. An unknown time is never assumed to be long past.
async fn disconnection_time(
    services: &Services,
    install: &InstallId,
    meta: &Meta,
    old: &Connection,
    generation: &str,
) -> Result<Millis> {
    let now = clock::now();
    let recorded = old.disconnected_at.or(meta.uninstall_received_at).or(meta.uninstalled_at);
    if let Some(at) = recorded {
        return Ok(at.min(now));
    }
    services.store.installs().keep_uninstall_received_at(install, generation, now).await?;
    Ok(now)
}

/// Removes an older connection's endpoint. Returns whether its key may be deleted.
async fn is_free(
    services: &Services,
    install: &InstallId,
    old: &Connection,
    deadline: Deadline,
    key_access: KeyAccess,
) -> Result<bool> {
    let aged =
        old.disconnected_at.is_some_and(|at| clock::now() >= at.plus_seconds(KEY_KEPT_SECONDS));
    if key_access == KeyAccess::None {
        return Ok(aged);
    }
    let key = match services.vault.open(install, Purpose::StripeApiKey, &old.sealed_key).await {
        Ok(key) => key,
        // A key that cannot be decrypted is useless.
        Err(Error::Internal(_)) => return Ok(true),
        Err(error) => return Err(error),
    };
    let client = StripeClient::new(services.http.clone(), &services.stripe_base, &key)
        .map_err(Error::internal)?;
    let url = url_of(&services.public_base_url, install);
    let known = old.webhook.as_ref().and_then(|webhook| webhook.endpoint_id.as_deref());
    let budget = STRIPE_BUDGET.min(deadline.remaining() / 2);
    let removal = endpoint::remove_all(&client, &url, known, Deadline::after(budget)).await;
    tracing::info!(%install, ?removal, aged, "tried to remove the webhook endpoint");
    Ok(aged || !matches!(removal, Removal::Later(_)))
}

/// Gives everything of older installations an expiry. Returns whether that is complete. If not, a
/// message continues from the point reached; each message makes some progress, however little time
/// it has.
async fn expire_all(
    services: &Services,
    wake_up: &WakeUp,
    connection: Option<Connection>,
    present: Option<&str>,
    rest: Option<&RestOfCleanUp>,
    began: Millis,
    deadline: Deadline,
) -> Result<bool> {
    let install = &wake_up.install;
    // A current connection's items have its own id in their keys. Everything else is over.
    let keep = connection.filter(|connection| present == Some(&connection.generation));
    let ttl = services.expiry(clock::now());
    let later = |after| RestOfCleanUp {
        wake_up: WakeUp { reason: Reason::Cleanup, ..wake_up.clone() },
        after,
        began,
    };
    let mut after = rest.map(|rest| rest.after.clone());
    loop {
        let (over, next) = services
            .store
            .cleanup()
            .endless(install, keep.as_ref(), present, after.as_deref())
            .await?;
        let mut parts = over.chunks(WRITES).peekable();
        while let Some(part) = parts.next() {
            futures::future::try_join_all(
                part.iter().map(|sk| services.store.cleanup().expire(install, sk, ttl)),
            )
            .await?;
            if let Some(last) =
                part.last().filter(|_| parts.peek().is_some() && deadline.remaining() < PAGE_NEEDS)
            {
                return clean_up_later(services, &later(last.clone())).await.map(|()| false);
            }
        }
        match next {
            None => return Ok(true),
            Some(next) if deadline.remaining() < PAGE_NEEDS => {
                return clean_up_later(services, &later(next)).await.map(|()| false);
            }
            Some(next) => after = Some(next),
        }
    }
}

async fn clean_up_later(services: &Services, rest: &RestOfCleanUp) -> Result<()> {
    services.queue.send_rest(rest, clock::new_ulid()).await
}
