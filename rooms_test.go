package main

import (
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/nexconn-ai/nexconn-mcp"

// mcpGo is the protocol library. It counts as a room, so that the rooms which
// must not know MCP can be told apart from those which may.
const mcpGo = "github.com/mark3labs/mcp-go"

// rooms draws the house: what each room may import of ours. A room that isn't
// here doesn't exist, and its first file fails the test.
var rooms = map[string][]string{
	".":                {"internal/command"},
	"internal/command": {anyRoom},
	"internal/serve":   {"tools", "resources", "internal/jobs", "nexconn", mcpGo},
	"tools":            {"internal/jobs", "internal/media", "schemas", "nexconn", "nexconn/catalog", mcpGo},
	"resources":        {"internal/jobs", "internal/media", "schemas", "nexconn", "nexconn/catalog", mcpGo},
	"internal/jobs":    {"internal/ledger", "internal/media", "nexconn", "nexconn/catalog"},
	"internal/ledger":  {"nexconn"},
	"internal/media":   {"nexconn", "nexconn/catalog"},
	"schemas":          {"nexconn/catalog"},
	"nexconn":          {"nexconn/catalog"},
	"nexconn/sandbox":  {},
	"nexconn/catalog":  {},
	"app":              {},
	"internal/golden":  {},
}

const anyRoom = "any"

// standardLibraryOnly are rooms that import nothing from outside either.
var standardLibraryOnly = []string{"nexconn/catalog"}

func TestRooms(t *testing.T) {
	seen := map[string]bool{}
	tested := map[string]bool{} // by room: do its tests know -update?
	eachGoFile(t, func(file string, imports []string) {
		room := path.Dir(file)
		allowed, known := rooms[room]
		if !known {
			t.Errorf("%s: %s is no room of this house; draw it in rooms_test.go or put the file elsewhere", file, room)
			return
		}
		seen[room] = true
		// A room's tests may look into other rooms: they hold it to what it does there.
		if strings.HasSuffix(file, "_test.go") {
			tested[room] = tested[room] || slices.Contains(imports, module+"/internal/golden")
			return
		}
		if slices.Contains(allowed, anyRoom) {
			return
		}
		for _, imported := range imports {
			other, ours := roomOf(imported)
			if ours && !slices.Contains(allowed, other) {
				t.Errorf("%s: imports %s, but %s may import only %v", file, other, room, allowed)
			}
			if !ours && strings.Contains(strings.SplitN(imported, "/", 2)[0], ".") && slices.Contains(standardLibraryOnly, room) {
				t.Errorf("%s: imports %s, but %s keeps to the standard library", file, imported, room)
			}
		}
	})
	for room, knows := range tested {
		if !knows {
			t.Errorf("%s: no test imports internal/golden, so that go test ./... -update fails there", room)
		}
	}
	for _, room := range []string{"nexconn", "nexconn/catalog", "nexconn/sandbox", "tools"} {
		if !seen[room] {
			t.Errorf("no Go file found in %s: the walk doesn't see the house", room)
		}
	}
}

// roomOf names the room that an import path leads to, if it is one of ours.
func roomOf(imported string) (room string, ours bool) {
	if imported == mcpGo || strings.HasPrefix(imported, mcpGo+"/") {
		return mcpGo, true
	}
	if rest, ok := strings.CutPrefix(imported, module+"/"); ok {
		return rest, true
	}
	return ".", imported == module
}

// eachGoFile gives every Go file of the house with its imports, tests too.
// What the go tool doesn't see (testdata, hidden folders, packages of other
// languages) is not part of it.
func eachGoFile(t *testing.T, visit func(file string, imports []string)) {
	t.Helper()
	err := filepath.WalkDir(".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			base := entry.Name()
			if name != "." && (base == "testdata" || base == "node_modules" || base[0] == '.' || base[0] == '_') {
				return filepath.SkipDir
			}
			return nil
		}
		if filepath.Ext(name) != ".go" {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		var imports []string
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			imports = append(imports, imported)
		}
		visit(filepath.ToSlash(name), imports)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
