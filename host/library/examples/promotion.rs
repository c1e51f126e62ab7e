//! `promotion WORK DIR KEYS`: opens a library and does one piece of work on it, for `tests/faults` to disturb.
//!
//! Like a resumed run it reads what is there and does what is left to do, so it can be started again after any failure. It
//! says `done` when the work is durable, and nothing before. Same keys, same bytes: what it leaves can be compared with
//! what an undisturbed run left.
//!
//! | WORK | |
//! |---|---|
//! | `make` | a new library with a baseline |
//! | `fill` | attempts up to 254 leaves, so that the next promotion ends one tile and begins another |
//! | `promote` | one promotion: version, attempt, evidence, leaf |
//! | `approve` | a rollback to the baseline: proposed, approved, appended |
//! | `rotate` | the next root of trust |
//! | `open` | opens it for writing, which mends what an interrupted writer left |

use std::error::Error;
use std::io::Write as _;
use std::path::Path;

use library::{About, Digest, Keys, Kind, Leaf, Library, Line, Office, Statement, Version};
use serde_json::json;

const NAME: &str = "example.com/faults";
const FULL: u64 = 254;

type Outcome<T> = Result<T, Box<dyn Error>>;

fn line() -> Line {
    Line { name: "packer".to_owned(), channel: "stable".to_owned(), task: Digest::of(b"task") }
}

fn version(library: &mut Library, text: &str) -> Outcome<Version> {
    let source = library.put(format!("// {text}\n").as_bytes())?;
    let about = About { source: Some(source), ..About::default() };
    Ok(library.put_version(text.as_bytes(), &about)?)
}

fn last_kind(library: &Library) -> Option<Kind> {
    library.leaves().next_back().map(|(_, leaf)| leaf.kind)
}

fn promote(library: &mut Library) -> Outcome<()> {
    if last_kind(library) == Some(Kind::Promote) {
        return Ok(());
    }
    let better = version(library, "better")?;
    let open = library.leaves().next_back().is_some_and(|(_, leaf)| leaf.component == better.component);
    if !open {
        let number = library.attempts(&line()) + 1;
        library.append(Leaf::attempt(&line(), better.component, number))?;
    }
    let number = library.attempts(&line());
    let statement = Statement::new(&better, "https://assay.dev/promotion/v1", &json!({"gain": 0.125}))?;
    let evidence = library.sign(&statement)?;
    library.append(Leaf::promote(&line(), better, number, vec![evidence]))?;
    Ok(())
}

fn approve(library: &mut Library, keys: &Keys) -> Outcome<()> {
    if last_kind(library) == Some(Kind::Rollback) {
        return Ok(());
    }
    let first = library.leaves().next().and_then(|(_, leaf)| leaf.version()).ok_or("no baseline")?;
    let id = library.propose(Leaf::rollback(&line(), first))?;
    library.approve(&id, keys)?;
    library.settle(&id)?.ok_or("it still waits")?;
    Ok(())
}

fn rotate(dir: &Path, keys: &Keys) -> Outcome<()> {
    let library = Library::open_or_create(dir, NAME, keys)?;
    if library.root().number == 2 {
        return Ok(());
    }
    let mut draft = library.next_root();
    // A key that only its owner could use; here it is enough that it is one.
    let line = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl anna";
    draft.add(Office::Approver, "anna", line)?;
    let file = draft.finish(keys)?;
    drop(library);
    Library::rotate(dir, NAME, keys, &file)?;
    Ok(())
}

fn work(work: &str, dir: &Path, keys: &Path) -> Outcome<()> {
    let keys = Keys::open_or_create(keys)?;
    if work == "rotate" {
        return rotate(dir, &keys);
    }
    let mut library = Library::open_or_create(dir, NAME, &keys)?;
    match work {
        "open" => Ok(()),
        "make" if library.head().size > 0 => Ok(()),
        "make" => {
            let seed = version(&mut library, "seed")?;
            library.append(Leaf::baseline(&line(), seed, vec![]))?;
            Ok(())
        }
        "fill" => {
            let pad = |number| Leaf::attempt(&line(), Digest::of(b"pad"), number);
            let done = library.attempts(&line());
            library.append_all((done + 1..FULL).map(pad).collect())?;
            Ok(())
        }
        "promote" => promote(&mut library),
        "approve" => approve(&mut library, &keys),
        _ => Err(format!("no work called {work}").into()),
    }
}

fn main() -> Outcome<()> {
    let given: Vec<_> = std::env::args_os().skip(1).collect();
    let [name, dir, keys] = given.as_slice() else { return Err("usage: promotion WORK DIR KEYS".into()) };
    work(&name.to_string_lossy(), Path::new(dir), Path::new(keys))?;
    Ok(writeln!(std::io::stdout(), "done")?)
}
