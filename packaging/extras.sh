#!/usr/bin/env bash
# Completions and the manual page that the archives carry, into dist-extras/.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rm -rf dist-extras
mkdir -p dist-extras/completions dist-extras/man
go build -o dist-extras/nexconn-mcp .
dist-extras/nexconn-mcp completion bash >dist-extras/completions/nexconn-mcp.bash
dist-extras/nexconn-mcp completion zsh >dist-extras/completions/_nexconn-mcp
dist-extras/nexconn-mcp completion fish >dist-extras/completions/nexconn-mcp.fish
dist-extras/nexconn-mcp completion powershell >dist-extras/completions/nexconn-mcp.ps1
node packaging/man.mjs dist-extras/nexconn-mcp >dist-extras/man/nexconn-mcp.1
rm dist-extras/nexconn-mcp
