//! The processes of a function on this stack, and SIGKILL for them. It touches only children of
//! this stack's local AWS that have the function's name in their environment.

use std::fs;
use std::process::Command;

use crate::Step;
use crate::stack::variable;

/// The processes that run a function now.
///
/// # Errors
/// When the stack's variables are missing.
pub fn processes(function: &str) -> Step<Vec<u32>> {
    let aws: u32 = variable("AWS_PID")?.parse()?;
    let mut found = Vec::new();
    for entry in fs::read_dir("/proc")?.flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        if runs(pid, aws, function) {
            found.push(pid);
        }
    }
    Ok(found)
}

fn runs(pid: u32, aws: u32, function: &str) -> bool {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    if field(&status, "PPid:") != Some(u64::from(aws)) || status.contains("State:\tZ") {
        return false;
    }
    let named = format!("AWS_LAMBDA_FUNCTION_NAME={function}");
    let environment = fs::read(format!("/proc/{pid}/environ")).unwrap_or_default();
    environment.split(|byte| *byte == 0).any(|variable| variable == named.as_bytes())
}

fn field(status: &str, name: &str) -> Option<u64> {
    status.lines().find_map(|line| line.strip_prefix(name))?.split_whitespace().next()?.parse().ok()
}

/// Kills every process of a function. Returns how many there were.
///
/// # Errors
/// When the processes cannot be listed.
pub fn kill(function: &str) -> Step<usize> {
    let pids = processes(function)?;
    for pid in &pids {
        Command::new("kill").args(["-KILL", &pid.to_string()]).status()?;
    }
    Ok(pids.len())
}

/// The most memory that any process of a function has held so far, in KiB (`VmHWM`).
///
/// # Errors
/// When the processes cannot be listed.
pub fn peak_memory(function: &str) -> Step<Option<u64>> {
    let peaks = processes(function)?.into_iter().filter_map(|pid| {
        field(&fs::read_to_string(format!("/proc/{pid}/status")).ok()?, "VmHWM:")
    });
    Ok(peaks.max())
}
