//! The names of the output formats; it must not know what they look like.

use std::{error, fmt, str};

/// An output format.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Format {
    /// For a person at a prompt.
    Terminal,
    /// A full report to read, commit or send.
    Markdown,
    /// The full report as one self-contained page.
    Html,
    /// Everything, for programs; see `schema/report-1.schema.json`.
    Json,
    /// SARIF 2.1.0, for code scanning.
    Sarif,
    /// Workflow commands that become annotations on a pull request.
    Github,
    /// GitLab's Code Quality report.
    Gitlab,
    /// JUnit XML, for test dashboards.
    Junit,
}

impl Format {
    /// Every format, in the order that help shows them.
    pub const ALL: [Format; 8] = [
        Format::Terminal,
        Format::Markdown,
        Format::Html,
        Format::Json,
        Format::Sarif,
        Format::Github,
        Format::Gitlab,
        Format::Junit,
    ];

    /// The word on the command line: `markdown`.
    pub fn name(self) -> &'static str {
        match self {
            Format::Terminal => "terminal",
            Format::Markdown => "markdown",
            Format::Html => "html",
            Format::Json => "json",
            Format::Sarif => "sarif",
            Format::Github => "github",
            Format::Gitlab => "gitlab",
            Format::Junit => "junit",
        }
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl str::FromStr for Format {
    type Err = UnknownFormat;

    /// Takes the name in any case, and `md` for Markdown.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.trim().to_ascii_lowercase();
        if wanted == "md" {
            return Ok(Format::Markdown);
        }
        let found = Format::ALL.into_iter().find(|f| f.name() == wanted);
        found.ok_or_else(|| UnknownFormat {
            word: text.to_owned(),
            known: Format::ALL.map(Format::name).to_vec(),
        })
    }
}

/// An output format of sheets: what commands that look into a heap answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SheetFormat {
    /// For a person at a prompt.
    Terminal,
    /// To read, commit or send.
    Markdown,
    /// Everything, for programs; see `schema/sheet-1.schema.json`.
    Json,
    /// One self-contained page with pictures.
    Html,
}

impl SheetFormat {
    /// Every format, in the order that help shows them.
    pub const ALL: [SheetFormat; 4] =
        [SheetFormat::Terminal, SheetFormat::Markdown, SheetFormat::Json, SheetFormat::Html];

    /// The word on the command line: `markdown`.
    pub fn name(self) -> &'static str {
        match self {
            SheetFormat::Terminal => "terminal",
            SheetFormat::Markdown => "markdown",
            SheetFormat::Json => "json",
            SheetFormat::Html => "html",
        }
    }
}

impl fmt::Display for SheetFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl str::FromStr for SheetFormat {
    type Err = UnknownFormat;

    /// Takes the name in any case, and `md` for Markdown.
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wanted = text.trim().to_ascii_lowercase();
        if wanted == "md" {
            return Ok(SheetFormat::Markdown);
        }
        let found = SheetFormat::ALL.into_iter().find(|f| f.name() == wanted);
        let known = || SheetFormat::ALL.map(SheetFormat::name).to_vec();
        found.ok_or_else(|| UnknownFormat { word: text.to_owned(), known: known() })
    }
}

/// A word that names no format.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownFormat {
    /// The word as it was given.
    pub word: String,
    /// The formats there are.
    pub known: Vec<&'static str>,
}

impl fmt::Display for UnknownFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no format `{}`; use one of {}", self.word, self.known.join(", "))
    }
}

impl error::Error for UnknownFormat {}
