package command

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

// stateDir is where this OS keeps a program's state.
func stateDir(env Env) string {
	if dir, ok := env.Lookup("XDG_STATE_HOME"); ok && filepath.IsAbs(dir) {
		return filepath.Join(dir, "nexconn-mcp")
	}
	switch runtime.GOOS {
	case "windows":
		if dir, ok := env.Lookup("LocalAppData"); ok && dir != "" {
			return filepath.Join(dir, "nexconn-mcp")
		}
	case "darwin":
		return filepath.Join(env.Home, "Library", "Application Support", "nexconn-mcp")
	}
	if env.Home == "" {
		return filepath.Join(os.TempDir(), fmt.Sprintf("nexconn-mcp-%d", os.Getuid())) // a folder of this user among others
	}
	return filepath.Join(env.Home, ".local", "state", "nexconn-mcp")
}

// configDir is where this OS keeps a user's settings.
func configDir(env Env) string {
	if dir, ok := env.Lookup("XDG_CONFIG_HOME"); ok && filepath.IsAbs(dir) {
		return dir
	}
	switch runtime.GOOS {
	case "windows":
		dir, _ := env.Lookup("AppData")
		return dir
	case "darwin":
		return filepath.Join(env.Home, "Library", "Application Support")
	}
	if env.Home == "" {
		return ""
	}
	return filepath.Join(env.Home, ".config")
}

func downloads(env Env) string {
	if dir, ok := env.Lookup("XDG_DOWNLOAD_DIR"); ok && filepath.IsAbs(dir) {
		return dir
	}
	return filepath.Join(env.Home, "Downloads")
}

// inputDirs are where local inputs may come from where nothing is said.
func inputDirs(env Env, s Settings) []string {
	var dirs []string
	for _, dir := range []string{env.Home, env.Dir, s.OutputDir} {
		if dir != "" && dir != string(filepath.Separator) {
			dirs = append(dirs, dir)
		}
	}
	return dirs
}
