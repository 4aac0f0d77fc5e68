//! What callgrind writes, as far as it is needed: which function called what, at which cost.

use std::collections::BTreeMap;

use shadowbook_model::CommandKind;

use crate::instructions::marked::marker;

/// Instructions by kind of command: those of everything that the function of that kind called.
///
/// The profile must have its names written out (`--compress-strings=no`). Lines that are not
/// understood count for nothing, so that a profile in another form comes to nothing rather than to
/// something wrong.
pub(crate) fn instructions_by_kind(profile: &str) -> BTreeMap<CommandKind, u64> {
    let mut found = BTreeMap::new();
    let mut within = None;
    let mut is_call = false;
    for line in profile.lines() {
        if let Some(name) = line.strip_prefix("fn=") {
            within = kind_of(name);
        } else if line.starts_with("calls=") {
            // The cost of all these calls stands on the next line.
            is_call = true;
            continue;
        } else if is_call && let Some(kind) = within {
            let cost = line.split_whitespace().nth(1).and_then(|cost| cost.parse::<u64>().ok());
            *found.entry(kind).or_default() += cost.unwrap_or(0);
        }
        is_call = false;
    }
    found
}

fn kind_of(function: &str) -> Option<CommandKind> {
    CommandKind::ALL.iter().copied().find(|kind| function.contains(marker(*kind)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const PROFILE: &str = "\
# callgrind format
events: Ir
summary: 6300

fn=shadowbook::instructions::marked::counted_new
0 50
cfi=???
cfn=<shadowbook_ladder::engine::LadderEngine as shadowbook_model::engine::Engine>::apply
calls=10 0
0 4000
cfn=something else
calls=1 0
0 7

fn=<shadowbook_ladder::engine::LadderEngine as shadowbook_model::engine::Engine>::apply
0 1500
cfn=shadowbook_ladder::sweep
calls=3 0
0 2500

fn=shadowbook::instructions::marked::counted_mass_cancel
cfn=apply
calls=1 0
0 900
";

    #[test]
    fn calls_are_counted_and_the_marks_themselves_are_not() {
        let found = instructions_by_kind(PROFILE);
        let expected = [(CommandKind::New, 4_007), (CommandKind::MassCancel, 900)];
        assert_eq!(found, BTreeMap::from(expected));
    }

    #[test]
    fn a_profile_in_another_form_comes_to_nothing() {
        let compressed = "fn=(1) counted_new\ncalls=1 0\nabc\n\nfn=(1)\ncalls=1 0\n0 5\n";
        assert!(instructions_by_kind(compressed).values().all(|count| *count == 0));
        assert!(instructions_by_kind("").is_empty());
    }

    #[test]
    fn no_mark_is_a_part_of_another() {
        for kind in CommandKind::ALL.iter().copied() {
            assert_eq!(kind_of(&format!("a::{}::h1", marker(kind))), Some(kind));
        }
    }
}
