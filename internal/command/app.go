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
	"time"

	"github.com/mark3labs/mcp-go/server"
	"golang.org/x/sync/semaphore"

	gallery "github.com/nexconn-ai/nexconn-mcp/app"
	"github.com/nexconn-ai/nexconn-mcp/internal/caller"
	"github.com/nexconn-ai/nexconn-mcp/internal/jobs"
	"github.com/nexconn-ai/nexconn-mcp/internal/ledger"
	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
	"github.com/nexconn-ai/nexconn-mcp/internal/market"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/internal/outputs"
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
	market   *market.Models
	jobs     *jobs.Service
	tools    []tools.Tool
	server   *server.MCPServer
	metrics  *serve.Metrics
	// secret is what the replicas of one server share; nil over stdio.
	secret  *ledger.Secret
	sandbox *sandbox.Running
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
	for _, note := range s.notes {
		a.log.Warn("a setting was not taken as it was given", "why", note)
	}
	overrides, err := readModels(s.ModelsFile)
	wrong := errors.Join(s.wrong, err)
	listed := catalog.Builtin()
	if err != nil {
		overrides = nil
	} else if overrides != nil {
		if listed, err = listed.Apply(overrides); err != nil {
			return nil, exit{exitUsage, err}
		}
	}
	store, err := openStore(env, s, k)
	if wrong = errors.Join(wrong, err); wrong != nil {
		s.Sandbox = false
	}
	client := &nexconn.Client{BaseURL: s.BaseURL, Key: s.APIKey, Auth: s.AuthScheme, UserAgent: "nexconn-mcp/" + version(), Log: a.log}
	scale := 0.0
	if s.Sandbox {
		// It outlives the interrupt, for the calls that are let finish; close ends it.
		a.sandbox, err = sandbox.Start(context.WithoutCancel(ctx), "127.0.0.1:0", sandbox.Options{Models: listed.IDs(), TimeScale: s.TimeScale, StateDir: filepath.Join(s.StateDir, "service"), Log: a.log})
		if err != nil {
			return nil, exit{exitFailed, err}
		}
		client.BaseURL, client.Key = a.sandbox.URL, sandboxKey
		scale = sandboxPace * min(s.TimeScale, 1)
	}
	if metrics != nil {
		client.Observe = func(o nexconn.Observation) { metrics.Upstream(o.Op, o.Took, string(o.Code)) }
	}
	local := loopback.URL(client.BaseURL)
	down := media.NewDownloader(s.MaxDownload, local, http.ProxyFromEnvironment)
	a.market = &market.Models{Client: client, StateDir: s.StateDir, Log: a.log,
		Build: func(list catalog.Market, day time.Time) (catalog.Set, error) {
			return catalog.Builtin().WithMarket(list, day).Apply(overrides)
		}}
	models := a.market.Set
	a.jobs = &jobs.Service{
		Client: client, Models: models, Money: s.Money, MaxWait: s.MaxWait, PollScale: scale, Prompts: s.Prompts, Log: a.log,
		Sandbox: s.Sandbox,
		Inputs: media.Inputs{Local: k == overStdio, Dirs: s.InputDirs, Home: env.Home, StateDir: s.StateDir, HTTPOK: local,
			Pixels: semaphore.NewWeighted(media.MaxPixels)},
		Results: outputs.Outputs{Store: store, Fallback: media.Folder{Root: filepath.Join(s.StateDir, "kept")}, Down: down},
		Ledger:  ledger.Keeping(func(ctx context.Context) (ledger.Ledger, error) { return openLedger(ctx, s, a.log) }, a.log),
	}
	if client.Key == "" {
		a.jobs.FindKey = func() nexconn.Secret { key, _ := storedKey(env); return key }
		a.jobs.NoKey = noKey
		if s.keyWords != "" {
			a.jobs.NoKey = fmt.Sprintf("NEXCONN_API_KEY is %q, which is no key: the client that starts this server did not fill it in. ", s.keyWords) + noKey
		}
	}
	if k == overHTTP {
		a.host(s, store)
	}
	deps := tools.Deps{Jobs: a.jobs, Models: models, Listed: listed, Market: a.market.Refresh, Log: a.log, Sandbox: s.Sandbox, Previews: s.Previews, Toolsets: s.Toolsets, ReadOnly: s.ReadOnly}
	a.tools = tools.All(deps)
	hooks := &server.Hooks{}
	addCard(hooks)
	subscriptions := resources.NewSubscriptions(hooks, a.jobs)
	a.jobs.Changed = func(row jobs.Row, _ nexconn.Status) {
		a.count(row)
		if row.Task {
			subscriptions.Changed(row)
		}
	}
	completion := resources.Completion{Jobs: a.jobs, Models: models}
	a.server = server.NewMCPServer(cardName, version(), append([]server.ServerOption{
		server.WithTitle(cardTitle), server.WithInstructions(instructions(s)),
		server.WithToolCapabilities(false), server.WithResourceCapabilities(true, false),
		server.WithCompletions(), server.WithHooks(hooks), server.WithExtensions(map[string]any{gallery.Extension: map[string]any{}}),
		server.WithResourceCompletionProvider(completion), server.WithPromptCompletionProvider(completion),
	}, opts...)...)
	subscriptions.Serve(a.server)
	for _, t := range a.tools {
		a.server.AddTools(t.ServerTool)
	}
	resources.Add(a.server, resources.Deps{Jobs: a.jobs, Models: models, Schema: tools.ModelSchema, MediaHosts: a.mediaHosts})
	resources.AddPrompts(a.server, models)
	if wrong != nil {
		return a, exit{exitUsage, wrong}
	}
	return a, nil
}

// host adds what callers over HTTP need in place of a disk: links and uploads.
func (a *app) host(s Settings, store media.Store) {
	results, tokens := &a.jobs.Results, a.jobs.Ledger.Tokens()
	if s.DatabaseURL != "" && s.Artifacts == "" {
		results.NoStore = "with a shared database and no NEXCONN_ARTIFACTS there is no place that every replica can read"
	}
	a.secret = ledger.NewSecret(string(s.Secret), tokens)
	results.Links = &outputs.Links{Secret: a.secret, Store: store, Fallback: results.Fallback, TTL: s.LinkTTL, PublicURL: s.PublicURL, Log: a.log}
	a.jobs.Uploads = &outputs.Uploads{Links: results.Links, Tokens: tokens, NoStore: results.NoStore, MaxBytes: s.MaxDownload, CheckKey: a.checkKey, Log: a.log}
}

// mediaHosts are the origins of results besides the service's own: the sandbox's,
// this server's for the caller, and the bucket's.
func (a *app) mediaHosts(ctx context.Context) (hosts []string) {
	if a.sandbox != nil {
		hosts = append(hosts, a.sandbox.MediaURL)
	}
	if u, err := url.Parse(caller.From(ctx).Origin); err == nil && u.Host != "" {
		hosts = append(hosts, u.Scheme+"://"+u.Host)
	}
	if bucket, ok := a.jobs.Results.Store.(*media.Bucket); ok {
		ctx, stop := context.WithTimeout(ctx, 2*time.Second)
		defer stop()
		if origin := bucket.Origin(ctx); origin != "" {
			hosts = append(hosts, origin)
		}
	}
	return hosts
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
	"and run nexconn-mcp login, or put it into the environment of this server as NEXCONN_API_KEY. To try everything without a key, start the server with --sandbox"

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
	switch {
	case s.DatabaseURL != "" && s.Sandbox:
		return ledger.OpenPostgresSandbox(ctx, string(s.DatabaseURL), log)
	case s.DatabaseURL != "":
		return ledger.OpenPostgres(ctx, string(s.DatabaseURL), log)
	}
	return ledger.OpenSQLite(ctx, s.StateDir, log)
}

// openStore is where results are kept: over stdio the output folder, over HTTP
// the artifact store, else a folder of the state that is kept for a day.
func openStore(env Env, s Settings, k kind) (media.Store, error) {
	switch {
	case k != overHTTP:
		return media.Folder{Root: s.OutputDir}, nil
	case s.Artifacts == "":
		return media.Folder{Root: filepath.Join(s.StateDir, "outputs")}, nil
	}
	store, err := media.OpenStore(s.Artifacts, env.get)
	if err != nil {
		return nil, fmt.Errorf("NEXCONN_ARTIFACTS: %w", err)
	}
	return store, nil
}

// watchMarket keeps the prices those of the service. The embedded sandbox is
// asked only where a caller wants its list: it has the prices of the catalogue.
func (a *app) watchMarket(ctx context.Context) {
	if a.sandbox == nil {
		go a.market.Run(ctx)
	}
}

// sweep drops what has been kept for a day, as long as ctx lives: uploads, and
// all that is in the state folder for want of a store.
func (a *app) sweep(ctx context.Context) {
	for {
		if _, err := a.jobs.Uploads.Sweep(ctx); err != nil && !errors.Is(err, os.ErrNotExist) && ctx.Err() == nil {
			a.log.Warn("old uploads could not be dropped", "error", err)
		}
		if a.settings.Artifacts == "" {
			if _, err := a.jobs.Results.Store.Sweep(ctx, "", 24*time.Hour); err != nil && !errors.Is(err, os.ErrNotExist) {
				a.log.Warn("old outputs could not be dropped", "error", err)
			}
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
