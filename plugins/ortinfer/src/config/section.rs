// SPDX-License-Identifier: MIT OR Apache-2.0
//! One group of a key file, read value by value, with errors that say where and what to do.

use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

use gst::glib;

/// Why a configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{}: {cause}; set config-file-path to a file that can be read", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system said.
        cause: std::io::Error,
    },
    /// The file is YAML.
    #[error("{}: the YAML form is not read here; write the same keys as a key file: [property] and key=value lines", file.display())]
    Yaml {
        /// The file.
        file: PathBuf,
    },
    /// The file is no GLib key file.
    #[error("{}: {cause}; a configuration is made of [group] and key=value lines", file.display())]
    Syntax {
        /// The file.
        file: PathBuf,
        /// What GLib said.
        cause: glib::Error,
    },
    /// A group is missing or makes no sense.
    #[error("{}: [{group}] {problem}", file.display())]
    Group {
        /// The file.
        file: PathBuf,
        /// Name of the group.
        group: String,
        /// What is wrong and what to do.
        problem: String,
    },
    /// A value is missing, malformed or out of range.
    #[error("{}{}: [{group}] {key}: {problem}", file.display(), line.map(|line| format!(":{line}")).unwrap_or_default())]
    Value {
        /// The file.
        file: PathBuf,
        /// Line of the key, from 1, if it is there.
        line: Option<usize>,
        /// Name of the group.
        group: String,
        /// Name of the key.
        key: String,
        /// What is wrong and what to do.
        problem: String,
    },
}

/// One group of one file.
pub(super) struct Section<'a> {
    pub file: &'a Path,
    pub text: &'a str,
    pub keys: &'a glib::KeyFile,
    pub group: String,
}

impl Section<'_> {
    /// Names of the keys that are there.
    pub fn names(&self) -> Vec<String> {
        let names = self.keys.keys(&self.group).ok();
        names.map_or_else(Vec::new, |names| {
            names.iter().map(ToString::to_string).collect()
        })
    }

    /// Whether the group has this key.
    pub fn has(&self, key: &str) -> bool {
        self.keys.has_key(&self.group, key).unwrap_or(false)
    }

    /// An error about `key`.
    pub fn error(&self, key: &str, problem: impl Into<String>) -> ConfigError {
        ConfigError::Value {
            file: self.file.to_owned(),
            line: self.line(key),
            group: self.group.clone(),
            key: key.to_owned(),
            problem: problem.into(),
        }
    }

    /// Line of `key`, from 1; the last one counts, as it does for GLib.
    pub fn line(&self, key: &str) -> Option<usize> {
        let mut inside = false;
        let mut found = None;
        for (number, line) in (1..).zip(self.text.lines().map(str::trim)) {
            if let Some(name) = line
                .strip_prefix('[')
                .and_then(|rest| rest.strip_suffix(']'))
            {
                inside = name == self.group;
            } else if inside
                && line
                    .split('=')
                    .next()
                    .is_some_and(|name| name.trim() == key)
            {
                found = Some(number);
            }
        }
        found
    }

    /// The value of a key, which must be `kind`; `None` if the group does not have it.
    fn get<T>(
        &self,
        key: &str,
        kind: &str,
        read: impl Fn(&glib::KeyFile, &str, &str) -> Result<T, glib::Error>,
    ) -> Result<Option<T>, ConfigError> {
        if !self.has(key) {
            return Ok(None);
        }
        read(self.keys, &self.group, key).map(Some).map_err(|_| {
            let value = self.keys.value(&self.group, key).unwrap_or_default();
            let remedy = if value.contains('#') {
                "; a comment needs a line of its own"
            } else {
                ""
            };
            self.error(key, format!("\"{value}\" is not {kind}{remedy}"))
        })
    }

    /// A whole number within `range`.
    pub fn integer(
        &self,
        key: &str,
        range: RangeInclusive<i32>,
    ) -> Result<Option<i32>, ConfigError> {
        let value = self.get(key, "a whole number", glib::KeyFile::integer)?;
        match value {
            Some(value) if !range.contains(&value) => Err(self.error(
                key,
                if *range.end() == i32::MAX {
                    format!("{value} is out of range: write {} or more", range.start())
                } else {
                    format!(
                        "{value} is out of range: write {} to {}",
                        range.start(),
                        range.end()
                    )
                },
            )),
            _ => Ok(value),
        }
    }

    /// A number within `range`.
    pub fn number(
        &self,
        key: &str,
        range: RangeInclusive<f64>,
    ) -> Result<Option<f32>, ConfigError> {
        let value = self.get(key, "a number", glib::KeyFile::double)?;
        match value {
            // NaN is in no range.
            Some(value) if !range.contains(&value) => Err(self.error(
                key,
                format!(
                    "{value} is out of range: write {} to {}",
                    range.start(),
                    range.end()
                ),
            )),
            _ => Ok(value.map(|value| value as f32)),
        }
    }

    /// True or false.
    pub fn boolean(&self, key: &str) -> Result<Option<bool>, ConfigError> {
        self.get(key, "a truth value; write 0 or 1", glib::KeyFile::boolean)
    }

    /// Text that is not empty; an empty value counts as none.
    pub fn string(&self, key: &str) -> Result<Option<String>, ConfigError> {
        let value = self.get(key, "text", glib::KeyFile::string)?;
        Ok(value
            .map(|value| value.trim().to_owned())
            .filter(|value| !value.is_empty()))
    }

    /// Words separated by semicolons.
    pub fn words(&self, key: &str) -> Result<Vec<String>, ConfigError> {
        let words = self.get(key, "a list separated by semicolons", |keys, group, key| {
            keys.string_list(group, key).map(|words| {
                words
                    .iter()
                    .map(|word| word.trim().to_owned())
                    .filter(|word| !word.is_empty())
                    .collect()
            })
        })?;
        Ok(words.unwrap_or_default())
    }

    /// Whole numbers, none negative, separated by semicolons.
    pub fn integers(&self, key: &str) -> Result<Vec<i32>, ConfigError> {
        self.words(key)?
            .iter()
            .map(|word| match word.parse() {
                Ok(number) if number >= 0 => Ok(number),
                _ => Err(self.error(
                    key,
                    format!("\"{word}\" is not a whole number of 0 or more; write them separated by semicolons"),
                )),
            })
            .collect()
    }

    /// Numbers separated by semicolons.
    pub fn numbers(&self, key: &str) -> Result<Vec<f32>, ConfigError> {
        self.words(key)?
            .iter()
            .map(|word| match word.parse::<f32>() {
                Ok(number) if number.is_finite() => Ok(number),
                _ => Err(self.error(
                    key,
                    format!("\"{word}\" is not a number; write them separated by semicolons"),
                )),
            })
            .collect()
    }

    /// A path; relative ones start in the folder of the file.
    pub fn path(&self, key: &str) -> Result<Option<PathBuf>, ConfigError> {
        let folder = self.file.parent().unwrap_or(Path::new(""));
        Ok(self.string(key)?.map(|path| folder.join(path)))
    }
}
