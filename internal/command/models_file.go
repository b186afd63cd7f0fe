package command

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/BurntSushi/toml"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// modelsFile is the form of NEXCONN_MODELS_FILE.
type modelsFile struct {
	Models map[string]catalog.Override `toml:"models"`
}

// loadModels is the built-in catalogue with the operator's own file over it.
func loadModels(path string) (catalog.Set, error) {
	overrides, err := readModels(path)
	if err != nil {
		return nil, err
	}
	return catalog.Builtin().Apply(overrides)
}

// readModels is what the operator's file says of models; it has been tried on
// the built-in catalogue.
func readModels(path string) (map[string]catalog.Override, error) {
	if path == "" {
		return nil, nil
	}
	overrides, err := parseModels(path)
	var faults []error
	for _, fault := range faultsOf(err) {
		faults = append(faults, fmt.Errorf("NEXCONN_MODELS_FILE: %w", fault))
	}
	return overrides, errors.Join(faults...)
}

func parseModels(path string) (map[string]catalog.Override, error) {
	doc, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("the models file can't be read: %w", err)
	}
	var file modelsFile
	meta, err := toml.Decode(string(doc), &file)
	if err != nil {
		var parse toml.ParseError
		if errors.As(err, &parse) {
			return nil, fmt.Errorf("the models file %s, line %d: %s", path, parse.Position.Line, parse.Message)
		}
		return nil, fmt.Errorf("the models file %s: %w", path, err)
	}
	var faults []error
	for _, key := range meta.Undecoded() {
		faults = append(faults, fmt.Errorf("the models file %s, line %d: unknown key %s", path, lineOf(doc, key), key))
	}
	if _, err := catalog.Builtin().Apply(file.Models); err != nil {
		faults = append(faults, fmt.Errorf("the models file %s: %w", path, err))
	}
	return file.Models, errors.Join(faults...)
}

// lineOf is the line on which a key of the file stands, 1 if it isn't found.
func lineOf(doc []byte, key toml.Key) int {
	last := key[len(key)-1]
	for i, line := range strings.Split(string(doc), "\n") {
		if text := strings.TrimSpace(line); strings.HasPrefix(text, last) || strings.Contains(text, last+" =") {
			return i + 1
		}
	}
	return 1
}
