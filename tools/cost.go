package tools

import (
	"fmt"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// costPhrase is what a call costs, in a few words.
func costPhrase(usd *float64) string {
	if usd == nil {
		return "Price unknown"
	}
	return "Estimated cost: $" + trimmed(*usd)
}

// costNotes say what the amount alone does not: that there is none.
func costNotes(row jobs.Row) []string {
	if row.EstimateUSD() != nil {
		return nil
	}
	return []string{fmt.Sprintf("Price unknown: what %s costs is not known here, so get_usage can't count it; NEXCONN_MODELS_FILE can state it.", row.Model)}
}

// failedNext says whether a failed task was billed, as far as that is known, and
// what to do.
func failedNext(f *nexconn.Failure) string {
	do := "Change what the error names, or try again later with the same arguments."
	if f != nil && advice[f.Code] != "" {
		do = advice[f.Code]
	}
	return do + " Whether the service bills a failed task is not documented; the models' vendors don't, so it is counted as $0 here. The service's console shows what was billed."
}
