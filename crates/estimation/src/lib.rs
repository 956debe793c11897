// SPDX-License-Identifier: MIT OR Apache-2.0
//! How estimates become state: position estimates, fusion, metrics.
