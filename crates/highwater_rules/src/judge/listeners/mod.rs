//! Listeners, abort listeners and subscriptions: what each is added to, how often, and what takes it away again.
//!
//! A registration leaks when it is made again and again on something that lives longer than the work that made it,
//! and some way out of that work leaves it behind. `find` collects the registrations, `emitter` says how long the
//! other side lives, `unit` what the work is and how it can end, `undo` what removes the listener on which path.

mod confidence;
mod emitter;
mod ending;
mod find;
mod guard;
mod remedy;
pub mod tell;
mod undo;
mod unit;

use highwater_program::graph::{ExprRef, FunRef, Rate};
use highwater_program::ir::ExprId;

use super::Context;

pub use ending::ends_of;

/// Which rule speaks about a registration.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Family {
    /// `on`, `addListener`, `addEventListener`.
    Listener,
    /// On an abort signal.
    Abort,
    /// `subscribe` and its like, with a handle or a way back.
    Subscription,
}

/// A call that adds a listener.
#[derive(Clone, Debug)]
pub struct Registration {
    /// The call.
    pub call: ExprRef,
    /// The function that it runs in.
    pub func: FunRef,
    /// `on`, `once`, `subscribe`.
    pub verb: String,
    /// Its rule.
    pub family: Family,
    /// What it is added to; none for a free function.
    pub receiver: Option<ExprRef>,
    /// The event; none when the call has no event argument.
    pub event: ExprId,
    /// The function that is added.
    pub handler: ExprId,
    /// True when it goes by itself once the event happened.
    pub once: bool,
    /// Methods that take it back with the same arguments.
    pub undo: Vec<String>,
    /// True when the result of the call is what takes it back.
    pub handle: bool,
    /// Methods of that result which do; none when it is a function itself.
    pub handle_undo: Vec<String>,
}

/// How long the other side lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// No longer than the work.
    Short,
    /// It cannot be seen.
    Unknown,
    /// Longer.
    Long,
}

/// What is known about the other side.
#[derive(Clone, Debug)]
pub struct Emitter {
    /// How long.
    pub reach: Reach,
    /// How sure, in per cent.
    pub sure: u8,
    /// "it is a field of `Broker`, which lives as long as the process".
    pub why: String,
}

/// Why a registration leaks.
#[derive(Clone, Debug)]
pub enum Why {
    /// Nothing removes it.
    NoRemoval,
    /// The removal names another function than the one that was added.
    WrongFunction(ExprRef, String),
    /// A removal exists, and one way out of the work goes past it.
    Partial(Option<ExprRef>, String),
    /// What the call gave back is dropped.
    HandleDropped,
}

/// A registration that is left behind.
#[derive(Clone, Debug)]
pub struct Left {
    /// The registration.
    pub reg: Registration,
    /// Others beside it, on the same thing in the same work, with the same fate.
    pub more: Vec<ExprRef>,
    /// The other side.
    pub emitter: Emitter,
    /// How often.
    pub rate: Rate,
    /// Why.
    pub why: Why,
    /// Per cent.
    pub confidence: u8,
}

/// A registration that is taken away again.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The registration.
    pub reg: Registration,
    /// What takes it away.
    pub reason: String,
    /// Where.
    pub place: Option<ExprRef>,
}

/// Every judged registration.
#[derive(Default)]
pub struct Listeners {
    /// Leaks, in file order.
    pub left: Vec<Left>,
    /// Held well, in file order.
    pub kept: Vec<Kept>,
}

/// What happens to a registration.
enum Fate {
    Leak(Why),
    Held(String, Option<ExprRef>),
    Quiet,
}

/// How long a thing lives, compared with the work of a function that adds something to it.
pub fn life_of(cx: &Context<'_>, func: FunRef, thing: ExprRef, signal: bool) -> Emitter {
    emitter::of_thing(cx, func, thing, signal)
}

/// The function that is called for the piece of work that another is a part of.
pub fn work_of(cx: &Context<'_>, func: FunRef) -> FunRef {
    unit::of(cx, func)
}

/// True when the work of a function happens again and again, and is not the setting up of something.
pub fn work_recurs(cx: &Context<'_>, func: FunRef) -> bool {
    unit::work_recurs(cx, func)
}

/// True when a function sets something up, by its name or because only such functions call it.
pub fn sets_up(cx: &Context<'_>, func: FunRef) -> bool {
    unit::only_put_together(cx, unit::of(cx, func), 0)
}

/// Judges every registration of the program.
pub fn all(cx: &Context<'_>) -> Listeners {
    let mut out = Listeners::default();
    let found = find::all(cx);
    for reg in &found.registrations {
        judge(cx, reg, &found, &mut out);
    }
    out.left = merged(cx, out.left);
    out
}

fn judge(cx: &Context<'_>, reg: &Registration, found: &find::Found, out: &mut Listeners) {
    let leave = |e: Emitter, why: Why, confidence: u8| Left {
        reg: reg.clone(),
        more: vec![],
        emitter: e,
        rate: cx.rate(reg.func),
        why,
        confidence,
    };
    let mut told = None;
    if let Some(e) = candidate(cx, reg) {
        match undo::fate(cx, reg, found) {
            Fate::Leak(why) => {
                let confidence = confidence::of(cx, reg, &e, &why);
                told = Some(leave(e, why, confidence));
            }
            Fate::Held(reason, place) => out.kept.push(Kept { reg: reg.clone(), reason, place }),
            Fate::Quiet => {}
        }
    } else if let Some((e, why)) = ending::goes_past(cx, reg, found) {
        let confidence = confidence::of(cx, reg, &e, &why);
        told = Some(leave(e, why, confidence));
    }
    if told.as_ref().is_none_or(|t| t.confidence < BY_END)
        && let Some((e, why)) = ending::left_by_end(cx, reg, found)
    {
        out.kept.retain(|k| k.reg.call != reg.call);
        told = Some(leave(e, why, BY_END));
    }
    out.left.extend(told);
}

/// How sure it is that an object whose end gives other things back forgets this one, in per cent.
const BY_END: u8 = 64;

/// A registration that recurs, on something that may outlive its work, and is not guarded to happen once.
fn candidate(cx: &Context<'_>, reg: &Registration) -> Option<Emitter> {
    if !unit::recurs(cx, reg)
        || guard::only_once(cx, reg)
        || undo::handed_over(cx, reg)
        || undo::ends_it(cx, reg)
    {
        return None;
    }
    let e = emitter::of(cx, reg);
    (e.reach != Reach::Short && e.sure > 0).then_some(e)
}

/// One finding for all listeners that one piece of work adds to one thing.
fn merged(cx: &Context<'_>, left: Vec<Left>) -> Vec<Left> {
    let mut out: Vec<(FunRef, String, Left)> = Vec::new();
    for x in left {
        let unit = unit::of(cx, x.reg.func);
        let text = x.reg.receiver.map(|r| cx.l.text(r)).unwrap_or_default();
        let same =
            |o: &&mut (FunRef, String, Left)| o.0 == unit && o.1 == text && o.2.reg.family == x.reg.family;
        match out.iter_mut().find(same) {
            Some(o) if !text.is_empty() => {
                if x.confidence > o.2.confidence {
                    let mut more = std::mem::take(&mut o.2.more);
                    more.push(o.2.reg.call);
                    o.2 = Left { more, ..x };
                } else {
                    o.2.more.push(x.reg.call);
                }
            }
            _ => out.push((unit, text, x)),
        }
    }
    out.into_iter().map(|o| o.2).collect()
}
