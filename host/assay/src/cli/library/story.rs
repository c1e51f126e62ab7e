//! A version's story: what it is, where it came from, what it gained, and how it differs from another.
//!
//! Everything is read from the log and from the signed statements that it names; nothing is stored for it.

use super::super::place::library_failure;
use super::super::{Failure, report};
use crate::compile::{component_interface, component_wit};
use crate::team::pack;
use ::library::{Digest, Kind, Leaf, Library};
use serde_json::{Value, json};
use similar::TextDiff;

/// One version at one leaf.
pub(super) struct Story {
    /// Index of the leaf; the log's size for one that waits.
    pub(super) index: u64,
    pub(super) leaf: Leaf,
    /// What its evidence says.
    predicate: Value,
    pub(super) source: Option<String>,
    /// Digest of the source text, hex.
    pub(super) source_digest: Option<String>,
    /// Digests of the components that it carries, if it is a team.
    pub(super) members: Vec<String>,
    /// Names of what it exports and imports, and of its functions.
    interface: Vec<String>,
    /// The same as WIT, types included.
    wit: String,
}

/// What is different between two versions.
pub(super) struct Difference {
    pub(super) value: Value,
    pub(super) words: String,
}

impl Story {
    pub(super) fn of_leaf(library: &Library, index: u64, leaf: &Leaf) -> Result<Self, Failure> {
        let mut predicate = Value::Null;
        // A version that moved up or back rests on the evidence of the leaf that let it in.
        let admitted = library.leaves().map(|(_, leaf)| leaf).find(|other| {
            other.manifest == leaf.manifest
                && matches!(other.kind, Kind::Baseline | Kind::Promote | Kind::Refuse)
        });
        for payload in leaf.evidence.iter().chain(admitted.into_iter().flat_map(|leaf| &leaf.evidence)) {
            let bytes = library.get(payload).map_err(library_failure)?;
            let statement: Value = serde_json::from_slice(&bytes).unwrap_or_default();
            let found = &statement["predicate"];
            if found["train"].is_object() {
                predicate = found.clone();
                break;
            }
        }
        let source_digest = predicate["component"]["build"]["source"].as_str().map(str::to_owned);
        let source = source_digest
            .as_deref()
            .and_then(|hex| Digest::from_hex(hex).ok())
            .and_then(|digest| library.get(&digest).ok())
            .and_then(|bytes| String::from_utf8(bytes).ok());
        // Of a refused version the component may have been removed.
        let wasm = library.get(&leaf.component).ok();
        let wit = wasm.as_deref().and_then(|wasm| component_wit(wasm).ok()).unwrap_or_default();
        let team = wasm.as_deref().and_then(|wasm| pack::unpack(wasm).ok());
        let members = team.map_or(Vec::new(), |team| team.members.into_keys().collect());
        let interface = wasm.and_then(|wasm| component_interface(&wasm).ok()).map_or(Vec::new(), |face| {
            let imports = face.component.imports.iter().map(|name| format!("import {name}"));
            let exports = face.component.exports.iter().map(|name| format!("export {name}"));
            let functions = face.functions.iter().map(|name| format!("function {name}"));
            imports.chain(exports).chain(functions).collect()
        });
        Ok(Self { index, leaf: leaf.clone(), predicate, source, source_digest, members, interface, wit })
    }

    /// A name's current version in a channel.
    pub(super) fn current(library: &Library, name: &str, channel: &str) -> Result<Option<Self>, Failure> {
        let Some(current) = library.current(name, channel) else { return Ok(None) };
        let Some(leaf) = library.leaf(current.leaf) else { return Ok(None) };
        Self::of_leaf(library, current.leaf, leaf).map(Some)
    }

    /// What is named on the command line.
    pub(super) fn find(library: &Library, wanted: &str) -> Result<Self, Failure> {
        let found = super::super::agents::position(library, wanted)
            .and_then(|index| Some((index, library.leaf(index)?)));
        let Some((index, leaf)) = found else {
            return Err(Failure::says(format!(
                "the library has no agent `{wanted}`; `assay library list` and `assay library log` show what there is"
            )));
        };
        Self::of_leaf(library, index, leaf)
    }

    pub(super) fn short(&self) -> String {
        self.leaf.manifest.as_ref().map_or("-".into(), Digest::short)
    }

    /// Digests of the sources it was made from, nearest first.
    pub(super) fn parents(&self) -> Vec<&str> {
        let parents = self.predicate["provenance"]["parents"].as_array();
        parents.into_iter().flatten().filter_map(Value::as_str).collect()
    }

    fn train(&self) -> Option<(f64, u64)> {
        let measured = &self.predicate["train"]["measured"];
        Some((measured["score"].as_f64()?, measured["fuel"].as_u64()?))
    }

    /// Mean score on the holdout and the gain over what it replaced, with its interval.
    fn gain(&self) -> Option<(f64, f64, String)> {
        let holdout = &self.predicate["decision"]["holdout"];
        let against = holdout["against"].as_array()?.iter().find(|other| other["name"] == "incumbent")?;
        let interval = &against["interval"];
        let bound = |key: &str| interval[key].as_f64().map_or("∞".into(), |bound| format!("{bound:+.4}"));
        let words = format!("{} … {}", bound("low"), bound("high"));
        Some((holdout["seen"]["candidate"]["score"].as_f64()?, against["gain"].as_f64()?, words))
    }

    fn text(&self, value: &Value) -> String {
        report::escape(value.as_str().unwrap_or_default())
    }

    /// One line: what it is and what it gained.
    pub(super) fn line(&self) -> String {
        let unit = self.text(&self.predicate["task"]["unit"]);
        let train = self.train().map_or(String::new(), |(score, _)| format!("  train {score:.4} {unit}"));
        let gain = self.gain().map_or(String::new(), |(score, gain, interval)| {
            format!("  holdout {score:.4}, gain {gain:+.4} ({interval})")
        });
        let leaf = &self.leaf;
        format!(
            "{} leaf {:<5} {:<9} {} ({}){train}{gain}",
            self.short(),
            self.index,
            leaf.kind.name(),
            leaf.name,
            leaf.channel
        )
    }

    pub(super) fn value(&self) -> Value {
        json!({ "index": self.index, "leaf": self.leaf, "evidence": self.predicate, "source": self.source })
    }

    /// Why it won, or did not.
    pub(super) fn words(&self) -> String {
        let predicate = &self.predicate;
        let provenance = &predicate["provenance"];
        let mut text = format!("{}\n", self.line());
        text.push_str(&format!(
            "  version   {}\n  component {}\n  generator {}\n",
            self.leaf.manifest.as_ref().map_or("-".into(), ToString::to_string),
            self.leaf.component,
            self.text(&provenance["generator"])
        ));
        let words = provenance["words"].as_array().into_iter().flatten();
        let words: Vec<String> = words.map(|word| self.text(word)).collect();
        if !words.is_empty() {
            text.push_str(&format!("  its words, nearest first: {}\n", words.join("; ")));
        }
        let seed = provenance["seed"].as_u64().map_or(String::new(), |seed| format!(", seed {seed}"));
        if let Some(run) = provenance["run"].as_str() {
            text.push_str(&format!("  run       {}{seed}\n", report::escape(run)));
        }
        for finding in predicate["decision"]["findings"].as_array().into_iter().flatten() {
            let mark = if finding["passed"].as_bool().unwrap_or_default() { "pass" } else { "REFUSED" };
            let (gate, reason) = (self.text(&finding["gate"]), self.text(&finding["reason"]));
            text.push_str(&format!("  {mark:<8} {gate:<12} {reason}\n"));
        }
        for other in predicate["decision"]["holdout"]["against"].as_array().into_iter().flatten() {
            let number = |key: &str| other[key].as_f64().unwrap_or(f64::NAN);
            text.push_str(&format!(
                "  against {:<16} {:.4}, gain {:+.4}, p = {:.2e}\n",
                self.text(&other["name"]),
                number("score"),
                number("gain"),
                number("p-value")
            ));
        }
        for payload in &self.leaf.evidence {
            text.push_str(&format!("  evidence  {payload}\n"));
        }
        for payload in &self.leaf.approvals {
            text.push_str(&format!("  approved  {payload}\n"));
        }
        text
    }

    /// From this version to another.
    pub(super) fn difference(&self, new: &Self) -> Difference {
        let source = match (&self.source, &new.source) {
            (Some(old), Some(new)) if old == new => "(the same)\n".to_owned(),
            (Some(old), Some(new)) => {
                TextDiff::from_lines(old, new).unified_diff().context_radius(3).to_string()
            }
            _ => "(one of them came without source)\n".to_owned(),
        };
        let gone: Vec<&String> = self.interface.iter().filter(|name| !new.interface.contains(name)).collect();
        let came: Vec<&String> = new.interface.iter().filter(|name| !self.interface.contains(name)).collect();
        let unit = self.text(&new.predicate["task"]["unit"]);
        let numbers = self.train().zip(new.train());
        let mut words = String::new();
        if let Some(((old_score, old_fuel), (new_score, new_fuel))) = numbers {
            words.push_str(&format!("  train score  {old_score:.4} → {new_score:.4} {unit}\n"));
            let factor = new_fuel as f64 / (old_fuel.max(1)) as f64;
            words.push_str(&format!("  train fuel   {old_fuel} → {new_fuel} (× {factor:.2})\n"));
        }
        if let Some((score, gain, interval)) = new.gain() {
            words.push_str(&format!(
                "  holdout      {score:.4}, gain over what was current {gain:+.4} ({interval})\n"
            ));
        }
        let task = (&self.leaf.task, &new.leaf.task);
        if task.0 != task.1 {
            words.push_str("  judged on different tasks: scores can't be compared\n");
        }
        match (gone.as_slice(), came.as_slice()) {
            ([], []) if self.wit == new.wit => words.push_str("  capabilities and interface: the same\n"),
            _ => {
                gone.iter().for_each(|name| words.push_str(&format!("  - {name}\n")));
                came.iter().for_each(|name| words.push_str(&format!("  + {name}\n")));
                let wit =
                    TextDiff::from_lines(&self.wit, &new.wit).unified_diff().context_radius(2).to_string();
                words.push_str(&format!("\n{}", report::escape(&wit)));
            }
        }
        words.push_str(&format!("\n{}", report::escape(&source)));
        let value = json!({
            "old": self.leaf.manifest, "new": new.leaf.manifest, "source": source, "gone": gone, "came": came,
            "train": numbers.map(|((old_score, old_fuel), (new_score, new_fuel))|
                json!({ "oldScore": old_score, "newScore": new_score, "oldFuel": old_fuel, "newFuel": new_fuel })),
        });
        Difference { value, words }
    }
}
