# make check is what continuous integration runs once things are installed.
# A single check: .ci/check lint

.PHONY: build check test update bench bench-ledger crash fuzz replicas soak demo install packages clean help

build: ## the program
	CGO_ENABLED=0 go build -trimpath -o nexconn-mcp .

check: ## every check, as in continuous integration
	@.ci/check

test: ## the tests
	go test ./...

update: ## rewrite every generated file; read the diff
	go test ./... -update

bench: ## measure the program and write the figures into docs/performance.md
	go test -run '^$$' -bench . -benchtime 2s -timeout 20m . -update

bench-ledger: ## the ledger at 1,000 to 1,000,000 rows (NEXCONN_LEDGER_ROWS=10000000 for more), into docs/performance.md
	go test -run '^$$' -bench LedgerRows -benchtime 1x -timeout 60m ./internal/ledger -update

crash: ## kill the program a hundred times, save 300 MiB, and write the figures into docs/reliability.md
	NEXCONN_CRASH_ROUNDS=100 NEXCONN_LARGE_MB=300 go test -run 'TestCrash|TestLargeResult' -count 1 -v -timeout 40m . -update

fuzz: ## every fuzz target for ten minutes (FUZZ_TIME=1m, FUZZ_ONLY=JobAnswers), the figures into docs/reliability.md
	@.ci/fuzz

replicas: ## a minute of three replicas behind nginx, one killed, all restarted (needs NEXCONN_TEST_POSTGRES)
	NEXCONN_TEST_LONG=1 go test -count=1 -v -timeout 10m -run '^TestReplicas$$' ./internal/command

soak: ## 2,000 clients and 500 waiting calls: memory, descriptors and goroutines come back
	NEXCONN_TEST_LONG=1 go test -count=1 -v -timeout 10m -run '^TestSoak$$' ./internal/command

demo: ## a tour on the sandbox
	go run . demo

install: ## the program, into Go's bin folder
	CGO_ENABLED=0 go install -trimpath .

packages: ## every package of a release into dist/: make packages VERSION=1.2.3
	packaging/build.sh $(VERSION)

clean:
	rm -rf nexconn-mcp dist dist-extras .tools

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*##/ {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
