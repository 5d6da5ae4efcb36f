//! What was found out about expressions, kept for whoever asks next: rules and linking ask the same questions.
//!
//! Only answers to whole questions are kept, never those that came up half-way down a chain and may have ended at
//! the limit of its length: so an answer does not depend on who asked first.

use std::sync::atomic::{AtomicU16, Ordering::Relaxed};
use std::sync::{Mutex, OnceLock, PoisonError};

use super::linked::ExprRef;
use super::types::Ty;

/// Types of expressions.
#[derive(Default)]
pub(super) struct Types {
    files: Vec<OnceLock<OfFile>>,
}

/// A number for each expression: 0 for what nobody asked, the simple types, and from [`FIRST`] on a position in
/// `others`.
struct OfFile {
    numbers: Box<[AtomicU16]>,
    others: Mutex<Vec<Ty>>,
}

/// Types that carry nothing; the number of each is its position and one.
const SIMPLE: [Ty; 5] = [Ty::Unknown, Ty::Primitive, Ty::Finite, Ty::AnyFn, Ty::Timer];
const FIRST: u16 = SIMPLE.len() as u16 + 1;
/// How far back a type is looked for before it is written down again.
const NEAR: usize = 16;

impl Types {
    /// For a number of files.
    pub(super) fn new(files: usize) -> Types {
        Types { files: std::iter::repeat_with(OnceLock::new).take(files).collect() }
    }

    /// The type of an expression, when it is known.
    pub(super) fn get(&self, e: ExprRef) -> Option<Ty> {
        let of_file = self.files.get(e.file.0 as usize)?.get()?;
        match of_file.numbers.get(e.id.ix())?.load(Relaxed) {
            0 => None,
            n if n < FIRST => Some(SIMPLE[n as usize - 1].clone()),
            n => {
                let others = of_file.others.lock().unwrap_or_else(PoisonError::into_inner);
                others.get((n - FIRST) as usize).cloned()
            }
        }
    }

    /// Keeps the type of an expression of a file with so many expressions.
    pub(super) fn keep(&self, e: ExprRef, exprs: usize, ty: &Ty) {
        let Some(of_file) = self.files.get(e.file.0 as usize) else { return };
        let of_file = of_file.get_or_init(|| OfFile {
            numbers: std::iter::repeat_with(AtomicU16::default).take(exprs).collect(),
            others: Mutex::default(),
        });
        let Some(number) = of_file.numbers.get(e.id.ix()) else { return };
        if let Some(simple) = SIMPLE.iter().position(|s| s == ty) {
            number.store(simple as u16 + 1, Relaxed);
            return;
        }
        let mut others = of_file.others.lock().unwrap_or_else(PoisonError::into_inner);
        let near = others.len().saturating_sub(NEAR);
        let known = others[near..].iter().rposition(|o| o == ty).map(|at| near + at);
        let at = known.unwrap_or_else(|| {
            others.push(ty.clone());
            others.len() - 1
        });
        // More than fit into a number are asked again each time.
        if let Ok(n) = u16::try_from(at + FIRST as usize) {
            number.store(n, Relaxed);
        }
    }
}
