package command

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/netip"
	"os/exec"
	"path"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/spf13/cobra"

	gallery "github.com/nexconn-ai/nexconn-mcp/app"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/internal/serve"
)

func galleryCommand(g *globals) *cobra.Command {
	var listen string
	var noOpen bool
	cmd := &cobra.Command{
		Use: "gallery", Short: "Show everything that was made in the browser", Args: noArguments,
		Long: "Serves a page of everything that was made, on this machine alone, and opens it in the browser. The link works\n" +
			"once; other pages of the browser and other users can't read anything. Ctrl-C ends it.",
		Example: "  nexconn-mcp gallery\n  nexconn-mcp gallery --sandbox\n  nexconn-mcp gallery --no-open   # only print the link",
		RunE: func(cmd *cobra.Command, _ []string) error {
			at, err := netip.ParseAddrPort(listen)
			if err != nil || !at.Addr().IsLoopback() {
				return usage("--listen has to be an address of this machine alone, such as 127.0.0.1:0, and is %q", listen)
			}
			return runGallery(cmd.Context(), g, listen, !noOpen)
		},
	}
	cmd.Flags().StringVar(&listen, "listen", "127.0.0.1:0", "the loopback address to listen on; port 0 takes a free one")
	cmd.Flags().BoolVar(&noOpen, "no-open", false, "print the link and don't open the browser")
	return cmd
}

func runGallery(ctx context.Context, g *globals, listen string, open bool) error {
	outliveReaders()
	a, err := build(ctx, g.env, g.quietSettings(), overStdio, nil)
	if err := together(err); err != nil {
		return err
	}
	defer a.close()
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", listen)
	if err != nil {
		return exit{exitFailed, fmt.Errorf("--listen: %w", err)}
	}
	page := newGalleryPage(a, listener.Addr().String())
	server := &http.Server{
		Handler: page, ReadHeaderTimeout: 10 * time.Second, MaxHeaderBytes: 64 << 10,
		BaseContext: func(net.Listener) context.Context { return context.WithoutCancel(ctx) },
		ErrorLog:    slog.NewLogLogger(a.log.Handler(), slog.LevelDebug),
	}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	link := page.link()
	_ = say(g.env.Stdout, "The gallery, good for one visit:\n%s\n", link)
	if open {
		if err := openBrowser(ctx, link); err != nil {
			_ = say(g.env.Stderr, "The browser could not be opened; open the link by hand.\n")
		}
	}
	select {
	case err = <-failed:
	case <-ctx.Done():
		err = nil
	}
	a.jobs.Stop()
	grace, stop := context.WithTimeout(context.Background(), 3*time.Second)
	defer stop()
	_ = server.Shutdown(grace) // what is left is cut off by Close
	_ = server.Close()
	if err != nil {
		return exit{exitFailed, err}
	}
	return nil
}

// openBrowser starts what opens a link on this system.
func openBrowser(ctx context.Context, link string) error {
	name, args := "xdg-open", []string{link}
	switch runtime.GOOS {
	case "darwin":
		name = "open"
	case "windows":
		name, args = "rundll32", []string{"url.dll,FileProtocolHandler", link}
	}
	cmd := exec.CommandContext(context.WithoutCancel(ctx), name, args...)
	if err := cmd.Start(); err != nil {
		return err
	}
	go func() { _ = cmd.Wait() }()
	return nil
}

// galleryPage is the gallery on loopback. The link that it prints works once
// and gives the browser a cookie. The page lies in a folder of a random name,
// and the cookie is for that folder alone: browsers send cookies to every port
// of a host, so that another server of this machine could else be handed it.
type galleryPage struct {
	app    *app
	host   string // as the browser has to call it
	code   atomic.Pointer[string]
	folder string // /NAME/
	cookie string
	mux    *http.ServeMux
}

const galleryCookie = "nexconn-gallery"

func newGalleryPage(a *app, host string) *galleryPage {
	p := &galleryPage{app: a, host: host, folder: "/" + rand.Text() + "/", cookie: rand.Text(), mux: http.NewServeMux()}
	p.mux.HandleFunc("GET /open/{code}", p.enter)
	p.mux.HandleFunc("GET "+p.folder+"{$}", p.signedIn(p.page))
	p.mux.HandleFunc("POST "+p.folder+"rpc", p.signedIn(p.rpc))
	p.mux.HandleFunc("GET "+p.folder+"media", p.signedIn(p.media))
	p.mux.HandleFunc("PUT "+p.folder+"inputs", p.signedIn(p.input))
	return p
}

// link is a fresh link, good once.
func (p *galleryPage) link() string {
	code := rand.Text()
	p.code.Store(&code)
	return "http://" + p.host + "/open/" + code
}

// ServeHTTP refuses what another page could have made the browser send: a Host
// that is another name for this machine, and requests from elsewhere.
func (p *galleryPage) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Cache-Control", "no-store")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	origin, site := r.Header.Get("Origin"), r.Header.Get("Sec-Fetch-Site")
	if r.Host != p.host || origin != "" && origin != "http://"+p.host || site != "" && site != "same-origin" && site != "none" {
		http.Error(w, "This page is for this machine's own browser window alone.", http.StatusForbidden)
		return
	}
	p.mux.ServeHTTP(w, r)
}

func (p *galleryPage) enter(w http.ResponseWriter, r *http.Request) {
	code := p.code.Load()
	if code == nil || !same(r.PathValue("code"), *code) || !p.code.CompareAndSwap(code, nil) {
		http.Error(w, "This link was good once. Start nexconn-mcp gallery again for a new one.", http.StatusForbidden)
		return
	}
	http.SetCookie(w, &http.Cookie{Name: galleryCookie, Value: p.cookie, Path: p.folder, HttpOnly: true, SameSite: http.SameSiteStrictMode})
	http.Redirect(w, r, p.folder, http.StatusSeeOther)
}

func (p *galleryPage) signedIn(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if c, err := r.Cookie(galleryCookie); err != nil || !same(c.Value, p.cookie) {
			http.Error(w, "Open the link that nexconn-mcp gallery printed.", http.StatusForbidden)
			return
		}
		next(w, r)
	}
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

func (p *galleryPage) page(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Security-Policy", gallery.Policy(append(p.app.mediaHosts(r.Context()), gallery.ResultHosts...), nil))
	_, _ = w.Write(gallery.Page(gallery.Setup{Endpoint: p.folder + "rpc", Media: p.folder + "media", Inputs: p.folder + "inputs"}))
}

// galleryMethods are what the page asks for.
var galleryMethods = map[string]bool{"tools/call": true, "resources/read": true}

// maxGalleryCall bounds a call of the page in bytes: files come by inputs.
const maxGalleryCall = 16 << 20

func (p *galleryPage) rpc(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxGalleryCall))
	if err != nil {
		http.Error(w, "The call is too large.", http.StatusRequestEntityTooLarge)
		return
	}
	var head struct {
		Method string `json:"method"`
	}
	if json.Unmarshal(body, &head) != nil || !galleryMethods[head.Method] {
		http.Error(w, "The page calls tools and reads resources, nothing else.", http.StatusBadRequest)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(p.app.server.HandleMessage(r.Context(), body))
}

func (p *galleryPage) media(w http.ResponseWriter, r *http.Request) {
	n, err := strconv.Atoi(r.FormValue("n"))
	if err != nil {
		http.Error(w, "n has to be the number of an output, from 0.", http.StatusBadRequest)
		return
	}
	row, err := p.app.jobs.OnRecord(r.Context(), r.FormValue("task"))
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	from, size, kind, err := p.app.jobs.Outputs().Open(r.Context(), row, n)
	if err != nil {
		http.Error(w, err.Error(), http.StatusNotFound)
		return
	}
	defer from.Close()
	serve.WriteOutput(w, r, from, size, kind)
}

// input keeps a file that was dropped on the page, in a folder of the outputs,
// and answers with what stands for it in a media argument: its path.
func (p *galleryPage) input(w http.ResponseWriter, r *http.Request) {
	name := path.Base(strings.ReplaceAll(r.FormValue("name"), `\`, "/"))
	name = strings.TrimLeft(strings.TrimSuffix(name, path.Ext(name)), ".-")
	if name == "" || !filepath.IsLocal(name) {
		name = "input"
	}
	folder := media.Folder{Root: p.app.settings.OutputDir}
	saved, err := folder.Put(r.Context(), "Inputs/"+name, http.MaxBytesReader(w, r.Body, p.app.settings.MaxDownload), r.Header.Get("Content-Type"))
	if err != nil {
		status := http.StatusUnprocessableEntity
		var tooLarge *http.MaxBytesError
		if errors.As(err, &tooLarge) {
			status = http.StatusRequestEntityTooLarge
		}
		p.app.log.Debug("a dropped file was not kept", "error", err)
		http.Error(w, "The file can't be kept: "+err.Error(), status)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]string{"media": saved.Path})
}
