//! `highwater heap`: questions about V8 heap snapshots, one file for each.

mod convert;
mod diff;
mod dominators;
mod find;
mod leaks;
mod nodes;
mod object;
mod redact;
mod retainers;
mod strings;
mod summary;

use crate::console::{self, Color, Failure, Outcome};
use crate::progress::Bar;
use clap::Subcommand;
use highwater_engine::{HeapOptions, Heaps, Progress, Silent};
use highwater_finding::sheet::Sheet;
use highwater_render::{Options as Look, SheetFormat};
use std::path::{Path, PathBuf};

/// Arguments of `heap`.
#[derive(clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    question: Question,
}

#[derive(Subcommand)]
enum Question {
    /// What is in a heap: totals, constructors, who holds most.
    Summary(summary::Arguments),
    /// Who alone keeps what alive, as a tree and as a picture.
    Dominators(dominators::Arguments),
    /// Objects by class, name, size, property: `class:Session retained>=1mb`.
    Find(find::Arguments),
    /// Everything about one object.
    Object(object::Arguments),
    /// Strings: duplicates and large ones.
    Strings(strings::Arguments),
    /// What grew between snapshots of one process, and who holds it.
    Diff(diff::Arguments),
    /// Why objects are still there: every way in which they are held.
    Retainers(retainers::Arguments),
    /// What in one heap looks like a leak: collections, listeners, timers, variables that nothing can read.
    Leaks(leaks::Arguments),
    /// Every node, one a line: id, type, name, shallow and retained size, distance.
    Nodes(nodes::Arguments),
    /// Nodes and references as tables that DuckDB, pandas and others read.
    Convert(convert::Arguments),
    /// A copy without the values that the program holds, to be shared: names stay.
    Redact(redact::Arguments),
}

/// Answers the question.
pub fn run(arguments: &Arguments, color: Color) -> Result<Outcome, Failure> {
    match &arguments.question {
        Question::Summary(arguments) => summary::run(arguments, color),
        Question::Dominators(arguments) => dominators::run(arguments, color),
        Question::Find(arguments) => find::run(arguments, color),
        Question::Object(arguments) => object::run(arguments, color),
        Question::Strings(arguments) => strings::run(arguments, color),
        Question::Diff(arguments) => diff::run(arguments, color),
        Question::Retainers(arguments) => retainers::run(arguments, color),
        Question::Leaks(arguments) => leaks::run(arguments, color),
        Question::Nodes(arguments) => nodes::run(arguments),
        Question::Convert(arguments) => convert::run(arguments),
        Question::Redact(arguments) => redact::run(arguments),
    }
}

/// What every command takes.
#[derive(clap::Args)]
pub struct Common {
    /// Worker threads; 0 means one for each core. The answer does not depend on it.
    #[arg(long, value_name = "N", default_value_t = 0, value_parser = clap::value_parser!(u16).range(0..=256))]
    threads: u16,
    /// No progress bar.
    #[arg(long)]
    no_progress: bool,
}

/// Whose figures are wanted.
#[derive(clap::Args)]
pub struct Figures {
    /// Whose sizes: `devtools`, to the byte, or `reachability`, what would really go.
    #[arg(long, value_name = "RULE", value_enum, default_value_t = Sizes::Devtools)]
    sizes: Sizes,
    /// Leave the bytes of backing stores where they are; DevTools counts those that only one object holds as its own.
    #[arg(long)]
    no_size_transfer: bool,
}

/// Whether answers are kept.
#[derive(clap::Args)]
pub struct Kept {
    /// Keep answers beside the snapshot, in FILE.hwindex, and answer from there when the same is asked again.
    #[arg(long)]
    index: bool,
}

#[derive(Clone, Copy, clap::ValueEnum)]
enum Sizes {
    Devtools,
    Reachability,
}

/// Where names lead, and how an answer is to be written.
#[derive(clap::Args)]
pub struct Written {
    #[command(flatten)]
    common: Common,
    #[command(flatten)]
    figures: Figures,
    /// Folder of the service's sources: names lead to lines there.
    #[arg(long, value_name = "FOLDER", default_value = ".")]
    root: PathBuf,
    /// One more folder with source maps; those in and beside the files are found without.
    #[arg(long, value_name = "FOLDER")]
    source_maps: Option<PathBuf>,
    /// Form of the answer: terminal, markdown, html or json.
    #[arg(long, short, value_parser = parse_format, default_value = "terminal")]
    format: SheetFormat,
    /// Write the answer to this file, whole or not at all, instead of printing it.
    #[arg(long, short, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Rows of each list at most.
    #[arg(long, value_name = "N", default_value_t = 20, value_parser = clap::value_parser!(u32).range(1..))]
    limit: u32,
}

pub fn parse_format(word: &str) -> Result<SheetFormat, String> {
    word.parse().map_err(|_| {
        let all: Vec<&str> = SheetFormat::ALL.iter().map(|f| f.name()).collect();
        let near = highwater_engine::closest(word, all.iter().copied());
        let help = near.map(|n| format!("did you mean `{n}`? ")).unwrap_or_default();
        format!("{help}formats are {}", all.join(", "))
    })
}

impl Figures {
    fn options(&self) -> HeapOptions {
        HeapOptions {
            reachability: matches!(self.sizes, Sizes::Reachability),
            size_transfer: !self.no_size_transfer,
            ..HeapOptions::default()
        }
    }
}

impl Common {
    /// Asks, with a progress bar on a terminal.
    fn ask<T>(
        &self,
        options: HeapOptions,
        question: impl FnOnce(&Heaps<'_>) -> Result<T, highwater_engine::Error>,
    ) -> Result<T, Failure> {
        let bar = Bar::new(self.no_progress);
        let progress: &dyn Progress = bar.as_ref().map_or(&Silent, |bar| bar);
        let options = HeapOptions { threads: usize::from(self.threads), ..options };
        let answer = Heaps::new(options, progress).and_then(|heaps| question(&heaps));
        if let Some(bar) = &bar {
            bar.clear();
        }
        Ok(answer?)
    }
}

impl Kept {
    /// Asks, and writes the answer, which may be a kept one.
    fn answer(
        &self,
        written: &Written,
        color: Color,
        question: impl FnOnce(&Heaps<'_>) -> Result<Sheet, highwater_engine::Error>,
    ) -> Result<Outcome, Failure> {
        written.write(HeapOptions { index: self.index, ..written.options() }, color, question)
    }
}

impl Written {
    fn options(&self) -> HeapOptions {
        HeapOptions {
            limit: self.limit as usize,
            source_maps: self.source_maps.clone(),
            root: Some(self.root.clone()),
            ..self.figures.options()
        }
    }

    /// Asks, and writes the answer.
    fn answer(
        &self,
        color: Color,
        question: impl FnOnce(&Heaps<'_>) -> Result<Sheet, highwater_engine::Error>,
    ) -> Result<Outcome, Failure> {
        self.write(self.options(), color, question)
    }

    fn write(
        &self,
        options: HeapOptions,
        color: Color,
        question: impl FnOnce(&Heaps<'_>) -> Result<Sheet, highwater_engine::Error>,
    ) -> Result<Outcome, Failure> {
        let sheet = self.common.ask(options, question)?;
        show(&sheet, self.format, self.output.as_deref(), color)?;
        Ok(if sheet.findings().next().is_some() { Outcome::Findings } else { Outcome::Clean })
    }
}

/// Prints an answer, or writes it to a file.
pub fn show(sheet: &Sheet, format: SheetFormat, output: Option<&Path>, color: Color) -> Result<(), Failure> {
    let (color, width) = match output {
        Some(_) => (color == Color::Always, console::DEFAULT_WIDTH),
        None => (color.on_stdout(), console::width()),
    };
    let look = Look { color, width, verbose: false };
    let Some(path) = output else {
        return console::print(|out| highwater_render::render_sheet(sheet, format, &look, out));
    };
    let mut text = Vec::new();
    highwater_render::render_sheet(sheet, format, &look, &mut text)?;
    highwater_engine::write_whole(path, &text)?;
    console::tell(&format!("wrote {}", path.display()));
    Ok(())
}
