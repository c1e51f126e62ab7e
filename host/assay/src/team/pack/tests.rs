//! What goes in comes out, and what others made is refused in words.

use super::*;
use crate::compile::{World, admit};

/// A text agent in as few words as there can be: it traps.
fn agent(salt: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (core module $candidate
              (memory (export "memory") 1)
              (global (export "salt") i32 (i32.const {salt}))
              (func (export "realloc") (param i32 i32 i32 i32) (result i32) i32.const 0)
              (func (export "run") (param i32 i32) (result i32) unreachable))
            (core instance $i (instantiate $candidate))
            (type $answer (result string (error string)))
            (func (export "run") (param "input" string) (result $answer)
              (canon lift (core func $i "run") (memory (core memory $i "memory")) (realloc (core func $i "realloc")))))"#
    );
    let world = World::host("agent").unwrap();
    admit(&wat::parse_str(text).unwrap(), &world, Role::Candidate, false).unwrap().wasm
}

fn two() -> (Document, BTreeMap<String, Vec<u8>>) {
    let agents: BTreeMap<String, Vec<u8>> =
        ["1", "2"].map(agent).into_iter().map(|wasm| (sha256(&wasm), wasm)).collect();
    let digests: Vec<&String> = agents.keys().collect();
    let text = format!(
        "# assay team 1\nanswer = \"b\"\n\n[roles.a]\nagent = \"{}\"\ntakes = [\"input\"]\n\n[roles.b]\nagent = \"{}\"\ntakes = [\"a\", \"input\"]\n",
        digests[0], digests[1]
    );
    (Document::parse(&text).unwrap(), agents)
}

fn packed() -> Vec<u8> {
    let (document, agents) = two();
    pack(&document, |digest| agents.get(digest).cloned().ok_or("unknown".into())).unwrap()
}

#[test]
fn a_team_is_a_component_of_its_world_and_comes_out_as_it_went_in() {
    let (document, agents) = two();
    let world = World::host("team-agent").unwrap();
    let component = admit(&packed(), &world, Role::Candidate, false).unwrap();
    assert_eq!(component.wasm, packed(), "in the form in which it is admitted");
    assert!(is_team(&component));
    assert_eq!(component.exports, ["run"]);
    assert_eq!(component.imports, [TEAM]);
    let unpacked = unpack(&component.wasm).unwrap();
    assert_eq!(unpacked.document, document);
    assert!(unpacked.members.keys().eq(agents.keys()));
    assert_eq!(packed(), packed(), "equal teams have equal bytes");
}

#[test]
fn no_world_but_its_own_takes_a_team() {
    let world = World::host("agent").unwrap();
    let why = admit(&packed(), &world, Role::Candidate, false).unwrap_err();
    assert!(why.contains("assay:host/team"), "{why}");
}

#[test]
fn what_carries_no_team_is_refused_in_words() {
    let text = |wat: &str| unpack(&wat::parse_str(wat).unwrap()).unwrap_err().to_string();
    assert!(text("(component)").contains("no data"));
    assert!(text(r#"(component (core module (data "\ff")))"#).contains("not UTF-8"));
    assert!(text(r#"(component (core module (data "fn main() {}")))"#).contains("first line"));
    assert!(unpack(b"garbage").is_err());
    let (document, agents) = two();
    let wrong = pack(&document, |_| Ok(agents.values().next().unwrap().clone())).unwrap_err();
    assert!(wrong.to_string().contains("its bytes have digest"), "{wrong}");
    let missing = pack(&document, |_| Err("it is not in the library".into())).unwrap_err();
    assert!(missing.to_string().contains("role `a`") && missing.to_string().contains("not in the library"));
}

#[test]
fn a_member_that_wants_more_than_a_log_is_none() {
    let (document, mut agents) = two();
    let greedy = packed();
    let digest = sha256(&greedy);
    agents.insert(digest.clone(), greedy);
    let mut document = document;
    document.roles.get_mut("a").unwrap().filling = super::super::Filling::Agent(digest);
    let why = pack(&document, |digest| Ok(agents[digest].clone())).unwrap_err().to_string();
    assert!(why.contains("lent nothing but the log"), "{why}");
}

#[test]
fn no_byte_of_a_team_can_be_another() {
    let wasm = packed();
    for at in 0..wasm.len() {
        let mut damaged = wasm.clone();
        damaged[at] ^= 0x40;
        assert!(unpack(&damaged).is_err(), "byte {at}");
    }
}

#[test]
fn what_is_in_a_team_beside_its_members_is_refused() {
    let (document, agents) = two();
    let members = agents.iter().map(|(digest, wasm)| (digest.clone(), can_join(wasm).unwrap())).collect();
    let mut wasm = encoded(&document, &members);
    assert!(unpack(&wasm).is_ok());
    // A second core module: nothing reads it, and it could be anything.
    wasm.extend([1, 8]);
    wasm.extend(b"\0asm\x01\0\0\0");
    assert!(unpack(&wasm).unwrap_err().to_string().contains("more in it"));
}

/// A component as somebody would make one by hand that claims to carry these as its document and its members.
fn claimed(document: &[u8], members: &[&[u8]]) -> Vec<u8> {
    let quoted = |bytes: &[u8]| bytes.iter().map(|byte| format!("\\{byte:02x}")).collect::<String>();
    let data = std::iter::once(document).chain(members.iter().copied());
    let data: String = data.map(|bytes| format!("(data \"{}\")", quoted(bytes))).collect();
    let text = format!(
        r#"(component
             (type $team (instance
               (type $answer (result string (error string)))
               (export "run" (func (param "input" string) (result $answer)))))
             (import "{TEAM}" (instance $host (type $team)))
             (alias export $host "run" (func $run))
             (export "run" (func $run))
             (core module {data}))"#
    );
    let world = World::host("team-agent").unwrap();
    // It passes the door of its world: what it carries is for `unpack` to see.
    admit(&wat::parse_str(text).unwrap(), &world, Role::Candidate, false).unwrap().wasm
}

fn document(members: &[&[u8]]) -> String {
    let roles = members.iter().enumerate().map(|(number, member)| {
        let digest = sha256(member);
        let takes = if number == 0 { "input".to_owned() } else { format!("r{}", number - 1) };
        format!("\n[roles.r{number}]\nagent = \"{digest}\"\ntakes = [\"{takes}\"]\n")
    });
    format!("# assay team 1\nanswer = \"r{}\"\n{}", members.len() - 1, roles.collect::<String>())
}

#[test]
fn a_team_made_by_hand_that_is_none_is_refused_by_what_is_wrong_with_it() {
    let (one, two) = (agent("1"), agent("2"));
    let refused = |document: &str, members: &[&[u8]]| {
        let mut members = members.to_vec();
        // As `pack` puts them: by digest.
        members.sort_by_key(|member| sha256(member));
        unpack(&claimed(document.as_bytes(), &members)).unwrap_err()
    };
    let sound = document(&[&one, &two]);

    let cyclic = sound.replace("[\"input\"]", "[\"r1\"]");
    assert!(matches!(refused(&cyclic, &[&one, &two]), PackError::Team(TeamError::Cycle(_))));
    let nowhere = sound.replace("[\"input\"]", "[\"r7\"]");
    assert!(matches!(refused(&nowhere, &[&one, &two]), PackError::Team(TeamError::Source { .. })));
    let named = sound.replacen(&format!("agent = \"{}\"", sha256(&one)), "name = \"somebody\"", 1);
    assert!(matches!(refused(&named, &[&one, &two]), PackError::Team(TeamError::Unfilled { .. })));

    let carries = |error: PackError, words: &str| match error {
        PackError::Carries(why) => assert!(why.contains(words), "{why}"),
        other => panic!("{other}"),
    };
    carries(refused(&sound, &[&one]), "1 members for 2 components");
    carries(refused(&sound, &[&one, &two, &two]), "3 members for 2 components");
    carries(refused(&sound.replace("\nanswer", "\n\nanswer"), &[&one, &two]), "canonical");

    let member = |error: PackError, words: &str| match error {
        PackError::Member { role, why, .. } => assert!(why.contains(words), "{role}: {why}"),
        other => panic!("{other}"),
    };
    member(refused(&sound, &[&one, &agent("3")]), "another digest");
    let team = packed();
    member(refused(&document(&[&team]), &[&team]), "lent nothing but the log");
    let module: &[u8] = b"\0asm\x01\0\0\0";
    member(refused(&document(&[module]), &[module]), "not a component");
    let noise: &[u8] = b"no component at all";
    member(refused(&document(&[noise]), &[noise]), "");
    let reads = wat::parse_str(r#"(component (import "wasi:filesystem/types@0.2.0" (instance)))"#).unwrap();
    member(refused(&document(&[&reads]), &[&reads]), "it imports `wasi:filesystem/types@0.2.0`");
    let mute = wat::parse_str("(component)").unwrap();
    member(refused(&document(&[&mute]), &[&mute]), "does not export `run");
    // A core module's name says on whom a trap falls: a member's is the host's choice.
    let forged = wat::parse_str("(component (core module $evaluator))").unwrap();
    member(refused(&document(&[&forged]), &[&forged]), "not in the form");

    // And what is whole, but put together otherwise than this program does it.
    carries(refused(&document(&[&one]), &[&one]), "more in it");
}

#[test]
fn documents_that_would_fell_their_reader_are_refused() {
    let refused = |text: String| unpack(&claimed(text.as_bytes(), &[])).unwrap_err();
    let huge = format!("# assay team 1\n# {}\n", "x".repeat(64 << 10));
    assert!(matches!(refused(huge), PackError::Team(TeamError::Size { what: "bytes", .. })));
    let role = |number: u32| format!("[roles.r{number}]\nname = \"a\"\ntakes = [\"input\"]\n");
    let many = format!("# assay team 1\nanswer = \"r0\"\n{}", (0..33).map(role).collect::<String>());
    assert!(matches!(refused(many), PackError::Team(TeamError::Size { what: "roles", .. })));
    for deep in ["[", "{a=", "a.", "[a."] {
        let deep = format!("# assay team 1\nanswer = {}", deep.repeat(20_000));
        assert!(matches!(refused(deep), PackError::Team(TeamError::Form(_))));
    }
}
