// SPDX-License-Identifier: MIT OR Apache-2.0
//! The hall on a screen: a web server that takes events in, keeps them, and shows what they say.
//!
//! Events come by HTTP, out of files and from buses; all go through one [`Intake`], which refuses what cannot be true, keeps the rest
//! and tells everybody who watches. [`App`] answers questions, [`serve`] is the web server. What is reported ([`reports`]) can be
//! asked for without a server, too.

mod alerting;
mod answer;
mod api;
mod app;
pub mod demo;
mod flow_difference;
mod follow;
mod from_bus;
mod guard;
mod intake;
mod pace;
mod page;
mod peer;
mod plan_file;
mod question;
pub mod reports;
mod server;
mod site;
mod steady;
mod stream;
mod tls;
mod tokens;
mod trouble;
mod watchman;
mod zone;

pub use alerting::Alerting;
pub use app::{App, Settings, SettingsError};
pub use follow::follow;
pub use from_bus::receive;
pub use intake::{Counters, Intake, Receipt, RefusedEvent};
pub use plan_file::PlanFile;
pub use server::serve;
pub use tls::{Tls, TlsError};
pub use tokens::{Tokens, TokensError};
pub use zone::{Zone, ZoneError};
