//! Code that makes a client once and shares it, or closes it where it has to be made each time.

use highwater_finding::{Effort, Remedy};
use highwater_program::graph::paths::{self, Holder};
use highwater_program::ir::*;

use crate::Context;
use crate::judge::acquired::Acquired;
use crate::judge::release_remedies::{self, Move, acquire_text, release_text, try_finally};
use crate::judge::scene;

/// What to do, the best first; `closed` when it is closed on every way already.
pub(super) fn remedies(cx: &Context<'_>, a: &Acquired<'_>, closed: bool) -> Vec<Remedy> {
    let mut moves: Vec<Move> = shared(cx, a).into_iter().collect();
    if !closed {
        moves.extend(in_finally(cx, a));
    }
    if moves.is_empty() {
        moves.push(Move {
            title: format!("Keep one `{}` for each set of options, and close those that nobody uses", a.name),
            benefit: "Its options come with the call, so one for all will not do; a small cache that closes what it drops will.",
            code: String::new(),
            after: "as many as there are sets of options in use",
            effort: Effort::Hours,
        });
    }
    let before = "one more with each call; the server on the other side runs out of connections first";
    release_remedies::remedies(cx, a.site.file, before, moves)
}

/// True when nothing of the call goes into it.
pub(super) fn can_be_shared(cx: &Context<'_>, a: &Acquired<'_>) -> bool {
    shared(cx, a).is_some()
}

/// At module level, when nothing of the call goes into it; in a field, when only the object does.
fn shared(cx: &Context<'_>, a: &Acquired<'_>) -> Option<Move> {
    let f = cx.l.file(a.made.file);
    if a.made.file != a.site.file {
        return None;
    }
    let wanted =
        if f.bindings.iter().any(|b| f.str(b.name) == a.name) && a.name.chars().next()?.is_lowercase() {
            a.name.clone()
        } else {
            scene::fresh(f, a.model.what.rsplit(' ').next().unwrap_or("client"))
        };
    let call = acquire_call(cx, a)?;
    let module = a.site.with(FnId::MODULE);
    let (title, code) = if scene::visible(cx, a.site, module) {
        (
            format!("Make `{wanted}` once, at module level, and share it"),
            format!("// at module level, not in the function\nconst {wanted} = {call};"),
        )
    } else if only_of_object(cx, a) {
        (format!("Make `{wanted}` once for the object, and share it"), format!("this.{wanted} ??= {call};"))
    } else {
        return None;
    };
    Some(Move {
        title,
        benefit: "One pool of connections, not one for each call.",
        code,
        after: "one client",
        effort: Effort::Minutes,
    })
}

fn acquire_call(cx: &Context<'_>, a: &Acquired<'_>) -> Option<String> {
    let call = scene::call_text(cx, a.site)?;
    let f = cx.l.file(a.site.file);
    let awaited = cx.l.parent(a.site).is_some_and(|p| matches!(f.expr(p.id), Expr::Await(_)));
    Some(if awaited { format!("await {call}") } else { call })
}

/// What goes into it comes from the object alone: `this.url`.
fn only_of_object(cx: &Context<'_>, a: &Acquired<'_>) -> bool {
    let f = cx.l.file(a.site.file);
    let func = cx.l.fn_of(a.site);
    cx.l.this_class(func).is_some()
        && matches!(paths::holder(cx.l, a.site).0, Holder::Name(_))
        && !cx.l.any_in(a.site, &|x| matches!(f.expr(x.id), Expr::Ref(b) if f[b].func != FnId::MODULE))
}

fn in_finally(cx: &Context<'_>, a: &Acquired<'_>) -> Option<Move> {
    let name = release_remedies::handle_name(cx, a);
    let (acquire, release) = (acquire_text(cx, a, &name)?, release_text(cx, a, &name)?);
    let lines = release_remedies::bound(cx, a).and_then(|b| scene::lines_after(cx, a.site, b));
    let work = lines.map_or_else(|| "// the work with it, as it is".into(), scene::as_they_are);
    Some(Move {
        title: format!("Close `{name}` in `finally`, where it has to be made each time"),
        benefit: "Nothing is left behind; each call still pays for a fresh connection.",
        code: format!("{acquire}\n{}", try_finally(&work, &format!("{release};"))),
        after: "as many clients as there is work under way",
        effort: Effort::Minutes,
    })
}
