//! The exit codes, and errors that know theirs.

use std::fmt;
use std::process::ExitCode;

use shadowbook_capture::ReadError;

/// How a run of the binary ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// A pass, or a command that did what it was asked to.
    Pass = 0,
    /// A divergence or a broken candidate.
    Fail = 1,
    /// Wrong usage or configuration.
    Usage = 2,
    /// No verdict can be honestly given.
    Inconclusive = 3,
    /// An input is damaged or cannot be read.
    Input = 4,
    /// The reference engine or the harness itself failed.
    Harness = 5,
}

impl Exit {
    /// The outcome with this code; a code that nobody knows is the harness's own fault.
    pub(crate) const fn of(code: u8) -> Self {
        match code {
            0 => Self::Pass,
            1 => Self::Fail,
            2 => Self::Usage,
            3 => Self::Inconclusive,
            4 => Self::Input,
            _ => Self::Harness,
        }
    }

    /// Whether it says why there is no result, rather than being one.
    pub(crate) const fn is_failure(self) -> bool {
        matches!(self, Self::Usage | Self::Input | Self::Harness)
    }

    /// The outcome that counts of two: the first of 2, 4, 5, 1, 3, 0.
    pub(crate) fn worse(self, other: Self) -> Self {
        let rank = |exit: Self| match exit {
            Self::Usage => 0,
            Self::Input => 1,
            Self::Harness => 2,
            Self::Fail => 3,
            Self::Inconclusive => 4,
            Self::Pass => 5,
        };
        if rank(self) <= rank(other) { self } else { other }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error together with the exit code that it means.
#[derive(Debug)]
pub(crate) struct Failure {
    /// How the run ends.
    pub(crate) exit: Exit,
    /// What to tell the user, as a chain.
    pub(crate) error: anyhow::Error,
}

/// What a command comes to.
pub(crate) type Outcome = Result<Exit, Failure>;

impl Failure {
    /// A wrong usage or configuration.
    pub(crate) fn usage(message: impl fmt::Display) -> Self {
        Self { exit: Exit::Usage, error: anyhow::anyhow!("{message}") }
    }

    /// An input that cannot be used, in words of its own.
    pub(crate) fn unreadable(message: String) -> Self {
        Self { exit: Exit::Input, error: anyhow::Error::msg(message) }
    }

    /// An input that cannot be used.
    pub(crate) fn input(path: impl fmt::Display, error: ReadError) -> Self {
        let error = anyhow::Error::from(error).context(format!("cannot read {path}"));
        Self { exit: Exit::Input, error }
    }

    /// Something of the harness's own went wrong.
    pub(crate) fn harness(error: impl Into<anyhow::Error>) -> Self {
        Self { exit: Exit::Harness, error: error.into() }
    }

    /// The same with more said in front.
    pub(crate) fn context(self, message: impl fmt::Display) -> Self {
        Self { exit: self.exit, error: self.error.context(message.to_string()) }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#}", self.error)
    }
}

/// A run that failed as a verdict says it.
impl From<Failure> for shadowbook_report::Failure {
    fn from(failure: Failure) -> Self {
        let told = failure.to_string();
        match failure.exit {
            Exit::Usage => Self::Usage(told),
            Exit::Input => Self::Input(told),
            _ => Self::Harness(told),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_is_its_own() {
        let known = [
            (0, Exit::Pass),
            (1, Exit::Fail),
            (2, Exit::Usage),
            (3, Exit::Inconclusive),
            (4, Exit::Input),
            (5, Exit::Harness),
        ];
        for (code, exit) in known {
            assert_eq!(Exit::of(code), exit);
            assert_eq!(
                format!("{:?}", ExitCode::from(exit)),
                format!("{:?}", ExitCode::from(code))
            );
        }
        for unknown in 6..=u8::MAX {
            assert_eq!(Exit::of(unknown), Exit::Harness, "{unknown}");
        }
    }

    #[test]
    fn the_first_of_2_4_5_1_3_0_counts() {
        let order =
            [Exit::Usage, Exit::Input, Exit::Harness, Exit::Fail, Exit::Inconclusive, Exit::Pass];
        for (index, worse) in order.iter().enumerate() {
            for better in &order[index..] {
                assert_eq!(worse.worse(*better), *worse);
                assert_eq!(better.worse(*worse), *worse);
            }
        }
    }
}
