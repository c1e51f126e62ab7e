//! The log's Merkle tree: RFC 6962 §2.1 hashing, cut into tiles as C2SP tlog-tiles does.
//!
//! A tile is 256 sibling hashes; tile level L holds the roots of perfect subtrees of 256^L leaves. [`Frontier`] is
//! a tree of any size kept as its unfinished tiles, one per level: adding a leaf costs one hash amortised, the
//! root costs one fold, and the tiles to write are exactly its contents. Writer and verifier share it, so
//! what is written and what is demanded can't drift apart.
//!
//! Proofs read subtree roots through a function, which for a stored log reads tiles. They are checked with
//! RFC 9162's algorithms (§2.1.3.2, §2.1.4.2), which know nothing of tiles.

use sha2::{Digest as _, Sha256};

/// SHA-256 output.
pub type Hash = [u8; 32];

/// Hashes in a full tile.
pub(crate) const WIDTH: usize = 256;

/// The hash of one leaf's bytes.
pub fn leaf_hash(entry: &[u8]) -> Hash {
    Sha256::new().chain_update([0]).chain_update(entry).finalize().into()
}

/// The hash of an inner node.
pub(crate) fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

/// The root of a perfect subtree. `hashes` is a power of two of them, at least one.
fn perfect(hashes: &[Hash]) -> Hash {
    let mut row = hashes.to_vec();
    while row.len() > 1 {
        row = row.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect();
    }
    // An empty slice never gets here: callers cut at powers of two.
    row.first().copied().unwrap_or_default()
}

/// A finished tile: 256 hashes that never change again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FullTile {
    pub(crate) level: u8,
    pub(crate) index: u64,
    pub(crate) hashes: Vec<Hash>,
}

/// A growing tree, as the unfinished tile of each level.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Frontier {
    size: u64,
    /// Fewer than 256 hashes each.
    levels: Vec<Vec<Hash>>,
}

impl Frontier {
    /// Number of leaves.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf and hands over each tile that it completes.
    pub(crate) fn push(&mut self, leaf: Hash, full: &mut dyn FnMut(FullTile)) {
        self.size += 1;
        let mut carry = leaf;
        for level in 0u8.. {
            let at = usize::from(level);
            if self.levels.len() == at {
                self.levels.push(Vec::new());
            }
            self.levels[at].push(carry);
            if self.levels[at].len() < WIDTH {
                return;
            }
            let hashes = std::mem::take(&mut self.levels[at]);
            carry = perfect(&hashes);
            full(FullTile { level, index: full_tiles(self.size, level) - 1, hashes });
        }
    }

    /// The unfinished, non-empty tiles: level, index, hashes.
    pub(crate) fn partials(&self) -> impl Iterator<Item = (u8, u64, &[Hash])> {
        let levels = (0u8..).zip(&self.levels).filter(|(_, hashes)| !hashes.is_empty());
        levels.map(|(level, hashes)| (level, full_tiles(self.size, level), hashes.as_slice()))
    }

    /// The tree's root; SHA-256 of nothing for the empty tree.
    pub(crate) fn root(&self) -> Hash {
        let mut root = None;
        for hashes in &self.levels {
            // Within a level the perfect subtrees are as wide as the bits of its length say, the widest first.
            let mut end = hashes.len();
            while end > 0 {
                let start = end & (end - 1);
                let peak = perfect(&hashes[start..end]);
                root = Some(root.map_or(peak, |right| node_hash(&peak, &right)));
                end = start;
            }
        }
        root.unwrap_or_else(|| Sha256::digest([]).into())
    }
}

/// Finished tiles of that level in a tree of `size` leaves.
pub(crate) fn full_tiles(size: u64, level: u8) -> u64 {
    size.checked_shr(8 * (u32::from(level) + 1)).unwrap_or(0)
}

/// Hashes in the unfinished tile of that level in a tree of `size` leaves, 0 to 255.
pub(crate) fn partial_width(size: u64, level: u8) -> usize {
    (size.checked_shr(8 * u32::from(level)).unwrap_or(0) & 255) as usize
}

/// The largest power of two below `n`, for `n` ≥ 2.
fn split(n: u64) -> u64 {
    1 << (63 - (n - 1).leading_zeros())
}

/// The hash of leaves `start..start + n`, where `start` is a multiple of a power of two that is at least `n`.
/// `node(height, i)` is the root of leaves `i << height ..(i + 1) << height`.
fn range<E>(
    start: u64,
    n: u64,
    node: &mut dyn FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Option<Hash>, E> {
    let (mut root, mut end) = (None, n);
    while end > 0 {
        let height = end.trailing_zeros();
        end &= end - 1;
        let peak = node(height, (start + end) >> height)?;
        root = Some(root.map_or(peak, |right| node_hash(&peak, &right)));
    }
    Ok(root)
}

/// The audit path of leaf `index` in the tree of `size` leaves (RFC 6962 §2.1.1), leaf's sibling first. Empty if `index`
/// is not below `size`.
///
/// # Errors
/// Those of `node`.
pub(crate) fn inclusion<E>(
    index: u64,
    size: u64,
    node: &mut dyn FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let (mut path, mut start, mut n) = (Vec::new(), 0, size);
    while n > 1 && index < size {
        let k = split(n);
        if index - start < k {
            path.extend(range(start + k, n - k, node)?);
            n = k;
        } else {
            path.extend(range(start, k, node)?);
            (start, n) = (start + k, n - k);
        }
    }
    path.reverse();
    Ok(path)
}

/// The proof that the tree of `size` leaves continues the tree of its first `old` (RFC 6962 §2.1.2). Empty if `old` is 0
/// or not below `size`.
///
/// # Errors
/// Those of `node`.
pub(crate) fn consistency<E>(
    old: u64,
    size: u64,
    node: &mut dyn FnMut(u32, u64) -> Result<Hash, E>,
) -> Result<Vec<Hash>, E> {
    let (mut path, mut start, mut m, mut n) = (Vec::new(), 0, old, size);
    if old == 0 || old >= size {
        return Ok(path);
    }
    while m < n {
        let k = split(n);
        if m <= k {
            path.extend(range(start + k, n - k, node)?);
            n = k;
        } else {
            path.extend(range(start, k, node)?);
            (start, m, n) = (start + k, m - k, n - k);
        }
    }
    if start > 0 {
        path.extend(range(start, m, node)?);
    }
    path.reverse();
    Ok(path)
}

/// Whether `path` proves that `leaf` is leaf `index` of the tree with that size and root.
pub fn verify_inclusion(leaf: &Hash, index: u64, size: u64, root: &Hash, path: &[Hash]) -> bool {
    if index >= size {
        return false;
    }
    let (mut f, mut s, mut r) = (index, size - 1, *leaf);
    for p in path {
        if s == 0 {
            return false;
        }
        if f & 1 == 1 || f == s {
            r = node_hash(p, &r);
            while f & 1 == 0 && f != 0 {
                (f, s) = (f >> 1, s >> 1);
            }
        } else {
            r = node_hash(&r, p);
        }
        (f, s) = (f >> 1, s >> 1);
    }
    s == 0 && r == *root
}

/// Whether `path` proves that the tree (`size`, `root`) continues the tree (`old`, `old_root`). Any tree continues the empty
/// one.
pub fn verify_consistency(old: u64, old_root: &Hash, size: u64, root: &Hash, path: &[Hash]) -> bool {
    if old == 0 {
        return path.is_empty() && *old_root == Frontier::default().root();
    }
    if old >= size {
        return old == size && path.is_empty() && old_root == root;
    }
    let first = if old.is_power_of_two() { Some(old_root) } else { None };
    let mut path = first.into_iter().chain(path);
    let (mut f, mut s) = (old - 1, size - 1);
    while f & 1 == 1 {
        (f, s) = (f >> 1, s >> 1);
    }
    let Some(seed) = path.next() else { return false };
    let (mut fr, mut sr) = (*seed, *seed);
    for p in path {
        if s == 0 {
            return false;
        }
        if f & 1 == 1 || f == s {
            (fr, sr) = (node_hash(p, &fr), node_hash(p, &sr));
            while f & 1 == 0 && f != 0 {
                (f, s) = (f >> 1, s >> 1);
            }
        } else {
            sr = node_hash(&sr, p);
        }
        (f, s) = (f >> 1, s >> 1);
    }
    s == 0 && fr == *old_root && sr == *root
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;

    /// RFC 6962 §2.1, word for word: the oracle.
    fn mth(leaves: &[Hash]) -> Hash {
        match leaves {
            [] => Sha256::digest([]).into(),
            [leaf] => *leaf,
            _ => {
                let (left, right) = leaves.split_at(split(leaves.len() as u64) as usize);
                node_hash(&mth(left), &mth(right))
            }
        }
    }

    fn leaves(n: u64) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    #[test]
    fn the_root_is_the_rfc_s_root_for_every_size() {
        let all = leaves(600);
        let mut frontier = Frontier::default();
        let mut full = Vec::new();
        for (i, leaf) in all.iter().enumerate() {
            assert_eq!(frontier.root(), mth(&all[..i]));
            frontier.push(*leaf, &mut |tile| full.push(tile));
        }
        let expected: Vec<_> = (0..2).map(|i| (0u8, i as u64, &all[i * 256..(i + 1) * 256])).collect();
        assert!(full.iter().map(|t| (t.level, t.index, t.hashes.as_slice())).eq(expected));
        let top = [mth(&all[..256]), mth(&all[256..512])];
        assert!(frontier.partials().eq([(0, 2, &all[512..]), (1, 0, &top[..])]));
    }

    #[test]
    fn the_rfc_s_known_root_of_eight_leaves_comes_out() {
        // The test vector that Certificate Transparency implementations share.
        let entries: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        let mut frontier = Frontier::default();
        entries.iter().for_each(|entry| frontier.push(leaf_hash(entry), &mut |_| {}));
        let root = "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328";
        assert_eq!(crate::digest::hex(&frontier.root()), root);
    }

    #[test]
    fn proofs_for_every_size_to_600_convince_and_altered_ones_do_not() {
        let all = leaves(600);
        let roots: Vec<Hash> = (0..=600).map(|n| mth(&all[..n])).collect();
        // nodes[height][i]: the perfect subtrees.
        let mut nodes = vec![all.clone()];
        while let Some(row) = nodes.last().filter(|row| row.len() > 1) {
            nodes.push(row.chunks_exact(2).map(|pair| node_hash(&pair[0], &pair[1])).collect());
        }
        let mut node = |h: u32, i: u64| Ok::<_, Infallible>(nodes[h as usize][i as usize]);
        for size in 1..=600u64 {
            let root = roots[size as usize];
            // Every index of the small trees; of the others every seventh, the last, and those beside a tile's edge.
            for at in (0..size)
                .filter(|i| size < 80 || i % 7 == 0 || *i + 1 == size || i % 256 >= 255 || i % 256 <= 1)
            {
                let leaf = all[at as usize];
                let path = inclusion(at, size, &mut node).unwrap();
                assert!(verify_inclusion(&leaf, at, size, &root, &path), "{at} of {size}");
                assert!(!verify_inclusion(&leaf, at + 1, size, &root, &path));
                assert!(!verify_inclusion(&root, at, size, &root, &path) || size == 1);
                assert!(!verify_inclusion(&leaf, at, size, &leaf_hash(b"x"), &path));

                let old_root = roots[at as usize];
                let mut path = consistency(at, size, &mut node).unwrap();
                assert!(verify_consistency(at, &old_root, size, &root, &path), "{at} to {size}");
                assert!(!verify_consistency(at, &leaf_hash(b"x"), size, &root, &path));
                assert!(at == 0 || !verify_consistency(at, &old_root, size, &leaf_hash(b"x"), &path));
                path.push(root);
                assert!(!verify_consistency(at, &old_root, size, &root, &path));
            }
            assert!(verify_consistency(size, &root, size, &root, &[]));
        }
    }
}
