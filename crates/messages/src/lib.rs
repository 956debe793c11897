// SPDX-License-Identifier: MIT OR Apache-2.0
//! What flows between Roundhouse's parts: estimates, facility state, camera health, as CloudEvents.
