#!/bin/sh
# Runs the MCP conformance suite, both eras, against the product's HTTP stack.
# Needs Node 22 or newer: set NODE where `node` is older. What is expected to
# fail, and why, stands in expected-*.yml; anything else that fails, or passes
# although it is listed, fails the run. The scenarios that need no tools of the
# suite's own are then run against the product itself, on the sandbox.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
node=${NODE:-node}
trap 'kill $server $product 2>/dev/null || true; rm -rf "$work"' EXIT
server= product=

cd "$here"
CGO_ENABLED=0 go build -o "$work/server" .
"$work/server" -listen 127.0.0.1:0 >"$work/url" 2>"$work/server.log" &
server=$!
for _ in 1 2 3 4 5 6 7 8 9 10; do
	[ -s "$work/url" ] && break
	sleep 0.2
done
url=$(cat "$work/url")

if [ -n "${CONFORMANCE_MODULES:-}" ]; then
	modules=$CONFORMANCE_MODULES
else
	modules=$work/node_modules
	npm install --silent --no-audit --no-fund --ignore-scripts --prefix "$work" \
		old@npm:@modelcontextprotocol/conformance@0.1.16 \
		new@npm:@modelcontextprotocol/conformance@0.2.0-alpha.12
fi

status=0
run() { # name, suite, expected failures, arguments
	echo "== $1"
	"$node" "$modules/$2/dist/index.js" server --url "$url" --expected-failures "$here/$3" -o "$work/results" "$4" "$5" \
		>"$work/out" 2>&1 || status=1
	sed -n '/=== SUMMARY ===/,$p' "$work/out"
}
run "0.1.16, every scenario" old expected-legacy.yml --suite all
run "0.2.0-alpha.12, what 2025-11-25 requires" new expected-legacy.yml --requirements 2025-11-25
run "0.2.0-alpha.12, what 2026-07-28 requires" new expected-modern.yml --requirements 2026-07-28

CGO_ENABLED=0 go build -o "$work/product" ../../..
port=$("$node" -e 'const s = require("net").createServer().listen(0, "127.0.0.1", () => { console.log(s.address().port); s.close(); })')
HOME=$work "$work/product" http --sandbox --listen "127.0.0.1:$port" 2>"$work/product.log" &
product=$!
url=http://127.0.0.1:$port/mcp
for _ in 1 2 3 4 5 6 7 8 9 10; do
	grep -q "$port" "$work/product.log" && break
	sleep 0.2
done
echo "== the product itself"
alone() { # suite, scenarios
	suite=$1
	shift
	for scenario; do
		if "$node" "$modules/$suite/dist/index.js" server --url "$url" --scenario "$scenario" >"$work/out" 2>&1 && grep -q 'Passed: [1-9]' "$work/out"; then
			echo "$suite $scenario: $(grep 'Passed:' "$work/out" | tail -n 1)"
		else
			cat "$work/out"
			status=1
		fi
	done
}
both="server-initialize ping tools-list resources-list dns-rebinding-protection completion-complete"
# shellcheck disable=SC2086 # one word a scenario
alone old $both resources-subscribe resources-unsubscribe
# shellcheck disable=SC2086
alone new $both http-header-validation sep-2164-resource-not-found
exit $status
