# Sourced by the findings: puts pinned packages into a temporary folder, so that nothing on the machine changes.
#
# Leaves the folder's path in `work`. It is removed when the script ends.

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# The finding could not be checked, which says nothing about it.
unable() { echo "could not be run: $*" >&2; exit 2; }

# The software does not behave as this finding says.
changed() { echo "CHANGED: $*" >&2; exit 1; }

# Installs wheels with exact versions: python_packages onnxruntime==1.22.1 numpy==2.2.6
python_packages() {
  python3 -m pip install --quiet --disable-pip-version-check --root-user-action=ignore --no-deps --only-binary=:all: \
    --target "$work/python" "$@" || unable "pip cannot install $*"
  export PYTHONPATH=$work/python
}

# Unpacks Debian 12's packages with exact versions, and what they depend on: debian_packages gstreamer1.0-tools=1.22.0-2+deb12u1 …
debian_packages() {
  local package libraries
  grep -q '^VERSION_ID="12"' /etc/os-release || unable "these packages are Debian 12's"
  mkdir -p "$work/archives/partial" "$work/root"
  : >"$work/status"
  # An empty status file: apt takes the whole chain of dependencies for missing and fetches it.
  apt-get -qq -o Debug::NoLocking=1 -o APT::Sandbox::User=root -o Dir::State::status="$work/status" -o Dir::Cache::archives="$work/archives" \
    --no-install-recommends --download-only -y install "$@" >/dev/null || unable "apt cannot fetch $*: is 'apt-get update' due?"
  for package in "$work"/archives/*.deb; do
    # The C library and the interpreter stay the machine's own.
    case $(basename "$package") in libc6_* | libc-bin_* | python3_* | python3.11* | libpython3.11*) continue ;; esac
    dpkg -x "$package" "$work/root"
  done
  libraries=$work/root/usr/lib/$(dpkg-architecture -qDEB_HOST_MULTIARCH 2>/dev/null || echo "$(uname -m)-linux-gnu")
  export LD_LIBRARY_PATH=$libraries:$work/root/lib/$(basename "$libraries")
  export GI_TYPELIB_PATH=$libraries/girepository-1.0
  export PYTHONPATH=$work/root/usr/lib/python3/dist-packages
  export GST_PLUGIN_SYSTEM_PATH=$libraries/gstreamer-1.0 GST_REGISTRY=$work/registry
  export GST_PLUGIN_SCANNER=$libraries/gstreamer1.0/gstreamer-1.0/gst-plugin-scanner
  unset GST_PLUGIN_PATH
}

# GStreamer of Debian 12 with the packages that the scripts here need.
gstreamer() {
  debian_packages libgstreamer1.0-0=1.22.0-2+deb12u1 gir1.2-gstreamer-1.0=1.22.0-2+deb12u1 \
    gstreamer1.0-plugins-base=1.22.0-3+deb12u7 gir1.2-gst-plugins-base-1.0=1.22.0-3+deb12u7 \
    libgstreamer-plugins-base1.0-0=1.22.0-3+deb12u7 gstreamer1.0-plugins-good=1.22.0-5+deb12u4 python3-gi=3.42.2-3+b1 "$@"
}
