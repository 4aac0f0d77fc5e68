//! What a judgement says, in sentences.

use shadowbook_model::CommandKind;

use crate::judge::measured::{Gap, LEAST_INSTANCES};
use crate::judge::{Test, TestName};

/// Why the candidate fails by this test.
pub(super) fn tripped(test: &Test) -> String {
    let interval = format!(
        "interval {} to {}",
        percent(test.interval.low, test.what),
        percent(test.interval.high, test.what)
    );
    let (estimate, threshold) = (percent(test.estimate, test.what), short_percent(test.threshold));
    match test.what {
        TestName::Excess => format!(
            "{estimate} more of the commands are clearly slower than clearly faster ({interval}), \
             above {threshold}"
        ),
        TestName::Overall | TestName::Kind(_) => {
            format!("{} are {estimate} slower ({interval}), above {threshold}", subject(test.what))
        }
    }
}

/// Why this run cannot judge.
pub(super) fn noisy(test: &Test) -> String {
    format!(
        "the reference differs from itself by up to {} in this run, above {}: the machine is too \
         noisy for this threshold",
        percent(test.floor, test.what),
        short_percent(test.threshold)
    )
}

/// What a single test that did not trip leaves open, though the run as a whole could judge.
pub(super) fn left_open(test: &Test) -> Option<String> {
    let is_noisy = test.floor > test.threshold;
    if test.is_tripped || (is_noisy && test.what == TestName::Overall) {
        None
    } else if is_noisy {
        Some(blind(test))
    } else {
        (test.estimate > test.threshold).then(|| unsure(test))
    }
}

fn blind(test: &Test) -> String {
    let floor = percent(test.floor, test.what);
    match test.what {
        TestName::Excess => format!(
            "the share of clearly slower commands differs by up to {floor} between the reference \
             and itself: an excess below that was not seen"
        ),
        TestName::Overall | TestName::Kind(_) => format!(
            "{} differ by up to {floor} between the reference and itself: a slowdown below that was \
             not seen",
            subject(test.what)
        ),
    }
}

fn unsure(test: &Test) -> String {
    let (estimate, low) =
        (percent(test.estimate, test.what), percent(test.interval.low, test.what));
    let threshold = short_percent(test.threshold);
    let looks = match test.what {
        TestName::Excess => {
            format!("{estimate} more of the commands look clearly slower than clearly faster")
        }
        TestName::Overall | TestName::Kind(_) => {
            format!("{} look {estimate} slower", subject(test.what))
        }
    };
    format!(
        "{looks}, above {threshold}; but the interval begins at {low}, and this run does not tell it \
         from noise"
    )
}

/// What could not be judged, and why.
pub(super) fn gap(gap: &Gap) -> String {
    match *gap {
        Gap::FewInstances { what, instances } => format!(
            "{} were measured on {instances} fresh engines of each arm: at least {LEAST_INSTANCES} \
             are needed",
            subject(what)
        ),
        Gap::ZeroTime { what } => {
            format!("{} took no time that the clock could show", subject(what))
        }
        Gap::FewCommands { commands, least } => format!(
            "{commands} commands were timed one by one: at least {least} are needed to see few \
             that are slower"
        ),
        Gap::Unmatched => "the arms did not time the same commands one by one".to_owned(),
    }
}

fn subject(what: TestName) -> &'static str {
    match what {
        TestName::Overall => "all commands together",
        TestName::Excess => "single commands",
        TestName::Kind(CommandKind::New) => "new orders",
        TestName::Kind(CommandKind::Replace) => "replaces",
        TestName::Kind(CommandKind::Cancel) => "cancels",
        TestName::Kind(CommandKind::MassCancel) => "mass cancels",
        TestName::Kind(CommandKind::Phase) => "phase changes",
        TestName::Kind(CommandKind::Time) => "time commands",
    }
}

/// Shares of commands are small and get a digit more.
pub(super) fn percent(fraction: f64, what: TestName) -> String {
    let digits = if what == TestName::Excess { 2 } else { 1 };
    let text = format!("{:.digits$} %", fraction * 100.0);
    // A little below zero is zero.
    match text.strip_prefix('-') {
        Some(digits) if !digits.contains(|c| ('1'..='9').contains(&c)) => digits.to_owned(),
        _ => text,
    }
}

/// A threshold as people write it.
fn short_percent(fraction: f64) -> String {
    let digits = format!("{:.4}", fraction * 100.0);
    format!("{} %", digits.trim_end_matches('0').trim_end_matches('.'))
}
