//! The terminal in which somebody steps.

use std::io;

use console::{Key, Term};
use shadowbook_report::scene::{Room, SceneInfo};

use super::stepper::{Press, Stepper};
use crate::exit::Failure;
use crate::output::Output;

/// To the screen that programs draw on, without a cursor; and back to the one with the history.
const ENTER: &str = "\x1b[?1049h\x1b[?25l";
const LEAVE: &str = "\x1b[?25h\x1b[?1049l";
/// To the first place of the screen, and what clears the rest of a line and of the screen. The
/// screen is never cleared as a whole, so that nothing flickers.
const HOME: &str = "\x1b[H";
const CLEAR_LINE: &str = "\x1b[K";
const CLEAR_REST: &str = "\x1b[J";

/// Whether there is anybody to step.
pub(super) fn is_there(output: &Output) -> bool {
    let is_dumb = std::env::var_os("TERM").is_some_and(|term| term == "dumb");
    Term::stdout().features().is_attended() && !output.quiet && !output.json_is_stdout() && !is_dumb
}

/// The screen; it is as it was when this is dropped.
pub(super) struct Screen {
    term: Term,
    color: bool,
}

impl Screen {
    pub(super) fn open(color: bool) -> Result<Self, Failure> {
        let term = Term::stdout();
        term.write_str(ENTER).map_err(failed)?;
        Ok(Self { term, color })
    }

    /// Shows where somebody stands and waits for a key.
    pub(super) fn ask(&mut self, info: &SceneInfo, stepper: &Stepper) -> Result<Press, Failure> {
        self.draw(&stepper.lines(info, self.room()))?;
        match self.term.read_key_raw() {
            Ok(key) => Ok(press(&key)),
            // A key that is no text, or an end of the keyboard that is one of the program's too.
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Press::Interrupt),
            Err(error) => Err(failed(error)),
        }
    }

    /// Says what takes a while.
    pub(super) fn say(
        &mut self,
        info: &SceneInfo,
        stepper: &Stepper,
        what: &str,
    ) -> Result<(), Failure> {
        let mut lines = stepper.lines(info, self.room());
        if let Some(last) = lines.last_mut() {
            what.clone_into(last);
        }
        self.draw(&lines)
    }

    fn room(&self) -> Room {
        let (height, width) = self.term.size();
        Room { width: usize::from(width), height: usize::from(height), color: self.color }
    }

    fn draw(&mut self, lines: &[String]) -> Result<(), Failure> {
        let lines: Vec<String> = lines.iter().map(|line| format!("{line}{CLEAR_LINE}")).collect();
        let text = format!("{HOME}{}{CLEAR_REST}", lines.join("\r\n"));
        self.term.write_str(&text).map_err(failed)
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        // Nothing is left to be done when not even this can be written.
        let _ = self.term.write_str(LEAVE);
    }
}

fn failed(error: io::Error) -> Failure {
    Failure::harness(error).context("cannot use the terminal")
}

fn press(key: &Key) -> Press {
    match key {
        Key::Char(char) => Press::Char(*char),
        Key::ArrowLeft => Press::Left,
        Key::ArrowRight => Press::Right,
        Key::Enter => Press::Enter,
        Key::Escape => Press::Escape,
        Key::Backspace => Press::Backspace,
        Key::CtrlC => Press::Interrupt,
        _ => Press::Other,
    }
}
