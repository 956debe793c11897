// SPDX-License-Identifier: MIT OR Apache-2.0
//! The page: files that are built into the program. A build for development reads them from the source tree each time.

use axum::extract::Path;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use rust_embed::{Embed, EmbeddedFile};

use crate::answer::Failure;

#[derive(Embed)]
#[folder = "page/"]
struct Files;

/// Endings of files and what they are.
const TYPES: [(&str, &str); 6] = [
    (".html", "text/html; charset=utf-8"),
    (".js", "text/javascript; charset=utf-8"),
    (".css", "text/css; charset=utf-8"),
    (".svg", "image/svg+xml"),
    (".json", "application/json"),
    (".txt", "text/plain; charset=utf-8"),
];

/// The page itself.
pub async fn index() -> Response {
    answer("index.html")
}

/// A file of the page.
pub async fn file(Path(path): Path<String>) -> Response {
    answer(&path)
}

/// The file of this name.
fn answer(path: &str) -> Response {
    match Files::get(path) {
        Some(file) => response(path, file),
        None => Failure::missing(format!("there is no page '{path}'")).into_response(),
    }
}

/// A file, to be asked for again each time: a new version of the program brings new files.
fn response(path: &str, file: EmbeddedFile) -> Response {
    let kind = TYPES.iter().find(|(ending, _)| path.ends_with(ending));
    let kind = kind.map_or("application/octet-stream", |(_, kind)| kind);
    let head = [
        (header::CONTENT_TYPE, kind),
        (header::CACHE_CONTROL, "no-cache"),
    ];
    (head, file.data).into_response()
}
