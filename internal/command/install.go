package command

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

const installLong = `Writes the entry of this server into a client's own config file. What is there
stays as it is, comments too, and a copy of the file is left beside it.

The entry starts this program with the settings given here as flags:
  nexconn-mcp install cursor --toolsets image,video --max-usd-per-day 5
The key is never written: the entry refers to NEXCONN_API_KEY where the client
can do that, else it has a place to put the key.

With --url the entry is that of a hosted server:
  nexconn-mcp install vscode --url https://mcp.example.com/mcp

Clients: `

func installCommand(g *globals) *cobra.Command {
	var show bool
	var address string
	cmd := &cobra.Command{
		Use: "install CLIENT", Short: "Write the entry into a client's config file", Long: installLong + strings.Join(clientNames(), ", "),
		Args: exactlyOne("a client", "one of "+strings.Join(clientNames(), ", ")), ValidArgs: clientNames(),
		RunE: func(_ *cobra.Command, args []string) error { return runInstall(g, args[0], address, show) },
	}
	cmd.Flags().BoolVar(&show, "print", false, "show the entry and where it goes, and write nothing")
	cmd.Flags().StringVar(&address, "url", "", "the address of a hosted server, in place of this program")
	return cmd
}

func uninstallCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "uninstall CLIENT", Short: "Remove the entry from a client's config file",
		Long: "Removes the entry that install wrote. Everything else stays as it is, and a copy of the file\nis left beside it.\n\nClients: " + strings.Join(clientNames(), ", "),
		Args: exactlyOne("a client", "one of "+strings.Join(clientNames(), ", ")), ValidArgs: clientNames(),
		RunE: func(_ *cobra.Command, args []string) error { return runUninstall(g, args[0]) },
	}
}

// hostNamed is a client by its name.
func hostNamed(name string) (host, error) {
	i := slices.IndexFunc(hosts, func(h host) bool { return h.name == name })
	if i < 0 {
		hint := ""
		if near := schemas.Nearest(name, clientNames()); near != "" {
			hint = " Did you mean " + near + "?"
		}
		return host{}, usage("there is no client %q here.%s There are: %s", name, hint, strings.Join(clientNames(), ", "))
	}
	return hosts[i], nil
}

func runUninstall(g *globals, name string) error {
	h, err := hostNamed(name)
	if err != nil {
		return err
	}
	path := h.path(g.env)
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return exit{exitFailed, err}
	}
	doc, err := h.format.without(h, old)
	if err != nil {
		return exit{exitFailed, fmt.Errorf("%s is left as it is: %w. Remove the entry %q by hand", path, err, serverName)}
	}
	if bytes.Equal(doc, old) {
		return say(g.env.Stdout, "%s has no entry %q.\n", h.title, serverName)
	}
	backup, err := replaceFile(path, old, doc)
	if err != nil {
		return exit{exitFailed, fmt.Errorf("%s was not changed: %w", path, err)}
	}
	return say(g.env.Stdout, "Removed the entry %q of %s: %s\nThe file as it was: %s\n", serverName, h.title, path, backup)
}

// entryOf is the entry that install writes: this program with its settings, or
// a hosted server's address.
func entryOf(g *globals, h host, address string) (entry, error) {
	args := g.given()
	if address == "" {
		program, err := thisProgram()
		if err != nil {
			return entry{}, exit{exitFailed, err}
		}
		return entry{command: program, args: args, sandbox: slices.Contains(args, "--sandbox")}, nil
	}
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback.URL(address)):
		return entry{}, usage("--url has to be an https address, or an http one of this machine, like https://mcp.example.com/mcp")
	case u.User != nil || u.RawQuery != "":
		return entry{}, usage("--url has a name, a password or a query in it, and would be in clear text in the config file: leave that out")
	case len(args) > 0:
		return entry{}, usage("%s is a setting of this program, and --url names another server, which has its own", args[0])
	case h.remote == "":
		return entry{url: address, command: "npx", args: []string{"-y", remoteBridge, address}, sandbox: true}, nil
	}
	return entry{url: address, sandbox: true}, nil
}

func runInstall(g *globals, name, address string, show bool) error {
	h, err := hostNamed(name)
	if err != nil {
		return err
	}
	if err := together(g.settings().wrong); err != nil {
		return err // better here than at the client's start
	}
	e, err := entryOf(g, h, address)
	if err != nil {
		return err
	}
	path := h.path(g.env)
	if path == "" {
		return exit{exitFailed, fmt.Errorf("%s has no known config file here: no home folder is set", h.title)}
	}
	if show {
		err := say(g.env.Stdout, "%s\n", h.format.whole(h, e))
		_ = say(g.env.Stderr, "It goes into %s\n%s\n", path, h.advice(e))
		return err
	}
	return g.install(h, e, path)
}

func (g *globals) install(h host, e entry, path string) error {
	// A config that is a link, as of a dotfiles folder, stays one.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	old, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return exit{exitFailed, err}
	}
	doc, err := h.format.with(h, e, old)
	if err != nil {
		_ = say(g.env.Stdout, "%s\n", h.format.whole(h, e))
		return exit{exitFailed, fmt.Errorf("%s is left as it is: %w. Put the entry above into it by hand", path, err)}
	}
	if bytes.Equal(doc, old) {
		err := say(g.env.Stdout, "%s has the entry already: %s\n", h.title, path)
		return err
	}
	backup, err := replaceFile(path, old, doc)
	if err != nil {
		return exit{exitFailed, fmt.Errorf("%s was not changed: %w", path, err)}
	}
	_ = say(g.env.Stdout, "Wrote the entry %q of %s: %s\n", serverName, h.title, path)
	if backup != "" {
		_ = say(g.env.Stdout, "The file as it was: %s\n", backup)
	}
	err = say(g.env.Stdout, "%s\n", h.advice(e))
	return err
}

// given are the flags of settings on this command line, as arguments of the
// entry. Paths are made absolute: a client starts the server somewhere else.
func (g *globals) given() []string {
	var args []string
	if g.config != "" {
		args = append(args, "--config", g.absolute(g.config))
	}
	for _, s := range AllSettings() {
		v := g.values[s.Name]
		if v == nil || !v.given {
			continue
		}
		switch {
		case s.Switch && v.text == "true":
			args = append(args, "--"+s.Name)
		case s.Switch:
			args = append(args, "--"+s.Name+"="+v.text)
		case slices.Contains([]string{"state-dir", "output-dir", "models-file"}, s.Name):
			args = append(args, "--"+s.Name, g.absolute(v.text))
		case s.Name == "input-dirs":
			dirs := filepath.SplitList(v.text)
			for i, dir := range dirs {
				dirs[i] = g.absolute(dir)
			}
			args = append(args, "--"+s.Name, strings.Join(dirs, string(os.PathListSeparator)))
		default:
			args = append(args, "--"+s.Name, v.text)
		}
	}
	return args
}

func (g *globals) absolute(path string) string {
	if path = expand(path); path == "" || filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(g.env.Dir, path)
}

// thisProgram is the path of this executable: the one on PATH where it is the
// same file, which an update leaves in place, as a package manager's link is.
func thisProgram() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	onPath, err := exec.LookPath(filepath.Base(self))
	if err != nil || !filepath.IsAbs(onPath) {
		return self, nil
	}
	a, errA := os.Stat(self)
	b, errB := os.Stat(onPath)
	if errA == nil && errB == nil && os.SameFile(a, b) {
		return onPath, nil
	}
	return self, nil
}

// replaceFile writes a file whole or not at all, and keeps a copy of what was
// there.
func replaceFile(path string, old, doc []byte) (backup string, err error) {
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	mode := fs.FileMode(0o600) // a key may be put into it
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
		backup = path + "." + time.Now().Format("20060102-150405.000000") + ".bak"
		if err := writeNew(backup, old, mode); err != nil {
			return "", err
		}
	}
	next, err := os.CreateTemp(dir, filepath.Base(path)+".*.tmp")
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(next.Name()) }() // gone already where all went well
	_, err = next.Write(doc)
	if err = errors.Join(err, next.Chmod(mode), next.Sync(), next.Close()); err != nil {
		return "", err
	}
	return backup, os.Rename(next.Name(), path)
}

func writeNew(path string, doc []byte, mode fs.FileMode) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}
	_, err = f.Write(doc)
	return errors.Join(err, f.Close())
}
