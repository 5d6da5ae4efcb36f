//! Expressions.

use oxc_ast::ast as js;
use oxc_span::{GetSpan, Span as OxcSpan};
use oxc_syntax::operator as op;

use super::lower::Lowerer;
use crate::ir::*;

/// Expressions deeper than this are left out. No person writes such code, and walks from an expression up to
/// its statement must stay short.
pub(super) const EXPR_DEPTH_MAX: u32 = 1_000;
/// Elements of a literal table that are kept; the rest is data.
const TABLE_KEEP: usize = 48;

impl<'a> Lowerer<'a, '_> {
    /// Interns text that does not live in the source, such as a computed property name.
    pub(super) fn atom_owned(&mut self, s: &str) -> Atom {
        // Names of properties nearly always stand in the source already; a linear miss is rare and harmless.
        self.intern_owned(s)
    }

    pub(super) fn number(&mut self, n: f64, at: OxcSpan) -> ExprId {
        self.facts.numbers.push(n);
        let i = self.facts.numbers.len() as u32 - 1;
        self.push(Expr::Num(i), at)
    }

    pub(super) fn expr(&mut self, e: &js::Expression<'a>) -> ExprId {
        if self.depth >= EXPR_DEPTH_MAX {
            let at = e.span();
            self.too_deep.get_or_insert(at.start);
            return self.push(Expr::Missing, at);
        }
        self.depth += 1;
        let id = self.any_expr(e);
        self.depth -= 1;
        id
    }

    fn any_expr(&mut self, e: &js::Expression<'a>) -> ExprId {
        let at = e.span();
        match e {
            js::Expression::StringLiteral(s) => {
                let a = self.atom(s.value.as_str());
                self.push(Expr::Str(a), at)
            }
            js::Expression::NumericLiteral(n) => self.number(n.value, at),
            js::Expression::BooleanLiteral(b) => self.push(Expr::Bool(b.value), at),
            js::Expression::NullLiteral(_) => self.push(Expr::Null, at),
            js::Expression::RegExpLiteral(_) => self.push(Expr::Regex, at),
            js::Expression::Identifier(i) => self.reference(i),
            js::Expression::ThisExpression(_) => self.push(Expr::This, at),
            js::Expression::Super(_) => self.push(Expr::Super, at),
            js::Expression::TemplateLiteral(t) => self.template(t),
            js::Expression::ArrayExpression(a) => self.array(a),
            js::Expression::ObjectExpression(o) => self.object(o),
            js::Expression::ArrowFunctionExpression(f) => {
                let f = self.arrow(f);
                self.push(Expr::Fn(f), at)
            }
            js::Expression::FunctionExpression(f) => {
                let f = self.function(f, FnKind::Plain);
                self.push(Expr::Fn(f), at)
            }
            js::Expression::ClassExpression(c) => {
                let c = self.class(c);
                self.push(Expr::Class(c), at)
            }
            js::Expression::CallExpression(c) => self.call(c),
            js::Expression::NewExpression(n) => self.new_(n),
            js::Expression::ChainExpression(c) => self.chain(&c.expression),
            js::Expression::AssignmentExpression(a) => self.assignment(a),
            js::Expression::ParenthesizedExpression(p) => self.expr(&p.expression),
            js::Expression::TSAsExpression(t) => self.cast(&t.expression, &t.type_annotation, at),
            js::Expression::TSSatisfiesExpression(t) => self.cast(&t.expression, &t.type_annotation, at),
            js::Expression::TSTypeAssertion(t) => self.cast(&t.expression, &t.type_annotation, at),
            js::Expression::TSNonNullExpression(t) => self.expr(&t.expression),
            js::Expression::TSInstantiationExpression(t) => self.expr(&t.expression),
            js::Expression::ImportExpression(i) => {
                let s = self.expr(&i.source);
                if let Expr::Str(a) = self.facts.expr(s) {
                    self.facts.sources.push(a);
                }
                self.push(Expr::Import(s), at)
            }
            js::Expression::TaggedTemplateExpression(t) => {
                let callee = self.expr(&t.tag);
                let base = self.scratch.len();
                for x in &t.quasi.expressions {
                    let x = self.expr(x);
                    self.scratch.push(x.0);
                }
                let args = self.take(base);
                self.push(Expr::Call { callee, args }, at)
            }
            js::Expression::JSXElement(j) => self.jsx(j),
            js::Expression::JSXFragment(f) => {
                let base = self.scratch.len();
                self.jsx_children(&f.children);
                let parts = self.take(base);
                self.push(Expr::Jsx { name: ExprId::NONE, parts }, at)
            }
            _ => self.operator(e),
        }
    }

    fn operator(&mut self, e: &js::Expression<'a>) -> ExprId {
        let at = e.span();
        match e {
            js::Expression::AwaitExpression(a) => {
                let x = self.expr(&a.argument);
                self.push(Expr::Await(x), at)
            }
            js::Expression::YieldExpression(y) => {
                let x = y.argument.as_ref().map_or(ExprId::NONE, |a| self.expr(a));
                self.push(Expr::Yield(x), at)
            }
            js::Expression::BinaryExpression(b) => self.binary(b),
            js::Expression::LogicalExpression(l) => {
                let left = self.expr(&l.left);
                let right = self.expr(&l.right);
                let op = match l.operator {
                    op::LogicalOperator::And => LogicalOp::And,
                    op::LogicalOperator::Or => LogicalOp::Or,
                    op::LogicalOperator::Coalesce => LogicalOp::Nullish,
                };
                self.push(Expr::Logical { op, left, right }, at)
            }
            js::Expression::ConditionalExpression(c) => {
                let test = self.expr(&c.test);
                let then = self.expr(&c.consequent);
                let other = self.expr(&c.alternate);
                self.push(Expr::Cond { test, then, other }, at)
            }
            js::Expression::UnaryExpression(u) => {
                let value = self.expr(&u.argument);
                let op = match u.operator {
                    op::UnaryOperator::LogicalNot => UnOp::Not,
                    op::UnaryOperator::UnaryNegation => UnOp::Minus,
                    op::UnaryOperator::Typeof => UnOp::Typeof,
                    op::UnaryOperator::Void => UnOp::Void,
                    op::UnaryOperator::Delete => UnOp::Delete,
                    _ => UnOp::Other,
                };
                self.push(Expr::Unary { op, value }, at)
            }
            js::Expression::UpdateExpression(u) => {
                let target = self.target(&u.argument);
                let up = u.operator == op::UpdateOperator::Increment;
                self.push(Expr::Update { target, up }, at)
            }
            js::Expression::SequenceExpression(s) => {
                let base = self.scratch.len();
                for x in &s.expressions {
                    let x = self.expr(x);
                    self.scratch.push(x.0);
                }
                let list = self.take(base);
                self.push(Expr::Seq(list), at)
            }
            js::Expression::PrivateInExpression(p) => {
                let right = self.expr(&p.right);
                let left = self.push(Expr::Missing, at);
                self.push(Expr::Binary { op: BinOp::In, left, right }, at)
            }
            _ => match e.as_member_expression() {
                Some(m) => self.member(m),
                None => self.push(Expr::Missing, at),
            },
        }
    }

    /// Long chains of `a + b + c` lean left; they are unrolled so that depth does not grow with length.
    fn binary(&mut self, b: &js::BinaryExpression<'a>) -> ExprId {
        let mut chain = vec![b];
        let mut left = &b.left;
        while let js::Expression::BinaryExpression(inner) = left {
            chain.push(inner);
            left = &inner.left;
        }
        // Of a chain that is too long, the first operands are left out.
        let longest = (EXPR_DEPTH_MAX - self.depth.min(EXPR_DEPTH_MAX)) as usize;
        let mut acc = if chain.len() > longest {
            chain.truncate(longest);
            self.too_deep.get_or_insert(b.span.start);
            self.push(Expr::Missing, b.span)
        } else {
            self.expr(left)
        };
        while let Some(b) = chain.pop() {
            let right = self.expr(&b.right);
            acc = self.push(Expr::Binary { op: bin_op(b.operator), left: acc, right }, b.span);
        }
        acc
    }

    fn cast(&mut self, e: &js::Expression<'a>, t: &js::TSType<'a>, at: OxcSpan) -> ExprId {
        let value = self.expr(e);
        let ty = self.ty(t);
        self.push(Expr::Cast { value, ty }, at)
    }

    fn template(&mut self, t: &js::TemplateLiteral<'a>) -> ExprId {
        if t.expressions.is_empty() {
            let text = t.quasis.first().and_then(|q| q.value.cooked).map_or("", |c| c.as_str());
            let a = self.atom(text);
            return self.push(Expr::Str(a), t.span);
        }
        let base = self.scratch.len();
        for x in &t.expressions {
            let x = self.expr(x);
            self.scratch.push(x.0);
        }
        let list = self.take(base);
        self.push(Expr::Template(list), t.span)
    }

    fn array(&mut self, a: &js::ArrayExpression<'a>) -> ExprId {
        let base = self.scratch.len();
        for (i, el) in a.elements.iter().enumerate() {
            let x = match el {
                js::ArrayExpressionElement::SpreadElement(s) => self.spread(s),
                js::ArrayExpressionElement::Elision(e) => self.push(Expr::Missing, e.span),
                other => match other.as_expression() {
                    Some(e) if i < TABLE_KEEP || !is_data(e) => self.expr(e),
                    _ => continue,
                },
            };
            self.scratch.push(x.0);
        }
        let list = self.take(base);
        self.push(Expr::Array(list), a.span)
    }

    fn spread(&mut self, s: &js::SpreadElement<'a>) -> ExprId {
        let x = self.expr(&s.argument);
        self.push(Expr::Spread(x), s.span)
    }

    fn object(&mut self, o: &js::ObjectExpression<'a>) -> ExprId {
        let base = self.scratch.len();
        for (i, p) in o.properties.iter().enumerate() {
            let prop = match p {
                js::ObjectPropertyKind::SpreadProperty(s) => {
                    Prop { key: Key::Spread, value: self.expr(&s.argument) }
                }
                js::ObjectPropertyKind::ObjectProperty(p) => {
                    if i >= TABLE_KEEP && is_data(&p.value) {
                        continue;
                    }
                    let key = match p.key.static_name() {
                        Some(n) => Key::Named(self.atom_owned(&n)),
                        None => Key::Computed(p.key.as_expression().map_or(ExprId::NONE, |k| self.expr(k))),
                    };
                    if let Key::Named(a) = key {
                        self.hint = a;
                    }
                    let value = self.expr(&p.value);
                    self.hint = Atom::NONE;
                    Prop { key, value }
                }
            };
            self.facts.props.push(prop);
            self.scratch.push(self.facts.props.len() as u32 - 1);
        }
        let list = self.take(base);
        self.push(Expr::Object(list), o.span)
    }

    fn chain(&mut self, c: &js::ChainElement<'a>) -> ExprId {
        match c {
            js::ChainElement::CallExpression(c) => self.call(c),
            js::ChainElement::TSNonNullExpression(t) => self.expr(&t.expression),
            other => match other.as_member_expression() {
                Some(m) => self.member(m),
                None => ExprId::NONE,
            },
        }
    }

    pub(super) fn member(&mut self, m: &js::MemberExpression<'a>) -> ExprId {
        match m {
            js::MemberExpression::StaticMemberExpression(s) => {
                let object = self.expr(&s.object);
                let property = self.atom(s.property.name.as_str());
                self.push(Expr::Member { object, property }, s.span)
            }
            js::MemberExpression::PrivateFieldExpression(p) => {
                let object = self.expr(&p.object);
                let property = self.private_name(&p.field);
                self.push(Expr::Member { object, property }, p.span)
            }
            js::MemberExpression::ComputedMemberExpression(c) => {
                let object = self.expr(&c.object);
                if let js::Expression::StringLiteral(s) = &c.expression {
                    let property = self.atom(s.value.as_str());
                    return self.push(Expr::Member { object, property }, c.span);
                }
                let key = self.expr(&c.expression);
                self.push(Expr::Index { object, key }, c.span)
            }
        }
    }

    pub(super) fn private_name(&mut self, p: &js::PrivateIdentifier<'a>) -> Atom {
        let name = format!("#{}", p.name.as_str());
        self.atom_owned(&name)
    }

    fn arguments(&mut self, args: &[js::Argument<'a>]) -> List {
        let base = self.scratch.len();
        for a in args {
            let x = match a {
                js::Argument::SpreadElement(s) => self.spread(s),
                other => match other.as_expression() {
                    Some(e) => self.expr(e),
                    None => continue,
                },
            };
            self.scratch.push(x.0);
        }
        self.take(base)
    }

    fn call(&mut self, c: &js::CallExpression<'a>) -> ExprId {
        self.hint = Atom::NONE;
        let callee = self.expr(&c.callee);
        let args = self.arguments(&c.arguments);
        if let (Expr::Global(g), Expr::Str(source)) =
            (self.facts.expr(callee), self.facts.expr(self.facts.nth(args, 0)))
            && self.facts.str(g) == "require"
        {
            self.facts.sources.push(source);
        }
        let id = self.push(Expr::Call { callee, args }, c.span);
        self.keep_type_args(id, c.type_arguments.as_deref());
        id
    }

    fn new_(&mut self, n: &js::NewExpression<'a>) -> ExprId {
        let callee = self.expr(&n.callee);
        let args = self.arguments(&n.arguments);
        let id = self.push(Expr::New { callee, args }, n.span);
        self.keep_type_args(id, n.type_arguments.as_deref());
        id
    }

    fn assignment(&mut self, a: &js::AssignmentExpression<'a>) -> ExprId {
        if let Some(simple) = a.left.as_simple_assignment_target() {
            let target = self.target(simple);
            self.hint = match self.facts.expr(target) {
                Expr::Member { property, .. } => property,
                Expr::Ref(b) => self.facts[b].name,
                _ => Atom::NONE,
            };
            let value = self.expr(&a.right);
            self.hint = Atom::NONE;
            let op = match a.operator {
                op::AssignmentOperator::Assign => AssignOp::Set,
                op::AssignmentOperator::Addition => AssignOp::Add,
                op::AssignmentOperator::Subtraction => AssignOp::Sub,
                op::AssignmentOperator::LogicalOr
                | op::AssignmentOperator::LogicalAnd
                | op::AssignmentOperator::LogicalNullish => AssignOp::Logical,
                _ => AssignOp::Other,
            };
            return self.push(Expr::Assign { op, target, value }, a.span);
        }
        let value = self.expr(&a.right);
        let base = self.scratch.len();
        self.assign_pattern(&a.left, value);
        let list = self.take(base);
        self.push(Expr::Seq(list), a.span)
    }

    pub(super) fn target(&mut self, t: &js::SimpleAssignmentTarget<'a>) -> ExprId {
        let e = match t {
            js::SimpleAssignmentTarget::AssignmentTargetIdentifier(i) => self.reference(i),
            js::SimpleAssignmentTarget::TSAsExpression(t) => self.expr(&t.expression),
            js::SimpleAssignmentTarget::TSSatisfiesExpression(t) => self.expr(&t.expression),
            js::SimpleAssignmentTarget::TSNonNullExpression(t) => self.expr(&t.expression),
            js::SimpleAssignmentTarget::TSTypeAssertion(t) => self.expr(&t.expression),
            other => match other.as_member_expression() {
                Some(m) => self.member(m),
                None => self.push(Expr::Missing, t.span()),
            },
        };
        self.note_write(e);
        e
    }

    pub(super) fn note_write(&mut self, target: ExprId) {
        if let Expr::Ref(b) = self.facts.expr(target) {
            self.facts.bindings[b.ix()].writes += 1;
        }
    }

    fn jsx(&mut self, j: &js::JSXElement<'a>) -> ExprId {
        let name = match &j.opening_element.name {
            js::JSXElementName::IdentifierReference(i) => self.reference(i),
            js::JSXElementName::Identifier(i) => {
                let a = self.atom(i.name.as_str());
                self.push(Expr::Str(a), i.span)
            }
            _ => ExprId::NONE,
        };
        let base = self.scratch.len();
        for attr in &j.opening_element.attributes {
            match attr {
                js::JSXAttributeItem::SpreadAttribute(s) => {
                    let x = self.expr(&s.argument);
                    self.scratch.push(x.0);
                }
                js::JSXAttributeItem::Attribute(a) => {
                    if let Some(js::JSXAttributeValue::ExpressionContainer(c)) = &a.value {
                        self.jsx_container(c);
                    }
                }
            }
        }
        self.jsx_children(&j.children);
        let parts = self.take(base);
        self.push(Expr::Jsx { name, parts }, j.span)
    }

    fn jsx_container(&mut self, c: &js::JSXExpressionContainer<'a>) {
        if let Some(e) = c.expression.as_expression() {
            let x = self.expr(e);
            self.scratch.push(x.0);
        }
    }

    fn jsx_children(&mut self, children: &[js::JSXChild<'a>]) {
        for c in children {
            match c {
                js::JSXChild::Element(e) => {
                    let x = self.jsx(e);
                    self.scratch.push(x.0);
                }
                js::JSXChild::Fragment(f) => self.jsx_children(&f.children),
                js::JSXChild::ExpressionContainer(c) => self.jsx_container(c),
                js::JSXChild::Spread(s) => {
                    let x = self.expr(&s.expression);
                    self.scratch.push(x.0);
                }
                js::JSXChild::Text(_) => {}
            }
        }
    }
}

/// Literal data: nothing in it can grow or refer.
fn is_data(e: &js::Expression<'_>) -> bool {
    match e {
        js::Expression::StringLiteral(_)
        | js::Expression::NumericLiteral(_)
        | js::Expression::BooleanLiteral(_)
        | js::Expression::NullLiteral(_)
        | js::Expression::BigIntLiteral(_)
        | js::Expression::RegExpLiteral(_) => true,
        js::Expression::TemplateLiteral(t) => t.expressions.is_empty(),
        js::Expression::UnaryExpression(u) => is_data(&u.argument),
        js::Expression::ArrayExpression(a) => {
            a.elements.iter().all(|x| x.as_expression().is_none_or(is_data))
        }
        js::Expression::ObjectExpression(o) => o.properties.iter().all(|p| match p {
            js::ObjectPropertyKind::ObjectProperty(p) => is_data(&p.value),
            js::ObjectPropertyKind::SpreadProperty(_) => false,
        }),
        _ => false,
    }
}

fn bin_op(o: op::BinaryOperator) -> BinOp {
    use op::BinaryOperator as B;
    match o {
        B::Equality | B::StrictEquality => BinOp::Eq,
        B::Inequality | B::StrictInequality => BinOp::NotEq,
        B::LessThan => BinOp::Less,
        B::LessEqualThan => BinOp::LessEq,
        B::GreaterThan => BinOp::Greater,
        B::GreaterEqualThan => BinOp::GreaterEq,
        B::Addition => BinOp::Add,
        B::Subtraction => BinOp::Sub,
        B::Multiplication => BinOp::Mul,
        B::Division => BinOp::Div,
        B::Remainder => BinOp::Rem,
        B::In => BinOp::In,
        B::Instanceof => BinOp::InstanceOf,
        _ => BinOp::Other,
    }
}
