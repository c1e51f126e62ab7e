//! `assay new`: a task to start from.

use super::args::NewArgs;
use super::{Answer, Failure, report};
use crate::task::{Template, scaffold};
use serde_json::json;

pub(super) fn run(args: &NewArgs, json: bool) -> Result<Answer, Failure> {
    let template = match args.template {
        super::args::Template::Text => Template::Text,
        super::args::Template::Simulated => Template::Simulated,
    };
    let folder = std::path::PathBuf::from(&args.name);
    let files = scaffold(&folder, template).map_err(Failure::input)?;
    report::print(json, &json!({ "task": args.name, "files": files }), || {
        let mut text = format!("made {}/\n", args.name);
        for file in &files {
            text.push_str(&format!("  {file}\n"));
        }
        text.push_str(&format!("next: assay check {0}\n      assay improve {0}", args.name));
        text
    });
    Ok(Answer::Yes)
}
