package command

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/BurntSushi/toml"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

// Settings are what an operator can say. A flag beats the environment, which
// beats the config file.
type Settings struct {
	APIKey     nexconn.Secret
	AuthScheme string
	BaseURL    string
	StateDir   string
	OutputDir  string
	InputDirs  []string

	DatabaseURL nexconn.Secret
	Artifacts   string
	ModelsFile  string
	Toolsets    []string
	ReadOnly    bool
	MaxWait     time.Duration
	Prompts     jobs.PromptPolicy
	MaxDownload int64

	AllowedOrigins, AllowedHosts []string
	OIDCIssuer, OIDCAudience     string
	// PublicURL is how callers reach the server, without a slash at its end;
	// Secret is what the replicas sign and encrypt with.
	PublicURL string
	Secret    nexconn.Secret
	// LinkTTL is how long a link to an output lives.
	LinkTTL time.Duration
	// OAuth says that clients may sign in here.
	OAuth bool

	Money jobs.Money

	RatePerCaller        float64
	Burst                int
	ConcurrencyPerCaller int
	MaxBody              int64

	Listen, MetricsListen string
	Auth, TokensFile      string

	LogLevel  slog.Level
	LogFormat string

	Sandbox   bool
	Previews  tools.Previews
	TimeScale float64

	// wrong is what of them can't be read; build tells it with what else is.
	wrong error
	// notes are what was not taken as it was given; build logs them.
	notes []string
	// keyWords is what was given in place of a key and is none.
	keyWords string
}

// Setting is one of them: its name as a flag, its default in words, and how
// its text is read.
type Setting struct {
	// Name is the flag's; the environment variable is derived from it.
	Name string
	// Default is what it is told to be; Help is one sentence.
	Default, Help string
	// HTTP says that it matters to the http command alone, which has its flag.
	HTTP bool
	// NoFlag keeps secrets off the command line.
	NoFlag bool
	// Secret keeps the value out of messages.
	Secret bool
	// Switch is a flag that needs no value.
	Switch bool
	set    func(*Settings, string) error
}

// Env is the setting's environment variable.
func (s Setting) Env() string { return envOf(s.Name) }

func envOf(flag string) string {
	return "NEXCONN_" + strings.ToUpper(strings.ReplaceAll(flag, "-", "_"))
}

func (s Setting) key() string { return strings.ReplaceAll(s.Name, "-", "_") }

// AllSettings are the settings, in the order they are told.
func AllSettings() []Setting {
	return []Setting{
		{Name: "api-key", NoFlag: true, Help: "The key of the service; from the environment, or as nexconn-mcp login keeps it.",
			set: setKey},
		{Name: "auth-scheme", Default: "bearer", Help: "How the key is sent: `bearer`, or `raw` for the key alone; `doctor` says which the service takes.",
			set: oneOf(func(s *Settings) *string { return &s.AuthScheme }, "bearer", "raw")},
		{Name: "base-url", Default: nexconn.DefaultBaseURL, Help: "Where the service is; the host root is taken too.",
			set: setBaseURL},
		{Name: "state-dir", Default: "the OS's state folder + `nexconn-mcp`", Help: "Where the ledger is, and outputs that the output folder can't take (in `kept`).",
			set: folder(func(s *Settings) *string { return &s.StateDir })},
		{Name: "output-dir", Default: "Downloads + `Nexconn`", Help: "Where outputs are saved.",
			set: folder(func(s *Settings) *string { return &s.OutputDir })},
		{Name: "input-dirs", Default: "home, current and output folder", Help: "Where local inputs may come from (stdio only), separated as in PATH.",
			set: func(s *Settings, v string) error {
				s.InputDirs = nil
				for _, dir := range filepath.SplitList(v) {
					if dir = expand(strings.TrimSpace(dir)); dir != "" {
						s.InputDirs = append(s.InputDirs, dir)
					}
				}
				return nil
			}},
		{Name: "database-url", Secret: true, Help: "`postgres://…`: the ledger in PostgreSQL, for several replicas.",
			set: func(s *Settings, v string) error {
				if v != "" && !strings.HasPrefix(v, "postgres://") && !strings.HasPrefix(v, "postgresql://") {
					return errors.New("has to be a postgres:// URL")
				}
				s.DatabaseURL = nexconn.Secret(v)
				return nil
			}},
		{Name: "artifacts", Help: "`file:///folder` or `s3://bucket/prefix`: where results are kept over HTTP.",
			set: func(s *Settings, v string) error {
				if v != "" && !strings.HasPrefix(v, "file://") && !strings.HasPrefix(v, "s3://") {
					return errors.New("has to be file:///folder or s3://bucket/prefix")
				}
				s.Artifacts = v
				return nil
			}},
		{Name: "models-file", Help: "TOML with models, aliases and prices of your own: docs/models.md.",
			set: folder(func(s *Settings) *string { return &s.ModelsFile })},
		{Name: "toolsets", Default: "all", Help: "Which tools to offer: `chat`, `image`, `video`, `files`, `tasks`, with commas.",
			set: func(s *Settings, v string) error {
				s.Toolsets = words(strings.ToLower(v))
				if len(s.Toolsets) == 1 && s.Toolsets[0] == "all" {
					s.Toolsets = nil
				}
				for _, set := range s.Toolsets {
					switch set {
					case "chat", "image", "video", "files", "tasks":
					default:
						return fmt.Errorf("has %q; it takes chat, image, video, files, tasks", set)
					}
				}
				return nil
			}},
		{Name: "read-only", Default: "false", Switch: true, Help: "Offer only the tools that list and query.",
			set: yesNo(func(s *Settings) *bool { return &s.ReadOnly })},
		{Name: "max-wait", Default: "55s", Help: "The longest a call may wait for a job; clients cut calls at 60 s.",
			set: func(s *Settings, v string) (err error) {
				s.MaxWait, err = duration(v)
				return err
			}},
		{Name: "store-prompts", Default: "head", Help: "What the ledger keeps of a prompt: `none`, `head` (120 characters) or `full`.",
			set: func(s *Settings, v string) error {
				switch p := jobs.PromptPolicy(v); p {
				case jobs.PromptNone, jobs.PromptHead, jobs.PromptFull:
					s.Prompts = p
					return nil
				}
				return errors.New("has to be none, head or full")
			}},
		{Name: "previews", Default: "auto", Help: "Small pictures in results over stdio: `auto` (where the client shows them), `on`, `off`.",
			set: func(s *Settings, v string) error {
				switch p := tools.Previews(v); p {
				case tools.PreviewsAuto, tools.PreviewsOn, tools.PreviewsOff:
					s.Previews = p
					return nil
				}
				return errors.New("has to be auto, on or off")
			}},
		{Name: "max-download", Default: "2GiB", Help: "The largest result that is saved.",
			set: bytesOf(func(s *Settings) *int64 { return &s.MaxDownload })},
		{Name: "max-usd-per-call", Help: "No call may be estimated above this.", set: dollars(func(s *Settings) *float64 { return &s.Money.PerCall })},
		{Name: "max-usd-per-day", Help: "No more than this is spent in a UTC day.", set: dollars(func(s *Settings) *float64 { return &s.Money.PerDay })},
		{Name: "confirm-above-usd", Help: "Above this the user is asked.", set: dollars(func(s *Settings) *float64 { return &s.Money.ConfirmAbove })},
		{Name: "listen", Default: defaultListen, HTTP: true, Help: "The address to listen on, of `sandbox` too (there 127.0.0.1:8900, and not from the file).",
			set: text(func(s *Settings) *string { return &s.Listen })},
		{Name: "metrics-listen", HTTP: true, Help: "The address of `/metrics`; off loopback they are served nowhere else.",
			set: text(func(s *Settings) *string { return &s.MetricsListen })},
		{Name: "auth", HTTP: true, Help: "Who may call: `passthrough`, `tokens` or `oidc`; needed off loopback.",
			set: text(func(s *Settings) *string { return &s.Auth })},
		{Name: "tokens-file", HTTP: true, Help: "The callers of `--auth tokens`.",
			set: folder(func(s *Settings) *string { return &s.TokensFile })},
		{Name: "allowed-origins", HTTP: true, Help: "Web origins that may call, with commas.",
			set: func(s *Settings, v string) error { s.AllowedOrigins = words(v); return nil }},
		{Name: "allowed-hosts", HTTP: true, Help: "Host names the server answers to, with commas.",
			set: func(s *Settings, v string) error { s.AllowedHosts = words(v); return nil }},
		{Name: "oidc-issuer", HTTP: true, Help: "The issuer of callers' tokens, for `--auth oidc`.",
			set: text(func(s *Settings) *string { return &s.OIDCIssuer })},
		{Name: "oidc-audience", HTTP: true, Help: "The audience their tokens must have.",
			set: text(func(s *Settings) *string { return &s.OIDCAudience })},
		{Name: "oauth", Default: "false", Switch: true, HTTP: true, Help: "A sign-in for clients that only do OAuth, in front of `tokens` and `passthrough`: docs/sign-in.md.",
			set: yesNo(func(s *Settings) *bool { return &s.OAuth })},
		{Name: "link-ttl", Default: "24h", HTTP: true, Help: "How long a link to an output lives, at most `168h`.",
			set: func(s *Settings, v string) (err error) {
				if s.LinkTTL, err = duration(v); err == nil && (s.LinkTTL < time.Second || s.LinkTTL > longestLink) {
					err = errors.New("has to be from 1s to 168h, which is the most that a bucket gives")
				}
				return err
			}},
		{Name: "public-url", Default: "from the request's Host", HTTP: true, Help: "How callers reach this server, for links and sign-in: `https://mcp.example.com`, without `/mcp`.",
			set: func(s *Settings, v string) error {
				u, err := url.Parse(v)
				if err != nil || u.Host == "" || u.Opaque != "" || u.User != nil || u.RawQuery != "" || u.Fragment != "" ||
					u.Scheme != "https" && (u.Scheme != "http" || !loopback.Is(u.Host)) {
					return errors.New("has to be an https URL, such as https://mcp.example.com (http on this machine alone)")
				}
				s.PublicURL = strings.TrimRight(v, "/")
				if strings.HasSuffix(s.PublicURL, "/mcp") {
					return errors.New("has to be without /mcp, which is below it")
				}
				return nil
			}},
		{Name: "secret", NoFlag: true, Default: "made once, kept in the ledger", HTTP: true, Help: "What replicas sign links and uploads and encrypt sign-ins with, at least 32 characters.",
			set: func(s *Settings, v string) error {
				if len(v) < 32 {
					return errors.New("has to have at least 32 characters: openssl rand -base64 32")
				}
				s.Secret = nexconn.Secret(v)
				return nil
			}},
		{Name: "rate-per-caller", Default: "20 (burst 60)", HTTP: true, Help: "Requests a second; off on loopback without `--auth`.",
			set: func(s *Settings, v string) (err error) {
				s.RatePerCaller, err = atLeastZero(v)
				s.Burst = int(3 * s.RatePerCaller)
				return err
			}},
		{Name: "concurrency-per-caller", Default: "64", HTTP: true, Help: "Requests at once; off on loopback without `--auth`.",
			set: whole(func(s *Settings) *int { return &s.ConcurrencyPerCaller })},
		{Name: "max-body", Default: "16MiB", HTTP: true, Help: "The largest request.", set: bytesOf(func(s *Settings) *int64 { return &s.MaxBody })},
		{Name: "log-level", Default: "info", Help: "`debug`, `info`, `warn` or `error`; logs go to stderr.",
			set: func(s *Settings, v string) error {
				if err := s.LogLevel.UnmarshalText([]byte(v)); err != nil {
					return errors.New("has to be debug, info, warn or error")
				}
				return nil
			}},
		{Name: "log-format", Default: "text", Help: "`text` or `json`.", set: oneOf(func(s *Settings) *string { return &s.LogFormat }, "text", "json")},
		{Name: "sandbox", Default: "false", Switch: true, Help: "Use the embedded stand-in: no key, no network, nothing billed.",
			set: yesNo(func(s *Settings) *bool { return &s.Sandbox })},
		{Name: "time-scale", Default: "1", Help: "How fast the sandbox's jobs run; 0.1 is ten times faster.",
			set: func(s *Settings, v string) (err error) {
				s.TimeScale, err = atLeastZero(v)
				if err == nil && s.TimeScale == 0 {
					err = errors.New("has to be above 0")
				}
				return err
			}},
	}
}

// longestLink is how long a bucket's link lives at most.
const longestLink = 7 * 24 * time.Hour

// defaultListen is where the http command listens.
const defaultListen = "127.0.0.1:8080"

// defaults are the settings where nothing is said.
func defaults(env Env) Settings {
	home := env.Home
	s := Settings{
		AuthScheme: "bearer", BaseURL: nexconn.DefaultBaseURL, MaxWait: jobs.DefaultMaxWait, Prompts: jobs.PromptHead,
		MaxDownload: 2 << 30, MaxBody: 16 << 20, RatePerCaller: 20, Burst: 60, ConcurrencyPerCaller: 64,
		LinkTTL: 24 * time.Hour, LogFormat: "text", TimeScale: 1, StateDir: stateDir(env), OutputDir: filepath.Join(downloads(env), "Nexconn"),
	}
	if home == "" {
		s.OutputDir = filepath.Join(os.TempDir(), "Nexconn")
	}
	return s
}

// load reads the settings: flags that were given, then the environment, then
// the config file. All faults come at once, each naming its setting.
func load(env Env, flags map[string]string, configFile string) (Settings, error) {
	s := defaults(env)
	file, faults := readConfig(env, configFile)
	known := map[string]bool{}
	for _, one := range AllSettings() {
		known[one.key()] = true
		value, from := file[one.key()], "the config file's "+one.key()
		if v, ok := env.Lookup(one.Env()); ok && v != "" {
			value, from = v, one.Env()
		}
		if v, ok := flags[one.Name]; ok {
			value, from = v, "--"+one.Name
		}
		hidden := one.NoFlag || one.Secret
		if value = bare(value); value == "" {
			continue
		}
		if found := unfilled(value, hidden); found != "" && one.Name != "api-key" {
			faults = append(faults, fmt.Errorf("%s has %s in it, which the client that starts this server did not fill in (it is %q): write the value out", from, found, value))
			continue
		}
		noted := len(s.notes)
		err := one.set(&s, value)
		for i := range s.notes[noted:] {
			s.notes[noted+i] = from + " " + s.notes[noted+i]
		}
		if err != nil {
			shown := fmt.Sprintf(" (it is %q)", shownValue(value))
			if hidden {
				shown = ""
			}
			faults = append(faults, fmt.Errorf("%s %w%s", from, err, shown))
		}
	}
	for key := range file {
		if !known[key] {
			faults = append(faults, fmt.Errorf("the config file has an unknown setting %q", key))
		}
	}
	if s.InputDirs == nil {
		s.InputDirs = inputDirs(env, s)
	}
	s.notes = append(s.notes, unknownVariables(env)...)
	return s, errors.Join(faults...)
}

func readConfig(env Env, path string) (map[string]string, []error) {
	named := path != ""
	if !named {
		if path, _ = env.Lookup("NEXCONN_CONFIG"); path != "" {
			named = true
		} else if dir := configDir(env); dir != "" {
			path = filepath.Join(dir, "nexconn-mcp.toml")
		} else {
			return nil, nil
		}
	}
	doc, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && !named {
		return nil, nil
	}
	if err != nil {
		return nil, []error{fmt.Errorf("the config file can't be read: %w", err)}
	}
	var raw map[string]any
	if _, err := toml.Decode(string(doc), &raw); err != nil {
		return nil, []error{fmt.Errorf("the config file %s: %w", path, err)}
	}
	values := map[string]string{}
	var faults []error
	for key, v := range raw {
		switch v := v.(type) {
		case string:
			values[key] = v
		case []any:
			sep := ","
			if key == "input_dirs" {
				sep = string(os.PathListSeparator)
			}
			parts := make([]string, len(v))
			for i, p := range v {
				parts[i] = fmt.Sprint(p)
			}
			values[key] = strings.Join(parts, sep)
		case map[string]any:
			faults = append(faults, fmt.Errorf("the config file has a table %q, and settings are plain values", key))
		default:
			values[key] = fmt.Sprint(v)
		}
	}
	if _, ok := values["api_key"]; ok {
		delete(values, "api_key")
		faults = append(faults, errors.New("the config file has api_key; run nexconn-mcp login, or put it into NEXCONN_API_KEY"))
	}
	return values, faults
}
