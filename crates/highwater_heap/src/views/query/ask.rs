//! Asking a heap: names are compared once for each text of the file, not once for each node.

use super::{Field, Figure, Kinds, Match, Query, Term};
use crate::graph::{EdgeName, HeapGraph};
use crate::ids::{NodeId, StringId};
use crate::kinds::{EdgeKind, NodeKind};
use crate::names::Named;
use rayon::prelude::*;

/// A term with its names looked up.
enum Ready {
    All(Vec<Ready>),
    Any(Vec<Ready>),
    Not(Box<Ready>),
    Class(Texts, [bool; NodeKind::ALL.len()]),
    Text(Field, Texts),
    Place(Match),
    Kind(Kinds),
    Figure(Figure, u64, u64),
    Has(Texts),
}

/// Texts that match.
enum Texts {
    None,
    One(StringId),
    /// For each text of the file whether it does.
    Many(Vec<bool>),
}

impl Texts {
    fn has(&self, text: StringId) -> bool {
        match self {
            Texts::None => false,
            Texts::One(one) => *one == text,
            Texts::Many(all) => all.get(text.index()).copied().unwrap_or(false),
        }
    }
}

pub(super) fn find(query: &Query, names: &Named<'_>) -> Vec<NodeId> {
    let graph = names.heap().graph();
    let ready = ready(&query.root, graph);
    (0..graph.node_count())
        .into_par_iter()
        .map(NodeId::at)
        .filter(|node| holds(&ready, names, *node))
        .collect()
}

fn ready(term: &Term, graph: &HeapGraph) -> Ready {
    let each = |terms: &[Term]| terms.iter().map(|term| ready(term, graph)).collect();
    match term {
        Term::All(terms) => Ready::All(each(terms)),
        Term::Any(terms) => Ready::Any(each(terms)),
        Term::Not(term) => Ready::Not(Box::new(ready(term, graph))),
        Term::Text(Field::Class, how) => {
            Ready::Class(texts(how, graph), NodeKind::ALL.map(|kind| how.fits(&group(kind))))
        }
        Term::Text(field, how) => Ready::Text(*field, texts(how, graph)),
        Term::Place(how) => Ready::Place(how.clone()),
        Term::Kind(kinds) => Ready::Kind(*kinds),
        Term::Figure(figure, least, most) => Ready::Figure(*figure, *least, *most),
        Term::Has(how) => Ready::Has(texts(how, graph)),
    }
}

/// The class of nodes that have no constructor.
fn group(kind: NodeKind) -> String {
    match kind {
        NodeKind::Closure => "Function".to_owned(),
        NodeKind::RegExp => "RegExp".to_owned(),
        NodeKind::Code => "(compiled code)".to_owned(),
        NodeKind::Hidden => "(system)".to_owned(),
        kind if kind.is_string() => "(string)".to_owned(),
        kind => format!("({})", kind.word()),
    }
}

fn texts(how: &Match, graph: &HeapGraph) -> Texts {
    if let Match::Exactly(text) = how {
        return graph.find_string(text).map_or(Texts::None, Texts::One);
    }
    let ids = (0..graph.string_count()).into_par_iter();
    Texts::Many(ids.map(|id| how.fits(&graph.string(StringId::at(id)))).collect())
}

impl Match {
    fn fits(&self, text: &str) -> bool {
        match self {
            Match::Exactly(wanted) => text == wanted,
            Match::Contains(part) => text.to_lowercase().contains(part),
            Match::Like(pattern) => is_like(text, pattern),
        }
    }
}

/// Whether a text is like a pattern in which `*` stands for anything. Goes back to the last `*` only, so that no
/// pattern takes long.
fn is_like(text: &str, pattern: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| text.strip_prefix(first)) else { return false };
    let mut parts: Vec<&str> = parts.collect();
    let Some(last) = parts.pop() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

fn holds(term: &Ready, names: &Named<'_>, node: NodeId) -> bool {
    let (heap, graph) = (names.heap(), names.heap().graph());
    match term {
        Ready::All(terms) => terms.iter().all(|term| holds(term, names, node)),
        Ready::Any(terms) => terms.iter().any(|term| holds(term, names, node)),
        Ready::Not(term) => !holds(term, names, node),
        Ready::Class(texts, groups) => match graph.kind(node) {
            NodeKind::Object | NodeKind::Native => texts.has(graph.name_id(node)),
            kind => groups[kind as usize],
        },
        Ready::Text(field, texts) => {
            let is_meant = *field != Field::Text || graph.kind(node).is_string();
            is_meant && texts.has(graph.name_id(node))
        }
        Ready::Place(how) => names
            .place(node)
            .is_some_and(|place| how.fits(&place.url) || how.fits(&format!("{}:{}", place.url, place.line))),
        Ready::Kind(Kinds::One(kind)) => graph.kind(node) == *kind,
        Ready::Kind(Kinds::Strings) => graph.kind(node).is_string(),
        Ready::Kind(Kinds::Detached) => graph.is_detached_element(node),
        Ready::Figure(figure, least, most) => {
            let value = match figure {
                Figure::Id => graph.object_id(node),
                Figure::Shallow => heap.shallow_size(node),
                Figure::Retained => heap.retained_size(node),
                Figure::Distance => match heap.distance(node) {
                    Some(distance) => u64::from(distance),
                    None => return false,
                },
                Figure::Edges => graph.edges(node).len() as u64,
                Figure::Count => u64::from(heap.retained_count(node)),
            };
            (*least..=*most).contains(&value)
        }
        Ready::Has(texts) => graph.edges(node).any(|edge| {
            let is_field = matches!(edge.kind, EdgeKind::Property | EdgeKind::Context | EdgeKind::Internal);
            is_field && matches!(edge.name, EdgeName::Named(name) if texts.has(name))
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::built::Built;

    fn found(text: &str) -> String {
        let mut built = Built::new();
        let context = built.module("file:///srv/app.mjs", 9, 4);
        let map = built.map((context, EdgeKind::Context, "sessions"), 4);
        let item = built.child((map, EdgeKind::Property, "facts"), NodeKind::Object, "SessionStore", 4096);
        built.child((item, EdgeKind::Property, "key"), NodeKind::String, "Session of Ann", 24);
        let heap = built.heap();
        let nodes = Query::parse(text).expect("a query").find(&Named::of(&heap));
        let names: Vec<String> = nodes.into_iter().map(|node| heap.graph().name(node).into_owned()).collect();
        names.join(", ")
    }

    #[test]
    fn questions_find_what_they_ask_for() {
        let questions = [
            "class:Session",
            "class:Session*",
            "session",
            "text~ann",
            "class~session size>1kb",
            "has:facts",
            "retained>=4kb kind:object not class:Map",
            "kind:string or kind:closure",
            "@1",
            "distance<2 kind:native",
            "kind:object count>4",
            "class:Function",
            "place~app.mjs",
            "place:*app.mjs:10",
            "class:None",
            "edges>=3",
        ];
        let told: Vec<String> =
            questions.into_iter().map(|text| format!("{text}: {}", found(text))).collect();
        insta::assert_snapshot!(told.join("\n"));
    }

    #[test]
    fn stars_stand_for_anything() {
        for (text, pattern) in
            [("abc", "a*c"), ("abc", "*"), ("abc", "abc*"), ("aXbXc", "a*b*c"), ("", "*"), ("ab", "ab")]
        {
            assert!(is_like(text, pattern), "{text} {pattern}");
        }
        for (text, pattern) in [("abc", "a*b"), ("abc", "b*"), ("ab", "ab*ab"), ("abc", "*d*"), ("abc", "ab")]
        {
            assert!(!is_like(text, pattern), "{text} {pattern}");
        }
    }
}
