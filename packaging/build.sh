#!/usr/bin/env bash
# Makes every package of a release into dist/:
#
#   packaging/build.sh VERSION            all platforms
#   packaging/build.sh VERSION --here     this machine's platform alone (checks)
#
# Archives, checksums, bills of materials, deb and rpm by goreleaser; npm
# tarballs, Claude Desktop bundles (.mcpb), registry entry, Homebrew formula,
# plugin and extension with the version filled in. Needs Go and Node 22.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

version=${1:?usage: packaging/build.sh VERSION [--here]}
here=${2:-}
tools=$PWD/.tools
goreleaser=v2.15.1
cyclonedx=v1.10.0
export PATH=$tools/bin:$PATH CGO_ENABLED=0
out=dist/packages
rm -rf dist
mkdir -p "$out" "$tools/bin"

ldflags="-s -w -X github.com/nexconn-ai/nexconn-mcp/internal/command.release=$version"
if [ "$here" = --here ]; then
	target=$(go env GOOS)_$(go env GOARCH)
	mkdir -p "dist/binaries/$target"
	go build -trimpath -ldflags "$ldflags" -o "dist/binaries/$target/nexconn-mcp$(go env GOEXE)" .
else
	[ -x "$tools/bin/goreleaser" ] || GOBIN=$tools/bin go install "github.com/goreleaser/goreleaser/v2@$goreleaser"
	[ -x "$tools/bin/cyclonedx-gomod" ] || GOBIN=$tools/bin go install "github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$cyclonedx"
	GORELEASER_CURRENT_TAG=v$version goreleaser release --clean --skip=publish,validate,announce --config packaging/goreleaser.yaml
	for archive in dist/nexconn-mcp_"$version"_*_*.tar.gz dist/nexconn-mcp_"$version"_*_*.zip; do
		target=$(basename "$archive" | sed -E "s/^nexconn-mcp_${version}_([a-z]+_[a-z0-9]+)\..*/\1/")
		mkdir -p "dist/binaries/$target"
		case $archive in
		*.zip) unzip -qo "$archive" nexconn-mcp.exe -d "dist/binaries/$target" ;;
		*) tar -xzf "$archive" -C "dist/binaries/$target" nexconn-mcp ;;
		esac
	done
	formula=$out/nexconn-mcp.rb
	sed "s/@VERSION@/$version/g" packaging/homebrew/nexconn-mcp.rb.in >"$formula"
	while read -r sum file; do
		case $file in
		*.tar.gz)
			target=$(sed -E "s/^nexconn-mcp_${version}_([a-z]+_[a-z0-9]+)\.tar\.gz/\1/" <<<"$file")
			sed -i "s/@SHA_$target@/$sum/" "$formula"
			;;
		esac
	done <dist/checksums.txt
fi

npm ci --prefix packaging --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null
node packaging/npm/pack.mjs "$version" dist/binaries "$out"
node packaging/mcpb/pack.mjs "$version" dist/binaries "$out" "$PWD/packaging/node_modules/@anthropic-ai/mcpb/dist/cli/cli.js"

# What carries a version and nothing else that is made.
stamp() { sed "s/0\.0\.0/$version/g" "$1" >"$2"; }
stamp packaging/registry/server.json "$out/server.json"
cp -r packaging/claude-plugin packaging/gemini "$out/"
stamp packaging/claude-plugin/.claude-plugin/plugin.json "$out/claude-plugin/.claude-plugin/plugin.json"
stamp packaging/gemini/gemini-extension.json "$out/gemini/gemini-extension.json"
ls -l "$out"
