//! Engines may panic. That is a finding about the engine, not the end of this process.

use std::any::Any;
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How much of a crash message is kept, in bytes.
const MESSAGE_LIMIT: usize = 1_000;

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
}

/// Does something with an engine of this process that nobody looks at again after a panic.
///
/// # Errors
/// The panic's message, the first 1,000 bytes of it.
pub fn guard<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    // One guard may stand within another, which then goes on.
    let was_guarded = IS_GUARDED.replace(true);
    let done = catch_unwind(AssertUnwindSafe(act));
    IS_GUARDED.set(was_guarded);
    done.map_err(|payload| panic_message(&*payload))
}

/// Whether a panic of this thread would be caught by [`guard`], which hands on what it says: then
/// a panic hook has nothing to tell.
#[must_use]
pub fn is_guarded() -> bool {
    // A thread that has ended so far that its state is gone guards nothing.
    IS_GUARDED.try_with(Cell::get).unwrap_or(false)
}

fn panic_message(payload: &(dyn Any + Send)) -> String {
    let message = payload
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| payload.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("a panic without a message");
    let mut end = message.len().min(MESSAGE_LIMIT);
    while !message.is_char_boundary(end) {
        end -= 1;
    }
    message[..end].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thread_knows_when_its_panics_are_caught() {
        assert!(!is_guarded());
        let within = guard(|| {
            let inner = guard(|| panic!("caught within"));
            assert_eq!(inner, Err::<(), _>("caught within".to_owned()));
            let elsewhere = std::thread::spawn(is_guarded).join().expect("it does not panic");
            (is_guarded(), elsewhere)
        });
        assert_eq!(within, Ok((true, false)));
        assert!(guard(|| panic!("caught")).is_err_and(|message: String| message == "caught"));
        assert!(!is_guarded());
    }
}
