//! Acquire and release on all paths: where control can leave a function while a handle is still live.
//!
//! A small abstract interpreter over the statement tree of one function, for one handle. The state of the handle
//! is one of not yet acquired, live, released, moved to an owner; a live handle also carries which endings of its
//! peer a registered handler covers. `flow` walks the statements, `uses` says what each mention of the handle does.
//! A summary of a called function is one bit a parameter: releases it, takes it over, or only looks at it.

mod flow;
#[cfg(test)]
mod tests;
mod uses;

use super::calls::Calls;
use super::index::Up;
use super::linked::{ExprRef, FunRef, Linked};
use super::places::PlaceId;
use crate::ir::*;

/// What gives a handle back.
#[derive(Clone, Debug, Default)]
pub struct Protocol {
    /// Functions that take the handle: `clearInterval`, `pipeline`.
    pub by_call: Vec<String>,
    /// Methods on the handle: `close`, `destroy`.
    pub by_method: Vec<String>,
    /// Methods on the handle whose argument, once ended, has ended the handle: `connect`.
    pub closed_with: Vec<String>,
}

impl Protocol {
    /// The protocol of `setInterval` and `setTimeout`.
    pub fn timer() -> Protocol {
        Protocol {
            by_call: ["clearInterval", "clearTimeout", "clearImmediate"].map(String::from).to_vec(),
            by_method: ["close"].map(String::from).to_vec(),
            closed_with: Vec::new(),
        }
    }

    /// True when a call of this name takes the handle back.
    pub fn taken_by(&self, name: &str) -> bool {
        self.by_call.iter().any(|n| {
            n.strip_suffix(name).is_some_and(|before| before.is_empty() || before.ends_with('.'))
                && !name.contains('.')
                || n == name
        })
    }

    /// True when this method of the handle ends it.
    pub fn ended_by(&self, name: &str) -> bool {
        self.by_method.iter().any(|n| n == name)
    }
}

/// Which endings of a peer or operation a handler hears of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Endings(pub u8);

impl Endings {
    /// It hears of none.
    pub const NONE: Endings = Endings(0);
    /// The work is done.
    pub const NORMAL: Endings = Endings(1);
    /// The peer went away.
    pub const GONE: Endings = Endings(2);
    /// Something failed.
    pub const ERROR: Endings = Endings(4);
    /// Every one.
    pub const ALL: Endings = Endings(7);

    /// True when it has all of `other`.
    pub fn has(self, other: Endings) -> bool {
        self.0 & other.0 == other.0
    }

    /// Both.
    #[must_use]
    pub fn with(self, other: Endings) -> Endings {
        Endings(self.0 | other.0)
    }
}

/// Where a fresh handle goes.
#[derive(Clone, Debug, PartialEq)]
pub enum Holder {
    /// Nowhere: the result is dropped.
    Dropped,
    /// A declared name.
    Name(BindingId),
    /// A field, a global, an entry of something.
    Place(PlaceId, ExprId),
    /// An argument of this call: `timers.set(id, setInterval(...))`.
    Argument(ExprId),
    /// A property of an object literal.
    Property(Atom),
    /// The caller.
    Returned,
    /// Somewhere that is not followed.
    Elsewhere,
}

/// How control leaves while the handle is live.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Exit {
    /// Past the last statement.
    End,
    /// At a `return`.
    Return,
    /// At a `throw`.
    Throw,
    /// An awaited promise rejects.
    Await,
    /// A call throws.
    Call,
    /// The peer goes away, and only normal ends are heard of.
    Gone,
    /// A promise is rejected or resolved elsewhere (a time-out, an event) and the handle stays.
    Settled,
    /// It is acquired though the promise was settled before.
    AfterSettled,
}

/// An exit that nothing covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uncovered {
    /// How.
    pub exit: Exit,
    /// First byte and one past the last byte of the place.
    pub at: Span,
}

/// A handler that releases the handle.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    /// The registering call or assignment.
    pub site: ExprId,
    /// Event name, or how it is kept.
    pub event: String,
    /// What it hears of.
    pub hears: Endings,
    /// The object whose event it is, when it is an event.
    pub of: ExprId,
}

/// What was found out about one handle.
#[derive(Clone, Debug, Default)]
pub struct Paths {
    /// Calls that release it.
    pub releases: Vec<ExprId>,
    /// Handlers that release it.
    pub handlers: Vec<Handler>,
    /// True when some path hands it to an owner.
    pub moves: bool,
    /// Exits that leave it live, in order of place.
    pub uncovered: Vec<Uncovered>,
    /// True when the function was too large to decide; nothing is uncovered then.
    pub gave_up: bool,
}

impl Paths {
    /// Uncovered exits of a kind.
    pub fn of(&self, exit: Exit) -> impl Iterator<Item = &Uncovered> {
        self.uncovered.iter().filter(move |u| u.exit == exit)
    }

    /// True when some uncovered exit is of a kind.
    pub fn has(&self, exit: Exit) -> bool {
        self.of(exit).next().is_some()
    }
}

/// Where a fresh value goes, and the outermost expression that still stands for it.
pub fn holder(l: &Linked, site: ExprRef) -> (Holder, ExprId) {
    let f = l.file(site.file);
    let ix = l.ix(site.file);
    let mut at = site.id;
    for _ in 0..64 {
        match ix.up(at) {
            Up::Stmt(s) => {
                let h = match f.stmts[s.ix()] {
                    Stmt::Expr(_) => Holder::Dropped,
                    Stmt::Let { binding, .. } => Holder::Name(binding),
                    Stmt::Return(_) => Holder::Returned,
                    _ => Holder::Elsewhere,
                };
                return (h, at);
            }
            Up::None => return (Holder::Elsewhere, at),
            Up::Expr(p) => match f.expr(p) {
                Expr::Cast { .. } | Expr::Await(_) | Expr::Spread(_) => at = p,
                Expr::Logical { .. } => at = p,
                Expr::Cond { test, .. } if test != at => at = p,
                Expr::Unary { op: UnOp::Void, .. } => at = p,
                Expr::Member { object, property } if object == at && keeps_identity(f.str(property)) => {
                    match ix.up(p) {
                        Up::Expr(c) if matches!(f.expr(c), Expr::Call { callee, .. } if callee == p) => {
                            at = c;
                        }
                        _ => return (Holder::Elsewhere, at),
                    }
                }
                Expr::Assign { target, value, .. } if value == at => return (held_by(l, site, target), p),
                Expr::Call { callee, .. } | Expr::New { callee, .. } if callee != at => {
                    return (Holder::Argument(p), at);
                }
                Expr::Object(list) => {
                    let key = f.props_of(list).find(|x| x.value == at).map(|x| x.key);
                    return match key {
                        Some(Key::Named(n)) => (Holder::Property(n), at),
                        _ => (Holder::Elsewhere, at),
                    };
                }
                _ => return (Holder::Elsewhere, at),
            },
        }
    }
    (Holder::Elsewhere, at)
}

fn held_by(l: &Linked, site: ExprRef, target: ExprId) -> Holder {
    let f = l.file(site.file);
    match f.expr(f.plain(target)) {
        Expr::Ref(b) => Holder::Name(b),
        _ => match l.place(site.with(target)) {
            Some(p) => Holder::Place(p, target),
            None => match f.expr(target) {
                Expr::Member { property, .. } => Holder::Property(property),
                _ => Holder::Elsewhere,
            },
        },
    }
}

/// Methods that give back the object they are called on.
fn keeps_identity(name: &str) -> bool {
    matches!(name, "unref" | "ref" | "refresh" | "on" | "once" | "setEncoding" | "setMaxListeners")
}

/// One question: the handle that a call acquires and a name holds.
pub struct Ask<'a> {
    /// Files, names, types.
    pub l: &'a Linked,
    /// Who calls whom.
    pub calls: &'a Calls,
    /// The acquiring call.
    pub site: ExprRef,
    /// What gives it back.
    pub protocol: &'a Protocol,
}

/// Follows a handle that is held by a declared name through the function that acquires it.
pub fn of_name(ask: &Ask<'_>, binding: BindingId, outer: ExprId) -> Paths {
    let func = ask.l.fn_of(ask.site);
    let uses = uses::collect(ask, binding, outer, func);
    let mut out = Paths { releases: uses.releases.clone(), moves: uses.moves, ..Paths::default() };
    out.handlers.clone_from(&uses.handlers);
    let executor = executor_params(ask.l, func);
    flow::run(ask, func, &uses, executor, &mut out);
    out.uncovered.sort_by_key(|u| (u.at, u.exit));
    out.uncovered.dedup();
    out
}

/// True when an expression is the other side of a connection: a request, response, socket.
pub fn is_peer(l: &Linked, e: ExprRef) -> bool {
    uses::is_peer_value(l, e)
}

/// `resolve` and `reject` of a function handed to `new Promise`.
fn executor_params(l: &Linked, func: FunRef) -> Option<(BindingId, BindingId)> {
    let f = l.file(func.file);
    let (call, name) = l.passed_to(func)?;
    let promise = name.contains("Promise") && matches!(f.expr(call.id), Expr::New { .. });
    if !promise {
        return None;
    }
    let mut params = f.params(func.id);
    Some((params.next()?, params.next().unwrap_or(BindingId::NONE)))
}
