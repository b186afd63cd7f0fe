package ledger

import (
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"
)

// fill puts n calls of ann's on record, spread over 300 days until now, as many
// answers, and a tenth as many tokens and files; some thirty have failed, with the statements of one engine.
func fill(t testing.TB, db *sql.DB, postgres bool, n int) {
	t.Helper()
	hex := func(width int, number string) string {
		if postgres {
			return fmt.Sprintf(`lpad(to_hex(%s), %d, '0')`, number, width)
		}
		return fmt.Sprintf(`printf('%%0%dx', %s)`, width, number)
	}
	const since = 300 * day
	first, step := time.Now().Add(-since).UnixMicro(), since.Microseconds()/int64(n)
	numbers := func(n int) string {
		return fmt.Sprintf(`WITH RECURSIVE n(i) AS (SELECT CAST(0 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < %d),
			m AS (SELECT i, %d + i * %d AS at, (%d + i * %d) / 1000 AS ms FROM n) `, n-1, first, step, first, step)
	}
	id := hex(8, "ms / 65536") + ` || '-' || ` + hex(4, "ms % 65536") + ` || '-7000-8000-' || ` + hex(12, "i")
	insert := func(table, columns, values string, n int) string {
		with, from := numbers(n), " FROM m"
		return fmt.Sprintf("INSERT INTO %s (%s) %sSELECT %s%s", table, columns, with, values, from)
	}
	for _, statement := range []string{
		insert("calls", callColumns, id+`, 'ann', CASE i % 3 WHEN 0 THEN 'kling-v3' WHEN 1 THEN 'kling-v1' ELSE 'deepseek-v3' END, 'h' || i,
			CASE WHEN i % 10 = 0 THEN 'key-' || i ELSE '' END, at, 'generate_video', i % 3 < 2, CASE i % 3 WHEN 0 THEN 'video' WHEN 1 THEN 'image' ELSE 'chat' END,
			'text_to_video', 'p', '', 'up-' || i, CASE WHEN i % `+fmt.Sprint(n/30)+` = 3 THEN 'failed' ELSE 'succeeded' END,
			at, at, at, 10, 20, 0, 0, 5.0, 1, 0.001, '', 0, '{}'`, n),
		`INSERT INTO day_sums SELECT caller, created_at / 86400000000, model, tool, COUNT(*),
			SUM(CASE WHEN status = 'succeeded' THEN 1 ELSE 0 END), 0,
			SUM(input_tokens), SUM(output_tokens), SUM(seconds), SUM(images), COALESCE(SUM(usd), 0)
			FROM calls GROUP BY caller, created_at / 86400000000, model, tool`,
		`INSERT INTO reserved SELECT day, caller, SUM(usd) FROM day_sums GROUP BY day, caller`,
		`INSERT INTO reserved SELECT day, '', SUM(usd) FROM day_sums GROUP BY day`,
		insert("answers", "call_id, body, ends_at", `'a' || i, `+map[bool]string{true: `'x'::bytea`, false: `x'78'`}[postgres]+`, at + 1000000000000000`, n),
		insert("tokens", tokenColumns, `'t' || i, 'link', 'ann', 'b' || i, NULL, 1, at + 1000000000000000`, n/10),
		insert("files", fileColumns, `'ann', 'f' || i, '', 'h', `+map[bool]string{true: `'{}'::bytea`, false: `x'7b7d'`}[postgres]+`, at`, n/10),
		`ANALYZE`,
	} {
		if _, err := db.ExecContext(t.Context(), statement); err != nil {
			t.Fatalf("%s: %v", strings.Fields(statement)[:3], err)
		}
	}
	if !postgres { // the program never runs ANALYZE on a file
		if _, err := db.ExecContext(t.Context(), `DELETE FROM sqlite_stat1`); err != nil {
			t.Fatal(err)
		}
	}
}
