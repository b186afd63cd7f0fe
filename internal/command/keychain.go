package command

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/zalando/go-keyring"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// The keychain's entry of the key.
const (
	keychainService = "nexconn-mcp"
	keychainUser    = "api-key"
)

// keychainTime is how long the keychain may take to answer: one that waits for
// a password which nobody types must not hold a call.
const keychainTime = 3 * time.Second

// errSlowKeychain is the error of a keychain that did not answer in time.
var errSlowKeychain = errors.New("the keychain did not answer in time")

// storedKey is the key that login keeps, with the place it is kept in; both are
// empty where there is none.
func storedKey(env Env) (key nexconn.Secret, place string) {
	text, err := inTime(func() (string, error) { return keyring.Get(keychainService, keychainUser) })
	if err == nil && text != "" {
		return nexconn.Secret(text), "the OS keychain"
	}
	path := keyFile(env)
	if doc, err := os.ReadFile(path); err == nil {
		if text := strings.TrimSpace(string(doc)); text != "" {
			return nexconn.Secret(text), path
		}
	}
	return "", ""
}

// storeKey keeps a key in the OS keychain, or where there is none in a file
// that the user alone can read; noKeychain says why.
func storeKey(env Env, key nexconn.Secret) (place string, noKeychain, err error) {
	path := keyFile(env)
	_, noKeychain = inTime(func() (string, error) { return "", keyring.Set(keychainService, keychainUser, string(key)) })
	if noKeychain == nil {
		return "the OS keychain", nil, removeFile(path) // an older key
	}
	if path == "" {
		return "", noKeychain, errors.New("there is no home folder to keep it in")
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return "", noKeychain, err
	}
	// A file that is there would keep its mode.
	if err := removeFile(path); err != nil {
		return "", noKeychain, err
	}
	return path, noKeychain, os.WriteFile(path, []byte(string(key)+"\n"), 0o600)
}

// forgetKey removes what storeKey kept and tells from where.
func forgetKey(env Env) (places []string, err error) {
	if _, err := inTime(func() (string, error) { return "", keyring.Delete(keychainService, keychainUser) }); err == nil {
		places = append(places, "the OS keychain")
	}
	path := keyFile(env)
	if _, missing := os.Stat(path); missing != nil {
		return places, nil
	}
	return append(places, path), removeFile(path)
}

// keyFile is where the key is kept without a keychain, empty without a folder
// for settings.
func keyFile(env Env) string {
	dir := configDir(env)
	if dir == "" {
		return ""
	}
	return filepath.Join(dir, "nexconn-mcp", "api-key")
}

func removeFile(path string) error {
	if err := os.Remove(path); err != nil && path != "" && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

// inTime runs one question to the keychain.
func inTime(ask func() (string, error)) (string, error) {
	type answer struct {
		text string
		err  error
	}
	done := make(chan answer, 1)
	go func() {
		text, err := ask()
		done <- answer{text, err}
	}()
	select {
	case a := <-done:
		return a.text, a.err
	case <-time.After(keychainTime):
		return "", errSlowKeychain
	}
}
