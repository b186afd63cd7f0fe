package main

import (
	"go/ast"
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
	".":                 {"internal/command"},
	"internal/command":  {anyRoom},
	"internal/mcpfix":   {mcpGo},
	"internal/serve":    {"app", "internal/loopback", "internal/oauth", "internal/mcpfix", "tools", "resources", "internal/jobs", "internal/outputs", "internal/caller", "nexconn", mcpGo},
	"tools":             {"app", "internal/jobs", "internal/order", "internal/outputs", "internal/caller", "internal/media", "schemas", "nexconn", "nexconn/catalog", mcpGo},
	"resources":         {"app", "internal/jobs", "internal/caller", "internal/media", "schemas", "nexconn", "nexconn/catalog", mcpGo},
	"internal/outputs":  {"internal/caller", "internal/ledger", "internal/media", "nexconn", "nexconn/catalog"},
	"internal/order":    {"nexconn", "nexconn/catalog"},
	"internal/jobs":     {"internal/order", "internal/outputs", "internal/caller", "internal/ledger", "internal/media", "nexconn", "nexconn/catalog"},
	"internal/caller":   {"nexconn"},
	"internal/loopback": {},
	"internal/market":   {"nexconn", "nexconn/catalog"},
	"internal/oauth":    {"internal/ledger", "internal/caller", "internal/loopback"},
	"internal/ledger":   {"nexconn"},
	"internal/media":    {"internal/loopback", "nexconn", "nexconn/catalog"},
	"schemas":           {"nexconn/catalog"},
	"nexconn":           {"nexconn/catalog"},
	"nexconn/sandbox":   {},
	"nexconn/catalog":   {},
	"app":               {},
	"internal/golden":   {},
	"internal/e2e":      {}, // tests alone
}

const anyRoom = "any"

// withoutIO are the packages of the standard library that a pure room keeps
// away from: it asks nobody and waits for nobody.
var withoutIO = map[string][]string{
	"internal/order":  {"context", "os", "io", "net", "net/http"},
	"nexconn/catalog": {"context", "os", "net", "net/http"},
}

// oneRoom are libraries that only one room knows, so that what they do can be
// exchanged there.
var oneRoom = map[string]string{
	"modernc.org/sqlite":            "internal/ledger",
	"github.com/jackc/pgx/v5":       "internal/ledger",
	"github.com/pressly/goose/v3":   "internal/ledger",
	"github.com/minio/minio-go/v7":  "internal/media",
	"go.opentelemetry.io/otel":      "internal/serve",
	"github.com/invopop/jsonschema": "schemas",
	"github.com/zalando/go-keyring": "internal/command",
	"github.com/tmaxmax/go-sse":     "nexconn",
}

// methodsAtMost is how many methods a type may have. large are the types that
// have more: the list may only shrink.
const methodsAtMost = 15

var large = map[string]int{
	"internal/outputs.Outputs": 20,
	"nexconn.Client":           21,
	"nexconn/sandbox.Server":   50,
}

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
		for _, imported := range imports {
			other, ours := roomOf(imported)
			if ours && !slices.Contains(allowed, anyRoom) && !slices.Contains(allowed, other) {
				t.Errorf("%s: imports %s, but %s may import only %v", file, other, room, allowed)
			}
			if slices.Contains(withoutIO[room], imported) {
				t.Errorf("%s: imports %s, and %s is without I/O", file, imported, room)
			}
			for library, owner := range oneRoom {
				if room != owner && (imported == library || strings.HasPrefix(imported, library+"/")) {
					t.Errorf("%s: imports %s, which is for %s alone", file, imported, owner)
				}
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

// TestTypesAreSmall counts the methods of every type.
func TestTypesAreSmall(t *testing.T) {
	methods := map[string]int{}
	eachGoFile(t, func(file string, _ []string) {
		if strings.HasSuffix(file, "_test.go") {
			return
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, decl := range parsed.Decls {
			if f, ok := decl.(*ast.FuncDecl); ok && f.Recv != nil {
				methods[path.Dir(file)+"."+receiver(f.Recv.List[0].Type)]++
			}
		}
	})
	for name, n := range methods {
		if most := max(methodsAtMost, large[name]); n > most {
			t.Errorf("%s has %d methods, and %d are the most: split it", name, n, most)
		}
	}
	for name, n := range large {
		if methods[name] < n {
			t.Errorf("%s has %d methods now: lower or remove its entry of %d", name, methods[name], n)
		}
	}
}

// receiver is the name of a method's type.
func receiver(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.StarExpr:
		return receiver(e.X)
	case *ast.IndexExpr:
		return receiver(e.X)
	case *ast.Ident:
		return e.Name
	}
	return "?"
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
