#!/usr/bin/env bash
# Brings a bare Debian 12 or Ubuntu 24.04 to where Roundhouse builds and runs.
# Says what it does, does nothing twice, and needs no network when everything is there.
#
#   scripts/setup.sh            what building and running need
#   scripts/setup.sh --checks   also what scripts/test.sh needs (Python environments to measure the models and to test the bus with foreign peers, GObject for Python, simulated cameras,
#                               brokers, PostgreSQL, a browser)
set -euo pipefail
cd "$(dirname "$0")/.."

cache=${ROUNDHOUSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/roundhouse}
onnxruntime_version=1.22.1
# Of the wheel for CPython 3.11; the library inside does not depend on Python.
onnxruntime_sha256_x86_64=f6effa1299ac549a05c784d50292e3378dbbf010346ded67400193b09ddc2f04
onnxruntime_sha256_aarch64=7ae7526cf10f93454beb0f751e78e5cb7619e3b92f9fc3bd51aa6f3b7a8977e5
rapidocr_version=3.10.0
rapidocr_sha256=2fc34e26cd0f48514804a94f8832283039c7334076bff60768b1fed9ad068050
ppocr_sha256=6f327246b50388f3c176ae304bd95767ea6dc0c9ae92153ef8cbe210b3c14884

packages=(
  build-essential pkg-config ca-certificates curl git libssl-dev
  libgstreamer1.0-dev libgstreamer-plugins-base1.0-dev libgstreamer-plugins-bad1.0-dev
  gstreamer1.0-tools gstreamer1.0-plugins-base gstreamer1.0-plugins-good
  gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav
  python3 python3-pip python3-venv unzip
)

# What the tests of the embedding examples, the simulated cameras and the tests of brokers and of the store need on top. The services of
# brokers and of PostgreSQL need not run: tests start their own.
check_packages=(
  python3-gi gir1.2-gstreamer-1.0 gir1.2-gst-plugins-base-1.0 gir1.2-gst-rtsp-server-1.0
  rabbitmq-server mosquitto mosquitto-clients postgresql
)

# What the tests of the page need: a browser, and the font that its pictures in docs/images are made with. Node and npm often come from elsewhere.
browser_packages() {
  if grep -q '^ID=debian' /etc/os-release; then echo chromium; fi
  echo fonts-inter
  command -v npm >/dev/null || echo nodejs npm
}

say() { printf 'setup: %s\n' "$*" >&2; }
fail() { printf 'setup: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else fail "installing packages needs root: run this as root, or install sudo"
  fi
}

install_packages() {
  local missing=() package
  for package in "${packages[@]}"; do
    dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
  done
  if [ ${#missing[@]} = 0 ]; then say "all packages are installed"; return; fi
  say "installing ${missing[*]}"
  as_root apt-get update -qq
  forbid_services
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
}

# Packages of brokers and of PostgreSQL start their services when they are installed, or fail where nothing starts services. Neither is wanted.
forbid_services() {
  local policy=/usr/sbin/policy-rc.d
  if [ -e $policy ]; then return; fi
  printf '#!/bin/sh\nexit 101\n' | as_root tee $policy >/dev/null
  as_root chmod 755 $policy
  trap "as_root rm -f $policy" EXIT
}

# Distributions of the platform ship a Rust that is too old, so it comes from the Rust project's own installer.
install_rust() {
  local machine installer
  PATH=$PATH:${CARGO_HOME:-$HOME/.cargo}/bin
  if command -v cargo >/dev/null; then return; fi
  machine=$(uname -m)
  say "installing Rust into ${CARGO_HOME:-$HOME/.cargo}"
  installer=$(mktemp -d)
  curl --proto '=https' --fail --silent --show-error --output "$installer/rustup-init" \
    "https://static.rust-lang.org/rustup/dist/$machine-unknown-linux-gnu/rustup-init" \
    || fail "Rust's installer could not be fetched: check the network, or install Rust yourself (https://rustup.rs)"
  chmod +x "$installer/rustup-init"
  "$installer/rustup-init" -y --quiet --no-modify-path --profile minimal --component rustfmt --component clippy >/dev/null
  rm -r "$installer"
}

check_rust() {
  local wanted found
  wanted=$(sed -n 's/^rust-version = "\(.*\)"/\1/p' Cargo.toml)
  found=$(rustc --version | cut -d' ' -f2)
  [ "$(printf '%s\n' "$wanted" "$found" | sort -V | head -n 1)" = "$wanted" ] \
    || fail "Rust $found is too old, $wanted is needed: run 'rustup update stable'"
  say "Rust $found"
}

# The library is taken out of its Python wheel: it is the one build that comes checked, for every machine.
install_onnxruntime() {
  local folder=$cache/onnxruntime/lib library=libonnxruntime.so machine sum download
  if [ -e "$folder/$library.$onnxruntime_version" ]; then say "ONNX Runtime $onnxruntime_version is in $folder"; return; fi
  machine=$(uname -m)
  case $machine in
    x86_64) sum=$onnxruntime_sha256_x86_64 ;;
    aarch64) sum=$onnxruntime_sha256_aarch64 ;;
    *) fail "there is no ONNX Runtime wheel for $machine: build the library and name it in ORT_DYLIB_PATH" ;;
  esac
  say "fetching ONNX Runtime $onnxruntime_version into $folder"
  download=$(mktemp -d)
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --python-version 3.11 \
    --implementation cp --platform "manylinux_2_28_$machine" --dest "$download" "onnxruntime==$onnxruntime_version" \
    || fail "the wheel of ONNX Runtime could not be fetched: check the network and run this again"
  echo "$sum  $(ls "$download"/onnxruntime-*.whl)" | sha256sum --check --quiet \
    || fail "the wheel of ONNX Runtime is not the one that was tested: nothing was installed"
  unzip -q "$download"/onnxruntime-*.whl 'onnxruntime/capi/libonnxruntime*' -d "$download"
  mkdir -p "$folder"
  cp "$download"/onnxruntime/capi/libonnxruntime* "$folder/"
  ln -sf "$library.$onnxruntime_version" "$folder/$library"
  rm -r "$download"
}

# The second plate reader's network, out of a Python wheel too: Apache-2.0, too large for this repository, and not needed to run.
install_ppocr() {
  local folder=models/trt/platereader-ppocr kept=$cache/ppocr-$rapidocr_version download
  if echo "$ppocr_sha256  $folder/model.onnx" | sha256sum --check --status 2>/dev/null; then
    say "the PP-OCR reader is in $folder"
    return
  fi
  if [ ! -e "$kept/model.onnx" ]; then
    say "fetching the PP-OCR reader of rapidocr $rapidocr_version into $kept"
    download=$(mktemp -d)
    if ! python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest "$download" \
      "rapidocr==$rapidocr_version"; then
      say "the wheel of rapidocr could not be fetched: plates are read by models/trt/platereader alone; run this again with a network"
      rm -r "$download"
      return
    fi
    echo "$rapidocr_sha256  $(ls "$download"/rapidocr-*.whl)" | sha256sum --check --quiet \
      || fail "the wheel of rapidocr is not the one that was tested: nothing was installed"
    unzip -q -j "$download"/rapidocr-*.whl rapidocr/models/PP-OCRv6_rec_small.onnx '*/MODEL_LICENSES.md' -d "$download"
    mkdir -p "$kept"
    mv "$download/MODEL_LICENSES.md" "$kept/"
    mv "$download/PP-OCRv6_rec_small.onnx" "$kept/model.onnx"
    rm -r "$download"
  fi
  cp "$kept/MODEL_LICENSES.md" "$kept/model.onnx" "$folder/"
  echo "$ppocr_sha256  $folder/model.onnx" | sha256sum --check --quiet \
    || fail "$folder/model.onnx is not the network that was tested: remove $kept and run this again"
  say "the PP-OCR reader is in $folder"
}

# A Python environment in the cache, of this name, with what a file of requirements lists.
install_python() {
  local folder=$cache/$1 requirements=$2 stamp
  stamp=$folder/$(sha256sum "$requirements" | cut -c1-16).stamp
  if [ -e "$stamp" ]; then say "the Python environment is in $folder"; return; fi
  say "making the Python environment $folder"
  python3 -m venv "$folder"
  "$folder/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
  touch "$stamp"
}

# The packages of the browser tests, as their lock file has them.
install_browser_tests() {
  local folder=tests/browser stamp
  stamp=$folder/node_modules/$(sha256sum $folder/package-lock.json | cut -c1-16).stamp
  if [ -e "$stamp" ]; then say "the packages of the browser tests are in $folder/node_modules"; return; fi
  say "fetching the packages of the browser tests into $folder/node_modules"
  npm ci --prefix $folder --no-audit --no-fund --silent
  touch "$stamp"
  [ -n "${CHROMIUM:-}" ] || command -v chromium chromium-browser google-chrome >/dev/null \
    || say "there is no Chromium: install it (here it is not a package of the distribution), or name one in CHROMIUM, to run the tests of the page"
}

if [ "${1:-}" = --checks ]; then packages+=("${check_packages[@]}" $(browser_packages)); fi
install_packages
install_rust
check_rust
install_onnxruntime
install_ppocr
if [ "${1:-}" = --checks ]; then
  # Models are measured in Python, on the libraries of the data scientist.
  install_python python training/requirements-measure.txt
  # The bus is tested with the programs of others.
  install_python peers tests/requirements.txt
  # The API is tested by a program that reads its description, and measured beside a program in Python.
  install_python api tests/requirements-api.txt
  install_browser_tests
fi
say "ready"
