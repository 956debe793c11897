// SPDX-License-Identifier: MIT OR Apache-2.0
//! RabbitMQ (AMQP 0-9-1): topic exchanges for events and for frames, one queue for each group of subscribers.
//!
//! `amqp://USER:PASSWORD@HOST:PORT/VHOST?exchange=depot.events&frames=depot.frames&queue=NAME&heartbeat=5&prefetch=256&declare=1`

mod fault;
mod link;
mod publisher;
mod subscriber;
mod topology;

pub use publisher::AmqpPublisher;
pub use subscriber::AmqpSubscriber;
pub use topology::{check, describe, setup};
