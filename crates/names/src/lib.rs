// SPDX-License-Identifier: MIT OR Apache-2.0
//! The valid name that a misspelt one was most likely meant to be.

/// The name of `names` that is nearest to `wrong`; `None` when none is near enough to have been meant.
#[must_use]
pub fn nearest<'a>(wrong: &str, names: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let length = wrong.chars().count();
    let allowed = (length / 3).max(1);
    names
        .into_iter()
        .map(|name| (strsim::osa_distance(&plain(wrong), &plain(name)), name))
        .filter(|(distance, _)| *distance <= allowed && *distance < length.max(1))
        .min()
        .map(|(_, name)| name)
}

/// Upper case and underscores are no difference in meaning.
fn plain(name: &str) -> String {
    name.to_lowercase().replace('_', "-")
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn finds_what_was_meant_and_nothing_else() {
        let names = ["framemux", "framedemux", "filesink", "queue"];
        assert_eq!(nearest("framemxu", names), Some("framemux"));
        assert_eq!(nearest("FileSink", names), Some("filesink"));
        assert_eq!(nearest("videotestsrc", names), None);
        assert_eq!(nearest("x", ["y"]), None);
    }
}
