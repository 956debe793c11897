# Prepares one's own shell: `. scripts/env.sh`. After it gst-inspect-1.0 finds the installed plugin, the plugin finds
# ONNX Runtime, and the `roundhouse` command is on the path. For bash and zsh; harmless when sourced twice.
_roundhouse_home=$(cd "$(dirname "${BASH_SOURCE[0]:-$0}")/.." && pwd)
_roundhouse_cache=${ROUNDHOUSE_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/roundhouse}

case ":${GST_PLUGIN_PATH:-}:" in
  *":$_roundhouse_home/.install/gstreamer-1.0:"*) ;;
  *) export GST_PLUGIN_PATH="$_roundhouse_home/.install/gstreamer-1.0${GST_PLUGIN_PATH:+:$GST_PLUGIN_PATH}" ;;
esac
case ":$PATH:" in
  *":$_roundhouse_home/.install/bin:"*) ;;
  *) export PATH="$_roundhouse_home/.install/bin:$PATH" ;;
esac
# Where setup.sh puts Rust on a machine that has none.
command -v cargo >/dev/null || export PATH="$PATH:${CARGO_HOME:-$HOME/.cargo}/bin"
export ORT_DYLIB_PATH="${ORT_DYLIB_PATH:-$_roundhouse_cache/onnxruntime/lib/libonnxruntime.so}"

[ -e "$_roundhouse_home/.install/gstreamer-1.0/libgstroundhouse.so" ] \
  || echo "env.sh: the plugin is not built yet, run scripts/build.sh" >&2
unset _roundhouse_home _roundhouse_cache
