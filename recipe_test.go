package main

import (
	"bytes"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// madeUp is a model that nobody offers, stated as CONTRIBUTING says: one file,
// and its evidence.
const madeUp = `package catalog

// Kestrel is asked as every Kling video is.
var _ = add(func() Model { return Model{
	ID: "kestrel-9", Kind: Video, Wire: KlingVideo, Vendor: "Aviary",
	Summary: "Videos of birds, 6 or 12 seconds.",
	Ops: map[Op]Operation{
		TextToVideo: {Path: "/v1/videos", Docs: "https://example.org/kestrel"},
		ImageToVideo: {Path: "/v1/videos", Docs: "https://example.org/kestrel", Takes: Takes{"first_frame": Of(Media{Form: Base64, Class: "image"}).Required()}},
	},
	Takes:  Takes{"prompt": MaxChars(99).Required(), "seconds": OneOf(6, 12)},
	Price: price((&Source{Name: "its page", Date: "2026-11-22", Certainty: ByVendor}).rates(usdSecond(.1))),
	TypicalSeconds: 30, Listed: true, Docs: "https://example.org/kestrel", Checked: "2026-11-22",
} })
`

const madeUpEvidence = `-- text_to_video/source --
https://example.org/kestrel
-- text_to_video/tool --
generate_video
-- text_to_video/args.json --
{"model": "kestrel-9", "prompt": "A kestrel hovers", "seconds": 6}
-- text_to_video/request --
POST /v1/videos
-- text_to_video/request.json --
{"model": "kestrel-9", "prompt": "A kestrel hovers", "seconds": "6"}
-- text_to_video/response.json --
{"id": "qvideo-u42-1766000000000000777", "object": "video", "model": "kestrel-9", "status": "queued", "created_at": 1766000000, "updated_at": 1766000000}
-- text_to_video/job.json --
{"id": "qvideo-u42-1766000000000000777", "status": "queued", "created_at": "2025-12-17T19:33:20Z", "updated_at": "2025-12-17T19:33:20Z"}
`

// Adding a model is one file and its evidence: the tool list, the exact schema,
// the README's table, the checks and the lists follow.
func TestAddingAModelIsOneFile(t *testing.T) {
	if testing.Short() {
		t.Skip("builds a copy of the tree")
	}
	dir := t.TempDir()
	copyTree(t, ".", dir)
	put := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	put("nexconn/catalog/kestrel_9.go", madeUp)
	put("testdata/upstream/kestrel-9.txtar", madeUpEvidence)
	// As released, and with what was compiled before.
	env := append(os.Environ(), "CGO_ENABLED=0", "HOME="+t.TempDir(), "GOCACHE="+goEnv(t, "GOCACHE"), "GOMODCACHE="+goEnv(t, "GOMODCACHE"))
	run := func(args ...string) string {
		t.Helper()
		cmd := exec.Command("go", args...)
		cmd.Dir = dir
		cmd.Env = env
		out, err := cmd.CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	run("test", "./tools", "-run", "TestToolList|TestModelSchemas", "-update")
	run("test", ".", "-run", "TestReadme", "-update")
	run("test", "./nexconn", "-run", "Evidence")
	run("test", "./nexconn/catalog", "./tools", "-run", "Evidence/kestrel|Complete|Schemas|ToolList|Limit")
	for file, want := range map[string]string{
		"schemas/tools/generate_video.json":   "kestrel-9",
		"schemas/models/kestrel-9.video.json": `"maxLength": 99`,
		"README.md":                           "kestrel-9",
	} {
		got, err := os.ReadFile(filepath.Join(dir, file))
		if err != nil {
			t.Error(err)
		} else if !bytes.Contains(got, []byte(want)) {
			t.Errorf("%s has no %s", file, want)
		}
	}
	if got := run("run", ".", "models"); !strings.Contains(got, "kestrel-9") {
		t.Errorf("the models command does not list it:\n%s", got)
	}
	cmd := exec.Command("go", "run", ".", "call", "generate_video", "--sandbox", "--json",
		`{"model":"kestrel-9","prompt":"A kestrel hovers","seconds":7,"aspect_ratio":"16:9"}`)
	cmd.Dir = dir
	cmd.Env = env
	out, err := cmd.CombinedOutput()
	if err == nil || !bytes.Contains(out, []byte("6, 12")) || !bytes.Contains(out, []byte("aspect_ratio")) {
		t.Errorf("a call beyond its limits gave %v:\n%s", err, out)
	}
}

func goEnv(t *testing.T, name string) string {
	t.Helper()
	out, err := exec.Command("go", "env", name).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimSpace(string(out))
}

// copyTree copies what the repository holds, without its history and leftovers.
func copyTree(t *testing.T, from, to string) {
	t.Helper()
	err := filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		switch d.Name() {
		case ".git", "node_modules", ".tools", "dist":
			if !d.IsDir() {
				return nil // a work tree's .git is a file
			}
			return filepath.SkipDir
		}
		dst := filepath.Join(to, path)
		if d.IsDir() {
			return os.MkdirAll(dst, 0o755)
		}
		if !d.Type().IsRegular() || filepath.Base(path) == "nexconn-mcp" {
			return nil
		}
		doc, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(dst, doc, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
}
