package ledger_test

// So that go test ./... -update is understood here too.
import _ "github.com/nexconn-ai/nexconn-mcp/internal/golden"
