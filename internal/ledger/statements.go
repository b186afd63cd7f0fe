package ledger

import (
	"fmt"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// Every statement of the ledger, but for its schema. One text serves both
// engines; each is prepared once per connection. A statement that reads repeats
// the WHERE of the partial index it uses, or SQLite would not use it.
const (
	callColumns = `id, caller, model, args_hash, idem_key, created_at,
		tool, task, kind, operation, prompt_hash, prompt_head, upstream_id, status,
		updated_at, submitted_at, ended_at,
		input_tokens, output_tokens, reasoning_tokens, cached_tokens, seconds, images,
		usd, writer, result_until, doc`
	selectCall = `SELECT ` + callColumns + ` FROM calls `

	callByID  = selectCall + `WHERE id = $1`
	callByKey = selectCall + `WHERE caller = $1 AND idem_key = $2 AND idem_key <> ''`
	// The newest of those that have the id; there is more than one only where
	// callers share an upstream account.
	callByUpstream = selectCall + `WHERE substr(upstream_id, 1, 200) = substr($1, 1, 200) AND upstream_id <> ''
		AND upstream_id = $1 AND model = $2 AND caller = $3 ORDER BY created_at DESC, id DESC LIMIT 1`
	callByUpstreamOfAny = selectCall + `WHERE substr(upstream_id, 1, 200) = substr($1, 1, 200) AND upstream_id <> ''
		AND upstream_id = $1 AND model = $2 ORDER BY created_at DESC, id DESC LIMIT 1`
	duplicateCall = `SELECT id, model, upstream_id FROM calls WHERE caller = $1 AND args_hash = $2 AND created_at > $3
		AND task AND status <> 'failed' ORDER BY created_at DESC LIMIT 1`

	insertCall = `INSERT INTO calls (` + callColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12,
		$13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27)`
	// SQLite rewrites an index for each column that is named, changed or not,
	// so what seldom changes has a statement of its own.
	updateCall = `UPDATE calls SET upstream_id = $2, status = $3, updated_at = $4, submitted_at = $5, ended_at = $6,
		input_tokens = $7, output_tokens = $8, reasoning_tokens = $9, cached_tokens = $10, seconds = $11, images = $12,
		usd = $13, writer = $14, result_until = $15, doc = $16 WHERE id = $1`
	updateProgress = `UPDATE calls SET updated_at = $2, doc = $3 WHERE id = $1`
	updateOrigin   = `UPDATE calls SET tool = $2, task = $3, kind = $4, operation = $5, prompt_hash = $6, prompt_head = $7, idem_key = $8 WHERE id = $1`

	answerOf     = `SELECT body FROM answers WHERE call_id = $1`
	putAnswer    = `INSERT INTO answers (call_id, body, ends_at) VALUES ($1, $2, $3) ON CONFLICT (call_id) DO UPDATE SET body = excluded.body, ends_at = excluded.ends_at`
	dropAnswer   = `DELETE FROM answers WHERE call_id = $1`
	sweepAnswers = `DELETE FROM answers WHERE call_id IN (SELECT call_id FROM answers WHERE ends_at <= $1 ORDER BY ends_at LIMIT 500) RETURNING call_id`

	addSums = `INSERT INTO day_sums (caller, day, model, tool, calls, succeeded, unpriced, input_tokens, output_tokens, seconds, images, usd)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
		ON CONFLICT (caller, day, model, tool) DO UPDATE SET calls = day_sums.calls + excluded.calls,
			succeeded = day_sums.succeeded + excluded.succeeded, unpriced = day_sums.unpriced + excluded.unpriced,
			input_tokens = day_sums.input_tokens + excluded.input_tokens, output_tokens = day_sums.output_tokens + excluded.output_tokens,
			seconds = day_sums.seconds + excluded.seconds, images = day_sums.images + excluded.images, usd = day_sums.usd + excluded.usd`
	addReserved = `INSERT INTO reserved (day, caller, usd) VALUES ($1, $2, $3)
		ON CONFLICT (day, caller) DO UPDATE SET usd = reserved.usd + excluded.usd`
	reservedOf = `SELECT usd FROM reserved WHERE day = $1 AND caller = $2`

	usageSums = `CAST(SUM(calls) AS BIGINT), CAST(SUM(succeeded) AS BIGINT), CAST(SUM(input_tokens) AS BIGINT), CAST(SUM(output_tokens) AS BIGINT),
		SUM(seconds), CAST(SUM(images) AS BIGINT), SUM(usd), CAST(SUM(unpriced) AS BIGINT)
		FROM day_sums WHERE caller = $1 AND day BETWEEN $2 AND $3`
	usageByModel = `SELECT model, ` + usageSums + ` GROUP BY model`
	usageByTool  = `SELECT tool, ` + usageSums + ` GROUP BY tool`
	usageByDay   = `SELECT CAST(day AS TEXT), ` + usageSums + ` GROUP BY day`

	otherWriters = `SELECT DISTINCT writer FROM calls WHERE status = 'intent' AND writer < $1
		UNION ALL SELECT DISTINCT writer FROM calls WHERE status = 'intent' AND writer > $1`
	intentsOf = selectCall + `WHERE status = 'intent' AND writer = $1 LIMIT 100`

	readMark  = `SELECT value FROM marks WHERE name = $1`
	writeMark = `INSERT INTO marks (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	oldCalls  = `SELECT id FROM calls WHERE id > $1 AND id < $2 ORDER BY id LIMIT 500`
	dropHeads = `UPDATE calls SET prompt_head = '' WHERE id > $1 AND id <= $2 AND prompt_head <> ''`

	tokenColumns = `id, kind, caller, bound, doc, version, ends_at`
	selectToken  = `SELECT ` + tokenColumns + ` FROM tokens `
	notEnded     = `(ends_at = 0 OR ends_at > $1)`
	endToken     = `DELETE FROM tokens WHERE id = $1 AND ends_at > 0 AND ends_at <= $2`
	insertToken  = `INSERT INTO tokens (` + tokenColumns + `) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING RETURNING id`
	useToken     = `DELETE FROM tokens WHERE ` + notEnded + ` AND id = $2 AND kind = $3 AND bound = $4 RETURNING ` + tokenColumns
	getToken     = selectToken + `WHERE ` + notEnded + ` AND id = $2 AND kind = $3`
	updateToken  = `UPDATE tokens SET caller = $5, bound = $6, doc = $7, ends_at = $8, version = version + 1 WHERE ` + notEnded + ` AND id = $2 AND kind = $3 AND version = $4 RETURNING version`
	dropToken    = `DELETE FROM tokens WHERE id = $1 AND kind = $2`
	dropBound    = `DELETE FROM tokens WHERE bound = $1 AND bound <> '' AND kind = $2 RETURNING id`
	tokensOf     = selectToken + `WHERE ` + notEnded + ` AND caller = $2 AND kind = $3 ORDER BY ends_at DESC, id DESC LIMIT $4`
	sweepTokens  = `DELETE FROM tokens WHERE id IN (SELECT id FROM tokens WHERE ends_at > 0 AND ends_at <= $1 ORDER BY ends_at LIMIT 500) RETURNING id`
	fileColumns  = `caller, id, idem_key, args_hash, doc, created_at`
	selectFile   = `SELECT ` + fileColumns + ` FROM files `
	fileByKey    = selectFile + `WHERE caller = $1 AND idem_key = $2 AND idem_key <> ''`
	fileByID     = selectFile + `WHERE caller = $1 AND id = $2 AND id <> ''`
	filesNewest  = selectFile + `WHERE caller = $1 AND id <> '' ORDER BY created_at DESC, id DESC LIMIT $2`
	filesAfter   = selectFile + `WHERE caller = $1 AND id <> '' AND (created_at, id) < ($2, $3) ORDER BY created_at DESC, id DESC LIMIT $4`
	insertFile   = `INSERT INTO files (` + fileColumns + `) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (caller, id) WHERE id <> '' DO UPDATE SET doc = excluded.doc, args_hash = excluded.args_hash,
			idem_key = CASE WHEN excluded.idem_key <> '' THEN excluded.idem_key ELSE files.idem_key END
		RETURNING ` + fileColumns
	freeFileKey = `DELETE FROM files WHERE caller = $1 AND idem_key = $2 AND idem_key <> '' AND id = ''`
	dropFile    = `DELETE FROM files WHERE caller = $1 AND id = $2 AND id <> ''`

	pingLedger = `SELECT min_version FROM ledger_compat`
)

// taskKinds and taskStatuses are what a page that leaves one of them open looks
// for: an index gives rows in order only under equal values before it.
var (
	taskKinds    = []string{"image", "video"}
	taskStatuses = []nexconn.Status{Intent, nexconn.Queued, nexconn.Running, nexconn.Succeeded, nexconn.Failed, nexconn.Canceled, nexconn.Expired, nexconn.Unknown}
)

// page is the statement of List for a filter, and its arguments but for the
// cursor, which comes last: one walk in order for each pair of kind and status
// that the filter leaves, merged. The rows come in no order.
func page(f Filter, limit int) (string, []any) {
	args := []any{f.Caller}
	arg := func(v any) string {
		args = append(args, v)
		return fmt.Sprintf("$%d", len(args))
	}
	var walks []string
	switch {
	case f.Kind == "" && f.Model == "" && f.Status == "":
		walks = []string{"caller = $1 AND task"}
	default:
		model := ""
		if f.Model != "" {
			model = " AND model = " + arg(f.Model)
		}
		kinds, statuses := taskKinds, taskStatuses
		if f.Kind != "" {
			kinds = []string{f.Kind}
		}
		switch s := nexconn.Status(f.Status); s {
		case "":
		case nexconn.Queued:
			statuses = []nexconn.Status{Intent, nexconn.Queued}
		default:
			statuses = []nexconn.Status{s}
		}
		names := make([]string, len(statuses))
		for i, s := range statuses {
			names[i] = arg(string(s))
		}
		for _, k := range kinds {
			kind := arg(k)
			for _, status := range names {
				walks = append(walks, "caller = $1"+model+" AND kind = "+kind+" AND status = "+status+" AND task")
			}
		}
	}
	if f.Cursor != "" {
		after := fmt.Sprintf(" AND (created_at, id) < ($%d, $%d)", len(args)+1, len(args)+2)
		for i := range walks {
			walks[i] += after
		}
	}
	// The ids alone go through the merge; whole rows would be copied at each step of
	// it. Each walk ends by itself: PostgreSQL would read all of them to sort the union.
	for i, w := range walks {
		walks[i] = fmt.Sprintf("SELECT id, created_at FROM (SELECT id, created_at FROM calls WHERE %s ORDER BY created_at DESC, id DESC LIMIT %d) AS walk", w, limit)
	}
	return fmt.Sprintf("%sWHERE id IN (SELECT id FROM (%s ORDER BY created_at DESC, id DESC LIMIT %d) AS page)",
		selectCall, strings.Join(walks, " UNION ALL "), limit), args
}
