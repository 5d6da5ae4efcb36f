//! From a folder to facts: find the files, decide what part each plays, read and parse each once.

pub mod budget;
pub mod read;
pub mod role;
pub mod stack;
pub mod text;
pub mod walk;
