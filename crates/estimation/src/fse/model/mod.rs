// SPDX-License-Identifier: MIT OR Apache-2.0
//! What is known: locomotives, their ends and cameras, and the probabilities behind them.

pub(crate) mod attributes;
pub(crate) mod calibration;
pub(crate) mod detection_model;
pub(crate) mod existence;
pub(crate) mod gaussian;
pub(crate) mod locomotive;
pub(crate) mod motion;
pub(crate) mod parameters;
pub(crate) mod pending_readings;
pub(crate) mod scan;
pub(crate) mod sensor_health;
pub(crate) mod sensor_statistics;
pub(crate) mod site;
pub(crate) mod span;
pub(crate) mod tentative;
pub(crate) mod track;
