//! The command at which the books of an instrument part.
//!
//! Two replays, each only as far as needed. The first compares the digests of an instrument after
//! every so many of its commands, from where its state was last found equal on; the second after
//! each command of the stretch that is left. So a deep book is digested some hundreds of times,
//! not once for every command between two checkpoints. Books that part and come together again
//! between two looks of the first replay are not seen to part; what they led to is.

use std::cell::RefCell;
use std::collections::BTreeMap;

use shadowbook_compare::DivergenceKind;
use shadowbook_model::{Command, InstrumentId};

use crate::explain::Open;
use crate::walk::{Step, Stop, walk};
use crate::{DiffError, Finding};

/// For findings by position: the command after which the books first differ, and its place in the
/// stream.
pub(crate) type Parted = BTreeMap<usize, (u64, Command)>;

/// Commands of an instrument that are watched for the books to part.
#[derive(Clone, Copy, Debug)]
struct Window {
    finding: usize,
    /// After so many commands of the stream the books were equal.
    after: u64,
    /// After so many they need not be looked at any more.
    to: u64,
    /// They are looked at after every so many commands of the instrument.
    every: u64,
    seen: u64,
}

impl Window {
    fn holds(&self, position: u64) -> bool {
        self.after < position && position <= self.to
    }
}

/// All windows of each instrument.
type Windows = BTreeMap<InstrumentId, Vec<Window>>;

/// Finds where the books parted, for those findings before which they did.
pub(crate) fn locate(open: Open<'_>, findings: &[Finding]) -> Result<Parted, DiffError> {
    let mut windows = windows_of(findings);
    let parted = look(open, &mut windows)?;
    for window in windows.values_mut().flatten() {
        if let Some((position, _)) = parted.get(&window.finding) {
            window.to = *position;
        }
        (window.every, window.seen) = (1, 0);
    }
    look(open, &mut windows)
}

fn windows_of(findings: &[Finding]) -> Windows {
    let mut windows = Windows::new();
    for (index, finding) in findings.iter().enumerate() {
        let divergence = &finding.divergence;
        let is_state = divergence.kind == DivergenceKind::State;
        let to = divergence.shown_after.saturating_sub(u64::from(!is_state));
        let after = divergence.equal_after;
        let every = to.saturating_sub(after).isqrt().max(1);
        let window = Window { finding: index, after, to, every, seen: 0 };
        windows.entry(divergence.instrument).or_default().push(window);
    }
    windows
}

/// Replays once and compares digests where the windows ask for it. Moves the beginning of each
/// window to where the books were last equal.
fn look(open: Open<'_>, windows: &mut Windows) -> Result<Parted, DiffError> {
    let until = windows.values().flatten().map(|window| window.to).max().unwrap_or(0);
    let mut left = windows.values().map(Vec::len).sum::<usize>();
    let mut parted = Parted::new();
    // Both closures need the windows.
    let windows = RefCell::new(windows);
    walk(
        open()?,
        until,
        &mut |position, command| {
            let mut windows = windows.borrow_mut();
            let here = windows.get_mut(&command.instrument).into_iter().flatten();
            let mut is_due = false;
            for window in here.filter(|window| window.holds(position)) {
                window.seen += 1;
                is_due |= window.seen.is_multiple_of(window.every) || position == window.to;
            }
            if is_due { Step::Around } else { Step::Past }
        },
        &mut |stop: Stop<'_>| {
            let instrument = stop.command.instrument;
            if stop.events.is_none() {
                return Ok(true);
            }
            let ours = stop.reference.digest(instrument).map_err(DiffError::Reference)?;
            let Ok(theirs) = stop.candidate.digest(instrument) else { return Ok(false) };
            let mut windows = windows.borrow_mut();
            let here = windows.get_mut(&instrument).into_iter().flatten();
            for window in here.filter(|window| window.holds(stop.position)) {
                if parted.contains_key(&window.finding) {
                    continue;
                }
                if ours == theirs {
                    window.after = stop.position;
                } else {
                    parted.insert(window.finding, (stop.position, *stop.command));
                    left -= 1;
                }
            }
            Ok(left > 0)
        },
    )?;
    Ok(parted)
}
