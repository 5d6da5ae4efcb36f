//! The templates of one request.

use super::Request;
use super::generator::Generators;
use super::template::{Place, Template, Unknown};

/// The texts of a request, ready to be filled in.
#[derive(Clone, Debug)]
pub(crate) struct Texts {
    /// The path with its query.
    pub path: Template,
    /// Names and values of header fields, in the order of the request.
    pub headers: Vec<(String, Template)>,
    /// The body, if there is one.
    pub body: Option<Template>,
}

impl Texts {
    /// Finds the holes of all texts. An error says where an unknown name stands: "path", "headers.accept".
    pub fn of(request: &Request, generators: &Generators) -> Result<Texts, (String, Unknown)> {
        let path = Template::parse(&request.path, Place::Path, generators)
            .map_err(|unknown| ("path".to_owned(), unknown))?;
        let headers = request
            .headers
            .iter()
            .map(|(name, value)| match Template::parse(value, Place::Header, generators) {
                Ok(template) => Ok((name.clone(), template)),
                Err(unknown) => Err((format!("headers.{name}"), unknown)),
            })
            .collect::<Result<Vec<_>, _>>()?;
        let is_json = request.headers.iter().any(|(name, value)| {
            name.eq_ignore_ascii_case("content-type") && value.to_ascii_lowercase().contains("json")
        });
        let place = if is_json { Place::Json } else { Place::Body };
        let body = request
            .body
            .as_deref()
            .map(|text| Template::parse(text, place, generators))
            .transpose()
            .map_err(|unknown| ("body".to_owned(), unknown))?;
        Ok(Texts { path, headers, body })
    }

    /// Whether the time of day is in any of them.
    pub fn needs_time(&self) -> bool {
        let headers = self.headers.iter().map(|(_, value)| value);
        std::iter::once(&self.path).chain(headers).chain(&self.body).any(Template::needs_time)
    }
}
