//! Drafts: many sources, one compiler run.
//!
//! Starting rustc, reading std and linking cost a hundred milliseconds, whatever is compiled; a small policy itself a
//! few. So what `mutate` proposes is compiled as members of one crate, each a module in a file of its own, and the
//! module that comes out is split (`split.rs`). A draft computes what its source says and is good for searching. It is
//! not what is promoted: its panics leave no words, its bytes may depend on its batch-mates where it keeps data, and
//! it was compiled beside them. A winner is compiled alone and judged as that.
//!
//! Only sources that this program wrote itself are given here: members share a compiler, and could see each other.

use super::bindings::{module, prefix};
use super::compiler::{CompileError, Compiler, Prepared, Rejection, unfit};
use super::component::{Component, Role, encode};
use super::precheck::tokens;
use super::rustc::Failure;
use super::split::Batch;
use super::world::World;
use crate::digest::of_parts;
use proc_macro2::{TokenStream, TokenTree};

/// Beyond the flags of every guest: names stay, so that panics can be told.
const FLAGS: &[&str] = &["-Cstrip=debuginfo"];

type Fate = Result<Component, Rejection>;

impl Compiler {
    /// Compile candidates that were made by `mutate`. One fate for each source, in order; a function of the sources alone,
    /// unless this machine kept the compiler from finishing: then each is compiled apart, and one that keeps data may
    /// come out with other bytes.
    ///
    /// # Errors
    /// The machine's fault, not a source's.
    pub async fn drafts(&self, world: &World, sources: &[String]) -> Result<Vec<Fate>, CompileError> {
        let prepared = self.prepare(world).await?;
        let start = ["drafts", &FLAGS.join(" "), &prepared.digest];
        let key = of_parts(start.into_iter().chain(sources.iter().map(String::as_str)).map(str::as_bytes));
        if let Some(fates) = self.load(&key)
            && fates.len() == sources.len()
        {
            return Ok(fates);
        }
        let mut fates: Vec<Option<Fate>> = sources.iter().map(|source| unfit(source).map(Err)).collect();
        let open = |fates: &[Option<Fate>]| -> Vec<usize> {
            (0..sources.len()).filter(|number| fates[*number].is_none()).collect()
        };
        let mut together = open(&fates);
        together.retain(|number| is_closed(&sources[*number]));
        while together.len() > 1 {
            let Err(failure) = self.members(world, &prepared, sources, &together, &mut fates).await else {
                break;
            };
            let culprits = match failure {
                Failure::Refused(words) => culprits(&words, &together),
                Failure::Machine(why) => return Err(CompileError::Machine(why)),
                Failure::Died(_) | Failure::TimedOut => break,
            };
            if culprits.is_empty() {
                break;
            }
            for (number, words) in culprits {
                fates[number] = Some(Err(Rejection::Diagnostics(words)));
            }
            together.retain(|number| fates[*number].is_none());
        }
        // Who must not share a crate, and whose batch-mates brought the compiler down.
        for number in open(&fates) {
            let failure = self.members(world, &prepared, sources, &[number], &mut fates).await;
            let rejection = match failure {
                Ok(()) => continue,
                Err(Failure::Refused(words)) => Rejection::Diagnostics(rename(&words, number)),
                Err(Failure::Died(how)) => Rejection::CompilerDied(how),
                Err(Failure::TimedOut) => Rejection::TimedOut,
                Err(Failure::Machine(why)) => return Err(CompileError::Machine(why)),
            };
            fates[number] = Some(Err(rejection));
        }
        let fates: Vec<Fate> = fates.into_iter().flatten().collect();
        self.store(&key, &fates)?;
        Ok(fates)
    }

    /// One compiler run; on success every member has its fate.
    async fn members(
        &self,
        world: &World,
        prepared: &Prepared,
        sources: &[String],
        members: &[usize],
        fates: &mut [Option<Fate>],
    ) -> Result<(), Failure> {
        let root = prepared.texts.roots(members);
        let names: Vec<String> = members.iter().map(|number| format!("{}.rs", module(number))).collect();
        let mut files = vec![("root.rs", root.as_str())];
        files.extend(
            names.iter().zip(members).map(|(name, number)| (name.as_str(), sources[*number].as_str())),
        );
        let built = self.rustc(prepared, &files, FLAGS).await?;
        let unexpected = |e: super::split::SplitError| Failure::Machine(e.to_string());
        let batch = Batch::read(&built).map_err(unexpected)?;
        for number in members {
            let member = batch.member(&prefix(number), world.hands_over_memory()).map_err(unexpected)?;
            fates[*number] = Some(encode(&member, world, Role::Candidate).map_err(Rejection::World));
        }
        Ok(())
    }
}

/// Whether a source keeps to its own module: it can name neither its batch-mates nor its own place.
fn is_closed(source: &str) -> bool {
    fn closed(tokens: TokenStream) -> bool {
        tokens.into_iter().all(|token| match token {
            TokenTree::Ident(name) => {
                !["super", "crate", "macro_export", "module_path", "file"].iter().any(|word| name == word)
            }
            TokenTree::Group(group) => closed(group.stream()),
            _ => true,
        })
    }
    tokens(source).is_some_and(closed)
}

/// Which members the compiler complains about, and its words on each.
fn culprits(words: &str, members: &[usize]) -> Vec<(usize, String)> {
    let words_on = |number: &usize| {
        let place = format!("{}.rs:", module(number));
        let lines: Vec<&str> = words.lines().filter(|line| line.starts_with(&place)).collect();
        (!lines.is_empty()).then(|| (*number, rename(&lines.join("\n"), *number)))
    };
    members.iter().filter_map(words_on).collect()
}

fn rename(words: &str, number: usize) -> String {
    words.replace(&module(number), "agent")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_that_reach_out_of_their_module_are_not_batched() {
        assert!(is_closed("use assay::*; pub fn f() -> f64 { self::g() }"));
        assert!(!is_closed("fn f() { super::agent_3::priority(1, 2); }"));
        assert!(!is_closed("fn f() { { (crate::x) } }"));
        assert!(!is_closed("fn f() { \"unfinished }"));
    }

    #[test]
    fn the_compilers_words_go_to_whom_they_are_about() {
        let words =
            "agent_1.rs:3:5: error[E0308]: mismatched types\nagent_12.rs:1:1: error: no\nerror: aborting";
        let about = culprits(words, &[0, 1, 2, 12]);
        assert_eq!(about[0], (1, "agent.rs:3:5: error[E0308]: mismatched types".to_owned()));
        assert_eq!(about[1], (12, "agent.rs:1:1: error: no".to_owned()));
        assert_eq!(about.len(), 2);
    }
}
