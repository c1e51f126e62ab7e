//! `assay-verify DIR [--root FILE] [--since CHECKPOINT] [--json]`: the auditor's program.
//!
//! It needs the folder and nothing else: no key, no network, no other part of Assay. Data goes to standard output, talk
//! to standard error. Exit code 0: verified. 1: not verified. 2: it could not be looked at (usage, files).

use std::ffi::OsString;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use library::{Options, Pin, Report, verify};

const USAGE: &str = "usage: assay-verify DIR [--root FILE] [--since CHECKPOINT] [--json]

Verifies a library offline.
  --root FILE         the root of trust as you know it: a copy of trust/root.1.json, or a file that holds
                      the root key's line as `assay keys` prints it
  --since CHECKPOINT  a copy of log/checkpoint that you kept: shows that history since then was not rewritten
  --json              the report as JSON

exit code: 0 verified, 1 not verified, 2 wrong usage or unreadable files";

/// Bytes of the largest file given on the command line.
const MAX_FILE: u64 = 1 << 20;

struct Arguments {
    dir: PathBuf,
    options: Options,
    json: bool,
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    let file = std::fs::File::open(path).map_err(|e| format!("reading {}: {e}", path.display()))?;
    file.take(MAX_FILE).read_to_end(&mut bytes).map_err(|e| format!("reading {}: {e}", path.display()))?;
    Ok(bytes)
}

fn arguments(mut given: impl Iterator<Item = OsString>) -> Result<Arguments, String> {
    let (mut dir, mut options, mut json) = (None, Options::default(), false);
    while let Some(argument) = given.next() {
        let mut file = |option: &str| {
            let path = given.next().ok_or(format!("{option} needs a file\n\n{USAGE}"))?;
            read(Path::new(&path))
        };
        match argument.to_str() {
            Some("--root") => options.pin = Some(Pin::parse(&file("--root")?).map_err(|e| e.to_string())?),
            Some("--since") => options.since = Some(file("--since")?),
            Some("--json") => json = true,
            Some(option) if option.starts_with('-') => {
                return Err(format!("unknown option {option}\n\n{USAGE}"));
            }
            _ if dir.is_none() => dir = Some(PathBuf::from(argument)),
            _ => return Err(format!("one library at a time\n\n{USAGE}")),
        }
    }
    let dir = dir.ok_or(USAGE)?;
    Ok(Arguments { dir, options, json })
}

fn run(given: impl Iterator<Item = OsString>) -> Result<(Report, bool), String> {
    let Arguments { dir, options, json } = arguments(given)?;
    let report = verify(&dir, &options).map_err(|e| e.to_string())?;
    Ok((report, json))
}

fn main() -> ExitCode {
    let given: Vec<OsString> = std::env::args_os().skip(1).collect();
    let mut out = std::io::stdout().lock();
    if given.iter().any(|argument| argument == "--help" || argument == "-h") {
        // A reader that hung up needs no help any more.
        let _ = writeln!(out, "{USAGE}");
        return ExitCode::SUCCESS;
    }
    let (report, json) = match run(given.into_iter()) {
        Ok(done) => done,
        Err(why) => {
            eprintln!("assay-verify: {why}");
            return ExitCode::from(2);
        }
    };
    let text = if json {
        serde_json::to_string_pretty(&report).map(|text| text + "\n").unwrap_or_default()
    } else {
        report.to_string()
    };
    match (out.write_all(text.as_bytes()).and_then(|()| out.flush()), report.verified) {
        (Err(_), _) => ExitCode::from(2),
        (Ok(()), true) => ExitCode::SUCCESS,
        (Ok(()), false) => ExitCode::from(1),
    }
}
