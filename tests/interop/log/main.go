// Checks a library's log with the code behind Go's checksum database: golang.org/x/mod/sumdb/note opens the
// checkpoints, golang.org/x/mod/sumdb/tlog reads tiles and proves.
//
// What is ours here is only where files are (C2SP writes tile/<L>/<N> where Go's tile/8/<L>/<N> says the height as well)
// and how an entry bundle is cut into entries, as C2SP's tlog-tiles specifies both. Every verdict is that of the two packages.
// Each check is also made on something that was tampered with, which must fail: an oracle that says yes to all is none.
//
//	usage: log SPECIMEN    (a folder that host/library/examples/specimen.rs made)
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

const height = 8

var errEntry = errors.New("a tile has another hash than its entry")

type facts struct {
	Name      string
	Size, Old int64
	Keys      map[string]string
	Inclusion []struct {
		Index  int64
		Hashes []string
	}
}

func ok(format string, args ...interface{}) {
	fmt.Printf("ok    %s: %s\n", os.Getenv("TOOL"), fmt.Sprintf(format, args...))
}

func fail(format string, args ...interface{}) {
	fmt.Printf("FAIL  %s: %s\n", os.Getenv("TOOL"), fmt.Sprintf(format, args...))
	os.Exit(1)
}

func must(err error, what string) {
	if err != nil {
		fail("%s: %v", what, err)
	}
}

func mustFail(err error, what string) {
	if err == nil {
		fail("%s: accepted, and should not have been", what)
	}
}

func read(path ...string) []byte {
	data, err := os.ReadFile(filepath.Join(path...))
	must(err, "reading")
	return data
}

// open gives the tree that a checkpoint states, after its signature was verified with this key line.
func open(checkpoint []byte, vkey, origin string) (tlog.Tree, error) {
	verifier, err := note.NewVerifier(vkey)
	if err != nil {
		return tlog.Tree{}, err
	}
	opened, err := note.Open(checkpoint, note.VerifierList(verifier))
	if err != nil {
		return tlog.Tree{}, err
	}
	lines := strings.Split(opened.Text, "\n")
	if len(lines) != 4 || lines[0] != origin || lines[3] != "" {
		return tlog.Tree{}, fmt.Errorf("not the checkpoint of %s: %q", origin, opened.Text)
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	if err != nil {
		return tlog.Tree{}, err
	}
	root, err := tlog.ParseHash(lines[2])
	return tlog.Tree{N: size, Hash: root}, err
}

// tiles reads tiles out of the folder of a library, with a hook for whoever tampers.
type tiles struct {
	folder string
	tamper func(path string, data []byte)
	seen   map[string]int
}

func (t *tiles) Height() int                     { return height }
func (t *tiles) SaveTiles([]tlog.Tile, [][]byte) {}
func (t *tiles) path(tile tlog.Tile) string {
	path := strings.TrimPrefix(tile.Path(), fmt.Sprintf("tile/%d/", height))
	return "log/tile/" + strings.Replace(path, "data/", "entries/", 1)
}

func (t *tiles) ReadTiles(wanted []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, tile := range wanted {
		path := t.path(tile)
		data, err := os.ReadFile(filepath.Join(t.folder, path))
		if err != nil {
			return nil, err
		}
		if t.tamper != nil {
			t.tamper(path, data)
		}
		t.seen[path] = len(data)
		all = append(all, data)
	}
	return all, nil
}

// entries cuts the bundles: each entry stands behind its length in two big-endian bytes.
func entries(t *tiles, size int64) [][]byte {
	var all [][]byte
	for n := int64(0); n<<height < size; n++ {
		width := size - n<<height
		if width > 1<<height {
			width = 1 << height
		}
		bundle := read(t.folder, t.path(tlog.Tile{H: height, L: -1, N: n, W: int(width)}))
		for ; width > 0; width-- {
			if len(bundle) < 2 || len(bundle) < 2+int(binary.BigEndian.Uint16(bundle)) {
				fail("entry bundle %d ends early", n)
			}
			end := 2 + int(binary.BigEndian.Uint16(bundle))
			all = append(all, bundle[2:end])
			bundle = bundle[end:]
		}
		if len(bundle) != 0 {
			fail("entry bundle %d has %d bytes too many", n, len(bundle))
		}
	}
	return all
}

func checkNotes(f facts, checkpoint, kept []byte) (now, old tlog.Tree) {
	now, err := open(checkpoint, f.Keys["log"], f.Name)
	must(err, "the checkpoint")
	old, err = open(kept, f.Keys["log"], f.Name)
	must(err, "the checkpoint that was kept")
	if now.N != f.Size || old.N != f.Old {
		fail("checkpoints of sizes %d and %d, not %d and %d", now.N, old.N, f.Size, f.Old)
	}
	ok("note: the checkpoints of sizes %d and %d open with the log key's line", now.N, old.N)

	text := bytes.Index(checkpoint, []byte("\n\n")) + 1
	for at := 0; at < text; at++ {
		flipped := append([]byte(nil), checkpoint...)
		flipped[at] ^= 1
		_, err := open(flipped, f.Keys["log"], f.Name)
		mustFail(err, fmt.Sprintf("a checkpoint with a bit flipped in byte %d", at))
	}
	before := bytes.LastIndexByte(checkpoint, ' ') + 1
	signature, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(checkpoint[before:])))
	must(err, "the signature line")
	for at := range signature {
		signature[at] ^= 1
		flipped := string(checkpoint[:before]) + base64.StdEncoding.EncodeToString(signature) + "\n"
		signature[at] ^= 1
		_, err := open([]byte(flipped), f.Keys["log"], f.Name)
		mustFail(err, fmt.Sprintf("a checkpoint with a bit flipped in byte %d of its signature", at))
	}
	ok("note: refused with a bit flipped in any of %d bytes of text and %d of signature", text, len(signature))

	_, other, err := note.GenerateKey(rand.Reader, f.Name)
	must(err, "making a key")
	for what, vkey := range map[string]string{"another log's": other, "the evidence": f.Keys["evidence"], "the root": f.Keys["root"]} {
		_, err := open(checkpoint, vkey, f.Name)
		mustFail(err, "a checkpoint, by "+what+" key")
	}
	ok("note: not opened by the evidence key, the root key or a new key of the same name")
	return now, old
}

// checkRoots grows the tree from nothing but entries, and gives all its hashes.
func checkRoots(records [][]byte, trees ...tlog.Tree) tlog.HashReader {
	var stored []tlog.Hash
	storage := tlog.HashReaderFunc(func(indexes []int64) ([]tlog.Hash, error) {
		var hashes []tlog.Hash
		for _, index := range indexes {
			hashes = append(hashes, stored[index])
		}
		return hashes, nil
	})
	for n, record := range records {
		added, err := tlog.StoredHashes(int64(n), record, storage)
		must(err, "growing the tree")
		stored = append(stored, added...)
	}
	for _, tree := range trees {
		root, err := tlog.TreeHash(tree.N, storage)
		must(err, "hashing the tree")
		if root != tree.Hash {
			fail("the first %d entries have another root than their checkpoint", tree.N)
		}
		ok("tlog: the first %d entries hash to the root of their checkpoint", tree.N)
	}
	return storage
}

// checkTiles compares every tile with the one that Go would have written, and reads all of them as Go's client does.
func checkTiles(t *tiles, now tlog.Tree, records [][]byte, storage tlog.HashReader) tlog.HashReader {
	expected := map[string]bool{}
	for level, size := 0, now.N; size > 0; level, size = level+1, size>>height {
		for n := int64(0); n<<height < size; n++ {
			tile := tlog.Tile{H: height, L: level, N: n, W: 1 << height}
			if rest := size - n<<height; rest < 1<<height {
				tile.W = int(rest)
			}
			data, err := tlog.ReadTileData(tile, storage)
			must(err, "making a tile")
			if !bytes.Equal(data, read(t.folder, t.path(tile))) {
				fail("%s is not what Go writes", t.path(tile))
			}
			expected[t.path(tile)] = true
		}
	}
	ok("tlog: %d tiles are byte for byte those that Go writes", len(expected))

	var indexes []int64
	for n := range records {
		indexes = append(indexes, tlog.StoredHashIndex(0, int64(n)))
	}
	check := func(reader tlog.HashReader) error {
		hashes, err := reader.ReadHashes(indexes)
		if err != nil {
			return err
		}
		for n, record := range records {
			if hashes[n] != tlog.RecordHash(record) {
				return errEntry
			}
		}
		return nil
	}
	reader := tlog.TileHashReader(now, t)
	must(check(reader), "reading the tiles")
	if len(t.seen) != len(expected) {
		fail("Go read %d tiles, and there are %d", len(t.seen), len(expected))
	}
	ok("tlog: TileHashReader takes them for the signed root; %d entries have the hashes in them", len(records))

	// A bit of every hash is flipped in turn. Versions of x/mod before 0.40 leave up to two tiles of each
	// call unauthenticated (CVE-2026-56865): there it is the comparison with the entries that finds it.
	byReader, byEntries := 0, 0
	for path, length := range t.seen {
		for at := 0; at < length; at += tlog.HashSize {
			tampered := &tiles{folder: t.folder, seen: map[string]int{}}
			tampered.tamper = func(read string, data []byte) {
				if read == path {
					data[at+at/tlog.HashSize%tlog.HashSize] ^= 1
				}
			}
			switch err := check(tlog.TileHashReader(now, tampered)); err {
			case nil:
				fail("%s with a bit flipped in its hash %d: accepted", path, at/tlog.HashSize)
			case errEntry:
				byEntries++
			default:
				byReader++
			}
		}
	}
	ok("tlog: a bit flipped in any of the tiles' %d hashes is found: %d times by TileHashReader, %d by the entries",
		byReader+byEntries, byReader, byEntries)
	return reader
}

func checkInclusion(f facts, now tlog.Tree, reader tlog.HashReader, records [][]byte) {
	for _, given := range f.Inclusion {
		var proof tlog.RecordProof
		for _, text := range given.Hashes {
			var hash tlog.Hash
			_, err := hex.Decode(hash[:], []byte(text))
			must(err, "a proof's hash")
			proof = append(proof, hash)
		}
		leaf := tlog.RecordHash(records[given.Index])
		must(tlog.CheckRecord(proof, now.N, now.Hash, given.Index, leaf), fmt.Sprintf("the proof of leaf %d", given.Index))
		own, err := tlog.ProveRecord(now.N, given.Index, reader)
		must(err, "proving")
		if fmt.Sprint(own) != fmt.Sprint(proof) {
			fail("Go proves leaf %d by other hashes", given.Index)
		}
		// All of it is needed: no other place, entry or hash will do.
		mustFail(tlog.CheckRecord(proof, now.N, now.Hash, given.Index^1, leaf), "a proof for another index")
		other := tlog.RecordHash(records[(given.Index+1)%now.N])
		mustFail(tlog.CheckRecord(proof, now.N, now.Hash, given.Index, other), "a proof for another leaf")
		for i := range proof {
			proof[i][i] ^= 1
			mustFail(tlog.CheckRecord(proof, now.N, now.Hash, given.Index, leaf), "a proof with a bit flipped")
			proof[i][i] ^= 1
		}
	}
	ok("tlog: the program's inclusion proofs of %d leaves hold and are Go's own; edited ones do not", len(f.Inclusion))
}

func checkConsistency(now, old tlog.Tree, reader tlog.HashReader) {
	proof, err := tlog.ProveTree(now.N, old.N, reader)
	must(err, "proving consistency")
	must(tlog.CheckTree(proof, now.N, now.Hash, old.N, old.Hash), "consistency")
	forged := old.Hash
	forged[0] ^= 1
	mustFail(tlog.CheckTree(proof, now.N, now.Hash, old.N, forged), "consistency with another history")
	mustFail(tlog.CheckTree(proof, now.N, now.Hash, old.N-1, old.Hash), "consistency with another size")
	ok("tlog: the log of %d leaves continues the one of %d; with another root or size it does not", now.N, old.N)
}

func main() {
	if len(os.Args) != 2 {
		fail("usage: log SPECIMEN")
	}
	specimen := os.Args[1]
	var f facts
	must(json.Unmarshal(read(specimen, "facts.json"), &f), "facts.json")
	folder := filepath.Join(specimen, "library")
	kept := read(specimen, fmt.Sprintf("checkpoint-%d", f.Old))
	now, old := checkNotes(f, read(folder, "log/checkpoint"), kept)

	t := &tiles{folder: folder, seen: map[string]int{}}
	records := entries(t, now.N)
	storage := checkRoots(records, old, now)
	reader := checkTiles(t, now, records, storage)
	checkInclusion(f, now, reader, records)
	checkConsistency(now, old, reader)
}
