package command

import (
	"bufio"
	"context"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

func loginCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "login", Short: "Ask for your key, check it and keep it in the OS keychain", Args: noArguments,
		Example: "  nexconn-mcp login\n  pass show nexconn | nexconn-mcp login",
		Long: "Asks for the API key without showing it, or reads it from a pipe, and tries it with a\n" +
			"request that costs nothing. The key is kept in the OS keychain; where there is none, in a\n" +
			"file that you alone can read. " + keyVariable + " goes before it.",
		RunE: func(cmd *cobra.Command, _ []string) error { return runLogin(cmd.Context(), g) },
	}
}

func logoutCommand(g *globals) *cobra.Command {
	return &cobra.Command{
		Use: "logout", Short: "Remove the key that login keeps", Args: noArguments,
		RunE: func(*cobra.Command, []string) error { return runLogout(g) },
	}
}

func runLogin(ctx context.Context, g *globals) error {
	s := g.quietSettings()
	if s.wrong != nil {
		return s.wrong
	}
	if s.Sandbox {
		return usage("the sandbox takes any key: login is for the service; leave out --sandbox")
	}
	text, err := askKey(ctx, g.env)
	if err != nil {
		return err
	}
	var given Settings
	if err := setKey(&given, bare(text)); err != nil || given.APIKey == "" {
		return usage("that is no key: nothing was kept. Get one in the Nexconn developer console")
	}
	key := given.APIKey
	if strings.ContainsAny(string(key), " \t\r\n\"'") {
		return usage("a key has no quote and no space in it: nothing was kept. Give the key alone")
	}
	tried, err := tryKey(ctx, s, key)
	if err != nil {
		return exit{exitFailed, err}
	}
	place, noKeychain, err := storeKey(g.env, key)
	if err != nil {
		return exit{exitFailed, errors.New("the key could not be kept: " + err.Error())}
	}
	if noKeychain != nil {
		_ = say(g.env.Stderr, "The OS keychain can't be used (%v), so the key is in a file that only you can read.\n", noKeychain)
	}
	if g.env.get(keyVariable) != "" {
		_ = say(g.env.Stderr, "%s is set and goes before the key that was kept.\n", keyVariable)
	}
	return say(g.env.Stdout, "%s Kept in %s.\n", tried, place)
}

func runLogout(g *globals) error {
	places, err := forgetKey(g.env)
	if err != nil {
		return exit{exitFailed, err}
	}
	if len(places) == 0 {
		return say(g.env.Stdout, "No key was kept.\n")
	}
	return say(g.env.Stdout, "The key was removed from %s.\n", strings.Join(places, " and from "))
}

// askKey reads the key: at a terminal without showing it, else one line.
func askKey(ctx context.Context, env Env) (string, error) {
	read := func() (string, error) {
		line, err := bufio.NewReader(io.LimitReader(env.Stdin, 64<<10)).ReadString('\n')
		if errors.Is(err, io.EOF) {
			err = nil
		}
		return line, err
	}
	restore := func() {}
	if file, ok := env.Stdin.(*os.File); ok && term.IsTerminal(int(file.Fd())) {
		_ = say(env.Stderr, "API key (it is not shown): ")
		if before, err := term.GetState(int(file.Fd())); err == nil {
			restore = func() { _ = term.Restore(int(file.Fd()), before) }
		}
		read = func() (string, error) {
			line, err := term.ReadPassword(int(file.Fd()))
			return string(line), err
		}
		defer func() { _ = say(env.Stderr, "\n") }()
	}
	type typed struct {
		text string
		err  error
	}
	done := make(chan typed, 1)
	go func() {
		text, err := read()
		done <- typed{text, err}
	}()
	select {
	case t := <-done:
		if t.err != nil {
			return "", exit{exitFailed, t.err}
		}
		return t.text, nil
	case <-ctx.Done():
		restore()
		return "", exit{exitFailed, errors.New("interrupted: nothing was kept")}
	}
}

// tryKey asks the service for something that is free, and says what it made of
// the key. A service that can't be reached says nothing against it.
func tryKey(ctx context.Context, s Settings, key nexconn.Secret) (string, error) {
	ctx, stop := context.WithTimeout(ctx, checkTime)
	defer stop()
	client := &nexconn.Client{BaseURL: s.BaseURL, Key: key, Auth: s.AuthScheme, UserAgent: "nexconn-mcp/" + version()}
	_, err := client.Files(ctx, 1, "", "")
	switch codeOf(err) {
	case "":
		return "The service takes the key.", nil
	case nexconn.QuotaExhausted:
		return "The service takes the key, but its quota is used up.", nil
	case nexconn.Unauthorized, nexconn.Forbidden:
		client.Auth = otherScheme(s.AuthScheme)
		if _, again := client.Files(ctx, 1, "", ""); again == nil {
			return "The service takes the key as " + client.Auth + ": set NEXCONN_AUTH_SCHEME=" + client.Auth + ".", nil
		}
		return "", errors.New("the service refuses the key: " + inWords(err) + ". Nothing was kept. Check it in the Nexconn developer console; it was tried as bearer and as raw")
	}
	return "The key could not be tried (" + inWords(err) + "); nexconn-mcp doctor tries it again.", nil
}
