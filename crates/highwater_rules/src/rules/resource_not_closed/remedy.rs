//! Code that closes a resource on the way that leaves it open, by the method that its library names.

use highwater_finding::{Effort, Remedy};
use highwater_program::graph::paths::Exit;
use highwater_program::ir::*;

use super::find_in_code::Why;
use crate::Context;
use crate::judge::acquired::{Acquired, Kept};
use crate::judge::code::of_expr;
use crate::judge::release_remedies::{self, Move, acquire_text, release_text, try_finally};
use crate::judge::scene;

/// What to do, the best first.
pub(super) fn remedies(cx: &Context<'_>, a: &Acquired<'_>, why: Why) -> Vec<Remedy> {
    let made = match why {
        Why::Unsettled => on_settle(cx, a).or_else(|| in_finally(cx, a)),
        Why::AfterSettled => stop_after_settle(cx, a),
        Why::Never | Why::SomePaths => in_finally(cx, a),
    };
    let before = "one more open with each that is left, until descriptors or connections run out";
    release_remedies::remedies(cx, a.site.file, before, made.into_iter().collect())
}

fn make(title: String, benefit: &'static str, code: String) -> Move {
    Move { title, benefit, code, after: "as many open as are in use", effort: Effort::Minutes }
}

fn in_finally(cx: &Context<'_>, a: &Acquired<'_>) -> Option<Move> {
    let name = release_remedies::handle_name(cx, a);
    let release = release_text(cx, a, &name)?;
    let acquire = acquire_text(cx, a, &name)?;
    let lines = release_remedies::bound(cx, a).and_then(|b| scene::lines_after(cx, a.site, b));
    let work = lines.map_or_else(|| "// the work with it, as it is".into(), scene::as_they_are);
    Some(make(
        format!("Close `{name}` in `finally`"),
        "The normal end, an early return and a failure all come past it.",
        format!("{acquire}\n{}", try_finally(&work, &format!("{release};"))),
    ))
}

/// The call that settles the promise while the resource stays open.
fn settles(cx: &Context<'_>, a: &Acquired<'_>, exit: Exit) -> Option<(String, u32)> {
    let f = cx.l.file(a.site.file);
    let settling = a.paths.of(exit).filter_map(|u| {
        let call = cx.l.ix(a.site.file).calls.iter().copied().find(|c| f.span(*c) == u.at)?;
        let Expr::Call { callee, .. } = f.expr(call) else { return None };
        Some((u.at, call, of_expr(cx, a.site.with(callee), 0)?))
    });
    // Who gives up rejects; a promise that is resolved may well hand the thing on.
    let mut settling = settling.filter(|(.., n)| exit == Exit::AfterSettled || n != "resolve");
    let (at, call, called) = settling.next()?;
    let text = scene::call_text(cx, a.site.with(call)).unwrap_or_else(|| format!("{called}(/* as now */)"));
    Some((text, f.line_col(at.start).0))
}

fn on_settle(cx: &Context<'_>, a: &Acquired<'_>) -> Option<Move> {
    if a.kept != Kept::Named {
        return None;
    }
    let release = release_text(cx, a, &a.name)?;
    let (settle, line) = settles(cx, a, Exit::Settled)?;
    Some(make(
        format!("Close `{}` before the promise is settled at line {line}", a.name),
        "Nobody else has it then: who gives up has to close it.",
        format!("{release};\n{settle};"),
    ))
}

fn stop_after_settle(cx: &Context<'_>, a: &Acquired<'_>) -> Option<Move> {
    let (settle, line) = settles(cx, a, Exit::AfterSettled)?;
    Some(make(
        format!("Return once the promise is settled at line {line}"),
        "`resolve` and `reject` do not end the function: what comes after them still runs.",
        format!("{settle};\nreturn; // `{}` is not opened then", a.name),
    ))
}
