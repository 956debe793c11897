// SPDX-License-Identifier: MIT OR Apache-2.0
//! How pipelines are written: gst-launch's syntax over many lines, `#` comments, `${name}` and `${name:-default}`.

use std::collections::BTreeMap;

/// Values for the variables of a text, by name.
pub type Variables = BTreeMap<String, String>;

/// What is wrong with a text, and where.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong and how to mend it.
    pub sentence: String,
}

/// The description in one line, comments removed and variables filled in: first from `set`, then from `environment`.
pub fn expand(
    text: &str,
    set: &Variables,
    environment: impl Fn(&str) -> Option<String>,
) -> Result<String, Mistake> {
    let value = |name: &str| set.get(name).cloned().or_else(|| environment(name));
    let mut words = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let filled = fill(uncommented(line), number, &value)?;
        let filled = filled.trim().trim_end_matches('\\').trim_end();
        if !filled.is_empty() {
            words.push(filled.to_owned());
        }
    }
    Ok(words.join(" "))
}

/// The names of the variables of `text` that `set` gives but the text does not use: most likely misspelt.
pub fn unused<'a>(text: &str, set: &'a Variables) -> Vec<&'a str> {
    let used = |name: &str| {
        text.lines().map(uncommented).any(|line| {
            line.contains(&format!("${{{name}}}")) || line.contains(&format!("${{{name}:-"))
        })
    };
    set.keys()
        .map(String::as_str)
        .filter(|name| !used(name))
        .collect()
}

/// A line without its comment: `#` at its start or after a blank, outside of quotes.
fn uncommented(line: &str) -> &str {
    let mut quoted = false;
    let mut before = ' ';
    for (index, character) in line.char_indices() {
        match character {
            '"' if before != '\\' => quoted = !quoted,
            '#' if !quoted && before.is_whitespace() => return &line[..index],
            _ => {}
        }
        before = character;
    }
    line
}

fn fill(
    line: &str,
    number: usize,
    value: &impl Fn(&str) -> Option<String>,
) -> Result<String, Mistake> {
    let mut filled = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once("${") {
        let (inside, behind) = after.split_once('}').ok_or_else(|| Mistake {
            line: number,
            sentence: "'${' without '}': write ${name} or ${name:-default}".into(),
        })?;
        let (name, default) = match inside.split_once(":-") {
            Some((name, default)) => (name, Some(default)),
            None => (inside, None),
        };
        let text = value(name)
            .or_else(|| default.map(str::to_owned))
            .ok_or_else(|| Mistake {
                line: number,
                sentence: format!(
                    "the variable '{name}' has no value: give it with --set {name}=…"
                ),
            })?;
        filled.push_str(before);
        filled.push_str(&text);
        rest = behind;
    }
    filled.push_str(rest);
    Ok(filled)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(text: &str) -> Result<String, Mistake> {
        expand(text, &Variables::new(), |_| None)
    }

    #[test]
    fn comments_and_line_ends_vanish() {
        let text = "# a camera\nvideotestsrc \\\n  ! fakesink # the end\n";
        assert_eq!(plain(text).unwrap(), "videotestsrc ! fakesink");
    }

    #[test]
    fn a_hash_inside_a_word_or_quotes_is_no_comment() {
        assert_eq!(plain("a b=c#1 d=\"x # y\"").unwrap(), "a b=c#1 d=\"x # y\"");
    }

    #[test]
    fn variables_come_from_set_then_environment_then_default() {
        let set = Variables::from([("a".to_owned(), "1".to_owned())]);
        let environment = |name: &str| (name != "c").then(|| "2".to_owned());
        assert_eq!(
            expand("${a:-9} ${b:-9} ${c:-9}", &set, environment).unwrap(),
            "1 2 9"
        );
    }

    #[test]
    fn mistakes_name_their_line() {
        assert_eq!(plain("a\nb=${missing}").unwrap_err().line, 2);
        assert_eq!(plain("a=${open").unwrap_err().line, 1);
    }

    #[test]
    fn a_misspelt_variable_is_found() {
        let set = Variables::from([("clip".to_owned(), "x".to_owned())]);
        assert_eq!(unused("a=${clips:-y} # ${clip}", &set), ["clip"]);
    }
}
