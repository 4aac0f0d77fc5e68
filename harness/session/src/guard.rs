//! Engines may panic. That is a finding about the engine, not the end of this process.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// How much of a crash message is kept, in bytes.
const MESSAGE_LIMIT: usize = 1_000;

/// Does something with an engine of this process that nobody looks at again after a panic.
///
/// # Errors
/// The panic's message, the first 1,000 bytes of it.
pub fn guard<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|payload| panic_message(&*payload))
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
