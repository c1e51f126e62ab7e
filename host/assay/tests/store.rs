//! Kept native code: taken where it is asked for, made where a judgement rests on it.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../sandbox/tests/support/guests.rs"]
mod guests;

use assay::evaluate::native::{Native, Program};
use assay::evaluate::pool::{Pool, PoolConfig};
use assay::evaluate::store::{Name, Store};
use guests::{judge_in, wasm};
use sandbox::policy::Limits;
use sandbox::protocol::Grants;
use sandbox::verdict::Verdict;
use std::path::{Path, PathBuf};

fn binary() -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let binary = tests.ancestors().nth(2).unwrap().join("assay-sandbox");
    assert!(binary.exists(), "no {}: run `cargo build -p sandbox` first", binary.display());
    binary
}

/// Scores this, and imports nothing.
fn component(score: &str) -> Vec<u8> {
    let nothing = "(core func $unused (canon resource.drop $r)) (core instance $host)";
    let head = format!("(type $r (resource (rep i32))) {nothing}");
    wasm(&judge_in("evaluator", &head, "", &format!("(call $score (f64.const {score}))")))
}

async fn pool(store: &Path) -> Pool {
    let config = PoolConfig::new(binary(), 1, Limits::default().stack_bytes);
    Pool::start(PoolConfig { store: Some(store.to_owned()), ..config }).await.unwrap()
}

async fn score(pool: &Pool, native: Native) -> Verdict {
    let program = Program::new(native, Grants::default());
    pool.evaluate(&program, &Limits::default(), &["a case".to_owned()]).await.unwrap().remove(0).verdict
}

fn scored(verdict: &Verdict) -> f64 {
    match verdict {
        Verdict::Scored(outcome) => outcome.score,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn kept_code_runs_as_new_code_does_and_no_judgement_takes_it() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path().join("native");
    let limits = Limits::default();
    let (one, two) = (component("1"), component("2"));
    let first = pool(&folder).await;
    let made = first.compile(one.clone(), &Grants::default(), &limits).await.unwrap().unwrap();
    assert_eq!(scored(&score(&first, made.clone()).await), 1.0);

    // A process that starts later has it without asking its compiler.
    let store = Store::new(folder.clone(), first.engine().clone());
    let name = Name::of(&one, &limits, made.metering);
    assert_eq!(store.load(&name).unwrap().digest, made.digest);
    let second = pool(&folder).await;
    let other = second.compile_anew(two, &Grants::default(), &limits).await.unwrap().unwrap();
    store.keep(&name, &other);
    let kept = second.compile(one.clone(), &Grants::default(), &limits).await.unwrap().unwrap();
    assert_eq!(scored(&score(&second, kept).await), 2.0, "what stands under the name is what is run");
    let anew = second.compile_anew(one.clone(), &Grants::default(), &limits).await.unwrap().unwrap();
    assert_eq!((scored(&score(&second, anew.clone()).await), anew.digest), (1.0, made.digest));

    // A file that was tampered with is made again, and is whole after that.
    let shelf = std::fs::read_dir(&folder).unwrap().next().unwrap().unwrap().path();
    let file = std::fs::read_dir(shelf).unwrap().next().unwrap().unwrap().path();
    let mut bytes = std::fs::read(&file).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let mended = second.compile(one.clone(), &Grants::default(), &limits).await.unwrap().unwrap();
    assert_eq!(
        (scored(&score(&second, mended).await), store.load(&name).unwrap().digest),
        (1.0, made.digest)
    );

    // What is refused is refused again: nothing is kept of it.
    for _ in 0..2 {
        let refused =
            second.compile(b"\0asm\x0d\0\x01\0\xff".to_vec(), &Grants::default(), &limits).await.unwrap();
        assert_eq!(refused.err().unwrap().name(), "rejected");
    }
}
