//! The main job without a person: install, launch, connect, sync, prove. It succeeds only if the
//! proof is a match.

use std::io::{IsTerminal as _, Write as _};
use std::process::ExitCode;
use std::time::{Duration, Instant};

use it::stack::variable;
use it::{Failure, Portal, Sandbox, Stack, Step};
use serde_json::{Value, json};
use stripe_sync::model::money::Currency;

/// The longest time for a run.
const LIMIT: Duration = Duration::from_secs(3600);

#[tokio::main]
async fn main() -> ExitCode {
    match demo().await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => {
            eprintln!("\nThe books do not match.");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("\nThe demo failed: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn demo() -> Step<bool> {
    let stack = Stack::from_environment()?;
    let sandbox = stack.sandbox();
    let movements: u64 = variable("MOVEMENTS")?.parse()?;
    let seed: u64 = variable("SEED")?.parse()?;
    let account = account(&sandbox, seed, movements).await?;
    let key = text(&account, "restricted_key");
    println!(
        "\nStripe account   {} with {movements} movements (seed {seed})",
        text(&account, "account")
    );
    // A ledger mirrors one account: each account of the demo has an instance of its own, found
    // again by a second demo.
    let instance = &format!("inst_demo{seed}x{movements}");
    let install = install(&sandbox, instance).await?;
    println!("Install          {install} in {instance}");
    let url = sandbox
        .launch(&install)
        .await?
        .map_err(|status| Failure::from(format!("the launch was refused: {status}")))?;
    let portal = Portal::open(&stack, &url).await?;
    let connected = portal.connect(&key).await?;
    println!(
        "Connected        {} as {}",
        text(connected.get("stripe").unwrap_or(&Value::Null), "account_id"),
        connected.pointer("/stripe/mirror").and_then(Value::as_str).unwrap_or_default()
    );
    // Only entries of this account: a real ledger may hold others.
    let ours = &format!("stripe:{}:test:", text(&account, "account"));
    let before = sandbox.entries_of(instance, ours).await?;
    let began = Instant::now();
    // A second demo reads the whole history again: what is there must be found, not doubled.
    let id = portal.sync("everything").await?;
    let mut progress = Progress::default();
    let run = portal.finished(&id, LIMIT, |run| progress.show(run)).await?;
    if progress.terminal {
        println!();
    }
    report(&run, began.elapsed());
    let after = sandbox.entries_of(instance, ours).await?;
    println!("Ledger           {after} entries of this account, {} of them new", after - before);
    proof(&run);
    let posted = run.get("entries_posted").and_then(Value::as_u64).unwrap_or_default();
    let there = run.get("entries_already_there").and_then(Value::as_u64).unwrap_or_default();
    // What a worker posted just before its time was up is found, and counted as there, by the next
    // one.
    let new = after - before;
    if posted > new || new > posted + there {
        return Err(format!(
            "the run says it posted {posted} entries and found {there}, but the \
                ledger has {new} more"
        )
        .into());
    }
    Ok(run.get("verdict").and_then(Value::as_str) == Some("match"))
}

/// The account of this seed and size: a second demo finds it again.
async fn account(sandbox: &Sandbox, seed: u64, movements: u64) -> Step<Value> {
    let id = format!("acct_demo{seed}x{movements}");
    let known = sandbox.call("GET", "/stripe/accounts", None).await?;
    let list = known.get("accounts").unwrap_or(&known);
    if let Some(found) =
        list.as_array().into_iter().flatten().find(|account| text(account, "account") == id)
    {
        return Ok(found.clone());
    }
    sandbox
        .call(
            "POST",
            "/stripe/accounts",
            Some(json!({"id": id, "seed": seed, "movements": movements, "mode": "test"})),
        )
        .await
}

/// The demo's install: a second demo uses it again if it is active.
async fn install(sandbox: &Sandbox, instance: &str) -> Step<String> {
    let known = sandbox.call("GET", "/cloud/installs", None).await?;
    let list = known.get("installs").unwrap_or(&known);
    let ours = |install: &&Value| {
        text(install, "instance_id") == instance && text(install, "status") == "active"
    };
    if let Some(found) = list.as_array().into_iter().flatten().find(ours) {
        return Ok(text(found, "installed_app_id"));
    }
    let made = sandbox.install_like(json!({"instance_id": instance})).await?;
    if made.status == "active" {
        Ok(made.installed_app_id)
    } else {
        Err(format!("the install failed: {:?}", made.callback_status).into())
    }
}

fn text(value: &Value, name: &str) -> String {
    value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn number(value: &Value, name: &str) -> u64 {
    value.get(name).and_then(Value::as_u64).unwrap_or_default()
}

/// The progress of a run: on a terminal one line, overwritten at every poll; elsewhere one line for
/// each phase.
struct Progress {
    terminal: bool,
    phase: Option<String>,
}

impl Default for Progress {
    fn default() -> Self {
        Self { terminal: std::io::stdout().is_terminal(), phase: None }
    }
}

impl Progress {
    fn show(&mut self, run: &Value) {
        if let Some(text) = self.text(run) {
            print!("{text}");
            let _ = std::io::stdout().flush();
        }
    }

    /// What is written at a poll; nothing when nothing changed.
    fn text(&mut self, run: &Value) -> Option<String> {
        let phase = text(run, "phase");
        let line = format!(
            "Syncing          {phase} · {} movements · {} entries posted · {} already there",
            number(run, "records"),
            number(run, "entries_posted"),
            number(run, "entries_already_there")
        );
        if self.terminal {
            return Some(format!("\r{line}   "));
        }
        let is_new = self.phase.as_ref() != Some(&phase);
        self.phase = Some(phase);
        is_new.then(|| format!("{line}\n"))
    }
}

fn report(run: &Value, took: Duration) {
    println!(
        "Run              {} · {} in {:.1} s",
        text(run, "id"),
        text(run, "state"),
        took.as_secs_f64()
    );
    println!(
        "                 {} movements · {} pages · {} customers’ balances made",
        number(run, "records"),
        number(run, "pages"),
        number(run, "customers_created")
    );
    println!(
        "                 {} entries posted · {} already there · {} problems",
        number(run, "entries_posted"),
        number(run, "entries_already_there"),
        number(run, "problems")
    );
    println!(
        "                 {} calls to Stripe · {} calls to the ledger",
        number(run, "stripe_calls"),
        number(run, "ledger_calls")
    );
    if let Some(error) = run.get("error").filter(|error| !error.is_null()) {
        println!("                 {}", text(error, "text"));
    }
}

fn proof(run: &Value) {
    println!("\nProof            {}", run.get("verdict").and_then(Value::as_str).unwrap_or("none"));
    println!(
        "  {:<30} {:<4} {:>18} {:>18} {:>11} {:>11}  verdict",
        "balance", "", "Stripe", "ledger", "unexplained", "missing"
    );
    for line in run.pointer("/proof/lines").and_then(Value::as_array).into_iter().flatten() {
        let currency = text(line, "currency");
        let amount = |name: &str| {
            let minor =
                line.get(name).and_then(Value::as_str).and_then(|minor| minor.parse::<i128>().ok());
            match (minor, currency.parse::<Currency>()) {
                (Some(minor), Ok(currency)) => currency.format(minor),
                _ => "—".to_owned(),
            }
        };
        println!(
            "  {:<30} {:<4} {:>18} {:>18} {:>11} {:>11}  {}",
            text(line, "balance"),
            currency,
            amount("stripe"),
            amount("ledger"),
            amount("stripe_difference"),
            amount("ledger_difference"),
            text(line, "verdict").replace('_', " ")
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is written at four polls of a run.
    fn written(terminal: bool) -> String {
        let mut progress = Progress { terminal, phase: None };
        let looks = [("movements", 0), ("movements", 100), ("proof", 200), ("done", 200)];
        looks
            .iter()
            .filter_map(|(phase, records)| {
                progress.text(&json!({"phase": phase, "records": records}))
            })
            .collect()
    }

    #[test]
    fn progress_is_one_line_on_a_terminal_and_one_a_phase_elsewhere() {
        let on_a_terminal = written(true);
        assert!(
            !on_a_terminal.contains('\n') && on_a_terminal.matches("\rSyncing").count() == 4,
            "{on_a_terminal:?}"
        );
        let elsewhere = written(false);
        let phases: Vec<&str> =
            elsewhere.lines().filter_map(|line| line.split_whitespace().nth(1)).collect();
        assert_eq!(phases, ["movements", "proof", "done"], "{elsewhere}");
        assert!(!elsewhere.contains('\r'));
    }
}
