//! `assay`: parse, do, say, exit.

use clap::Parser;
use std::io::IsTerminal;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments = assay::cli::Arguments::parse();
    let json = arguments.place.json;
    let plain = std::env::var_os("NO_COLOR").is_some() || !std::io::stderr().is_terminal();
    // Only fails if a hook is set already, and this is the first.
    let _ = miette::set_hook(Box::new(move |_| {
        Box::new(miette::MietteHandlerOpts::new().color(!plain).unicode(!plain).terminal_links(false).build())
    }));
    match assay::cli::run(arguments) {
        Ok(assay::cli::Answer::Yes) => ExitCode::SUCCESS,
        Ok(assay::cli::Answer::No) => ExitCode::from(1),
        Ok(assay::cli::Answer::Interrupted) => ExitCode::from(130),
        Err(failure) => {
            if json {
                eprintln!(
                    "{}",
                    serde_json::json!({ "error": failure.kind, "message": format!("{}", failure.report) })
                );
            } else {
                eprintln!("{:?}", failure.report);
            }
            ExitCode::from(failure.code())
        }
    }
}
