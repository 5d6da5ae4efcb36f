//! Looks at each recording call of a modelled metric for label values without an end.

use highwater_finding::{Evidence, Finding, Platform, Role, Subject};
use highwater_program::graph::linked::Def;
use highwater_program::graph::{ExprRef, Rate, Ty};
use highwater_program::ir::*;
use highwater_program::model::{MetricModel, Model};

use super::{open_value::open_value, own_store};
use crate::judge::{code, release_remedies, spot, tell};
use crate::{Context, Sink};

/// Reports each metric once, at the first recording with an open label.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    let mut told: Vec<String> = Vec::new();
    let names: Vec<&str> =
        cx.l.models.iter().flat_map(|m| &m.metric).flat_map(|x| &x.calls).map(String::as_str).collect();
    let used = cx.l.files.iter().any(|f| f.sources.iter().any(|&s| is_metrics_package(cx, f.str(s))));
    for (file, f) in cx.l.iter().filter(|_| used) {
        if !spot::ships(cx, file) || matches!(cx.l.platform(file), Platform::Browser | Platform::Cli) {
            continue;
        }
        for &id in &cx.l.ix(file).calls {
            let Some((object, name, args)) = spot::method_call(f, id) else { continue };
            if !names.contains(&name) {
                continue;
            }
            let call = ExprRef { file, id };
            let Some((metric, subject)) = recorder(cx, call, object, name) else { continue };
            let rate = cx.rate(cx.l.fn_of(call));
            if rate < Rate::External {
                continue;
            }
            let Some(open) = open_label(cx, call, metric, name, args) else { continue };
            let key = format!("{} {}", subject.file, subject.path);
            if !told.contains(&key) {
                told.push(key);
                let confidence = match (rate > Rate::External, metric.capped) {
                    (true, false) => 85,
                    (false, false) => 68,
                    (_, true) => 58,
                };
                out.findings.push(tell(cx, call, (rate, confidence), subject, &open));
            }
        }
    }
    own_store::find(cx, out);
}

fn is_metrics_package(cx: &Context<'_>, source: &str) -> bool {
    cx.l.models.iter().any(|m| !m.metric.is_empty() && m.packages.iter().any(|p| p == source))
}

/// The metric that a call records, when it does, and its name.
fn recorder<'p>(
    cx: &Context<'p>,
    call: ExprRef,
    object: ExprId,
    name: &str,
) -> Option<(&'p MetricModel, Subject)> {
    let receiver = call.with(object);
    let metric = made_by(cx, receiver, 0)?;
    if !metric.calls.iter().any(|c| c == name) {
        return None;
    }
    let subject = if let Some(p) = cx.l.place(receiver) {
        tell::subject(cx, &p)
    } else {
        let text = cx.l.text(receiver);
        let symbol = text.rsplit('.').next().unwrap_or(&text).to_string();
        Subject { file: cx.l.file(call.file).path.clone(), path: text, symbol, within: String::new() }
    };
    Some((metric, subject))
}

/// The model of what made a metric.
fn made_by<'p>(cx: &Context<'p>, e: ExprRef, depth: u8) -> Option<&'p MetricModel> {
    if depth > 5 || !e.id.is_some() {
        return None;
    }
    let l = cx.l;
    let f = l.file(e.file);
    match f.expr(f.awaited(e.id)) {
        Expr::New { callee, .. } => {
            let (package, name) = l.external(e.with(callee))?;
            by_maker(cx, &package, &format!("new {}", name.strip_prefix("default.").unwrap_or(&name)))
        }
        Expr::Call { callee, .. } => {
            let Expr::Member { object, property } = f.expr(f.plain(callee)) else { return None };
            let name = f.str(property);
            if name == "labels" {
                return made_by(cx, e.with(object), depth + 1);
            }
            match l.type_of(e.with(object)) {
                Ty::Lib(t) => of_type(cx, &format!("{t}.{name}")),
                _ => None,
            }
        }
        Expr::Logical { left, right, .. } => {
            made_by(cx, e.with(left), depth + 1).or_else(|| made_by(cx, e.with(right), depth + 1))
        }
        Expr::Ref(_) | Expr::Member { .. } => {
            if let Ty::External(package, maker) = l.type_of(e) {
                return by_maker(cx, &package, &maker);
            }
            let init = match l.def(e, 0) {
                Some(Def::Value(v)) => Some(v),
                _ => l.place(e).and_then(|p| l.init_of(&p)),
            };
            init.filter(|v| *v != e).and_then(|v| made_by(cx, v, depth + 1))
        }
        _ => None,
    }
}

fn by_maker<'p>(cx: &Context<'p>, package: &str, maker: &str) -> Option<&'p MetricModel> {
    let of = |m: &'p Model| m.metric.iter().find(|x| x.makers.iter().any(|k| k == maker));
    cx.l.models.iter().filter(|m| m.packages.iter().any(|p| p == package)).find_map(of)
}

fn of_type<'p>(cx: &Context<'p>, maker: &str) -> Option<&'p MetricModel> {
    cx.l.models.iter().flat_map(|m| &m.metric).find(|x| x.makers.iter().any(|k| k == maker))
}

/// A label whose values have no end.
struct Open {
    /// Its name; empty when the values are given in order.
    label: String,
    /// Its value.
    at: ExprRef,
    /// The value as the code writes it.
    text: String,
}

/// The first label of a recording whose values have no end: its name, where, and what it is.
fn open_label(cx: &Context<'_>, call: ExprRef, metric: &MetricModel, name: &str, args: List) -> Option<Open> {
    let f = cx.l.file(call.file);
    let first = f.nth(args, metric.labels as usize);
    if let Some(object) = literal(cx, call.with(first)) {
        let g = cx.l.file(object.file);
        let Expr::Object(list) = g.expr(object.id) else { return None };
        return g.props_of(list).find_map(|p| {
            let Key::Named(k) = p.key else { return None };
            open_value(cx, object.with(p.value)).map(|(at, text)| Open {
                label: g.str(k).to_string(),
                at,
                text,
            })
        });
    }
    // `counter.labels(method, path)`.
    if name != "labels" {
        return None;
    }
    f.exprs_of(args)
        .find_map(|a| open_value(cx, call.with(a)).map(|(at, text)| Open { label: String::new(), at, text }))
}

/// The object literal that an argument is, at most one name away.
fn literal(cx: &Context<'_>, e: ExprRef) -> Option<ExprRef> {
    let f = cx.l.file(e.file);
    let id = f.awaited(e.id);
    match f.expr(id) {
        Expr::Object(_) => Some(e.with(id)),
        Expr::Ref(b) if f[b].writes == 0 && f[b].kind != BindingKind::Param => {
            let init = f.plain(f[b].init);
            matches!(f.expr(init), Expr::Object(_)).then_some(e.with(init))
        }
        _ => None,
    }
}

fn tell(
    cx: &Context<'_>,
    call: ExprRef,
    (rate, confidence): (Rate, u8),
    subject: Subject,
    Open { label, at, text }: &Open,
) -> Finding {
    let func = cx.l.fn_of(call);
    let name = subject.symbol.clone();
    let labelled = if label.is_empty() { "a label".to_string() } else { format!("label `{label}`") };
    let evidence = vec![
        Evidence {
            claim: format!(
                "`{name}` keeps one series for each combination of label values, for as long as the process lives"
            ),
            place: Some(cx.l.place_of_expr(call)),
        },
        Evidence {
            claim: format!("{labelled} is `{text}`, which has no end of different values"),
            place: Some(cx.l.place_of_expr(*at)),
        },
        tell::way(cx, func),
    ];
    let related = vec![
        tell::related(cx, Role::Growth, call, "a new value makes a new series".into()),
        tell::related(cx, Role::Note, *at, format!("the value of {labelled}")),
    ];
    let finding = spot::moderate(
        cx,
        tell::Draft {
            kind: "metric-label-cardinality",
            title: format!("`{name}` keeps a series for every `{text}` ({})", tell::driver(cx, func)),
            impact: "Series are never dropped: memory grows with each new value, every scrape or export walks all of \
                     them, and the system that stores the metrics grows as well. A histogram keeps a dozen numbers \
                     for each."
                .into(),
            subject,
            at: (call.file, cx.l.file(call.file).span(call.id)),
            rate,
            confidence,
            evidence,
            related,
        },
    );
    let remedy = without_label(cx, call, &name, label, text);
    release_remedies::with(cx, finding, call.file, "one series more with each new value, for ever", remedy)
}

/// The call without the label that has no end.
fn without_label(
    cx: &Context<'_>,
    call: ExprRef,
    name: &str,
    label: &str,
    text: &str,
) -> release_remedies::Move {
    let f = cx.l.file(call.file);
    let rest = |e: ExprId| -> Option<String> {
        let Expr::Object(list) = f.expr(f.plain(e)) else { return code::of_expr(cx, call.with(e), 0) };
        let kept: Vec<Prop> =
            f.props_of(list).filter(|p| !matches!(p.key, Key::Named(k) if f.str(k) == label)).collect();
        let one = |p: &Prop| -> Option<String> {
            let Key::Named(k) = p.key else { return None };
            Some(format!("{}: {}", code::key_text(f.str(k)), code::of_expr(cx, call.with(p.value), 0)?))
        };
        let kept: Option<Vec<String>> = kept.iter().map(one).collect();
        kept.map(|k| format!("{{ {} }}", k.join(", ")).replace("{  }", "{}"))
    };
    let code = match f.expr(call.id) {
        Expr::Call { callee, args } if !label.is_empty() => {
            let args: Option<Vec<String>> = f.exprs_of(args).map(rest).collect();
            code::of_expr(cx, call.with(callee), 0).zip(args).map(|(c, a)| format!("{c}({});", a.join(", ")))
        }
        _ => None,
    };
    let shown = if label.is_empty() { text } else { label };
    release_remedies::quick(
        format!("Leave `{shown}` out of the labels of `{name}`, and write it to the log"),
        "Or put in its place what has few values: the pattern of the route, a class of status, `other`. Take the label out of the metric's `labelNames` as well.",
        code.unwrap_or_default(),
        "as many series as there are combinations of the other labels",
    )
}
