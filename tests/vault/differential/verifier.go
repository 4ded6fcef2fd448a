// Checks an exported log with the code of the Go checksum database. It shares no line with ours.
//
//	verifier DIR VKEY    prints "SIZE ROOT" and exits 0, or says what does not agree and exits 1
package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"differential/note"
	"differential/tlog"
)

const height, width = 8, 256

func check(err error, what string) {
	if err != nil {
		fmt.Printf("%s: %v\n", what, err)
		os.Exit(1)
	}
}

func refuse(format string, values ...any) {
	fmt.Printf(format+"\n", values...)
	os.Exit(1)
}

// path is where C2SP tlog-tiles keeps a tile: as tlog.Tile.Path without the height.
func path(level string, n int64, w int) string {
	name := tlog.Tile{H: height, L: 0, N: n, W: w}.Path()
	return strings.Replace(name, "tile/8/0/", "tile/"+level+"/", 1)
}

// entries cuts a bundle into its leaves, each led by its length in two bytes.
func entries(data []byte) (leaves [][]byte) {
	for len(data) > 0 {
		if len(data) < 2 || len(data) < 2+int(binary.BigEndian.Uint16(data)) {
			refuse("an entry bundle is cut off")
		}
		n := 2 + int(binary.BigEndian.Uint16(data))
		leaves, data = append(leaves, data[2:n]), data[n:]
	}
	return leaves
}

type files struct{ dir string }

func (f files) Height() int                        { return height }
func (f files) SaveTiles([]tlog.Tile, [][]byte)    {}
func (f files) ReadTiles(tiles []tlog.Tile) ([][]byte, error) {
	var all [][]byte
	for _, t := range tiles {
		data, err := os.ReadFile(filepath.Join(f.dir, path(strconv.Itoa(t.L), t.N, t.W)))
		if err != nil {
			return nil, err
		}
		all = append(all, data)
	}
	return all, nil
}

func main() {
	dir := os.Args[1]
	verifier, err := note.NewVerifier(os.Args[2])
	check(err, "key")
	text, err := os.ReadFile(filepath.Join(dir, "checkpoint"))
	check(err, "checkpoint")
	signed, err := note.Open(text, note.VerifierList(verifier))
	check(err, "signature")
	lines := strings.Split(signed.Text, "\n")
	if lines[0] != verifier.Name() {
		refuse("the checkpoint is of %q, the key of %q", lines[0], verifier.Name())
	}
	size, err := strconv.ParseInt(lines[1], 10, 64)
	check(err, "size")
	root, err := tlog.ParseHash(lines[2])
	check(err, "root")

	// 1. The root again from the raw entries: no tile is believed.
	var leaves [][]byte
	for n := int64(0); n*width < size; n++ {
		w := int(min(width, size-n*width))
		data, err := os.ReadFile(filepath.Join(dir, path("entries", n, w)))
		check(err, "entries")
		leaves = append(leaves, entries(data)...)
	}
	if int64(len(leaves)) != size {
		refuse("%d entries, the checkpoint says %d", len(leaves), size)
	}
	var stored []tlog.Hash
	reader := tlog.HashReaderFunc(func(indexes []int64) (hashes []tlog.Hash, err error) {
		for _, i := range indexes {
			hashes = append(hashes, stored[i])
		}
		return hashes, nil
	})
	for n, leaf := range leaves {
		more, err := tlog.StoredHashes(int64(n), leaf, reader)
		check(err, "hashes")
		stored = append(stored, more...)
	}
	again, err := tlog.TreeHash(size, reader)
	check(err, "root again")
	if again != root {
		refuse("the entries lead to root %v, the checkpoint says %v", again, root)
	}

	// 2. Every tile of that tree, byte for byte.
	for _, t := range tlog.NewTiles(height, 0, size) {
		want, err := tlog.ReadTileData(t, reader)
		check(err, "tile")
		data, err := os.ReadFile(filepath.Join(dir, path(strconv.Itoa(t.L), t.N, t.W)))
		check(err, "tile")
		if !bytes.Equal(want, data) {
			refuse("%s differs", path(strconv.Itoa(t.L), t.N, t.W))
		}
	}

	// 3. Proofs as a client makes them: from tiles alone.
	tree := tlog.TileHashReader(tlog.Tree{N: size, Hash: root}, files{dir})
	for _, n := range []int64{0, size / 3, size / 2, size - 1} {
		proof, err := tlog.ProveRecord(size, n, tree)
		check(err, "proof")
		check(tlog.CheckRecord(proof, size, root, n, tlog.RecordHash(leaves[n])), "inclusion")
	}
	for _, old := range []int64{1, (size + 1) / 2, size} {
		proof, err := tlog.ProveTree(size, old, tree)
		check(err, "proof")
		before, err := tlog.TreeHash(old, reader)
		check(err, "old root")
		check(tlog.CheckTree(proof, size, root, old, before), "consistency")
	}
	fmt.Println(size, root)
}
