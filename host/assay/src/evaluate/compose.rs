//! Join a candidate to its evaluator: one component, nothing shared.
//!
//! The evaluator imports the candidate's interface; composition wires that import to the candidate's
//! export and leaves each with memories, tables and handles of its own, so a call costs nanoseconds and the
//! two can still reach each other only through typed values. Imports of one name would be merged by
//! composition, and the candidate would inherit its evaluator's grants: so every grant is checked on the
//! single components before, and the candidate's log is imported under a name of its own, which gives it an account
//! of its own.

use crate::compile::{Component, Lent, rename_import};
use sandbox::protocol::{Account, Grants, HostCall};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId, PackageId};

const LOG: &str = "assay:host/log@0.1.0";
/// An interface name of its own: a plain name would be encoded with the `implements` directive, which is newer than
/// the engine.
const CANDIDATE_LOG: &str = "assay:candidate/log@0.1.0";
/// What a task may grant its candidates beyond the log.
pub const WASI: &str = "wasi:";

/// What candidates may import beyond the log.
#[derive(Clone, Debug, Default)]
pub struct Grant {
    /// Deny-all `wasi:*`.
    pub wasi: bool,
    /// What the host answers candidates.
    pub candidate: Vec<Lent>,
    /// What it answers their evaluator, and never a candidate.
    pub evaluator: Vec<Lent>,
}

/// A program that the worker can run: wasm, and what it may import.
#[derive(Clone, Debug)]
pub struct Joined {
    /// The composed component.
    pub wasm: Vec<u8>,
    /// What to link, and on whose account.
    pub grants: Grants,
}

/// Why two components don't fit together: an error of the task, since each conforms to its world.
#[derive(Debug, thiserror::Error)]
#[error(
    "the evaluator can't be joined to an agent: {0}; do the worlds `agent` and `evaluator` name the same interface?"
)]
pub struct ComposeError(String);

/// Compose `evaluator` over `candidate`. The result exports what the evaluator exports.
pub fn compose(evaluator: &Component, candidate: &Component, grant: &Grant) -> Result<Joined, ComposeError> {
    // Composition merges imports of one name: whatever is lent to both would be accounted to one of them.
    if let Some(both) = grant.candidate.iter().find(|lent| is_lent(&grant.evaluator, &lent.instance)) {
        return Err(ComposeError(format!("`{}` is lent to the agent and to its evaluator", both.instance)));
    }
    let mut graph = CompositionGraph::new();
    let judge = register(&mut graph, "evaluator", &evaluator.wasm)?;
    // In the component itself: composition merges imports of one interface whatever the graph calls them.
    let candidate_wasm = rename_import(&candidate.wasm, LOG, CANDIDATE_LOG)
        .map_err(|e| ComposeError(format!("candidate: {e}")))?;
    let agent = register(&mut graph, "candidate", &candidate_wasm)?;
    let candidate_node = graph.instantiate(agent);
    let evaluator_node = graph.instantiate(judge);
    let mut logs = Vec::new();

    for import in &candidate.imports {
        // WASI keeps its name: only candidates may be granted it.
        if import == LOG {
            logs.push((CANDIDATE_LOG.to_owned(), Account::Candidate));
        } else if !(grant.wasi && import.starts_with(WASI) || is_lent(&grant.candidate, import)) {
            return Err(ComposeError(format!("the agent imports `{import}`, which is not granted")));
        }
    }
    for import in &evaluator.imports {
        if import == LOG {
            logs.push((LOG.to_owned(), Account::Evaluator));
        } else if is_lent(&grant.evaluator, import) {
            // Left open: the host answers.
        } else if candidate.exports.contains(import) {
            let export = graph
                .alias_instance_export(candidate_node, import)
                .map_err(|e| ComposeError(e.to_string()))?;
            argument(&mut graph, evaluator_node, import, export)?;
        } else {
            return Err(ComposeError(format!("the evaluator imports `{import}`, which no agent exports")));
        }
    }
    for export in &evaluator.exports {
        let node =
            graph.alias_instance_export(evaluator_node, export).map_err(|e| ComposeError(e.to_string()))?;
        graph.export(node, export).map_err(|e| ComposeError(e.to_string()))?;
    }
    let wasm = graph
        .encode(EncodeOptions { define_components: true, validate: true, processor: None })
        .map_err(|e| ComposeError(e.to_string()))?;
    let mut host_calls = calls(&candidate.imports, &grant.candidate, Account::Candidate);
    host_calls.extend(calls(&evaluator.imports, &grant.evaluator, Account::Evaluator));
    Ok(Joined { wasm, grants: Grants { logs, wasi: grant.wasi, host_calls } })
}

fn is_lent(lent: &[Lent], import: &str) -> bool {
    lent.iter().any(|lent| lent.instance == import)
}

/// The functions of what is lent and imported.
fn calls(imports: &[String], lent: &[Lent], account: Account) -> Vec<HostCall> {
    let imported = lent.iter().filter(|lent| imports.contains(&lent.instance));
    let calls = imported.flat_map(|lent| lent.functions.iter().map(|function| (&lent.instance, function)));
    calls
        .map(|(instance, function)| HostCall {
            instance: instance.clone(),
            function: function.clone(),
            account,
        })
        .collect()
}

/// A component that runs by itself: a simulator, or an agent that a person calls. `lent` is what the host answers.
pub fn alone(component: &Component, account: Account, wasi: bool, lent: &[Lent]) -> Joined {
    let log = component.imports.iter().any(|import| import == LOG);
    let logs = if log { vec![(LOG.to_owned(), account)] } else { Vec::new() };
    let host_calls = calls(&component.imports, lent, account);
    Joined { wasm: component.wasm.clone(), grants: Grants { logs, wasi, host_calls } }
}

fn register(graph: &mut CompositionGraph, name: &str, wasm: &[u8]) -> Result<PackageId, ComposeError> {
    let package = Package::from_bytes(name, None, wasm.to_vec(), graph.types_mut())
        .map_err(|e| ComposeError(format!("{name}: {e:#}")))?;
    graph.register_package(package).map_err(|e| ComposeError(e.to_string()))
}

fn argument(
    graph: &mut CompositionGraph,
    instance: NodeId,
    name: &str,
    value: NodeId,
) -> Result<(), ComposeError> {
    graph.set_instantiation_argument(instance, name, value).map_err(|e| ComposeError(e.to_string()))
}
