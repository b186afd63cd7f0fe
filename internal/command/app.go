package command

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/mark3labs/mcp-go/server"
	"golang.org/x/sync/semaphore"

	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/internal/serve"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/sandbox"
	"github.com/nexconn-ai/nexconn-mcp/resources"
	"github.com/nexconn-ai/nexconn-mcp/tools"
)

// app is all rooms put together: the server and what it stands on.
type app struct {
	settings Settings
	log      *slog.Logger
	models   catalog.Set
	jobs     *jobs.Service
	tools    []tools.Tool
	server   *server.MCPServer
	metrics  *serve.Metrics
	sandbox  *sandbox.Running
}

// kind is how the app is reached, which decides whose disk it may touch.
type kind int

const (
	overStdio kind = iota
	overHTTP
)

// build puts the rooms together. Nothing heavy is opened: the ledger, the
// keychain and the store wait for the first call that needs them. Of settings
// that are wrong it makes an app to be looked at, not used, and the error tells
// them all.
func build(ctx context.Context, env Env, s Settings, k kind, metrics *serve.Metrics, opts ...server.ServerOption) (*app, error) {
	a := &app{settings: s, log: newLogger(env, s), metrics: metrics}
	models, err := loadModels(s.ModelsFile)
	wrong := errors.Join(s.wrong, err)
	if err != nil {
		models = catalog.Builtin()
	}
	a.models = models
	store, err := openStore(env, s, k)
	if wrong = errors.Join(wrong, err); wrong != nil {
		s.Sandbox = false
	}
	client := &nexconn.Client{BaseURL: s.BaseURL, Key: s.APIKey, Auth: s.AuthScheme, UserAgent: "nexconn-mcp/" + version(), Log: a.log}
	scale := 0.0
	if s.Sandbox {
		// It outlives the interrupt, for the calls that are let finish; close ends it.
		a.sandbox, err = sandbox.Start(context.WithoutCancel(ctx), "127.0.0.1:0", sandbox.Options{Models: models.IDs(), TimeScale: s.TimeScale, StateDir: filepath.Join(s.StateDir, "service"), Log: a.log})
		if err != nil {
			return nil, exit{exitFailed, err}
		}
		client.BaseURL, client.Key = a.sandbox.URL, sandboxKey
		scale = sandboxPace * min(s.TimeScale, 1)
	}
	if metrics != nil {
		client.Observe = func(o nexconn.Observation) { metrics.Upstream(o.Op, o.Took, string(o.Code)) }
	}
	loopback := isLoopbackURL(client.BaseURL)
	down := media.NewDownloader(s.MaxDownload, loopback, http.ProxyFromEnvironment)
	a.jobs = &jobs.Service{
		Client: client, Models: models, Money: s.Money, MaxWait: s.MaxWait, PollScale: scale, Prompts: s.Prompts, Log: a.log,
		Sandbox: s.Sandbox,
		Inputs: media.Inputs{Local: k == overStdio, Dirs: s.InputDirs, Home: env.Home, StateDir: s.StateDir, HTTPOK: loopback,
			Pixels: semaphore.NewWeighted(media.MaxPixels)},
		Saver: jobs.Saver{Folder: media.Folder{Root: s.OutputDir}, Spare: media.Folder{Root: filepath.Join(s.StateDir, "kept")}, Down: down},
		Open:  func(ctx context.Context) (ledger.Ledger, error) { return openLedger(ctx, s, a.log) },
	}
	if client.Key == "" {
		a.jobs.FindKey = keychainKey
		a.jobs.NoKey = noKey
	}
	a.jobs.Inputs.Task = a.jobs.Input
	if k == overHTTP {
		a.jobs.Saver.Store, a.jobs.Saver.LinkFor = store, 24*time.Hour
		if s.DatabaseURL != "" && s.Artifacts == "" {
			a.jobs.Saver.NoStore = "with a shared database and no NEXCONN_ARTIFACTS there is no place that every replica can read"
		}
	}
	deps := tools.Deps{Jobs: a.jobs, Models: models, Log: a.log, Sandbox: s.Sandbox, Toolsets: s.Toolsets, ReadOnly: s.ReadOnly}
	a.tools = tools.All(deps)
	hooks := &server.Hooks{}
	subscriptions := resources.NewSubscriptions(hooks, a.jobs)
	a.jobs.Changed = func(row jobs.Row, _ nexconn.Status) {
		a.count(row)
		if row.Task {
			subscriptions.Changed(row)
		}
	}
	a.server = server.NewMCPServer("nexconn-mcp", version(), append([]server.ServerOption{
		server.WithTitle("Nexconn"), server.WithInstructions(instructions(s)),
		server.WithToolCapabilities(false), server.WithResourceCapabilities(true, false),
		server.WithCompletions(), server.WithHooks(hooks),
		server.WithResourceCompletionProvider(resources.Completion{Jobs: a.jobs, Models: models}),
	}, opts...)...)
	subscriptions.Serve(a.server)
	for _, t := range a.tools {
		a.server.AddTools(t.ServerTool)
	}
	resources.Add(a.server, resources.Deps{Jobs: a.jobs, Models: models, Schema: tools.ModelSchema})
	if wrong != nil {
		return a, exit{exitUsage, wrong}
	}
	return a, nil
}

// count tells the metrics of a row's new state.
func (a *app) count(row jobs.Row) {
	if a.metrics == nil {
		return
	}
	ended := row.Status.Done()
	a.metrics.Job(row.ID, row.Kind, string(row.Status), ended)
	if ended && row.USD != nil {
		a.metrics.Spent(row.Kind, *row.USD)
	}
}

// sandboxKey is what the sandbox gets, which takes any. It is no word that
// stands in the sandbox's ids: keys are taken out of error texts.
const sandboxKey = "any-key-will-do-here"

// sandboxPace is how much faster the sandbox is asked than the service: its
// jobs end within 3 seconds.
const sandboxPace = 0.06

// noKey is what a call answers without a key.
const noKey = "no API key is set. Get one in the Nexconn developer console (add a card under Billing, subscribe to the unified LLM interface, then API Key Management > New Key) " +
	"and put it into the environment of this server as NEXCONN_API_KEY, or into the OS keychain. To try everything without a key, start the server with --sandbox"

func instructions(s Settings) string {
	text := "Chat, images, video and files of the Nexconn API. list_models tells which model can do what. " +
		"Video takes minutes: generate_video answers with a task_id; ask query_task with wait_seconds 45. " +
		"Outputs chain as TASK_ID#N. dry_run prices a call without sending it; idempotency_key makes a repeat safe."
	if s.Sandbox {
		text = "SANDBOX: nothing is really generated and nothing is billed. " + text
	}
	return text
}

func openLedger(ctx context.Context, s Settings, log *slog.Logger) (ledger.Ledger, error) {
	if s.DatabaseURL != "" {
		return ledger.OpenPostgres(ctx, string(s.DatabaseURL), log)
	}
	return ledger.OpenSQLite(ctx, s.StateDir, log)
}

// openStore is where results over HTTP are kept: the artifact store, else a
// folder of the state that is kept for a day.
func openStore(env Env, s Settings, k kind) (media.Store, error) {
	if k != overHTTP || s.Artifacts == "" {
		return media.Folder{Root: filepath.Join(s.StateDir, "outputs")}, nil
	}
	store, err := media.OpenStore(s.Artifacts, env.get)
	if err != nil {
		return nil, fmt.Errorf("NEXCONN_ARTIFACTS: %w", err)
	}
	return store, nil
}

// sweep drops what the state folder has kept for a day, as long as ctx lives.
func (a *app) sweep(ctx context.Context) {
	folder, ok := a.jobs.Saver.Store.(media.Folder)
	if !ok || a.settings.Artifacts != "" {
		return
	}
	for {
		if _, err := folder.Sweep(ctx, 24*time.Hour); err != nil && !errors.Is(err, os.ErrNotExist) {
			a.log.Warn("old outputs could not be dropped", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(time.Hour):
		}
	}
}

// close ends what the app opened; calls being submitted get the time they need.
func (a *app) close() {
	ctx, stop := context.WithTimeout(context.Background(), 70*time.Second)
	defer stop()
	if err := a.jobs.Close(ctx); err != nil {
		a.log.Warn("stopped early", "error", err)
	}
	if a.sandbox != nil {
		_ = a.sandbox.Close()
	}
}

func isLoopbackURL(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	host := u.Hostname()
	return host == "localhost" || strings.HasPrefix(host, "127.") || host == "::1"
}
