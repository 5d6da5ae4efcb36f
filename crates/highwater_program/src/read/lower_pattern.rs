//! Destructuring: every name of a pattern becomes a binding whose initial value is the path it is read from.

use oxc_ast::ast as js;
use oxc_span::GetSpan;

use super::lower::{Lowerer, span};
use crate::ir::*;

impl<'a> Lowerer<'a, '_> {
    /// Declares every name of a pattern; pushes `Let` statements on the scratch stack. Gives the binding of the
    /// whole value: the name itself, or a nameless one for a destructured value.
    pub(super) fn pattern(
        &mut self,
        p: &js::BindingPattern<'a>,
        kind: BindingKind,
        init: ExprId,
        ty: TypeId,
    ) -> BindingId {
        match p {
            js::BindingPattern::BindingIdentifier(id) => {
                let b = self.declare(id, kind);
                self.set_init(b, init, ty);
                self.push_stmt(Stmt::Let { binding: b, init }, id.span);
                b
            }
            js::BindingPattern::AssignmentPattern(a) => {
                let default = self.expr(&a.right);
                let value = self.or_default(init, default, a.span);
                self.pattern(&a.left, kind, value, ty)
            }
            js::BindingPattern::ObjectPattern(_) | js::BindingPattern::ArrayPattern(_) => {
                let whole = self.new_binding(Atom::NONE, kind, span(p.span()));
                self.set_init(whole, init, ty);
                if init.is_some() {
                    self.push_stmt(Stmt::Let { binding: whole, init }, p.span());
                }
                let source = if init.is_some() { init } else { self.push(Expr::Ref(whole), p.span()) };
                self.parts(p, kind, source);
                whole
            }
        }
    }

    fn or_default(&mut self, init: ExprId, default: ExprId, at: oxc_span::Span) -> ExprId {
        if init.is_some() {
            self.push(Expr::Logical { op: LogicalOp::Nullish, left: init, right: default }, at)
        } else {
            default
        }
    }

    fn set_init(&mut self, b: BindingId, init: ExprId, ty: TypeId) {
        let func_or_class = match self.facts.expr(init) {
            Expr::Fn(f) => (f, ClassId::NONE),
            Expr::Class(c) => (FnId::NONE, c),
            _ => (FnId::NONE, ClassId::NONE),
        };
        let slot = &mut self.facts.bindings[b.ix()];
        if slot.init.is_some() && init.is_some() {
            slot.writes += 1;
            return;
        }
        if init.is_some() {
            slot.init = init;
            slot.function = func_or_class.0;
            slot.class = func_or_class.1;
        }
        if ty.is_some() {
            slot.ty = ty;
        }
    }

    fn parts(&mut self, p: &js::BindingPattern<'a>, kind: BindingKind, source: ExprId) {
        match p {
            js::BindingPattern::ObjectPattern(o) => {
                for prop in &o.properties {
                    let value = if let Some(name) = prop.key.static_name() {
                        let property = self.atom_owned(&name);
                        self.push(Expr::Member { object: source, property }, prop.span)
                    } else {
                        let key = prop.key.as_expression().map_or(ExprId::NONE, |k| self.expr(k));
                        self.push(Expr::Index { object: source, key }, prop.span)
                    };
                    self.pattern(&prop.value, kind, value, TypeId::NONE);
                }
                if let Some(rest) = &o.rest {
                    self.pattern(&rest.argument, kind, ExprId::NONE, TypeId::NONE);
                }
            }
            js::BindingPattern::ArrayPattern(a) => {
                for (i, el) in a.elements.iter().enumerate() {
                    let Some(el) = el else { continue };
                    let key = self.number(i as f64, el.span());
                    let value = self.push(Expr::Index { object: source, key }, el.span());
                    self.pattern(el, kind, value, TypeId::NONE);
                }
                if let Some(rest) = &a.rest {
                    self.pattern(&rest.argument, kind, ExprId::NONE, TypeId::NONE);
                }
            }
            _ => {}
        }
    }

    /// Assignment to a pattern, as a sequence of assignments.
    pub(super) fn assign_pattern(&mut self, t: &js::AssignmentTarget<'a>, value: ExprId) {
        match t {
            js::AssignmentTarget::ObjectAssignmentTarget(o) => {
                for p in &o.properties {
                    self.assign_property(p, value);
                }
                if let Some(rest) = &o.rest {
                    self.assign_pattern(&rest.target, value);
                }
            }
            js::AssignmentTarget::ArrayAssignmentTarget(a) => {
                for (i, el) in a.elements.iter().enumerate() {
                    let Some(el) = el else { continue };
                    let key = self.number(i as f64, el.span());
                    let part = self.push(Expr::Index { object: value, key }, el.span());
                    self.assign_maybe_default(el, part);
                }
            }
            _ => {
                if let Some(simple) = t.as_simple_assignment_target() {
                    let target = self.target(simple);
                    let e = self.push(Expr::Assign { op: AssignOp::Set, target, value }, t.span());
                    self.scratch.push(e.0);
                }
            }
        }
    }

    fn assign_property(&mut self, p: &js::AssignmentTargetProperty<'a>, value: ExprId) {
        match p {
            js::AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(i) => {
                let property = self.atom(i.binding.name.as_str());
                let part = self.push(Expr::Member { object: value, property }, i.span);
                let target = self.reference(&i.binding);
                self.note_write(target);
                let e = self.push(Expr::Assign { op: AssignOp::Set, target, value: part }, i.span);
                self.scratch.push(e.0);
            }
            js::AssignmentTargetProperty::AssignmentTargetPropertyProperty(q) => {
                let property = q.name.static_name().map_or(Atom::NONE, |n| self.atom_owned(&n));
                let part = self.push(Expr::Member { object: value, property }, q.span);
                self.assign_maybe_default(&q.binding, part);
            }
        }
    }

    fn assign_maybe_default(&mut self, t: &js::AssignmentTargetMaybeDefault<'a>, value: ExprId) {
        match t {
            js::AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(d) => {
                self.assign_pattern(&d.binding, value);
            }
            other => {
                if let Some(t) = other.as_assignment_target() {
                    self.assign_pattern(t, value);
                }
            }
        }
    }
}
