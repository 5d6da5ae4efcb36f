//! Code that clears an interval, at the place where it is set and by the name that holds it.

use highwater_finding::{Effort, Remedy};
use highwater_program::graph::entry::callee_name;
use highwater_program::graph::index::Up;
use highwater_program::graph::paths::{self, Holder};
use highwater_program::graph::{ExprRef, FunRef};
use highwater_program::ir::*;

use super::find_in_code::{Loose, Why};
use crate::Context;
use crate::judge::code::of_expr;
use crate::judge::listeners::ends_of;
use crate::judge::release_remedies::{self, Move, try_finally};
use crate::judge::scene::{self, Peer};

const BEFORE: &str = "one more that ticks with each one left behind, for as long as the process lives";
const AFTER: &str = "at most one for each piece of work that is under way";

/// The handle as the code around can write it.
struct Handle {
    /// How it is read: `timer`, `this.timer`, `timers.get(id)`.
    read: String,
    /// The statement that sets it.
    set: String,
    /// The local name, when that is what holds it.
    local: Option<BindingId>,
    /// True for a field of the object.
    field: bool,
}

/// What to do about an interval that goes on, the best first.
pub(super) fn remedies(cx: &Context<'_>, t: &Loose) -> Vec<Remedy> {
    let moves = match handle(cx, t.site) {
        Some(h) => moves(cx, t, &h),
        None => vec![],
    };
    release_remedies::remedies(cx, t.site.file, BEFORE, moves)
}

fn moves(cx: &Context<'_>, t: &Loose, h: &Handle) -> Vec<Move> {
    let func = cx.l.fn_of(t.site);
    match t.why {
        Why::DeadHook(of) => {
            return dead_hook(cx, t, of).into_iter().collect();
        }
        Why::Replaced => return vec![clear_before(h)],
        Why::OwnerEnds(end) => return vec![in_end(cx, h, Some(end))],
        Why::OwnerDropped(_) => return vec![in_end(cx, h, None)],
        _ => {}
    }
    if h.field {
        let end = cx.l.this_class(func).and_then(|c| ends_of(cx, c).into_iter().next());
        return vec![in_end(cx, h, end), clear_before(h)];
    }
    if let Some(m) = in_cancel(cx, h, func) {
        return vec![m];
    }
    let peer = scene::peer(cx, func, &h.read);
    let closes = peer.map(|p| on_close(cx, t, h, &p));
    let finally = h.local.and_then(|b| in_finally(cx, t, h, b));
    let shared = h.local.is_none_or(|b| cx.l.file(t.site.file)[b].func == FnId::MODULE);
    let before = (shared && closes.is_none()).then(|| clear_before(h));
    [closes, finally, before].into_iter().flatten().collect()
}

fn handle(cx: &Context<'_>, site: ExprRef) -> Option<Handle> {
    let f = cx.l.file(site.file);
    let call = scene::call_text(cx, site)?;
    let (holder, at) = paths::holder(cx.l, site);
    let plain =
        |read: String, set: String, local, field| Some(Handle { read, set: format!("{set};"), local, field });
    match holder {
        Holder::Dropped => {
            let name = scene::fresh(f, "timer");
            plain(name.clone(), format!("const {name} = {call}"), None, false)
        }
        Holder::Name(b) => {
            let name = f.name_of(b).to_string();
            let declared = matches!(cx.l.ix(site.file).up(at), Up::Stmt(_))
                && !matches!(f.expr(at), Expr::Assign { .. });
            let word = match f[b].kind {
                BindingKind::Const => "const ",
                BindingKind::Var => "var ",
                _ => "let ",
            };
            let set = format!("{}{name} = {call}", if declared { word } else { "" });
            plain(name, set, Some(b), false)
        }
        Holder::Place(_, target) => {
            let read = of_expr(cx, site.with(target), 0)?;
            let field = read.starts_with("this.");
            plain(read.clone(), format!("{read} = {call}"), None, field)
        }
        Holder::Argument(outer) => {
            let Expr::Call { callee, args } = f.expr(outer) else { return None };
            let Expr::Member { object, .. } = f.expr(callee) else { return None };
            let (map, key) = (of_expr(cx, site.with(object), 0)?, of_expr(cx, site.with(f.nth(args, 0)), 0)?);
            let keyed = args.len == 2 && callee_name(f, callee) == Some("set");
            keyed.then(|| {
                plain(format!("{map}.get({key})"), format!("{map}.set({key}, {call})"), None, false)
            })?
        }
        Holder::Returned => {
            let func = cx.l.fn_of(site);
            let name = scene::fresh(f, "timer");
            let caller = cx.l.fn_name(func);
            let called = (!caller.contains(' ')).then_some(caller)?;
            plain(name.clone(), format!("const {name} = {called}(/* as now */)"), None, false)
        }
        Holder::Property(_) | Holder::Elsewhere => None,
    }
}

fn on_close(cx: &Context<'_>, t: &Loose, h: &Handle, peer: &Peer) -> Move {
    let line = cx.l.place_of_expr(t.site).line;
    let clear = if matches!(t.why, Why::Long(_)) { "clearTimeout" } else { "clearInterval" };
    let code = if t.why == Why::Late && !peer.name.contains('.') && peer.hears_the_end() {
        let stop = scene::fresh(cx.l.file(t.site.file), "stop");
        format!(
            "{}\nconst {stop} = () => {clear}({});\nif ({}.destroyed) {stop}(); // it has gone already\nelse {}",
            h.set,
            h.read,
            peer.name,
            peer.when_gone(&stop)
        )
    } else {
        format!("{}\n{}", h.set, peer.when_gone(&format!("() => {clear}({})", h.read)))
    };
    let benefit = if peer.hears_the_end() {
        "`close` comes when the work is done, when it fails, and when the client hangs up: one line for every way out."
    } else {
        "It hears of the client that hangs up. Keep what clears it at the normal end."
    };
    Move {
        title: format!(
            "Clear `{}` when `{}` closes: register that right where line {line} sets it",
            h.read, peer.name
        ),
        benefit,
        code,
        after: AFTER,
        effort: Effort::Minutes,
    }
}

fn in_finally(cx: &Context<'_>, t: &Loose, h: &Handle, b: BindingId) -> Option<Move> {
    let f = cx.l.file(t.site.file);
    let own = f[b].func == cx.l.fn_of(t.site).id;
    if !own || f[b].func == FnId::MODULE {
        return None;
    }
    let lines = scene::lines_after(cx, t.site, b).unwrap_or_else(|| {
        let last = f.line_col(f[f[b].func].span.end).0;
        (f.line_col(f.span(t.site.id).end).0 + 1, last.saturating_sub(1))
    });
    if lines.0 > lines.1 {
        return None;
    }
    let work = try_finally(&scene::as_they_are(lines), &format!("clearInterval({});", h.read));
    Some(Move {
        title: format!("Clear `{}` in `finally`", h.read),
        benefit: "The normal end, an early return and a throw all come past it; the calls of `clearInterval` on single ways out can go.",
        code: format!("{}\n{work}", h.set),
        after: AFTER,
        effort: Effort::Minutes,
    })
}

/// `start` of a stream's source: its `cancel` is called when the reader goes away.
fn in_cancel(cx: &Context<'_>, h: &Handle, func: FunRef) -> Option<Move> {
    let f = cx.l.file(func.file);
    let mut at = func;
    let new = loop {
        let created = cx.l.ix(at.file).fn_expr.get(at.id.ix()).copied().filter(|e| e.is_some());
        let source = created.and_then(|e| cx.l.parent(at.with(e)));
        let new = source
            .filter(|s| matches!(f.expr(s.id), Expr::Object(_)))
            .and_then(|s| cx.l.parent(s))
            .filter(|n| matches!(f.expr(n.id), Expr::New { callee, .. } if callee_name(f, callee) == Some("ReadableStream")));
        if new.is_some() || at.id == FnId::MODULE {
            break new;
        }
        at = at.with(f[at.id].parent);
    };
    new?;
    let (name, set) = match h.set.split_once(' ') {
        Some(("const" | "let" | "var", rest)) => (h.read.clone(), rest.to_string()),
        _ => (h.read.clone(), h.set.clone()),
    };
    Some(Move {
        title: format!("Clear `{name}` in the stream's `cancel`"),
        benefit: "`cancel` is called when the reader goes away; keep what clears it where the stream is closed.",
        code: format!(
            "let {name};\nnew ReadableStream({{\n  start(controller) {{\n    {set} // and the rest, as it is\n  }},\n  cancel() {{\n    clearInterval({name});\n  }},\n}});"
        ),
        after: AFTER,
        effort: Effort::Minutes,
    })
}

fn clear_before(h: &Handle) -> Move {
    let code = if h.read.starts_with("const ") || h.local.is_none() && h.set.starts_with("const ") {
        h.set.clone()
    } else {
        format!("clearInterval({}); // nothing happens when there is none\n{}", h.read, h.set)
    };
    Move {
        title: format!("Clear `{}` before it is set again", h.read),
        benefit: "One interval at a time, however often this runs.",
        code,
        after: "one interval",
        effort: Effort::Minutes,
    }
}

fn in_end(cx: &Context<'_>, h: &Handle, end: Option<FunRef>) -> Move {
    let kept = if h.set.starts_with("const ") {
        let set = h.set.replacen("const ", "this.", 1);
        Some((format!("this.{}", h.read), set))
    } else {
        None
    };
    let (read, set) = kept.map_or((h.read.clone(), None), |(r, s)| (r, Some(s)));
    let head = set.map_or(String::new(), |s| format!("{s}\n\n"));
    let (title, code) = match end {
        Some(e) => {
            let shown = cx.l.fn_name(e);
            (
                format!("Clear it in `{shown}`, which ends the object"),
                format!("{head}// first thing in `{shown}`\nclearInterval({read});"),
            )
        }
        None => (
            format!("Give the object an end that clears `{read}`, and call it where the object is let go"),
            format!("{head}dispose() {{\n  clearInterval({read});\n}}"),
        ),
    };
    Move {
        title,
        benefit: "The interval ends with the object, and no longer keeps it.",
        code,
        after: "at most one for each object that is alive",
        effort: Effort::Minutes,
    }
}

/// The owner has to be closed, or its hook never fires.
fn dead_hook(cx: &Context<'_>, t: &Loose, of: ExprId) -> Option<Move> {
    let owner = of_expr(cx, t.site.with(of), 0)?;
    let peer = scene::peer(cx, cx.l.fn_of(t.site), &owner)?;
    Some(Move {
        title: format!("Close `{owner}` when `{}` closes", peer.name),
        benefit: "Its close hook fires then, and clears the interval with all else that hangs on it.",
        code: peer.when_gone(&format!("() => void {owner}.close()")),
        after: "as many as there are live connections",
        effort: Effort::Minutes,
    })
}
