#!/usr/bin/env bash
# What gst-inspect-1.0 shows of the installed plugin: everything loads, and the pages of docs/elements describe it.
set -euo pipefail

elements="framemux framedemux ortinfer locoposition locomodel platereader reportconvert fsefuse statetobatch flowbin flowcompare jsonlsink camerasrc bussink bussrc"
fail() { echo "check-plugin: $*" >&2; exit 1; }

blacklisted=$(gst-inspect-1.0 --print-blacklist 2>/dev/null | grep -c roundhouse || true)
[ "$blacklisted" = 0 ] || fail "GStreamer blacklisted the plugin: run GST_DEBUG=GST_PLUGIN_LOADING:5 gst-inspect-1.0 roundhouse"
listed=$(gst-inspect-1.0 roundhouse)
for element in $elements; do
  grep -q "^  $element:" <<<"$listed" || fail "gst-inspect-1.0 roundhouse does not list $element"
  page=$(G_DEBUG=fatal_warnings gst-inspect-1.0 "$element")
  grep -q 'Description' <<<"$page" || fail "$element has no description"
done
for element in locoposition locomodel platereader fsefuse; do
  page=$(gst-inspect-1.0 "$element")
  for caps in 'multistream/x-frame-packet' 'video/x-raw(memory:NVMM)'; do
    grep -qF "$caps" <<<"$page" || fail "$element does not take $caps"
  done
done
scripts/check-element-docs.py || fail "see above"
for pipeline in $(find pipelines -name '*.gst'); do
  roundhouse check "$pipeline" || fail "$pipeline does not pass"
done
misspelt=$(mktemp --suffix=.gst)
trap 'rm -f "$misspelt"' EXIT
sed 's/config-file-path=models/config-file-pth=models/' pipelines/deepstream/flows/prod.gst >"$misspelt"
said=$(roundhouse check "$misspelt" 2>&1) && fail "a misspelt property passes"
grep -q ":3:9: 'nvinfer' has no property 'config-file-pth', did you mean 'config-file-path'?" <<<"$said" || fail "$said"
echo "check-plugin: $(wc -w <<<"$elements") elements" >&2
