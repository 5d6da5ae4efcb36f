//! Looks through effects (React, Svelte 5), mounted hooks (Vue, Svelte) and component scripts.

use highwater_finding::{Evidence, Finding, Role, Severity, Subject};
use highwater_program::graph::paths::{self, Holder};
use highwater_program::graph::{At, ExprRef, FileId, FunRef, Rate};
use highwater_program::ir::*;

use super::cleanup;
use super::registration::{self, Kind, Registration};
use crate::judge::{release_remedies, scene, spot, tell};
use crate::{Context, Sink};

/// How often an effect runs anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Again {
    /// When the component appears.
    Mount,
    /// When one of its dependencies changes.
    Change,
    /// After every render.
    Render,
}

/// A piece of a component that runs when it appears.
struct Effect<'s> {
    func: FunRef,
    /// `useEffect`, `onMounted`.
    hook: &'s str,
    /// The component around it.
    scope: FunRef,
    /// Its name.
    component: String,
    again: Again,
}

/// What sets up effects.
const HOOKS: &[&str] = &[
    "useEffect",
    "useLayoutEffect",
    "useInsertionEffect",
    "useIsomorphicLayoutEffect",
    "onMounted",
    "onBeforeMount",
    "onActivated",
    "onMount",
    "$effect",
];

/// Reports each start without an end.
pub fn find(cx: &Context<'_>, out: &mut Sink) {
    for (file, f) in cx.l.iter() {
        if !spot::ships(cx, file) {
            continue;
        }
        let sets_up = cx.l.ix(file).may_call(HOOKS);
        for &call in cx.l.ix(file).calls.iter().filter(|_| sets_up) {
            if let Some(effect) = effect(cx, ExprRef { file, id: call }) {
                judge(cx, &effect, out);
            }
        }
        if ends(f, ".vue") {
            options_hooks(cx, file, out);
        }
        if ends(f, ".svelte") {
            script(cx, file, out);
        }
    }
}

/// The effect that a call sets up.
fn effect<'c>(cx: &'c Context<'_>, call: ExprRef) -> Option<Effect<'c>> {
    let l = cx.l;
    let f = l.file(call.file);
    let (hook, args) = spot::called(f, call.id)?;
    let react =
        matches!(hook, "useEffect" | "useLayoutEffect" | "useInsertionEffect" | "useIsomorphicLayoutEffect");
    let vue = matches!(hook, "onMounted" | "onBeforeMount" | "onActivated")
        && uses(f, &["vue", "#imports", "@vue/composition-api"], ".vue");
    let svelte = matches!(hook, "onMount" | "$effect") && uses(f, &["svelte"], ".svelte");
    if !react && !vue && !svelte {
        return None;
    }
    let Expr::Fn(func) = f.expr(f.plain(f.nth(args, 0))) else { return None };
    let again = match f.expr(f.nth(args, 1)) {
        _ if !react => {
            if hook == "$effect" {
                Again::Change
            } else {
                Again::Mount
            }
        }
        Expr::Array(list) if list.is_empty() => Again::Mount,
        Expr::Array(list) if f.exprs_of(list).all(|d| is_stable(f, d)) => Again::Mount,
        Expr::Array(_) => Again::Change,
        Expr::Missing if args.len < 2 => Again::Render,
        _ => Again::Mount,
    };
    let scope = if react { outermost(cx, call) } else { At { file: call.file, id: FnId::MODULE } };
    let component = if react { l.fn_name(scope) } else { base_name(f) };
    Some(Effect { func: call.with(func), hook, scope, component, again })
}

/// Endings of component files are lower case everywhere.
fn ends(f: &FileFacts, ending: &str) -> bool {
    f.path.ends_with(ending)
}

fn uses(f: &FileFacts, packages: &[&str], ending: &str) -> bool {
    ends(f, ending) || f.sources.iter().any(|&s| packages.contains(&f.str(s)))
}

/// Dependencies that do not change in practice: setters, dispatchers, refs.
fn is_stable(f: &FileFacts, e: ExprId) -> bool {
    let name = match f.expr(f.plain(e)) {
        Expr::Ref(b) => f.name_of(b),
        Expr::Member { property, .. } => f.str(property),
        _ => return false,
    };
    let setter = name.strip_prefix("set").is_some_and(|rest| rest.starts_with(char::is_uppercase));
    setter
        || ["ref", "Ref"].iter().any(|s| name.ends_with(s))
        || ["handle", "on", "fetch", "load", "get", "update", "check"]
            .iter()
            .any(|p| name.strip_prefix(p).is_some_and(|rest| rest.starts_with(char::is_uppercase)))
        || matches!(
            name,
            "dispatch" | "navigate" | "router" | "t" | "store" | "queryClient" | "editor" | "navigation"
        )
}

/// The component or hook around an effect: the outermost function below the module.
fn outermost(cx: &Context<'_>, e: ExprRef) -> FunRef {
    let f = cx.l.file(e.file);
    let mut at = cx.l.fn_of(e).id;
    while at != FnId::MODULE {
        let parent = f[at].parent;
        if !parent.is_some() || parent == FnId::MODULE {
            break;
        }
        at = parent;
    }
    e.with(at)
}

fn base_name(f: &FileFacts) -> String {
    let base = f.path.rsplit('/').next().unwrap_or(&f.path);
    base.split('.').next().unwrap_or(base).to_string()
}

/// `mounted() { ... }` of a component's options.
fn options_hooks(cx: &Context<'_>, file: FileId, out: &mut Sink) {
    let f = cx.l.file(file);
    for p in &f.props {
        let (Key::Named(k), Expr::Fn(func)) = (p.key, f.expr(p.value)) else { continue };
        let hook = f.str(k);
        if matches!(hook, "mounted" | "created" | "beforeMount" | "activated") {
            let effect = Effect {
                func: At { file, id: func },
                hook,
                scope: At { file, id: FnId::MODULE },
                component: base_name(f),
                again: Again::Mount,
            };
            judge(cx, &effect, out);
        }
    }
}

/// The script of a Svelte component runs once for each instance.
fn script(cx: &Context<'_>, file: FileId, out: &mut Sink) {
    let module = At { file, id: FnId::MODULE };
    let component = base_name(cx.l.file(file));
    judge(
        cx,
        &Effect { func: module, hook: "the script", scope: module, component, again: Again::Mount },
        out,
    );
}

fn judge(cx: &Context<'_>, effect: &Effect<'_>, out: &mut Sink) {
    let l = cx.l;
    if is_root(&effect.component) && effect.again == Again::Mount {
        return;
    }
    let module = effect.func.id == FnId::MODULE;
    if !module && (cleanup::returns_one(l, effect.func) || cleanup::registers_one(l, effect.func)) {
        return;
    }
    for r in registration::all(l, effect.func) {
        if cleanup::undone(l, &r, effect.scope) || cleanup::undo_is_mentioned(l, &r, effect.scope) {
            continue;
        }
        out.findings.push(tell(cx, effect, &r));
    }
}

/// Components that stay for as long as the page: what they start ends with the page.
fn is_root(component: &str) -> bool {
    let name = component.rsplit('.').next().unwrap_or(component);
    matches!(
        name,
        "App"
            | "MyApp"
            | "Main"
            | "Root"
            | "main"
            | "app"
            | "index"
            | "RootLayout"
            | "Layout"
            | "layout"
            | "_app"
            | "+layout"
    ) || ["App", "Layout", "Root"].iter().any(|s| name.ends_with(s))
}

fn tell(cx: &Context<'_>, effect: &Effect<'_>, r: &Registration) -> Finding {
    let what = match r.kind {
        Kind::Interval => "the interval".to_string(),
        Kind::Listener | Kind::On if r.event.is_empty() => format!("a listener on `{}`", r.receiver),
        Kind::Listener | Kind::On => format!("the `{}` listener on `{}`", r.event, r.receiver),
        Kind::Subscription => format!("the subscription to `{}`", r.receiver),
        Kind::Observer => format!("the `{}`", r.receiver),
        Kind::Socket => format!("the `{}`", r.receiver),
    };
    let when = match effect.again {
        Again::Mount => "each time the component appears",
        Again::Change => "each time a dependency changes",
        Again::Render => "after every render",
    };
    let undo = match effect.hook {
        "useEffect" | "useLayoutEffect" | "useInsertionEffect" | "useIsomorphicLayoutEffect" | "$effect" => {
            "the effect returns no cleanup, and nothing else in the component undoes it"
        }
        "onMount" | "the script" => "no cleanup is returned, and no `onDestroy` undoes it",
        _ => "no unmount hook of the component undoes it",
    };
    let provider = effect.component.ends_with("Provider");
    let confidence = match (effect.again, r.global) {
        (Again::Render, _) => 90,
        (Again::Change, _) => 80,
        (Again::Mount, _) if provider => 45,
        (Again::Mount, true) => 75,
        (Again::Mount, false) => 60,
    };
    let site = cx.l.place_of_expr(r.site);
    let evidence = vec![
        Evidence { claim: format!("`{}` starts {what} {when}", effect.hook), place: Some(site.clone()) },
        Evidence { claim: undo.into(), place: None },
    ];
    let subject = Subject {
        file: site.file.clone(),
        path: format!("{} {}", effect.component, r.name),
        symbol: r.name.clone(),
        within: effect.component.clone(),
    };
    let mut finding = spot::low(
        cx,
        tell::Draft {
            kind: "effect-without-cleanup",
            title: format!("`{}` starts {what} {when}, and never stops it", effect.component),
            impact:
                "What was started goes on when the component is gone. It keeps the component's state and \
                     elements in memory, and its work is done once more for each time."
                    .into(),
            subject,
            at: (r.site.file, cx.l.file(r.site.file).span(r.site.id)),
            rate: Rate::External,
            confidence,
            evidence,
            related: vec![tell::related(cx, Role::Growth, r.site, "started here".into())],
        },
    );
    let surely_again = matches!(effect.again, Again::Change | Again::Render);
    if surely_again && r.global && r.kind != Kind::Observer {
        finding.severity = Severity::Moderate;
    }
    let before = "one more each time it starts";
    release_remedies::with(cx, finding, r.site.file, before, remedy(cx, effect, r))
}

/// The way back, in the form that the hook understands.
fn remedy(cx: &Context<'_>, effect: &Effect<'_>, r: &Registration) -> release_remedies::Move {
    let f = cx.l.file(r.site.file);
    let call = scene::call_text(cx, r.site);
    let arg = |n: usize| match f.expr(r.site.id) {
        Expr::Call { args, .. } => scene::function_text(cx, r.site.with(f.plain(f.nth(args, n)))),
        _ => None,
    };
    let named = |wanted: &str| match paths::holder(cx.l, r.site).0 {
        Holder::Name(b) => f.name_of(b).to_string(),
        _ => scene::fresh(f, wanted),
    };
    let (start, stop) = match r.kind {
        Kind::Interval => {
            let timer = named("timer");
            (call.map(|c| format!("const {timer} = {c};")), format!("clearInterval({timer})"))
        }
        Kind::Listener | Kind::On => {
            let off = if r.kind == Kind::Listener { "removeEventListener" } else { "off" };
            let handler = arg(1).unwrap_or_else(|| "handler".into());
            let inline = handler.contains("=>") || handler.starts_with("function");
            let name =
                if inline { named(&format!("on{}", scene::pascal(&r.event))) } else { handler.clone() };
            let head = if inline { format!("const {name} = {handler};\n") } else { String::new() };
            let on = if r.kind == Kind::Listener { "addEventListener" } else { "on" };
            let event = arg(0).unwrap_or_else(|| format!("'{}'", r.event));
            (
                Some(format!("{head}{}.{on}({event}, {name});", r.receiver)),
                format!("{}.{off}({event}, {name})", r.receiver),
            )
        }
        Kind::Subscription => {
            let name = named("subscription");
            (call.map(|c| format!("const {name} = {c};")), format!("{name}.unsubscribe()"))
        }
        Kind::Observer => {
            let name = named("observer");
            (call.map(|c| format!("const {name} = {c};")), format!("{name}.disconnect()"))
        }
        Kind::Socket => {
            let name = named("socket");
            (call.map(|c| format!("const {name} = {c};")), format!("{name}.close()"))
        }
    };
    let end = match effect.hook {
        "onMounted" | "setup" | "mounted" => format!("onUnmounted(() => {stop});"),
        "onMount" | "the script" => format!("onDestroy(() => {stop});"),
        _ => format!("return () => {stop};"),
    };
    release_remedies::quick(
        format!("Undo it when `{}` goes", effect.component),
        "One for each component that is on the page.",
        start.map(|s| format!("{s}\n{end}")).unwrap_or_default(),
        "as many as there are components on the page",
    )
}
