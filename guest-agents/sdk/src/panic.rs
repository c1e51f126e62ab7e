//! A panic's last words reach the log.
//!
//! On this target a panic is a silent trap: std has nowhere to write. The hook writes the message and
//! its place as one line at level `error`, then the trap follows. The line is put together in a fixed
//! buffer and without `core::fmt`, so that the hook itself neither allocates nor panics: it runs when a
//! guest is already broken, and a guest whose panics were cut away must not link formatting because of it.

use std::cell::Cell;
use std::panic::PanicHookInfo;

/// Bytes of a last line; what is longer is cut at a character's boundary.
const LINE_BYTES: usize = 512;

/// Install the panic hook, once per instance. The host's glue calls this before each call of an author's
/// function, so all but the first cost a load and a branch.
#[inline]
pub fn start() {
    STARTED.with(|started| {
        if !started.replace(true) {
            install();
        }
    });
}

thread_local! {
    static STARTED: Cell<bool> = const { Cell::new(false) };
}

#[cold]
fn install() {
    std::panic::set_hook(Box::new(report));
}

fn report(info: &PanicHookInfo<'_>) {
    let payload = info.payload();
    let message = match (payload.downcast_ref::<&str>(), payload.downcast_ref::<String>()) {
        (Some(text), _) => text,
        (None, Some(text)) => text.as_str(),
        (None, None) => "(a payload that is not text)",
    };
    let mut line = Line { bytes: [0; LINE_BYTES], len: 0 };
    line.text("panicked");
    if let Some(place) = info.location() {
        line.text(" at ");
        line.text(place.file());
        line.text(":");
        line.number(place.line());
        line.text(":");
        line.number(place.column());
    }
    line.text(": ");
    line.text(message);
    crate::log::error(line.as_str());
}

/// Text in a buffer of fixed size; what does not fit is left out.
struct Line {
    bytes: [u8; LINE_BYTES],
    len: usize,
}

impl Line {
    fn text(&mut self, text: &str) {
        let mut end = text.len().min(LINE_BYTES - self.len);
        while !text.is_char_boundary(end) {
            end -= 1;
        }
        for (to, from) in self.bytes.iter_mut().skip(self.len).zip(text.as_bytes().iter().take(end)) {
            *to = *from;
        }
        self.len += end;
    }

    fn number(&mut self, number: u32) {
        const DIGITS: [&str; 10] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"];
        if number >= 10 {
            self.number(number / 10);
        }
        self.text(DIGITS.get((number % 10) as usize).copied().unwrap_or_default());
    }

    fn as_str(&self) -> &str {
        let bytes = self.bytes.get(..self.len).unwrap_or_default();
        std::str::from_utf8(bytes).unwrap_or_default()
    }
}
