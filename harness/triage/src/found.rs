//! What looking into one root comes to.

use shadowbook_capture::Flow;
use shadowbook_model::OrderId;

use crate::faces::Face;
use crate::key::Key;
use crate::minimize::minimize;
use crate::rerun::{Budget, Minimized, Rerun};
use crate::search::Stop;

/// What looking into a root came to.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) example: Option<Minimized>,
    /// `None`: nothing tells which bug it is.
    pub(crate) names: Option<Names>,
    pub(crate) note: Option<String>,
    pub(crate) is_examined: bool,
    /// Why the caller gave up.
    pub(crate) broken_off: Option<String>,
}

impl Found {
    pub(crate) fn example(example: Minimized, names: Names) -> Self {
        let (example, names) = (Some(example), Some(names));
        Self { example, names, note: None, is_examined: true, broken_off: None }
    }

    pub(crate) fn nothing() -> Self {
        let note = Some("no flow shows it on its own".to_owned());
        Self { example: None, names: None, note, is_examined: true, broken_off: None }
    }

    pub(crate) const fn unexamined(why: String) -> Self {
        let note = Some(why);
        Self { example: None, names: None, note, is_examined: false, broken_off: None }
    }

    pub(crate) fn broken_off(example: Option<Minimized>, why: String) -> Self {
        Self { example, broken_off: Some(why.clone()), ..Self::unexamined(why) }
    }
}

/// What examples of one bug have in common.
#[derive(Debug)]
pub(crate) struct Names {
    pub(crate) key: Key,
    pub(crate) any_trigger: Option<Key>,
    pub(crate) face: Face,
}

impl Names {
    pub(crate) fn of(simplest: &Minimized) -> Self {
        Self {
            key: Key::of(simplest),
            any_trigger: Key::of_any_trigger(simplest),
            face: Face::of(simplest),
        }
    }
}

/// The smallest flow that shows a signature, from the first flow that does; one that runs from
/// empty books wherever there is such a flow.
///
/// Where none does, it is made of what the nearest shows in its place: that is where the
/// divergence comes from.
pub(crate) fn smallest(
    flows: impl Iterator<Item = Flow>,
    signature: &str,
    focus: &[OrderId],
    budget: Budget,
    rerun: &mut Rerun<'_>,
) -> Result<Option<Minimized>, Stop> {
    let mut found: Option<Minimized> = None;
    let mut is_spent = false;
    let mut other: Option<(Flow, String)> = None;
    for flow in flows {
        let shown = match rerun(&flow) {
            Ok(shown) => shown,
            Err(_) if found.is_some() => break,
            Err(give_up) => return Err(give_up.into()),
        };
        let shown = shown.map(|shown| (shown.position, shown.divergence.signature()));
        if shown.as_ref().is_none_or(|(_, shown)| shown != signature) {
            // What shows before the last command was a root of its own.
            let last = flow.commands.len().checked_sub(1);
            let shown = shown.filter(|(position, _)| *position == last);
            other = other.or_else(|| Some((flow, shown?.1)));
            continue;
        }
        let smallest = match minimize(flow, signature, focus, budget, rerun) {
            Ok(smallest) => smallest,
            Err(Stop::Spent) => {
                is_spent = true;
                continue;
            }
            Err(Stop::GiveUp(_)) if found.is_some() => break,
            Err(stop) => return Err(stop),
        };
        let runs_from_nothing =
            smallest.as_ref().is_some_and(|smallest| smallest.flow.snapshots.is_empty());
        found = if runs_from_nothing { smallest } else { found.or(smallest) };
        if runs_from_nothing {
            break;
        }
    }
    match (found, other) {
        (None, Some((flow, signature))) => minimize(flow, &signature, focus, budget, rerun),
        (None, None) if is_spent => Err(Stop::Spent),
        (found, _) => Ok(found),
    }
}
