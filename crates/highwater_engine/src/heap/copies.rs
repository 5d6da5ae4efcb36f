//! Files that are made of a snapshot: a copy without values, tables for other tools.

use super::{Converted, Heaps, Keys, Redacted, convert};
use crate::{Error, Phase, output};
use std::path::Path;

impl Heaps<'_> {
    /// Writes a copy of a snapshot without the values in it, whole or not at all.
    pub fn redact(&self, path: &Path, keys: Keys, output: &Path) -> Result<Redacted, Error> {
        output::other_than(path, output)?;
        let graph = self.graph(path)?;
        self.progress.begin(Phase::Report, 0);
        output::write_with(output, |out| highwater_heap::redact(&graph, keys, out))
    }

    /// Writes `nodes.parquet` and `edges.parquet` to a new folder, which is there whole or not at all.
    pub fn parquet(&self, path: &Path, folder: &Path) -> Result<Converted, Error> {
        output::free_folder(folder)?;
        let heap = self.dominated(path)?;
        self.progress.begin(Phase::Report, 0);
        self.pool.install(|| convert::parquet(&heap, folder))
    }
}
