//! Keeps a panic in one file from taking the run down, and keeps what it said for the report.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind, set_hook, take_hook};
use std::sync::{Mutex, PoisonError};

thread_local! {
    static GUARDED: Cell<bool> = const { Cell::new(false) };
    static SAID: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// The last panic of any guarded thread: parallel work hands its panic on to another thread, without its place.
static LAST: Mutex<String> = Mutex::new(String::new());

/// Stops panics that the engine catches from being printed; others are printed as before.
///
/// A front end calls this once at its start. Without it the engine works the same but the default hook
/// writes caught panics to standard error.
pub fn quiet_panics() {
    let before = take_hook();
    set_hook(Box::new(move |info| {
        if GUARDED.get() {
            let place = info.location().map(|l| format!(" ({}:{})", l.file(), l.line())).unwrap_or_default();
            let said = format!("{}{place}", message_of(info.payload()));
            LAST.lock().unwrap_or_else(PoisonError::into_inner).clone_from(&said);
            SAID.with_borrow_mut(|slot| *slot = Some(said));
        } else {
            before(info);
        }
    }));
}

/// Runs `work`; a panic in it becomes its message.
pub(crate) fn guarded<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    let outer = GUARDED.replace(true);
    let result = catch_unwind(AssertUnwindSafe(work));
    GUARDED.set(outer);
    result.map_err(|payload| {
        let message = message_of(payload.as_ref());
        let is_it = |said: &String| said.starts_with(&message);
        let here = SAID.with_borrow_mut(Option::take).filter(is_it);
        let anywhere = || Some(LAST.lock().unwrap_or_else(PoisonError::into_inner).clone()).filter(is_it);
        here.or_else(anywhere).unwrap_or(message)
    })
}

/// Marks a worker thread: whatever panics on it is caught by somebody.
pub(crate) fn this_thread_is_ours() {
    GUARDED.set(true);
}

fn message_of(payload: &(dyn std::any::Any + Send)) -> String {
    if let Some(text) = payload.downcast_ref::<&str>() {
        (*text).to_owned()
    } else if let Some(text) = payload.downcast_ref::<String>() {
        text.clone()
    } else {
        "a panic without a message".to_owned()
    }
}
