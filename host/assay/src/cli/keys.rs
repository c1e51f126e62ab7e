//! `assay keys`: the public side.

use super::args::KeysArgs;
use super::place::{Place, library_failure};
use super::{Answer, Failure, report};
use serde_json::json;

pub(super) fn run(args: &KeysArgs, place: &Place, json: bool) -> Result<Answer, Failure> {
    let mut keys = place.open_keys()?;
    if args.protect {
        let passphrase = std::env::var("ASSAY_NEW_PASSPHRASE").unwrap_or_default();
        if passphrase.len() < 8 {
            return Err(Failure::says(
                "put a passphrase of at least 8 characters into ASSAY_NEW_PASSPHRASE; later it is read from ASSAY_PASSPHRASE",
            ));
        }
        keys = keys.protect(&passphrase).map_err(library_failure)?;
        eprintln!("root and approver key are encrypted now; back up the folder, and remember the passphrase");
    }
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
