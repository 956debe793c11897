#!/usr/bin/env bash
# What gst-inspect-1.0 shows of the installed plugin: everything loads, and each page is complete.
set -euo pipefail

elements="framemux framedemux ortinfer locoposition reportconvert fsefuse flowbin"
fail() { echo "check-plugin: $*" >&2; exit 1; }

blacklisted=$(gst-inspect-1.0 --print-blacklist 2>/dev/null | grep -c roundhouse || true)
[ "$blacklisted" = 0 ] || fail "GStreamer blacklisted the plugin: run GST_DEBUG=GST_PLUGIN_LOADING:5 gst-inspect-1.0 roundhouse"
listed=$(gst-inspect-1.0 roundhouse)
for element in $elements; do
  grep -q "^  $element:" <<<"$listed" || fail "gst-inspect-1.0 roundhouse does not list $element"
  page=$(G_DEBUG=fatal_warnings gst-inspect-1.0 "$element")
  grep -q 'Description' <<<"$page" || fail "$element has no description"
  grep -q "gst-launch-1.0" "docs/elements/$element.md" || fail "docs/elements/$element.md shows no launch line"
  for property in $(sed -n '/^Element Properties:/,/^[^ ]/s/^  \([a-z-]*\)  *:.*/\1/p' <<<"$page"); do
    case $property in name|parent|qos) continue ;; esac
    grep -q "\`$property\`" "docs/elements/$element.md" || fail "docs/elements/$element.md does not explain the property '$property'"
  done
done
echo "check-plugin: $(wc -w <<<"$elements") elements, all documented" >&2
