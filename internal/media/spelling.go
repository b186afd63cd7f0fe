package media

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"
)

// quotes are the pairs that people and programs put round a path or a link.
var quotes = []string{`""`, `''`, "``", "<>", "“”", "‘’"}

// bare is a value without the blanks and quotes round it.
func bare(value string) string {
	value = strings.TrimSpace(value)
	for _, pair := range quotes {
		runes := []rune(pair)
		inner, ok := strings.CutPrefix(value, string(runes[0]))
		if inner, closed := strings.CutSuffix(inner, string(runes[1])); ok && closed {
			return strings.TrimSpace(inner)
		}
	}
	return value
}

// drive begins a path of Windows; file URLs have a slash before it.
var drive = regexp.MustCompile(`^/?[A-Za-z]:[\\/]`)

// otherSystem says that a path can only be one of another system.
func otherSystem(path string) error {
	if runtime.GOOS != "windows" && drive.MatchString(path) {
		return fmt.Errorf("%s is a path of Windows, and this server runs on %s", brief(path), runtime.GOOS)
	}
	return nil
}

// spellings are what else a path may mean where no file has its name as it is:
// percent-encoded as in links, or with backslashes before blanks as in a shell.
func spellings(path string) []string {
	var list []string
	if plain, err := url.PathUnescape(path); err == nil && plain != path {
		list = append(list, plain)
	}
	if runtime.GOOS != "windows" && strings.Contains(path, `\`) {
		var plain strings.Builder
		for i := 0; i < len(path); i++ {
			if path[i] == '\\' && i+1 < len(path) {
				i++
			}
			plain.WriteByte(path[i])
		}
		list = append(list, plain.String())
	}
	return list
}

// alike is the one file in the folder whose path differs from the spot's only
// in how its signs are composed (NFC, NFD) and in the kinds of its blanks, as
// in the names of screenshots on macOS. It is empty where there is none, and
// where there are several.
func (at spot) alike() string {
	found := "."
	for part := range strings.SplitSeq(filepath.ToSlash(at.rel), "/") {
		if _, err := os.Lstat(filepath.Join(at.dir, found, part)); err == nil {
			found = filepath.Join(found, part)
			continue
		}
		entries, err := os.ReadDir(filepath.Join(at.dir, found))
		if err != nil {
			return ""
		}
		match, want := "", folded(part)
		for _, entry := range entries {
			if folded(entry.Name()) != want {
				continue
			}
			if match != "" {
				return ""
			}
			match = entry.Name()
		}
		if match == "" {
			return ""
		}
		found = filepath.Join(found, match)
	}
	return found
}

func folded(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		return r
	}, norm.NFC.String(name))
}
