package jobs

import "github.com/nexconn-ai/nexconn-mcp/internal/ledger"

// What tools and resources read of the record. They see it through jobs alone,
// so that nothing but jobs writes to it.
type (
	// Row is one paid call on record.
	Row = ledger.Row
	// Output is one thing a job made, and where it lies.
	Output = ledger.Output
	// Filter selects tasks, newest first.
	Filter = ledger.Filter
	// Sum is one line of a usage report.
	Sum = ledger.Sum
)
