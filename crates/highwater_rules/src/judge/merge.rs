//! Which keys a merge (`x = { ...x, ...y }`, `Object.assign(x, y)`) may add.

use highwater_program::FileRole;
use highwater_program::graph::calls::Via;
use highwater_program::graph::keys::Domain;
use highwater_program::graph::linked::Def;
use highwater_program::graph::{BindRef, ExprRef, Op, PlaceId, Ty};
use highwater_program::ir::*;

use super::{Context, spot};

/// Where keys come from that have no end.
#[derive(Clone, Debug)]
pub struct Source {
    /// Where they are made.
    pub at: ExprRef,
    /// As the code writes them: `c.req.path`.
    pub text: String,
    /// One computed key of the merge itself (`{ ...x, [id]: v }`), not a whole object.
    pub is_key: bool,
}

/// The keys that an object brings along.
#[derive(Clone, Debug)]
pub enum Keys {
    /// Named in the code or in its type.
    Fixed,
    /// Nothing says.
    Unknown,
    /// Without an end.
    Open(Source),
}

impl Keys {
    fn or(self, other: impl FnOnce() -> Keys) -> Keys {
        match self {
            Keys::Open(_) => self,
            Keys::Fixed => other(),
            Keys::Unknown => match other() {
                Keys::Fixed => Keys::Unknown,
                more => more,
            },
        }
    }
}

/// The domain of the keys that a merge adds to a place.
pub fn domain(cx: &Context<'_>, place: &PlaceId, op: &Op) -> Domain {
    match added(cx, place, op) {
        Keys::Fixed => Domain::Finite("the code names every property that is merged".into()),
        Keys::Unknown => Domain::Open("merged".into()),
        Keys::Open(source) => Domain::Open(source.text),
    }
}

/// The keys that a merge adds to a place.
pub fn added(cx: &Context<'_>, place: &PlaceId, op: &Op) -> Keys {
    let f = cx.l.file(op.site.file);
    let value = op.site.with(f.awaited(op.value));
    let Expr::Object(list) = f.expr(value.id) else { return keys(cx, value, 0) };
    let mut all = Keys::Fixed;
    for p in f.props_of(list) {
        all = all.or(|| match p.key {
            Key::Named(_) => Keys::Fixed,
            Key::Spread if cx.l.place(value.with(p.value)).as_ref() == Some(place) => Keys::Fixed,
            Key::Spread => keys(cx, value.with(p.value), 0),
            Key::Computed(k) => computed(cx, value.with(k), true),
        });
    }
    all
}

fn computed(cx: &Context<'_>, key: ExprRef, is_key: bool) -> Keys {
    match cx.l.key_domain(&cx.program.calls, key) {
        Domain::Open(_) => Keys::Open(Source { at: key, text: written(cx, key), is_key }),
        _ => Keys::Fixed,
    }
}

fn keys(cx: &Context<'_>, e: ExprRef, depth: u8) -> Keys {
    if depth > 5 || !e.id.is_some() {
        return Keys::Unknown;
    }
    let l = cx.l;
    let f = l.file(e.file);
    let id = f.awaited(e.id);
    let inner = |x: ExprId| keys(cx, e.with(x), depth + 1);
    match f.expr(id) {
        Expr::Object(list) => {
            let mut all = Keys::Fixed;
            for p in f.props_of(list) {
                all = all.or(|| match p.key {
                    Key::Named(_) => Keys::Fixed,
                    Key::Computed(k) => computed(cx, e.with(k), false),
                    Key::Spread => inner(p.value),
                });
            }
            all
        }
        Expr::Null | Expr::Bool(_) => Keys::Fixed,
        Expr::Logical { left, right, .. } => inner(left).or(|| inner(right)),
        Expr::Cond { then, other, .. } => inner(then).or(|| inner(other)),
        Expr::Member { object, property } => {
            let whole = matches!(f.str(property), "body" | "query" | "headers")
                && spot::is_request(l, e.with(object));
            if whole {
                return Keys::Open(Source { at: e.with(id), text: l.text(e.with(id)), is_key: false });
            }
            by_type(&l.type_of(e.with(id)))
        }
        Expr::Ref(b) => keys_of_name(cx, e.with(b), depth),
        _ => by_type(&l.type_of(e.with(id))),
    }
}

/// A written type with named members has an end.
fn by_type(ty: &Ty) -> Keys {
    if matches!(ty, Ty::Shape(_) | Ty::Instance(_) | Ty::Finite) { Keys::Fixed } else { Keys::Unknown }
}

fn keys_of_name(cx: &Context<'_>, b: BindRef, depth: u8) -> Keys {
    let l = cx.l;
    let Def::Binding(b) = l.import_or_binding(b, 0) else { return Keys::Unknown };
    let slot = l.binding(b);
    if let Keys::Fixed = by_type(&l.ty_of_binding(b, 0)) {
        return Keys::Fixed;
    }
    if slot.kind != BindingKind::Param {
        return if slot.writes == 0 { keys(cx, b.with(slot.init), depth + 1) } else { Keys::Unknown };
    }
    let Some(&(func, n)) = l.ix(b.file).param_of.get(&b.id) else { return Keys::Unknown };
    let mut all = None;
    for edge in cx.program.calls.callers(b.with(func)).take(64) {
        let f = l.file(edge.site.file);
        if f.role == FileRole::Test {
            continue;
        }
        let (Expr::Call { args, .. } | Expr::New { args, .. }) = f.expr(edge.site.id) else { continue };
        if edge.via != Via::Call {
            return Keys::Unknown;
        }
        let arg = f.nth(args, n as usize);
        let brought = if arg.is_some() { keys(cx, edge.site.with(arg), depth + 1) } else { Keys::Fixed };
        all = Some(match all {
            None => brought,
            Some(known) => Keys::or(known, || brought),
        });
    }
    all.unwrap_or(Keys::Unknown)
}

/// The open part of a key, as the code writes it.
fn written(cx: &Context<'_>, e: ExprRef) -> String {
    let f = cx.l.file(e.file);
    if let Expr::Template(parts) = f.expr(f.awaited(e.id)) {
        let open = f
            .exprs_of(parts)
            .find(|&p| matches!(cx.l.key_domain(&cx.program.calls, e.with(p)), Domain::Open(_)));
        if let Some(p) = open {
            return cx.l.text(e.with(p));
        }
    }
    cx.l.text(e)
}
