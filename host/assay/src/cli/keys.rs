//! `assay keys`: the public side.

use super::place::Place;
use super::{Answer, Failure, report};
use serde_json::json;

pub(super) fn run(place: &Place, json: bool) -> Result<Answer, Failure> {
    let keys = place.open_keys()?;
    let list = keys.list(super::place::LIBRARY_NAME);
    report::print(json, &json!(list), || {
        list.iter()
            .map(|key| {
                format!(
                    "{:<9} {}\n          {}\n          {}",
                    key.role,
                    key.id,
                    key.public,
                    key.path.display()
                )
            })
            .collect::<Vec<_>>()
            .join("\n")
    });
    Ok(Answer::Yes)
}
