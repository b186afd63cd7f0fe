package ledger

import (
	"context"
	"database/sql"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// statements are all of statements.go and every form of a page, by name.
func statements(t *testing.T) map[string]string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "statements.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	texts := map[string]string{}
	var value func(ast.Expr) string
	value = func(e ast.Expr) string {
		switch e := e.(type) {
		case *ast.BasicLit:
			s, err := strconv.Unquote(e.Value)
			if err != nil {
				t.Fatal(err)
			}
			return s
		case *ast.Ident:
			return texts[e.Name]
		case *ast.BinaryExpr:
			return value(e.X) + value(e.Y)
		}
		t.Fatalf("%T in a constant", e)
		return ""
	}
	for _, d := range file.Decls {
		if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.CONST {
			for _, s := range d.Specs {
				s := s.(*ast.ValueSpec)
				texts[s.Names[0].Name] = value(s.Values[0])
			}
		}
	}
	maps.DeleteFunc(texts, func(name, text string) bool { // parts of others
		return strings.HasPrefix(name, "select") || !regexp.MustCompile(`^(SELECT|INSERT|UPDATE|DELETE)`).MatchString(text)
	})
	if len(texts) < 40 {
		t.Fatalf("%d statements found", len(texts))
	}
	at := cursor(Row{ID: "x", CreatedAt: time.Now()})
	for _, kind := range []string{"", "video"} {
		for _, model := range []string{"", "kling-v3"} {
			for _, status := range []string{"", "queued", string(nexconn.Failed)} {
				for _, cursor := range []string{"", at} {
					f := Filter{Caller: "ann", Kind: kind, Model: model, Status: status, Cursor: cursor}
					name := fmt.Sprintf("page kind=%s model=%s status=%s more=%t", kind, model, status, cursor != "")
					texts[name], _ = page(f, f.read())
				}
			}
		}
	}
	return texts
}

// planLines are the lines of a plan's last column.
func planLines(t *testing.T, db interface {
	QueryContext(context.Context, string, ...any) (*sql.Rows, error)
}, statement string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(context.Background(), statement, args...)
	if err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	for rows.Next() {
		cells := make([]any, len(columns))
		var last string
		for i := range cells {
			cells[i] = new(any)
		}
		cells[len(cells)-1] = &last
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		lines = append(lines, last)
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return lines
}

// onlyFew are the scans and sorts of SQLite's plans that see few rows: those of
// one upstream id, the lines of a period, a page's ids, the one row of the
// schema's version.
var onlyFew = map[string]string{
	"callByUpstream": "USE TEMP B-TREE FOR ORDER BY", "callByUpstreamOfAny": "USE TEMP B-TREE FOR ORDER BY",
	"usageByModel": "USE TEMP B-TREE FOR GROUP BY", "usageByTool": "USE TEMP B-TREE FOR GROUP BY",
	"pingLedger": "SCAN ledger_compat",
}

var parameter = regexp.MustCompile(`\$(\d+)`)

// parameters is the number of a statement's parameters.
func parameters(t *testing.T, statement string) (most int) {
	t.Helper()
	for _, m := range parameter.FindAllStringSubmatch(statement, -1) {
		n, err := strconv.Atoi(m[1])
		if err != nil {
			t.Fatal(err)
		}
		most = max(most, n)
	}
	return most
}

func TestNoStatementScansOnSQLite(t *testing.T) {
	dir := t.TempDir()
	openFile(t, dir)
	db := raw(t, dir)
	texts := statements(t)
	met := map[string]bool{}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		sorts := 0 // of a page: of what each walk found, and no walk sorts to find it
		for _, line := range planLines(t, db, "EXPLAIN QUERY PLAN "+texts[name], make([]any, parameters(t, texts[name]))...) {
			if line == onlyFew[name] {
				met[name] = true
			}
			few := line == onlyFew[name]
			if strings.HasPrefix(name, "page") {
				if strings.Contains(line, "TEMP B-TREE") {
					sorts++
				}
				few = line == "SCAN page" || strings.HasPrefix(line, "SCAN walk") || line == "USE TEMP B-TREE FOR ORDER BY" && sorts <= strings.Count(texts[name], "AS walk")
			}
			if (strings.HasPrefix(line, "SCAN") || strings.Contains(line, "TEMP B-TREE")) && !few {
				t.Errorf("%s: %s", name, line)
			}
		}
	}
	for name := range onlyFew {
		if !met[name] {
			t.Errorf("%s: its plan does not have %q any more", name, onlyFew[name])
		}
	}
}

func TestNoStatementScansOnPostgreSQL(t *testing.T) {
	address := newSchema(t)
	db := pgDB(t, openAt(t, address))
	fill(t, db, true, 100_000)
	conn, err := db.Conn(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	if _, err := conn.ExecContext(t.Context(), `SET plan_cache_mode = force_generic_plan`); err != nil {
		t.Fatal(err)
	}
	texts := statements(t)
	scan := regexp.MustCompile(`Seq Scan on (calls|answers|tokens|files)`)
	for i, name := range slices.Sorted(maps.Keys(texts)) {
		prepared := fmt.Sprintf("plan_%d", i)
		if _, err := conn.ExecContext(t.Context(), "PREPARE "+prepared+" AS "+texts[name]); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		execute := "EXPLAIN EXECUTE " + prepared
		if n := parameters(t, texts[name]); n > 0 {
			execute += "(NULL" + strings.Repeat(", NULL", n-1) + ")"
		}
		plan := strings.Join(planLines(t, conn, execute), "\n")
		if strings.HasPrefix(name, "sweep") { // the planner weighs five hundred look-ups against one read of a small table
			if !regexp.MustCompile(`Index Scan using (answers|tokens)_ends`).MatchString(plan) {
				t.Errorf("%s:\n%s", name, plan)
			}
			continue
		}
		if scan.MatchString(plan) {
			t.Errorf("%s:\n%s", name, plan)
		}
	}
}
