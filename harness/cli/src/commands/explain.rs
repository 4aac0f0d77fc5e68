//! `explain`: what happens around one command. A look, not a verdict: whatever differs, the exit
//! code is 0.

mod stepper;
mod terminal;

use std::path::Path;

use clap::Args;
use shadowbook_capture::{Source, open};
use shadowbook_model::{Instrument, InstrumentId, Seq};
use shadowbook_replay::{DiffError, Focus, Spot, Stage, Stretch, find, next_difference, scenes};
use shadowbook_report::scene::{BooksOf, ExplainEntry, SceneInfo, render};

use self::stepper::{Asked, Stepper, Then};
use crate::begin::{Begin, Given};
use crate::engines::{self, EngineName};
use crate::exit::{Exit, Failure, Outcome};
use crate::input::{Input, Survey};
use crate::output::Output;
use crate::places::Places;
use crate::run::check;

/// Shows the commands around a spot of a capture, and the books of one engine or two before and
/// after it
#[derive(Args, Debug)]
pub(crate) struct Explain {
    #[command(flatten)]
    input: Input,
    #[command(flatten)]
    begin: Begin,
    /// The seq of the command to look at
    #[arg(long, value_name = "SEQ")]
    at: u64,
    /// Show this instrument, when it is not that of the command
    #[arg(long, value_name = "SYMBOL")]
    instrument: Option<String>,
    /// Show the commands of all instruments
    #[arg(long)]
    all: bool,
    #[arg(
        long,
        value_name = "ENGINE",
        default_value_t = EngineName::Reference,
        help = engines::help("The engine to look at")
    )]
    reference: EngineName,
    #[arg(long, value_name = "ENGINE", help = engines::help("Another one, to be held against it"))]
    candidate: Option<EngineName>,
    /// How many commands to show before it
    #[arg(long, value_name = "N", default_value_t = 3)]
    before: usize,
    /// How many commands to show after it
    #[arg(long, value_name = "N", default_value_t = 3)]
    after: usize,
    /// How many levels of each side of a book to show
    #[arg(long, value_name = "N", default_value_t = 5)]
    levels: usize,
    /// Step forward and back in the terminal; `?` there says how. Plain text when piped
    #[arg(long)]
    step: bool,
}

impl Explain {
    /// Runs the command.
    pub(crate) fn run(&self, output: &Output) -> Outcome {
        let places = Places::default().reads(&self.input.capture).reads_any(self.begin.path());
        output.begin(&places)?;
        let mut survey = self.input.survey(output)?;
        let capture = self.input.open()?;
        let instruments = capture.instruments().to_vec();
        let given = self.begin.read(&capture, &mut survey)?;
        drop(capture);
        for engine in [Some(self.reference), self.candidate].into_iter().flatten() {
            check(engine, &instruments, &survey.summary, &self.input)?;
        }
        let look = Look {
            path: &self.input.capture,
            given,
            reference: self.reference,
            candidate: self.candidate,
            focus: self.focus(&instruments)?,
            info: self.info(instruments),
        };
        self.show(&look, &survey, output)
    }

    fn show(&self, look: &Look<'_>, survey: &Survey, output: &Output) -> Outcome {
        let spot = look.find(Seq(self.at), self.before, self.after)?;
        let stretch = look.scenes(&spot, self.levels);
        survey.confirm_file()?;
        let stretch = stretch?;
        output.write_json(&ExplainEntry::of(&look.info, &stretch, survey.torn.clone()))?;
        if self.step && terminal::is_there(output) {
            return self.step(look, survey, output);
        }
        let books = if self.step { BooksOf::All } else { BooksOf::Spot };
        let (color, width) = (output.is_colored(), output.width());
        output.show(&render(&look.info, &stretch, books, color, width));
        Ok(Exit::Pass)
    }

    /// Steps until the user has seen enough.
    fn step(&self, look: &Look<'_>, survey: &Survey, output: &Output) -> Outcome {
        let levels = self.levels.max(STEP_LEVELS);
        let load = |seq| {
            let spot = look.find(seq, self.before.max(STEP_AROUND), self.after.max(STEP_AROUND))?;
            let stretch = look.scenes(&spot, levels);
            survey.confirm_file()?;
            stretch
        };
        let mut stepper = Stepper::new(load(Seq(self.at))?);
        let mut screen = terminal::Screen::open(output.is_colored())?;
        loop {
            let asked = stepper.press(screen.ask(&look.info, &stepper)?);
            match asked {
                Asked::Nothing => {}
                Asked::Quit => return Ok(Exit::Pass),
                Asked::Load(seq, then) => {
                    screen.say(&look.info, &stepper, "reading …")?;
                    match load(seq) {
                        Ok(stretch) => stepper.arrive(stretch, then),
                        // A seq that is not there is no reason to leave.
                        Err(failure) if failure.exit == Exit::Usage => {
                            stepper.tell(&failure.to_string());
                        }
                        Err(failure) => return Err(failure),
                    }
                }
                Asked::Search { after, instrument } => {
                    screen.say(&look.info, &stepper, "searching …")?;
                    let found = next_difference(&mut || look.open(), after, look.focus, instrument);
                    match found.map_err(|error| look.failure(error))? {
                        Some(seq) => stepper.arrive(load(seq)?, Then::Stay),
                        None => stepper.tell("nothing differs from here to the end"),
                    }
                }
            }
        }
    }

    fn focus(&self, instruments: &[Instrument]) -> Result<Focus, Failure> {
        let id = |symbol: &String| {
            let ids = (0..).map(InstrumentId);
            let found = instruments.iter().zip(ids).find(|(one, _)| one.symbol == *symbol);
            let known: Vec<&str> =
                instruments.iter().take(LISTED).map(|one| one.symbol.as_str()).collect();
            let more = if instruments.len() > LISTED { ", …" } else { "" };
            found.map(|(_, id)| id).ok_or_else(|| {
                let path = self.input.capture.display();
                let known = known.join(", ");
                Failure::usage(format!("{path} has no instrument {symbol}; it has {known}{more}"))
            })
        };
        Ok(Focus { instrument: self.instrument.as_ref().map(id).transpose()?, all: self.all })
    }

    fn info(&self, instruments: Vec<Instrument>) -> SceneInfo {
        SceneInfo {
            capture: self.input.capture.display().to_string(),
            snapshot: self.begin.path().map(|path| path.display().to_string()),
            reference: self.reference.to_string(),
            candidate: self.candidate.map(|engine| engine.to_string()),
            instruments,
        }
    }
}

/// So many commands before and after are at hand while stepping.
const STEP_AROUND: usize = 100;
/// So many levels of each side are at hand for a large terminal.
const STEP_LEVELS: usize = 20;
/// So many instruments are named to whoever asks for one that is not there.
const LISTED: usize = 10;

/// Everything that is needed to look at a spot, and at another one after it.
struct Look<'a> {
    path: &'a Path,
    given: Given,
    reference: EngineName,
    candidate: Option<EngineName>,
    focus: Focus,
    info: SceneInfo,
}

impl Look<'_> {
    fn find(&self, seq: Seq, before: usize, after: usize) -> Result<Spot, Failure> {
        let input = |error| Failure::input(self.path.display(), error);
        let mut capture = open(self.path).map_err(input)?;
        let found = find(&mut capture, seq, self.focus, before, after).map_err(input)?;
        found.map_err(|error| Failure::usage(error).context(self.path.display()))
    }

    fn scenes(&self, spot: &Spot, levels: usize) -> Result<Stretch, Failure> {
        scenes(&mut || self.open(), spot, levels).map_err(|error| self.failure(error))
    }

    fn open(&self) -> Result<Stage, DiffError> {
        let instruments = &self.info.instruments;
        let candidate = self.candidate.map(|engine| engine.session(instruments)).transpose();
        Ok(Stage {
            source: self.given.before(open(self.path)?),
            reference: self.reference.session(instruments).map_err(DiffError::Reference)?,
            candidate: candidate.map_err(DiffError::Candidate)?,
        })
    }

    fn failure(&self, error: DiffError) -> Failure {
        match error {
            DiffError::Input(error) => Failure::input(self.path.display(), error),
            DiffError::Reference(error) => Failure::harness(error).context(self.reference),
            error @ DiffError::Candidate(_) => Failure { exit: Exit::Fail, error: error.into() },
        }
    }
}
