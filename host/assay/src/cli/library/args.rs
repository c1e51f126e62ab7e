//! What can be asked of a library.

use clap::{Args, Subcommand};
use std::path::PathBuf;

/// `assay library …`
#[derive(Debug, Subcommand)]
pub enum LibraryVerb {
    /// What is current, a line per agent
    List,
    /// One version: evidence, gates, source
    Show {
        /// Name, or digest of a version or component
        version: String,
    },
    /// Check everything, offline; with --reexecute also that a version's figures come out again
    Verify(VerifyArgs),
    /// The log, a line per leaf
    Log {
        /// Leaves of this agent alone
        name: Option<String>,
    },
    /// Proof that a leaf is in the log, for whoever holds a checkpoint
    Prove {
        /// The leaf's index
        leaf: u64,
        /// Prove instead that the log continues the one of so many leaves
        #[arg(long, value_name = "SIZE")]
        since: Option<u64>,
    },
    /// The signed checkpoint, to be kept elsewhere
    Checkpoint,
    /// Log that the log is alive now
    Fresh,
    /// Verify the library, then cosign its checkpoint as a witness
    Witness {
        /// The witness' name, e.g. example.com/witness
        name: String,
        /// Where the last checkpoint that this witness saw is kept
        #[arg(long, value_name = "FILE")]
        state: PathBuf,
    },
    /// What waits for people, and what an approver must see
    Pending {
        /// One of them, by the first eight digits of its id or more
        id: Option<String>,
    },
    /// Approve what waits; it happens when enough people did
    Approve {
        /// Its id, or the first eight digits and more
        id: String,
        /// Take in a signature made elsewhere: a DSSE envelope, or what `ssh-keygen -Y sign` wrote
        #[arg(long, value_name = "FILE")]
        signature: Option<PathBuf>,
        /// Write the bytes that are to be signed to this file, and sign nothing
        #[arg(long, value_name = "FILE", conflicts_with = "signature")]
        export: Option<PathBuf>,
        /// Sign with your own approver key into this file, for whoever writes the library
        #[arg(long, value_name = "FILE", conflicts_with_all = ["signature", "export"])]
        detached: Option<PathBuf>,
    },
    /// Take back what waits
    Withdraw {
        /// Its id, or the first eight digits and more
        id: String,
    },
    /// Make current again what was so before; not evaluated again, but approved
    Rollback {
        /// The agent's name
        name: String,
        /// Digest of the version, or its first eight digits and more [default: what was current before]
        #[arg(long, value_name = "DIGEST")]
        to: Option<String>,
        /// The channel
        #[arg(long, default_value = "stable")]
        channel: String,
    },
    /// Move a canary up, if enough calls were observed and it passed no bound
    Advance(super::super::advance::AdvanceArgs),
    /// Take a version out of use for good, in every channel
    Revoke {
        /// Name, or digest of a version
        version: String,
        /// Every version that was derived from it as well
        #[arg(long)]
        descendants: bool,
    },
    /// Take a key's word away from here on; needs the people who hold root keys
    RevokeKey {
        /// The key's id, 64 hex digits, as `assay library root` shows it
        key: String,
    },
    /// Whom the library trusts
    #[command(subcommand)]
    Root(RootVerb),
    /// Where a version came from, what came of it, and what each step gained
    Lineage {
        /// Name, or digest of a version or component
        version: String,
    },
    /// Two versions: source, interface, scores, fuel
    Diff {
        /// Name, or digest of a version or component
        old: String,
        /// Name, or digest of a version or component
        new: String,
    },
    /// Why a version won: gates, evidence, edits, the generator's words
    Explain {
        /// Name, or digest of a version or component
        version: String,
    },
    /// Bring the folder in order after a crash, then verify it
    Fsck,
    /// Remove what the log does not name
    Gc {
        /// The components of refused versions as well; their evidence stays
        #[arg(long)]
        losers: bool,
    },
    /// What the library holds, and how much room it takes
    Stats,
    /// Show or set how much the library may hold
    Caps {
        /// Leaves that name a version
        #[arg(long)]
        versions: Option<u64>,
        /// Proposals that wait
        #[arg(long)]
        pending: Option<u64>,
        /// Bytes of all blobs
        #[arg(long)]
        bytes: Option<u64>,
    },
}

/// `assay library verify`
#[derive(Debug, Args)]
pub struct VerifyArgs {
    /// A root file, or a root key's line, that you hold from elsewhere
    #[arg(long, value_name = "FILE")]
    pub root: Option<PathBuf>,
    /// A checkpoint that you hold from before
    #[arg(long, value_name = "FILE")]
    pub since: Option<PathBuf>,
    /// A witness' key line, or a file of such lines
    #[arg(long, value_name = "KEY|FILE")]
    pub witness: Vec<String>,
    /// How many of these witnesses must have cosigned [default: all]
    #[arg(long, value_name = "K", requires = "witness")]
    pub witnesses: Option<u32>,
    /// The log must have said that it is alive within so many seconds
    #[arg(long, value_name = "SECONDS")]
    pub max_age: Option<u64>,
    /// Then evaluate this version again from the digests in its evidence, and compare bit for bit
    #[arg(long, value_name = "NAME|DIGEST")]
    pub reexecute: Option<String>,
}

/// `assay library root …`
#[derive(Debug, Subcommand)]
pub enum RootVerb {
    /// Keys, people, thresholds, and what needs approval
    Show,
    /// Write the next root of trust, with changes, signed by your root key
    Next(NextArgs),
    /// Add your root key's signature to a root file
    Sign {
        /// The file
        file: PathBuf,
    },
    /// Put a root that enough people signed in force
    Apply {
        /// The file
        file: PathBuf,
    },
}

/// `assay library root next`
#[derive(Debug, Args)]
pub struct NextArgs {
    /// Where to write it
    pub file: PathBuf,
    /// A person and a file with the key's line: `anna=anna.pub` (as `assay keys` prints it, or an SSH key)
    #[arg(long, value_name = "PERSON=FILE")]
    pub add_approver: Vec<String>,
    /// Take a person's approver keys away
    #[arg(long, value_name = "PERSON")]
    pub remove_approver: Vec<String>,
    /// A person and a file with the root key's line
    #[arg(long, value_name = "PERSON=FILE")]
    pub add_root: Vec<String>,
    /// Take a person's root keys away
    #[arg(long, value_name = "PERSON")]
    pub remove_root: Vec<String>,
    /// People who must approve what needs approval
    #[arg(long, value_name = "N")]
    pub approvers: Option<u32>,
    /// People who must sign a root
    #[arg(long, value_name = "N")]
    pub roots: Option<u32>,
    /// Leaf types that need approval, all of them: e.g. promote:stable rollback revoke-version
    #[arg(long, value_name = "TYPE[:CHANNEL]", num_args = 0..)]
    pub approve: Option<Vec<String>>,
    /// Replace log and evidence key by those of your key folder
    #[arg(long)]
    pub new_working_keys: bool,
}
