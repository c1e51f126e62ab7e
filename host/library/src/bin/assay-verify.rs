//! `assay-verify DIR` and options: the auditor's program.
//!
//! It needs the folder and nothing else: no key, no network, no other part of Assay. Data goes to standard output, talk
//! to standard error. Exit code 0: verified. 1: not verified. 2: it could not be looked at (usage, files).

use std::ffi::{OsStr, OsString};
use std::fmt::Display;
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::str::FromStr;

use library::{Options, Pin, Report, Time, Witness, verify};

const USAGE: &str =
    "usage: assay-verify DIR [--root FILE] [--since CHECKPOINT] [--max-age SECONDS [--now TIME]]
                    [--witness KEYLINE]… [--witnesses K] [--json]

Verifies a library offline.
  --root FILE         the root of trust as you know it: a copy of trust/root.1.json, or a file that holds
                      the root key's line as `assay keys` prints it
  --since CHECKPOINT  a copy of log/checkpoint that you kept: shows that history since then was not rewritten
  --max-age SECONDS   the log must have said that it is alive within so many seconds before now
  --now TIME          the time that counts as now, as 2026-11-22T18:00:00Z: to check an old finding again
  --witness KEYLINE   a witness that you know, as `assay library witness` prints it; may be given again
  --witnesses K       how many of these must have cosigned the checkpoint (all, if not given)
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
    let (mut age, mut now, mut needed): (Option<u64>, Option<Time>, Option<u32>) = (None, None, None);
    while let Some(argument) = given.next() {
        let mut value = |option: &str| given.next().ok_or(format!("{option} needs a value\n\n{USAGE}"));
        let option = argument.to_str().unwrap_or_default();
        match option {
            "--root" => {
                options.pin = Some(Pin::parse(&read(value(option)?.as_ref())?).map_err(|e| e.to_string())?);
            }
            "--since" => options.since = Some(read(value(option)?.as_ref())?),
            "--max-age" => age = Some(parsed(option, &value(option)?)?),
            "--now" => now = Some(parsed(option, &value(option)?)?),
            "--witness" => {
                let line = value(option)?;
                let witness = Witness::parse(&line.to_string_lossy());
                options
                    .witnesses
                    .0
                    .push(witness.map_err(|_| format!("{option}: it is no witness' key line"))?);
            }
            "--witnesses" => needed = Some(parsed(option, &value(option)?)?),
            "--json" => json = true,
            _ if option.starts_with('-') => return Err(format!("unknown option {option}\n\n{USAGE}")),
            _ if dir.is_none() => dir = Some(PathBuf::from(argument)),
            _ => return Err(format!("one library at a time\n\n{USAGE}")),
        }
    }
    let known = u32::try_from(options.witnesses.0.len()).unwrap_or(u32::MAX);
    options.witnesses.1 = needed.unwrap_or(known);
    if options.witnesses.1 > known {
        return Err(format!("--witnesses asks for {} and --witness names {known}", options.witnesses.1));
    }
    if now.is_some() && age.is_none() {
        return Err(format!("--now goes with --max-age\n\n{USAGE}"));
    }
    options.fresh = age.map(|age| (now.unwrap_or_else(Time::now), age));
    let dir = dir.ok_or(USAGE)?;
    Ok(Arguments { dir, options, json })
}

fn parsed<T: FromStr<Err: Display>>(option: &str, value: &OsStr) -> Result<T, String> {
    let text = value.to_string_lossy();
    text.parse().map_err(|e| format!("{option} {text:?}: {e}"))
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
