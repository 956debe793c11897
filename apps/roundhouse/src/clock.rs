// SPDX-License-Identifier: MIT OR Apache-2.0
//! Whether this machine's clock is synchronised. Live input is stamped with it.

use std::process::{Command, Stdio};

/// What is known of the clock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Clock {
    /// A time server sets it.
    Synchronised,
    /// Nobody sets it.
    Alone,
    /// Nobody could be asked; why.
    Unknown(String),
}

/// Asks systemd, which asks the kernel, whichever program sets the clock; else chrony.
pub fn ask() -> Clock {
    let systemd = answer("timedatectl", &["show", "--property=NTPSynchronized"]);
    let chrony = || answer("chronyc", &["-c", "tracking"]);
    of_systemd(systemd.as_deref()).or_else(|| of_chrony(chrony()?.as_str())).unwrap_or_else(|| {
        let reason = "neither timedatectl nor chronyc answers; in a container ask on its host: timedatectl";
        Clock::Unknown(reason.to_owned())
    })
}

/// What a command prints, if it succeeds.
fn answer(command: &str, arguments: &[&str]) -> Option<String> {
    let mut command = Command::new(command);
    command.args(arguments).stdin(Stdio::null());
    let output = command.output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text)
}

/// What `timedatectl show` says.
fn of_systemd(text: Option<&str>) -> Option<Clock> {
    match text?.trim() {
        "NTPSynchronized=yes" => Some(Clock::Synchronised),
        "NTPSynchronized=no" => Some(Clock::Alone),
        _ => None,
    }
}

/// What `chronyc -c tracking` says: the last of its fields is the leap status.
fn of_chrony(text: &str) -> Option<Clock> {
    let (_, leap) = text.trim().rsplit_once(',')?;
    Some(match leap {
        "Not synchronised" => Clock::Alone,
        _ => Clock::Synchronised,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systemd_knows_whoever_sets_the_clock() {
        let ask = |text| of_systemd(Some(text));
        assert_eq!(ask("NTPSynchronized=yes\n"), Some(Clock::Synchronised));
        assert_eq!(ask("NTPSynchronized=no\n"), Some(Clock::Alone));
        assert_eq!(ask(""), None);
        assert_eq!(of_systemd(None), None);
    }

    #[test]
    fn chrony_says_so_in_its_last_field() {
        let tracking = |leap: &str| {
            format!("C0A80001,192.168.0.1,3,1.5,0.0001,0.0,0.0,1.2,0.0,0.1,0.02,0.01,64.2,{leap}\n")
        };
        assert_eq!(of_chrony(&tracking("Normal")), Some(Clock::Synchronised));
        assert_eq!(of_chrony(&tracking("Not synchronised")), Some(Clock::Alone));
        assert_eq!(of_chrony("506 Cannot talk to daemon"), None);
    }
}
