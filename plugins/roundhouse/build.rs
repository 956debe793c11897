//! Puts the version, the date and the commit on the plugin's page.

fn main() {
    gst_plugin_version_helper::info();
}
