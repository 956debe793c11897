// SPDX-License-Identifier: MIT OR Apache-2.0
//! `roundhouse list`: which pipelines there are.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::failure::{Failure, Outcome};

/// List the pipelines in a folder, each with the first line of its comment.
#[derive(Args)]
pub struct Arguments {
    /// Folder to list, with all folders inside it.
    #[arg(default_value = "pipelines")]
    folder: PathBuf,
}

/// Prints each pipeline of the folder with the first line of its comments.
pub fn run(arguments: &Arguments) -> Outcome {
    let mut files = Vec::new();
    collect(&arguments.folder, &mut files)?;
    if files.is_empty() {
        return Err(Failure::new(format!(
            "{}: no file ends in .gst",
            arguments.folder.display()
        )));
    }
    let width = files.iter().map(|file| file.display().to_string().len());
    let width = width.max().unwrap_or_default();
    for file in &files {
        println!("{:<width$}  {}", file.display(), first_comment(file)?);
    }
    Ok(())
}

/// Adds the pipelines of `folder`, its own before those of its folders, by name.
fn collect(folder: &Path, files: &mut Vec<PathBuf>) -> Outcome {
    let unreadable = |error| Failure::file(folder, &error);
    let mut paths = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        paths.push(entry.map_err(unreadable)?.path());
    }
    paths.sort();
    let (folders, here): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| path.is_dir());
    let pipelines = here
        .into_iter()
        .filter(|path| path.extension().is_some_and(|extension| extension == "gst"));
    files.extend(pipelines);
    folders.iter().try_for_each(|folder| collect(folder, files))
}

/// The first line of the comment at the head of a pipeline.
fn first_comment(file: &Path) -> Outcome<String> {
    let text = std::fs::read_to_string(file).map_err(|error| Failure::file(file, &error))?;
    let comment = text.lines().find_map(|line| line.trim().strip_prefix('#'));
    Ok(comment.unwrap_or_default().trim().to_owned())
}
