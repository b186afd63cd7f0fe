package main

import (
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/nexconn-ai/nexconn-mcp/internal/command"
	"github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

func TestReadmeTablesAreCommitted(t *testing.T) {
	golden.Section(t, "README.md", "tools", toolsTable())
	golden.Section(t, "README.md", "models", modelsTable())
	golden.Section(t, "README.md", "settings", settingsTable())
}

func toolsTable() string {
	var b strings.Builder
	b.WriteString("| tool | does |\n|---|---|\n")
	for _, tool := range tools.All(tools.Deps{
		Jobs:   &jobs.Service{Client: &nexconn.Client{}, Models: catalog.Builtin},
		Models: catalog.Builtin, Listed: catalog.Builtin(),
		Log: slog.New(slog.DiscardHandler),
	}) {
		fmt.Fprintf(&b, "| `%s` | %s |\n", tool.Tool.Name, cell(tool.Tool.Description))
	}
	return b.String()
}

func modelsTable() string {
	var b strings.Builder
	b.WriteString("| | model | what it is for |\n|---|---|---|\n")
	for _, kind := range []catalog.Kind{catalog.Chat, catalog.Image, catalog.Video} {
		for _, m := range catalog.Builtin().Of(kind) {
			if !m.Listed && !m.Pattern {
				continue
			}
			id, about := m.ID, m.Summary
			if m.Pattern {
				id += "…"
			}
			if m.Retired {
				about += " Reported as retired."
			}
			fmt.Fprintf(&b, "| %s | `%s` | %s |\n", kind, id, cell(about))
		}
	}
	return b.String()
}

func settingsTable() string {
	var b strings.Builder
	b.WriteString("| setting | default | |\n|---|---|---|\n")
	for _, s := range command.AllSettings() {
		fmt.Fprintf(&b, "| `%s` | %s | %s |\n", s.Env(), cell(s.Default), cell(s.Help))
	}
	return b.String()
}

// cell is text that neither ends its table cell nor is taken for HTML.
func cell(text string) string { return strings.NewReplacer("|", `\|`, "<", "&lt;").Replace(text) }

var link = regexp.MustCompile(`\]\(([^)\s]+)\)`)

func TestLinksLeadSomewhere(t *testing.T) {
	pages, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	pages = append(pages, "README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
	found := 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range link.FindAllStringSubmatch(string(text), -1) {
			target, err := url.Parse(match[1])
			if err != nil {
				t.Errorf("%s: %v", page, err)
				continue
			}
			if target.IsAbs() || target.Path == "" {
				continue
			}
			found++
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), filepath.FromSlash(target.Path))); err != nil {
				t.Errorf("%s links to %s: %v", page, match[1], err)
			}
		}
	}
	if found == 0 {
		t.Error("no link found to follow")
	}
}

var (
	testName = regexp.MustCompile(`\bTest[A-Z]\w*`)
	testFunc = regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	filePath = regexp.MustCompile("`([a-z][\\w/]*/[\\w/.-]+|[\\w-]+\\.(?:go|md))`")
)

// testsThereAre are the names of all tests.
func testsThereAre(t *testing.T) map[string]bool {
	t.Helper()
	tests := map[string]bool{}
	eachGoFile(t, func(file string, _ []string) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range testFunc.FindAllStringSubmatch(string(text), -1) {
			tests[match[1]] = true
		}
	})
	return tests
}

// The threat model names a test for each guard.
func TestSecurityNamesTestsThatThereAre(t *testing.T) {
	tests := testsThereAre(t)
	page, err := os.ReadFile("docs/security.md")
	if err != nil {
		t.Fatal(err)
	}
	named := testName.FindAllString(string(page), -1)
	if len(named) < 30 {
		t.Errorf("found only the tests %v in docs/security.md", named)
	}
	for _, name := range named {
		if !tests[name] {
			t.Errorf("docs/security.md names %s, and there is no such test", name)
		}
	}
}

// The recipes send people to files and promise them tests.
func TestContributingNamesWhatThereIs(t *testing.T) {
	tests := testsThereAre(t)
	page, err := os.ReadFile("CONTRIBUTING.md")
	if err != nil {
		t.Fatal(err)
	}
	promised := testName.FindAllString(string(page), -1)
	if len(promised) < 5 {
		t.Errorf("found only the tests %v in CONTRIBUTING.md", promised)
	}
	for _, name := range promised {
		if !tests[name] {
			t.Errorf("CONTRIBUTING.md promises %s, and there is no such test", name)
		}
	}
	for _, match := range filePath.FindAllStringSubmatch(string(page), -1) {
		_, here := os.Stat(match[1])
		_, client := os.Stat(filepath.Join("nexconn", match[1]))
		if here != nil && client != nil {
			t.Errorf("CONTRIBUTING.md names %s, and there is no such file", match[1])
		}
	}
}
