//! `assay doctor`: what is in place, and how to mend the rest.

use super::place::{Place, runtime};
use super::{Answer, Failure, report};
use crate::compile::{Role, Toolchain, World};
use crate::evaluate::pool::Pool;
use sandbox::protocol::Walls;
use serde_json::json;
use std::sync::Arc;

struct Finding {
    what: &'static str,
    good: bool,
    words: String,
}

/// The walls in force, and those that are not.
fn walls(walls: &Walls) -> Result<String, String> {
    let standing = [
        (walls.landlock, "Landlock"),
        (walls.seccomp, "seccomp"),
        (walls.privileges, "no privileges"),
        (walls.user, "user nobody"),
        (walls.network, "own network namespace"),
        (walls.opens_nothing, "could not open a file"),
        (walls.connects_nowhere, "could not connect"),
        (walls.starts_nothing, "could not start a process"),
    ];
    let standing: Vec<&str> = standing.iter().filter(|(is, _)| *is).map(|(_, what)| *what).collect();
    let missing = walls.missing();
    if missing.is_empty() {
        return Ok(standing.join(", "));
    }
    Err(format!("lacks {}; has {}", missing.join(", "), standing.join(", ")))
}

pub(super) fn run(place: &Place, json: bool) -> Result<Answer, Failure> {
    let mut findings = Vec::new();
    let mut note = |what, result: Result<String, String>| {
        let good = result.is_ok();
        findings.push(Finding { what, good, words: result.unwrap_or_else(|words| words) });
    };
    let toolchain = Toolchain::find();
    note(
        "guest toolchain",
        match &toolchain {
            Ok(toolchain) => {
                Ok(format!("{}, identity {}", toolchain.compiler(), &toolchain.identity()[..16]))
            }
            Err(error) => Err(error.to_string()),
        },
    );
    note(
        "worker",
        place.sandbox().map(|path| path.display().to_string()).map_err(|failure| failure.report.to_string()),
    );
    if let (Ok(compiler), Ok(runtime)) = (place.compiler(), runtime()) {
        let source = "pub fn run(input: String) -> Result<String, String> { Ok(input) }";
        let compiled = runtime.block_on(async {
            let world = World::host("agent").map_err(|e| e.to_string())?;
            compiler
                .compile(&world, Role::Candidate, source)
                .await
                .map_err(|e| e.to_string())?
                .map_err(|e| e.to_string())
        });
        note(
            "compile",
            compiled.map(|component| format!("a small agent became {} bytes", component.wasm.len())),
        );
        let pool = runtime.block_on(place.pool(sandbox::policy::Limits::default().stack_bytes));
        let pool = pool.map_err(|failure| failure.report.to_string());
        let engine = |pool: &Arc<Pool>| {
            format!("{}, settings {}", pool.engine().engine, &pool.engine().settings[..16])
        };
        note("engine", pool.as_ref().map(engine).map_err(Clone::clone));
        note("worker's wall", pool.and_then(|pool| walls(pool.walls())));
        let sealed = if place.weak { "where there are any: " } else { "" };
        note(
            "compiler's wall",
            Ok(format!(
                "{sealed}Landlock, seccomp, no privileges, no descriptors; limits on processor, memory, file size and time"
            )),
        );
    }
    note(
        "keys",
        if place.keys.exists() {
            Ok(place.keys.display().to_string())
        } else {
            Ok(format!("none yet; made at first use in {}", place.keys.display()))
        },
    );
    note(
        "library",
        if place.library.exists() {
            Ok(place.library.display().to_string())
        } else {
            Ok(format!("none yet at {}", place.library.display()))
        },
    );
    let good = findings.iter().all(|finding| finding.good);
    let value = json!(
        findings
            .iter()
            .map(|f| json!({ "what": f.what, "good": f.good, "words": f.words }))
            .collect::<Vec<_>>()
    );
    report::print(json, &value, || {
        findings
            .iter()
            .map(|f| format!("{} {:<16} {}", if f.good { "ok  " } else { "MEND" }, f.what, f.words))
            .collect::<Vec<_>>()
            .join("\n")
    });
    Ok(if good { Answer::Yes } else { Answer::No })
}
