//! Changes at Stripe and in the ledger while the app works.

use std::collections::BTreeSet;
use std::time::Duration;

use rand::{Rng, RngExt as _};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use tokio::time::sleep;

use super::Case;
use crate::history::{self, Dated};
use crate::judge::{OffsetPeriod, PlantedEntry};
use crate::time;

impl Case<'_> {
    /// Makes changes now and then, without end.
    pub(super) async fn meanwhile(
        &self,
        rng: &mut ChaCha8Rng,
        busy: bool,
    ) -> std::convert::Infallible {
        for _ in 0..if busy { rng.random_range(1..5) } else { 0 } {
            sleep(Duration::from_millis(rng.random_range(5..700))).await;
            self.change(rng).await;
            let mut state = self.state.borrow_mut();
            state.changes += 1;
            state.tally.changes += 1;
        }
        loop {
            // A ledger that died restarts after a while.
            sleep(Duration::from_secs(rng.random_range(1..12))).await;
            if self.is_dead() {
                self.state.borrow_mut().tally.deaths += 1;
                self.tenant.world.restart_ledger(&self.tenant.instance).await;
            }
        }
    }

    fn is_dead(&self) -> bool {
        self.tenant
            .world
            .sandbox
            .world
            .core
            .by_instance(&self.tenant.instance)
            .is_some_and(|ledger| ledger.knobs().dead)
    }

    /// Makes one change, and takes a snapshot just before it.
    pub(super) async fn change(&self, rng: &mut ChaCha8Rng) {
        let before = self.tenant.snapshot().await;
        self.state.borrow_mut().snapshots.push(before);
        let now = time::now().div_euclid(1000);
        match rng.random_range(0..20) {
            0 | 1 => self.offset_balance(rng).await,
            2 => {
                let die_after = rng.random_range(1..40);
                self.tenant
                    .world
                    .knobs(&self.tenant.instance, json!({"die_after": die_after}))
                    .await;
            }
            3 | 4 if self.may_plant && self.tenant.has_posted_in("USD") => {
                self.post_foreign_entries(rng).await;
            }
            5 => self.post_before_the_app(rng, now).await,
            _ => {
                // Once an opening is posted, a record before the start is a real difference.
                let reconnected = self.state.borrow().tally.reconnects > 0;
                let begun = reconnected
                    || self.tenant.is_open()
                    || self.tenant.has_completed()
                    || self.tenant.start().is_some();
                let dated = if begun { Dated::Recent } else { Dated::History };
                self.tenant.add(history::record(rng, now, dated)).await;
            }
        }
        self.note_offset().await;
    }

    /// Stripe's balance runs ahead of its list or behind it, or agrees with it again.
    async fn offset_balance(&self, rng: &mut ChaCha8Rng) {
        let back = self.state.borrow().offset != 0 && rng.random_ratio(2, 3);
        // Never the same amount twice: the proof takes an amount that it sees again for one that
        // stood all the time.
        let by = if back { 0 } else { i64::from(rng.next_u32()) - i64::from(u32::MAX / 2) };
        self.state.borrow_mut().offset = by;
        let currency = if rng.random_ratio(3, 4) { "usd" } else { "eur" };
        self.tenant.offset_balance(&if by == 0 { json!({}) } else { json!({currency: by}) }).await;
    }

    /// Remembers since when, until when and by how much Stripe's figures differ.
    pub(super) async fn note_offset(&self) {
        let now = self.tenant.snapshot().await;
        let mut state = self.state.borrow_mut();
        let mut offsets = now.stripe_offsets;
        for period in state.offset_periods.iter_mut().filter(|period| period.until.is_none()) {
            if offsets.get(&period.balance) == Some(&period.amount) {
                offsets.remove(&period.balance);
            } else {
                period.until = Some(now.at);
            }
        }
        let begun = offsets.into_iter().map(|(balance, amount)| OffsetPeriod {
            balance,
            amount,
            since: now.at,
            until: None,
        });
        state.offset_periods.extend(begun);
    }

    /// Someone posts to a mirror by hand: one entry, or two that cancel each other.
    async fn post_foreign_entries(&self, rng: &mut ChaCha8Rng) {
        let amount = rng.random_range(1..50_000);
        let sides = [("@stripe_test", "@elsewhere"), ("@elsewhere", "@stripe_test")];
        let count = rng.random_range(1..=2);
        for (source, destination) in sides.into_iter().take(count) {
            let reference = format!("by-hand-{}-{}", self.seed, rng.next_u32());
            let entry = json!({"reference": reference, "precise_amount": amount, "precision": 100,
                "currency": "USD", "source": source,
                "destination": destination, "description": "by hand", "allow_overdraft": true,
                "skip_queue": true});
            let (mirror, currency) = ("@stripe_test".to_owned(), "USD".to_owned());
            self.post(entry, Some(PlantedEntry { reference, mirror, currency })).await;
        }
    }

    /// Someone posts the entry of a record before the app does, under its own reference: with the
    /// right amount or another one.
    async fn post_before_the_app(&self, rng: &mut ChaCha8Rng, now: i64) {
        let mut spec = history::record(rng, now, Dated::Recent);
        history::into_charge(&mut spec);
        spec["count"] = 1.into();
        let ids: BTreeSet<String> = self.tenant.add(spec).await.into_iter().collect();
        let differs = self.may_plant && self.tenant.has_posted_in("USD") && rng.random_ratio(1, 2);
        for record in
            self.tenant.records().await.into_iter().filter(|record| ids.contains(&record.id))
        {
            let Some((kind, moved)) = record.legs().into_iter().next() else { continue };
            let reference = format!("{}:{}:{kind}", self.tenant.owner(), record.id);
            let precision = match record.currency.as_str() {
                "jpy" => 1,
                "kwd" => 1000,
                _ => 100,
            };
            let (mirror, other) = (record.mirror(), "@stripe_test_guests".to_owned());
            let (source, destination) = if moved > 0 { (mirror, other) } else { (other, mirror) };
            let effective = jiff::Timestamp::from_second(record.created)
                .map(|at| at.to_string())
                .unwrap_or_default();
            let entry = json!({"reference": reference,
                "precise_amount": moved.abs() + i64::from(differs), "precision": precision,
                "currency": record.currency.to_uppercase(), "source": source,
                "destination": destination, "description": "ahead",
                "effective_date": effective, "allow_overdraft": true, "skip_queue": true});
            let planted = PlantedEntry {
                reference,
                mirror: record.mirror(),
                currency: record.currency.to_uppercase(),
            };
            self.post(entry, differs.then_some(planted)).await;
        }
    }

    /// Posts an entry by hand, at once.
    async fn post(&self, entry: Value, planted: Option<PlantedEntry>) {
        let (world, instance) = (self.tenant.world, &self.tenant.instance);
        let latency = world
            .sandbox
            .world
            .core
            .by_instance(instance)
            .map_or(0, |ledger| ledger.knobs().ledger_latency_ms);
        world.knobs(instance, json!({"ledger_latency_ms": 0})).await;
        let taken = self.tenant.post_by_hand(entry).await;
        world.knobs(instance, json!({"ledger_latency_ms": latency})).await;
        self.state.borrow_mut().planted.extend(planted.filter(|_| taken));
    }
}
