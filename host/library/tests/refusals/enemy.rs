//! Steps of someone who can write the library's folder and holds no key.
//!
//! | do | |
//! |---|---|
//! | `flip` | one bit in the middle of `file` |
//! | `edit` | `from` becomes `to` in `file`, once |
//! | `write` `append-bytes` | `text` becomes `file`, or follows it |
//! | `grow` | `file` gets `size` bytes, zeros after its own |
//! | `delete` | `file` |
//! | `rename` `copy` | `file` to `to`, both in the library |
//! | `link` | `file` (or folder) moves to `to` and becomes a symbolic link to it |
//! | `place` | names a path outside the library, where nothing is yet, `as` this |
//! | `pipe` | `file` becomes a FIFO |
//! | `keep` | copies `file` out of the library, as `as` |
//! | `keep-library` `put-back` | copies the whole library away, as `as`; puts back all of `from`, or its `file` |

use serde_json::Value;

use crate::world::{World, text};

/// Does the step, if it is one of these.
pub(crate) fn step(world: &mut World, kind: &str, step: &Value) -> bool {
    let file = step["file"].as_str().unwrap_or_default();
    let path = world.library.join(file);
    match kind {
        "flip" => {
            let mut bytes = world.read(file);
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            world.write(file, bytes);
        }
        "edit" => {
            let (bytes, from, to) = (world.read(file), text(step, "from").as_bytes(), text(step, "to"));
            let at = bytes.windows(from.len()).position(|window| window == from);
            let at = at.unwrap_or_else(|| panic!("{file} does not hold {:?}", step["from"]));
            world.write(file, [&bytes[..at], to.as_bytes(), &bytes[at + from.len()..]].concat());
        }
        "write" => world.write(file, text(step, "text")),
        "append-bytes" => world.write(file, [world.read(file), text(step, "text").into()].concat()),
        "grow" => {
            let opened = std::fs::File::options().write(true).create(true).truncate(false).open(path);
            opened.unwrap().set_len(step["size"].as_u64().unwrap()).unwrap();
        }
        "delete" => std::fs::remove_file(path).unwrap(),
        "rename" => std::fs::rename(path, world.library.join(text(step, "to"))).unwrap(),
        "copy" => world.write(text(step, "to"), world.read(file)),
        "link" => {
            let to = text(step, "to");
            // An absolute path replaces what it is joined to.
            std::fs::rename(&path, path.parent().unwrap().join(to)).unwrap();
            std::os::unix::fs::symlink(to, path).unwrap();
        }
        "pipe" => {
            std::fs::remove_file(&path).unwrap();
            assert!(std::process::Command::new("mkfifo").arg(path).status().unwrap().success());
        }
        "keep" => {
            let to = world.keep(text(step, "as"));
            std::fs::write(to, world.read(file)).unwrap();
        }
        "place" => drop(world.keep(text(step, "as"))),
        "keep-library" => world.keep_library(text(step, "as")),
        "put-back" if file.is_empty() => world.put_back(text(step, "from")),
        "put-back" => {
            let kept = world.outside(text(step, "from")).join(file);
            world.write(file, std::fs::read(kept).unwrap());
        }
        _ => return false,
    }
    true
}
