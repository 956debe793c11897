// SPDX-License-Identifier: MIT OR Apache-2.0
//! `framedemux`, behind `framemux` and behind packets of the test's own.
