#!/usr/bin/env bash
# The tests of Kafka against Tansu, a broker in Rust, instead of the cluster that librdkafka has for tests. Not a part of scripts/test.sh:
# the broker takes half an hour to build. It is kept in the cache folder.
#
#   scripts/test-kafka.sh                     builds Tansu if it is not there, starts it, runs the tests, ends it
#   KAFKA=HOST:PORT scripts/test-kafka.sh     takes a cluster of your own; topics test-* are left in it
set -euo pipefail
cd "$(dirname "$0")/.."
VERSION=0.6.0
cache=${ROUNDHOUSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/roundhouse}/tansu-$VERSION
port=${PORT:-19092}

if [ -z "${KAFKA:-}" ]; then
  [ -x "$cache/bin/tansu" ] || nice cargo install tansu --version $VERSION --locked --no-default-features --features default,dynostore --root "$cache"
  "$cache/bin/tansu" broker --silent --storage-engine memory://tansu/ --listener-url "tcp://127.0.0.1:$port" \
    --advertised-listener-url "tcp://127.0.0.1:$port" &
  trap 'kill %1' EXIT
  KAFKA=127.0.0.1:$port
  for _ in $(seq 300); do (: <"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break; sleep 0.1; done
fi
export ROUNDHOUSE_TEST_KAFKA=$KAFKA
# One after the other: their groups have the same names.
cargo test --locked -p roundhouse-bus --features amqp,kafka,mqtt --lib -- --test-threads=1 kafka::
cargo test --locked -p roundhouse-bus --features amqp,kafka,mqtt --test dev_and_prod -- kafka
