//! Engines may panic. That is a finding about the engine, not the end of this process.

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Does something with an engine that nobody looks at again after a panic; gives its last words.
pub(crate) fn guard<T>(act: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(act)).map_err(|payload| {
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        text.unwrap_or("a panic without a message").to_owned()
    })
}
