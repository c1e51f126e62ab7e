//! THREATS.md keeps its word: every row is there, and every test that it names exists.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Rows that may still say what they wait for.
const WAITING: [u32; 2] = [48, 58];

fn sources(folder: &Path, all: &mut String) {
    for entry in std::fs::read_dir(folder).unwrap().flatten() {
        let path: PathBuf = entry.path();
        if path.is_dir() && !path.ends_with("target") {
            sources(&path, all);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            all.push_str(&std::fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_row_of_the_catalogue_names_tests_that_exist() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).unwrap();
    let text = std::fs::read_to_string(root.join("THREATS.md")).unwrap();
    let mut code = String::new();
    sources(&root.join("host"), &mut code);
    sources(&root.join("tests"), &mut code);
    let (mut rows, mut waiting, mut named) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for line in text.lines().filter(|line| line.starts_with("| ")) {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [numbers, _, _, tests] = cells.as_slice() else { panic!("four columns: {line}") };
        let numbers: Vec<u32> = numbers.split(", ").filter_map(|number| number.parse().ok()).collect();
        rows.extend(&numbers);
        let names: Vec<&str> = tests.split('`').skip(1).step_by(2).collect();
        if names.is_empty() && *tests == "–" {
            waiting.extend(&numbers);
        }
        for name in names {
            let corpus = ["attacks/", "improvers/", "pursue/"].iter().any(|folder| name.starts_with(folder));
            let there = match corpus {
                true => root.join("tests").join(name).exists(),
                false => code.contains(&format!("fn {name}()")),
            };
            assert!(there, "row {numbers:?} names `{name}`, which does not exist");
            named.insert(name);
        }
    }
    assert_eq!(rows, (1..=62).collect());
    assert_eq!(waiting, BTreeSet::from(WAITING));
    for attack in super::attacks() {
        let row: u32 = attack.one("row").unwrap().parse().unwrap();
        assert!(row == 0 || rows.contains(&row), "{}: no row {row}", attack.name);
    }
    assert!(named.len() > 80, "{} tests", named.len());
}

/// Whoever takes over a worker finds no code in it that could speak to others or sign.
#[test]
fn the_sandbox_depends_on_nothing_that_talks_or_signs() {
    let output = std::process::Command::new(env!("CARGO"))
        .args(["tree", "-p", "sandbox", "--edges", "normal", "--prefix", "none", "--format", "{p}"])
        .args(["--offline", "--locked"])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    let tree = String::from_utf8_lossy(&output.stdout).into_owned();
    let crates: BTreeSet<&str> = tree.lines().filter_map(|line| line.split(' ').next()).collect();
    assert!(crates.contains("wasmtime") && crates.contains("seccompiler"), "{output:?}");
    let forbidden = [
        "curl",
        "ecdsa",
        "ed25519",
        "h2",
        "hickory",
        "http",
        "hyper",
        "native-tls",
        "openssl",
        "p256",
        "quinn",
        "reqwest",
        "ring",
        "rsa",
        "rustls",
        "schannel",
        "security-framework",
        "tungstenite",
        "ureq",
        "aws-lc",
        "libssh",
        "wasmtime-wasi-http",
        "library",
        "assay",
    ];
    let found: Vec<&&str> = crates
        .iter()
        .filter(|name| forbidden.iter().any(|word| *name == word || name.starts_with(&format!("{word}-"))))
        .collect();
    assert!(found.is_empty(), "{found:?}");
    println!("{} crates in the sandbox's tree", crates.len());
}
