// SPDX-License-Identifier: MIT OR Apache-2.0
//! What the user is told: once when documents are lost, once when they are written again, once about refused documents.

use std::io;
use std::path::Path;

/// What was told last.
#[derive(Debug, Default)]
pub struct Told {
    /// Documents that were lost until trouble began; `None` without trouble.
    trouble: Option<u64>,
    /// Whether the refused documents were told.
    refused: bool,
}

impl Told {
    /// The sentence for a document that could not be written, unless it was told; `lost` counts the documents lost before.
    pub fn lost(&mut self, folder: &Path, error: &io::Error, lost: u64) -> Option<String> {
        if self.trouble.is_some() {
            return None;
        }
        self.trouble = Some(lost);
        let remedy = match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                ": free space, or lower max-files or max-age"
            }
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                ": let this user write there"
            }
            _ => "",
        };
        Some(format!(
            "Documents are not written to {}: {error}{remedy}. The stream goes on, each document is tried, and 'lost' in \
             the property stats counts",
            folder.display()
        ))
    }

    /// The sentence for a document that was written, if the one before was lost; `lost` counts all that were.
    pub fn written(&mut self, folder: &Path, lost: u64) -> Option<String> {
        let before = self.trouble.take()?;
        let documents = lost.saturating_sub(before);
        Some(format!(
            "Documents are written to {} again; {documents} were lost",
            folder.display()
        ))
    }

    /// The sentence for a document of several lines, unless it was told.
    pub fn refused(&mut self) -> Option<&'static str> {
        (!std::mem::replace(&mut self.refused, true)).then_some(
            "A document has a line break inside, and a line holds one document: it is left out, and so are others like it; \
             write each document in one line",
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trouble_is_told_once_and_so_is_its_end() {
        let mut told = Told::default();
        let full = io::Error::from(io::ErrorKind::StorageFull);
        let folder = Path::new("states");
        assert_eq!(told.written(folder, 0), None);
        assert!(told.lost(folder, &full, 2).unwrap().contains("free space"));
        assert_eq!(told.lost(folder, &full, 3), None);
        assert_eq!(
            told.written(folder, 5).as_deref(),
            Some("Documents are written to states again; 3 were lost")
        );
        assert_eq!(told.written(folder, 5), None);
        assert!(told.lost(folder, &full, 5).is_some());
    }
}
