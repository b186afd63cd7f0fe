package command

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
	"github.com/nexconn-ai/nexconn-mcp/internal/media"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

func checkKey(_ context.Context, d *doctor) {
	key := string(d.key)
	switch {
	case d.settings.Sandbox:
		d.ok("key", "none needed: the sandbox takes any")
	case key == "" && d.env.get(keyVariable) != "":
		d.bad("key", keyVariable+" holds a placeholder instead of a key", "put the key there, or set it where the client that starts the server gets its environment from")
	case key == "":
		d.bad("key", "none is set", "get one in the Nexconn developer console, then run nexconn-mcp login or set "+keyVariable)
	case strings.HasPrefix(strings.ToLower(key), "bearer "):
		d.bad("key", "the one from "+d.keyFrom+" begins with the word Bearer", "set the key alone")
	case strings.ContainsAny(key, " \t\r\n\"'"):
		d.bad("key", "the one from "+d.keyFrom+" has a quote, a space or a line break in it", "set the key alone")
	default:
		d.ok("key", "set, from %s (never shown)", d.keyFrom)
	}
}

func checkAddress(_ context.Context, d *doctor) {
	base := withoutSecrets(d.settings.BaseURL)
	switch {
	case d.settings.Sandbox:
		d.ok("base URL", "the sandbox in this process")
	case strings.HasPrefix(base, "http://") && !loopback.URL(base):
		d.bad("base URL", base+" is not encrypted, and the key goes there in the clear", "set NEXCONN_BASE_URL to an https address")
	case base == nexconn.DefaultBaseURL:
		d.ok("base URL", "%s", base)
	default:
		d.ok("base URL", "%s (set by you; the service's is %s)", base, nexconn.DefaultBaseURL)
	}
}

func checkNetwork(_ context.Context, d *doctor) {
	var seen []string
	for _, name := range []string{"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"} {
		value := d.env.get(name)
		if value == "" {
			name = strings.ToLower(name)
			value = d.env.get(name)
		}
		if value == "" {
			continue
		}
		seen = append(seen, name+"="+withoutSecrets(value))
	}
	if file := d.env.get("SSL_CERT_FILE"); file != "" {
		if _, err := os.Stat(file); err != nil {
			d.bad("network", "SSL_CERT_FILE can't be read: "+err.Error(), "correct its path or unset it")
			return
		}
		seen = append(seen, "SSL_CERT_FILE="+file)
	}
	if len(seen) == 0 {
		d.ok("network", "no proxy set")
		return
	}
	d.ok("network", "%s", strings.Join(seen, ", "))
}

// withoutSecrets is an address without what may be one: the user, the password,
// the query and the fragment. Whatever can't be taken apart is left out whole.
func withoutSecrets(address string) string {
	bare := address
	if !strings.Contains(address, "://") {
		bare = "http://" + address // as proxies are often written
	}
	u, err := url.Parse(bare)
	switch {
	case err != nil:
		return "an address that can't be read"
	case u.User == nil && u.RawQuery == "" && u.Fragment == "":
		return address
	}
	if u.User != nil {
		u.User = url.User("…")
	}
	u.RawQuery, u.ForceQuery, u.Fragment, u.RawFragment = "", false, "", ""
	shown, err := url.PathUnescape(u.String())
	if err != nil {
		return u.Redacted()
	}
	if bare != address {
		shown = strings.TrimPrefix(shown, "http://")
	}
	return shown
}

// shownValue is a setting's value as it may be told.
func shownValue(value string) string {
	if strings.Contains(value, "://") {
		return withoutSecrets(value)
	}
	return value
}

// dated hears what the service's clock says.
type dated struct {
	next http.RoundTripper
	d    *doctor
}

func (t dated) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := t.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	if at, err := http.ParseTime(response.Header.Get("Date")); err == nil {
		t.d.skew, t.d.heard = time.Since(at), true
	}
	return response, nil
}

// checkService asks for something that costs nothing, with the key in both of
// its forms where the first is refused.
func checkService(ctx context.Context, d *doctor) {
	const thing = "service"
	client := &nexconn.Client{BaseURL: d.settings.BaseURL, Key: d.key, Auth: d.settings.AuthScheme, UserAgent: "nexconn-mcp/" + version(),
		HTTP: &http.Client{Transport: dated{http.DefaultTransport, d}}}
	start := time.Now()
	if d.key == "" {
		ids, err := client.ModelIDs(ctx)
		if err != nil {
			d.bad(thing, inWords(err), "check the network, the proxy and NEXCONN_BASE_URL")
			return
		}
		d.ok(thing, "answers in %d ms with %d models; the key could not be tried", time.Since(start).Milliseconds(), len(ids))
		return
	}
	_, err := client.Files(ctx, 1, "", "")
	took := time.Since(start)
	other := otherScheme(d.settings.AuthScheme)
	scheme := otherScheme(other)
	switch code := codeOf(err); code {
	case "":
		d.ok(thing, "takes the key (as %s) and answers in %d ms", scheme, took.Milliseconds())
	case nexconn.Unauthorized, nexconn.Forbidden:
		client.Auth = other
		if _, again := client.Files(ctx, 1, "", ""); codeOf(again) == "" {
			d.bad(thing, "refuses the key as "+scheme+" and takes it as "+other, "set NEXCONN_AUTH_SCHEME="+other)
			return
		}
		d.bad(thing, "refuses the key, as "+scheme+" and as "+other+": "+inWords(err), "check the key in the Nexconn developer console")
	case nexconn.QuotaExhausted:
		d.bad(thing, "takes the key, but its quota is used up", "raise it in the console, or wait for its reset")
	case nexconn.RateLimited:
		d.ok(thing, "takes the key (as %s), and is busy: %s", scheme, inWords(err))
	case nexconn.NotFound:
		d.bad(thing, "answers, but not as the Nexconn API: "+inWords(err), "check NEXCONN_BASE_URL")
	case nexconn.NotConfigured, nexconn.InvalidArgument:
		d.bad(thing, inWords(err), "correct it")
	default:
		d.bad(thing, inWords(err), "check the network, the proxy and NEXCONN_BASE_URL, and try again in a minute")
	}
}

// otherScheme is the form of the header that a setting does not ask for.
func otherScheme(scheme string) string {
	if scheme == "raw" {
		return "bearer"
	}
	return "raw"
}

func codeOf(err error) nexconn.Code {
	if err == nil {
		return ""
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return nexconn.Timeout
	}
	return nexconn.CodeOf(err)
}

func inWords(err error) string {
	var e *nexconn.Error
	switch {
	case errors.As(err, &e):
		return e.Message
	case errors.Is(err, context.DeadlineExceeded):
		return "no answer came in time"
	}
	return err.Error()
}

// maxSkew is how far a clock may be off before expiry times mislead.
const maxSkew = 2 * time.Minute

func checkClock(_ context.Context, d *doctor) {
	switch skew := d.skew.Round(time.Second); {
	case !d.heard:
		d.ok("clock", "nothing to compare it with")
	case skew > maxSkew:
		d.bad("clock", "this machine is "+skew.String()+" ahead of the service", "set the clock: times of expiry are off")
	case skew < -maxSkew:
		d.bad("clock", "this machine is "+(-skew).String()+" behind the service", "set the clock: times of expiry are off")
	default:
		d.ok("clock", "agrees with the service's")
	}
}

func checkState(ctx context.Context, d *doctor) {
	const thing = "ledger"
	book, err := openLedger(ctx, d.settings, slog.New(slog.DiscardHandler))
	if err == nil {
		err = errors.Join(book.Ping(ctx), book.Close())
	}
	if err != nil {
		d.bad(thing, err.Error(), "")
		return
	}
	if d.settings.DatabaseURL != "" {
		d.ok(thing, "opens, in PostgreSQL")
		return
	}
	d.ok(thing, "opens, in %s", d.settings.StateDir)
}

// checkOutput tries to write where outputs are to go, or where their folder is
// to be made.
func checkOutput(_ context.Context, d *doctor) {
	const thing = "output folder"
	folder, made := d.settings.OutputDir, true
	for {
		info, err := os.Stat(folder)
		if err == nil && !info.IsDir() {
			d.bad(thing, folder+" is no folder", "set NEXCONN_OUTPUT_DIR")
			return
		}
		if err == nil {
			break
		}
		up := filepath.Dir(folder)
		if !errors.Is(err, fs.ErrNotExist) || up == folder {
			d.bad(thing, err.Error(), "set NEXCONN_OUTPUT_DIR to a folder that can be reached")
			return
		}
		folder, made = up, false
	}
	probe, err := os.CreateTemp(folder, ".nexconn-doctor-*")
	if err != nil {
		d.bad(thing, folder+" can't be written: "+err.Error(), "set NEXCONN_OUTPUT_DIR to a folder of yours")
		return
	}
	if err := errors.Join(probe.Close(), os.Remove(probe.Name())); err != nil {
		d.bad(thing, err.Error(), "set NEXCONN_OUTPUT_DIR to a folder of yours")
		return
	}
	if made {
		d.ok(thing, "%s can be written", d.settings.OutputDir)
		return
	}
	d.ok(thing, "%s will be made when it is needed", d.settings.OutputDir)
}

func checkInputs(_ context.Context, d *doctor) {
	const thing = "input folders"
	var there, gone []string
	for _, dir := range d.settings.InputDirs {
		info, err := os.Stat(dir)
		switch {
		case err == nil && info.IsDir():
			there = append(there, dir)
		case dir != d.settings.OutputDir && filepath.Join(dir, "sandbox") != d.settings.OutputDir: // those are made when needed
			gone = append(gone, dir)
		}
	}
	switch {
	case len(gone) > 0:
		d.bad(thing, strings.Join(gone, ", ")+" can't be found", "correct NEXCONN_INPUT_DIRS; the others are read")
	case len(there) == 0:
		d.ok(thing, "none: inputs come by URL")
	default:
		d.ok(thing, "%s", strings.Join(there, ", "))
	}
}

func checkModels(_ context.Context, d *doctor) {
	set, err := loadModels(d.settings.ModelsFile)
	for _, fault := range faultsOf(err) {
		d.bad("models", fault.Error(), "correct it")
	}
	if err != nil {
		return
	}
	if d.settings.ModelsFile == "" {
		d.ok("models", "%d, built in", count(set))
		return
	}
	d.ok("models", "%d, with %s over the built-in ones", count(set), d.settings.ModelsFile)
}

func count(set catalog.Set) int {
	n := 0
	for _, kind := range []catalog.Kind{catalog.Chat, catalog.Image, catalog.Video} {
		for _, m := range set.Of(kind) {
			if !m.Pattern {
				n++
			}
		}
	}
	return n
}

func checkArtifacts(_ context.Context, d *doctor) {
	if d.settings.Artifacts == "" {
		return
	}
	if _, err := media.OpenStore(d.settings.Artifacts, d.env.get); err != nil {
		d.bad("artifacts", err.Error(), "correct NEXCONN_ARTIFACTS")
		return
	}
	d.ok("artifacts", "%s", withoutSecrets(d.settings.Artifacts))
}
