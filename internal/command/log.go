package command

import (
	"io"
	"log/slog"
	"os"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// newLogger writes to stderr, in colour only on a terminal.
func newLogger(env Env, s Settings) *slog.Logger {
	if s.LogFormat == "json" {
		return slog.New(slog.NewJSONHandler(env.Stderr, &slog.HandlerOptions{Level: s.LogLevel}))
	}
	return slog.New(tint.NewTextHandler(env.Stderr, &tint.Options{
		Level: s.LogLevel, TimeFormat: "15:04:05", NoColor: !colour(env, env.Stderr), ReplaceAttr: printableAttr,
	}))
}

// colour says whether a stream wants it.
func colour(env Env, w io.Writer) bool {
	if v, set := env.Lookup("NO_COLOR"); set && v != "" {
		return false
	}
	return env.Terminal != nil && env.Terminal(w)
}

func isTerminal(stream any) bool {
	f, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}
