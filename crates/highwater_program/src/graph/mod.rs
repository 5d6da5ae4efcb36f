//! All facts linked into one program: modules, types, calls, places, who grows and who releases, how often.
//!
//! A chain of finished parts, each built from the ones before: [`Linked`] (files, imports, names, types),
//! [`Calls`] (who calls whom), [`Rates`] (how often), [`Effects`] (what happens to which place).

mod alternatives;
mod bystanders;
pub mod calls;
pub mod context;
pub mod declared;
mod defaults;
pub mod effects;
pub mod entry;
mod exporters;
mod glob;
pub mod index;
pub mod keys;
mod latches;
pub mod lifetimes;
pub mod linked;
mod memo;
mod mounts;
mod pages;
pub mod paths;
pub mod places;
pub mod rates;
mod reached;
mod replaced;
pub mod resolve;
pub mod resources;
mod settling;
pub mod types;
mod uncalled;
pub mod vocabulary;

pub use calls::Calls;
pub use declared::EntryPoint;
pub use effects::{Effects, Op, OpKind};
pub use index::FileIndex;
pub use lifetimes::Life;
pub use linked::{At, BindRef, ClassRef, ExprRef, FileId, FunRef, Linked};
pub use places::{Base, PlaceId, Seg};
pub use rates::{Rate, Rates};
pub use types::{Kind, Ty};

use crate::{FileLookup, Package, ir::FileFacts};

/// The linked program.
pub struct Program {
    /// Files, imports, names, types.
    pub linked: Linked,
    /// Who calls whom.
    pub calls: Calls,
    /// How often each function runs.
    pub rates: Rates,
    /// What happens to which place.
    pub effects: Effects,
}

/// Links all facts into one program. `root` is the absolute folder that the files' paths are relative to.
pub fn link(
    files: Vec<FileFacts>,
    packages: Vec<Package>,
    root: &std::path::Path,
    lookup: std::sync::Arc<dyn FileLookup>,
) -> Program {
    link_with(files, packages, root, lookup, &[])
}

/// The same, with entry points that somebody has named.
pub fn link_with(
    mut files: Vec<FileFacts>,
    packages: Vec<Package>,
    root: &std::path::Path,
    lookup: std::sync::Arc<dyn FileLookup>,
    named: &[EntryPoint],
) -> Program {
    files.sort_by(|a, b| a.path.cmp(&b.path));
    let mut linked = Linked::build(files, packages, root, lookup);
    // Twice: a callback's parameters type the registrations inside it.
    linked.know_params(entry::param_types(&linked));
    let mut entries = entry::find(&linked);
    declared::add(&linked, named, &mut entries);
    linked.know_params(entries.param_types.clone());
    linked.by_import = reached::by_import(&linked, &entries);
    linked.unreached = reached::unreached(&linked);
    let calls = Calls::build(&linked, entries);
    let rates = Rates::build(&linked, &calls);
    let effects = Effects::build(&linked, &calls);
    Program { linked, calls, rates, effects }
}
