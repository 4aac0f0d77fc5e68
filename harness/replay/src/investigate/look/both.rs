//! Both engines given the same commands.

use std::ops::Range;

use shadowbook_capture::Batch;
use shadowbook_session::{Outcomes, SessionError};

use crate::Setup;

/// Fewer commands than this are not worth a thread.
const WORTH_A_THREAD: usize = 1_000;

/// Gives both sessions these commands, at the same time where there are many; what each says of it.
pub(super) fn apply_both(
    setup: &mut Setup<'_>,
    batch: &Batch,
    range: &Range<usize>,
    [ours, theirs]: [&mut Outcomes; 2],
) -> [Result<(), SessionError>; 2] {
    let Setup { reference, candidate, .. } = setup;
    let mut candidate = || candidate.apply(batch, range.clone(), theirs);
    if range.len() < WORTH_A_THREAD {
        return [reference.apply(batch, range.clone(), ours), candidate()];
    }
    std::thread::scope(|scope| {
        let apart = scope.spawn(|| reference.apply(batch, range.clone(), ours));
        let theirs = candidate();
        let ours = apart.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic));
        [ours, theirs]
    })
}
