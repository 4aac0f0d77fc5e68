//! Runs the binary in a folder of its own.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder that is gone when the test is.
pub(crate) struct Desk {
    folder: TempDir,
}

/// What a run left behind.
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A capture of two commands, as JSON lines.
pub(crate) const SMALL: &str = r#"{"type":"instrument","instrument":"XBTUSD","tick":"0.1","lot":"1","matching":"price-time"}
{"type":"new","seq":1,"time_ns":1,"instrument":"XBTUSD","order":1,"side":"buy","order_type":"limit","price":"100","quantity":"5"}
{"type":"new","seq":2,"time_ns":2,"instrument":"XBTUSD","order":2,"side":"sell","order_type":"limit","price":"99","quantity":"3"}
"#;

/// The two engines that every test of a verdict uses.
pub(crate) const ENGINES: &str = "--reference reference --candidate ladder";

impl Desk {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().expect("a folder can be made") }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), bytes).expect("the folder can be written to");
    }

    pub(crate) fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).expect("the file is there")
    }

    pub(crate) fn text(&self, name: &str) -> String {
        String::from_utf8(self.read(name)).expect("the file is text")
    }

    pub(crate) fn json(&self, name: &str) -> serde_json::Value {
        serde_json::from_str(&self.text(name)).expect("the file is JSON")
    }

    /// The names of everything in the folder.
    pub(crate) fn names(&self) -> Vec<String> {
        let entries = std::fs::read_dir(self.folder.path()).expect("the folder can be listed");
        let name = |entry: std::io::Result<std::fs::DirEntry>| {
            entry.expect("an entry can be read").file_name().to_string_lossy().into_owned()
        };
        let mut names: Vec<String> = entries.map(name).collect();
        names.sort();
        names
    }

    /// A capture whose fourth block of five is damaged, so that only a run finds out; as long as
    /// the intact one.
    pub(crate) fn write_damaged(&self, name: &str) {
        self.expect(0, &format!("generate --profile mixed --commands 40000 -o {name}"));
        let mut bytes = self.read(name);
        let middle = bytes.len() * 7 / 10;
        bytes[middle] ^= 4;
        self.write(name, bytes);
    }

    /// A capture whose writer was killed.
    pub(crate) fn write_torn(&self, name: &str) {
        self.expect(0, &format!("generate --profile mixed --commands 40000 -o {name}"));
        let mut bytes = self.read(name);
        bytes.truncate(bytes.len() * 57 / 100);
        self.write(name, bytes);
    }

    /// The binary, to be run in the folder.
    pub(crate) fn command(&self, arguments: &str) -> Command {
        command_in(self.folder.path(), arguments)
    }

    /// Runs the binary with something else than a file behind standard input or output.
    pub(crate) fn run_with(&self, arguments: &str, stdin: Stdio, stdout: Stdio) -> Ran {
        let output = self.command(arguments).stdin(stdin).stdout(stdout).output();
        ran(&output.expect("the binary runs"))
    }

    /// Runs the binary in the folder with arguments as a shell would split them.
    pub(crate) fn run(&self, arguments: &str) -> Ran {
        run_in(self.folder.path(), arguments)
    }

    /// The same, and insists on an exit code.
    pub(crate) fn expect(&self, code: i32, arguments: &str) -> Ran {
        let ran = self.run(arguments);
        let Ran { stdout, stderr, .. } = &ran;
        assert_eq!(ran.code, code, "shadowbook {arguments}\n{stdout}\n{stderr}");
        ran
    }
}

/// Makes a pipe with a name, which holds up whoever opens it until somebody opens the other end.
#[cfg(unix)]
pub(crate) fn make_fifo(desk: &Desk, name: &str) {
    let made = Command::new("mkfifo").arg(desk.path(name)).status();
    assert!(made.expect("mkfifo runs").success());
}

/// Runs the binary in a folder.
pub(crate) fn run_in(folder: &Path, arguments: &str) -> Ran {
    ran(&command_in(folder, arguments).output().expect("the binary runs"))
}

fn command_in(folder: &Path, arguments: &str) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_shadowbook"));
    command.args(arguments.split_whitespace()).current_dir(folder).env_remove("COLUMNS");
    command
}

/// What a finished run left behind.
pub(crate) fn ran(output: &Output) -> Ran {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).expect("what it says is text");
    Ran {
        code: output.status.code().expect("the binary was not killed"),
        stdout: text(&output.stdout),
        stderr: text(&output.stderr),
    }
}

/// The root of the project.
pub(crate) fn root() -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    folder.ancestors().nth(2).expect("the package lies two folders deep").to_owned()
}
