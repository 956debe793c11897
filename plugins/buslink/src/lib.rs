// SPDX-License-Identifier: MIT OR Apache-2.0
//! Pipelines that go on in another process: `bussink ! ... ! bussrc`.

mod wire;
