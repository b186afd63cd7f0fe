//go:build ignore

// Tally reads what `go test -json` writes, shows what failed and how each
// package ended, and closes with the number of tests that passed and failed.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"strings"
)

type event struct {
	Action, Package, Test, Output string
	ImportPath                    string
}

func main() {
	output := map[string]*strings.Builder{}
	count := map[string]int{}
	broken := 0
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 64<<20)
	for in.Scan() {
		var e event
		if json.Unmarshal(in.Bytes(), &e) != nil {
			fmt.Println(in.Text())
			continue
		}
		key := e.Package + " " + e.Test
		switch e.Action {
		case "output":
			if strings.HasPrefix(e.Output, "=== ") {
				continue
			}
			if output[key] == nil {
				output[key] = new(strings.Builder)
			}
			output[key].WriteString(e.Output)
		case "build-output":
			fmt.Print(e.Output)
		case "pass", "fail", "skip":
			if e.Test != "" {
				count[e.Action]++
			}
			text := ""
			if output[key] != nil {
				text = output[key].String()
			}
			switch {
			case e.Action == "fail":
				fmt.Print(text)
				if e.Test == "" {
					broken++
				}
			case e.Test == "":
				fmt.Print(lastLine(text))
			}
			delete(output, key)
		}
	}
	fmt.Printf("%d passed, %d failed, %d skipped; %d packages failed\n", count["pass"], count["fail"], count["skip"], broken)
	if err := in.Err(); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if count["pass"] == 0 || count["fail"] > 0 || broken > 0 {
		os.Exit(1)
	}
}

// lastLine is how a package that passed is told.
func lastLine(text string) string {
	lines := strings.SplitAfter(strings.TrimSuffix(text, "\n"), "\n")
	return strings.TrimSuffix(lines[len(lines)-1], "\n") + "\n"
}
