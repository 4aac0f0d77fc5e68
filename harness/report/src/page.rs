//! A page of text for people, with colours where they are asked for.

/// No terminal is narrower.
pub(crate) const LEAST_WIDTH: usize = 40;

/// How a line is painted when colours are asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Paint {
    Plain,
    Faint,
    Bold,
    Good,
    Bad,
    Doubtful,
    Reference,
    Candidate,
}

impl Paint {
    const fn code(self) -> &'static str {
        match self {
            Self::Plain => "",
            Self::Faint => "2",
            Self::Bold => "1",
            Self::Good => "1;32",
            Self::Bad => "1;31",
            Self::Doubtful => "1;33",
            Self::Reference => "31",
            Self::Candidate => "32",
        }
    }

    /// The text in this paint; what is empty is not painted.
    pub(crate) fn apply(self, text: &str, color: bool) -> String {
        if color && self != Self::Plain && !text.is_empty() {
            format!("\x1b[{}m{text}\x1b[0m", self.code())
        } else {
            text.to_owned()
        }
    }
}

/// Lines as they are written, cut or broken where they do not fit.
pub(crate) struct Page {
    pub(crate) text: String,
    color: bool,
    width: usize,
}

impl Page {
    pub(crate) fn new(color: bool, width: usize) -> Self {
        Self { text: String::new(), color, width: width.max(LEAST_WIDTH) }
    }

    pub(crate) fn line(&mut self, paint: Paint, line: &str) {
        let line = &printable(line);
        let cut = match line.char_indices().nth(self.width) {
            // One character less, for the sign that there was more.
            Some(_) => {
                let end = line.char_indices().nth(self.width - 1).map_or(0, |(end, _)| end);
                format!("{}…", line[..end].trim_end())
            }
            None => line.clone(),
        };
        self.uncut(paint, &cut);
    }

    fn uncut(&mut self, paint: Paint, line: &str) {
        self.text += &paint.apply(&printable(line), self.color);
        self.text.push('\n');
    }

    /// Whether lines are painted.
    pub(crate) const fn is_colored(&self) -> bool {
        self.color
    }

    /// How many characters a line has room for.
    pub(crate) const fn width(&self) -> usize {
        self.width
    }

    /// A line that is painted already and fits.
    pub(crate) fn painted(&mut self, line: &str) {
        self.text += line.trim_end();
        self.text.push('\n');
    }

    /// What is written stands further in.
    pub(crate) fn indented(&mut self, indent: usize, write: impl FnOnce(&mut Self)) {
        let width = self.width.saturating_sub(indent).max(LEAST_WIDTH - indent);
        let mut inner = Self { text: String::new(), color: self.color, width };
        write(&mut inner);
        for line in inner.text.lines() {
            self.text += &format!("{}{line}\n", " ".repeat(indent));
        }
    }

    /// A text that may be longer than the page is wide: it is broken at spaces, and what follows
    /// the first line stands `indent` further in. A word that is longer, a path or a signature, is
    /// not cut: somebody wants to copy it.
    pub(crate) fn wrapped(&mut self, paint: Paint, text: &str, indent: usize) {
        let margin = text.len() - text.trim_start().len();
        let mut line = " ".repeat(margin);
        let mut is_begun = false;
        // Spaces within a line are kept, so that columns stay columns.
        for word in text[margin..].split(' ') {
            let length = line.chars().count() + usize::from(is_begun) + word.chars().count();
            if is_begun && length > self.width {
                self.uncut(paint, line.trim_end());
                line = " ".repeat(margin + indent);
            } else if is_begun {
                line.push(' ');
            }
            line += word;
            is_begun = true;
        }
        self.uncut(paint, &line);
    }
}

/// What an engine said last must not reach the terminal as control characters.
fn printable(line: &str) -> String {
    line.replace(char::is_control, "\u{fffd}")
}

/// `1234567` as `1,234,567`.
pub(crate) fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A count with the word for what is counted.
pub(crate) fn count(number: u64, what: &str) -> String {
    let ending = match (number, what.ends_with('h')) {
        (1, _) => "",
        (_, true) => "es",
        (_, false) => "s",
    };
    format!("{} {what}{ending}", grouped(number))
}
