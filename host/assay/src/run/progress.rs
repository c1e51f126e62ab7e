//! Progress: what a person sees while a run works. On standard error, never in a result.
//!
//! On a terminal one line is rewritten; elsewhere a line is printed every few seconds. This is the one place
//! of a run that looks at a clock.

use super::state::State;
use crate::generate::writer::Writer;
use std::io::{IsTerminal, Write};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// A run's live display.
pub struct Progress {
    total: u64,
    unit: String,
    started: Instant,
    shown: Option<Instant>,
    /// Candidates that were known from the journal: they took no time.
    known: u64,
    batch: u64,
    terminal: bool,
    /// Who spends, where models are asked.
    writer: Option<Arc<Writer>>,
}

impl Progress {
    /// For a search of `total` candidates, scored in `unit`.
    pub fn new(total: u64, unit: &str, writer: Option<Arc<Writer>>) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let unit = unit.to_owned();
        Self { total, unit, started: Instant::now(), shown: None, known: 0, batch: 0, terminal, writer }
    }

    /// A batch was folded.
    pub fn batch(&mut self, state: &State, batch: u64, replaying: bool) {
        self.batch = batch;
        if replaying {
            self.known = state.searched;
            self.started = Instant::now();
        } else {
            self.tick(state);
        }
    }

    /// Time went by.
    pub fn tick(&mut self, state: &State) {
        let pause = if self.terminal { Duration::from_millis(500) } else { Duration::from_secs(10) };
        if self.shown.is_some_and(|shown| shown.elapsed() < pause) {
            return;
        }
        self.shown = Some(Instant::now());
        self.show(&self.line(state));
    }

    fn line(&self, state: &State) -> String {
        let done = state.searched;
        let seconds = self.started.elapsed().as_secs_f64().max(0.001);
        let rate = done.saturating_sub(self.known) as f64 / seconds;
        let left = if rate > 0.0 {
            clock((self.total.saturating_sub(done) as f64 / rate) as u64)
        } else {
            "?".into()
        };
        let best = state.best().map_or("none".into(), |(_, score)| format!("{score:.3} {}", self.unit));
        let counts: Vec<String> =
            state.counts.iter().map(|(name, count)| format!("{name} {count}")).collect();
        let spent = self.writer.as_ref().map_or(String::new(), |writer| format!(" | {}", writer.spend()));
        format!(
            "batch {} | {done}/{} candidates, {rate:.1}/s | best {best} | {}{spent} | {left} left",
            self.batch,
            self.total,
            counts.join(", ")
        )
    }

    /// Something new begins.
    pub fn say(&self, words: &str) {
        self.show(words);
        if self.terminal {
            let _ = writeln!(std::io::stderr());
        }
    }

    fn show(&self, line: &str) {
        let mut out = std::io::stderr().lock();
        let _ = if self.terminal { write!(out, "\r\x1b[2K{line}") } else { writeln!(out, "{line}") };
        let _ = out.flush();
    }

    /// Leave the line as it stands.
    pub fn end(&self) {
        if self.terminal && self.shown.is_some() {
            let _ = writeln!(std::io::stderr());
        }
    }
}

/// Seconds as `m:ss`.
fn clock(seconds: u64) -> String {
    format!("{}:{:02}", seconds / 60, seconds % 60)
}
