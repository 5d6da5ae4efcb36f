//! What is sent: a scenario file, an API description, a recording, routes by hand, or the routes that the code has.

use crate::Error;
use highwater_finding::Route;
use highwater_probe::scenario::{Request, Scenario};
use std::path::{Path, PathBuf};

/// Larger files are no scenarios.
const BYTES_MAX: u64 = 64 << 20;
/// Routes that are driven when nobody chose any.
const ROUTES_MAX: usize = 40;

/// Where the requests come from; the first that is given counts.
#[derive(Clone, Debug, Default)]
pub struct Requests {
    /// Our own format.
    pub scenario: Option<PathBuf>,
    /// An OpenAPI description.
    pub openapi: Option<PathBuf>,
    /// A recording of a browser.
    pub har: Option<PathBuf>,
    /// "POST /projects".
    pub routes: Vec<String>,
}

impl Requests {
    /// Whether a person chose them.
    pub(super) fn is_chosen(&self) -> bool {
        self.scenario.is_some() || self.openapi.is_some() || self.har.is_some() || !self.routes.is_empty()
    }

    pub(super) fn scenario(&self, found: &[Route]) -> Result<Scenario, Error> {
        if let Some(path) = &self.scenario {
            let name = path.display().to_string();
            return Ok(Scenario::from_text(&text(path)?, &name)?);
        }
        if let Some(path) = &self.openapi {
            return Ok(Scenario::from_openapi(&text(path)?, &path.display().to_string())?);
        }
        if let Some(path) = &self.har {
            return Ok(Scenario::from_har(&text(path)?, &path.display().to_string(), None)?);
        }
        if !self.routes.is_empty() {
            return Ok(Scenario::from_routes(self.routes.iter().map(String::as_str))?);
        }
        of_code(found)
    }
}

/// A request for each route that the code has.
fn of_code(found: &[Route]) -> Result<Scenario, Error> {
    let requests: Vec<Request> = found.iter().filter_map(request).take(ROUTES_MAX).collect();
    if requests.is_empty() {
        return Err(Error::NoRoutes);
    }
    Ok(Scenario::of(requests))
}

/// `ALL` and `USE` answer to any method. What the loader cannot send is left out.
fn request(route: &Route) -> Option<Request> {
    let (method, path) = route.label.split_once(' ')?;
    let method = if matches!(method, "ALL" | "USE" | "ANY") { "GET" } else { method };
    let label = format!("{method} {path}");
    let mut request = Scenario::from_routes([label.as_str()]).ok()?.requests.pop()?;
    if request.body.is_some() && !route.body.is_empty() {
        let fields = route.body.iter().map(|name| (name.clone(), format!("{name} {{n}}").into()));
        let fields: serde_json::Map<String, serde_json::Value> = fields.collect();
        request.body = Some(serde_json::Value::Object(fields).to_string());
    }
    Some(request)
}

fn text(path: &Path) -> Result<String, Error> {
    let wrong = |source| Error::Read { path: path.to_owned(), source, help: "give a scenario file" };
    let size = std::fs::metadata(path).map_err(wrong)?.len();
    if size > BYTES_MAX {
        return Err(wrong(std::io::Error::other("it is larger than 64 MB")));
    }
    std::fs::read_to_string(path).map_err(wrong)
}
