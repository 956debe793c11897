// SPDX-License-Identifier: MIT OR Apache-2.0
//! A cluster of Kafka for trying things out: the one that librdkafka has for tests. It keeps everything in memory, 5 MB a partition.
//!
//! ```text
//! kafka-mock TOPIC...
//! ```
//!
//! Prints its address, makes the topics with six partitions each, and ends with its standard input. Other topics make themselves.

use std::error::Error;
use std::io::{Read, Write, stdin, stdout};

use rdkafka::mocking::MockCluster;

/// Brokers of the cluster.
const BROKERS: i32 = 3;
/// Partitions of a topic.
const PARTITIONS: i32 = 6;

fn main() -> Result<(), Box<dyn Error>> {
    let cluster = MockCluster::new(BROKERS)?;
    for topic in std::env::args().skip(1) {
        cluster.create_topic(&topic, PARTITIONS, BROKERS)?;
    }
    writeln!(stdout(), "kafka://{}", cluster.bootstrap_servers())?;
    stdin().read_to_end(&mut Vec::new())?;
    Ok(())
}
