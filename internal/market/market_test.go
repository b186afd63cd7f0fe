package market

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	_ "github.com/nexconn-ai/nexconn-mcp/internal/golden"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

const dearer = `{"status":true,"data":[{"id":"deepseek-v3","pricing_rules_v2":[{"details_v2":{"input":{"unit_size":1000,"unit_price_usd":0.0005},"output":{"unit_size":1000,"unit_price_usd":0.002}}}]}]}`

// service answers the market list, or what body says, and counts.
type service struct {
	body  atomic.Value
	asked atomic.Int32
	seen  atomic.Value
}

func (s *service) RoundTrip(r *http.Request) (*http.Response, error) {
	s.asked.Add(1)
	s.seen.Store(r.URL.Path + " " + r.Header.Get("Authorization"))
	w := httptest.NewRecorder()
	if body := s.body.Load().(string); body == "" {
		w.WriteHeader(http.StatusNotFound)
	} else {
		fmt.Fprint(w, body)
	}
	return w.Result(), nil
}

func models(t *testing.T, s *service, dir string) *Models {
	t.Helper()
	return &Models{Client: &nexconn.Client{BaseURL: "https://api.test/v1", Key: "sk-secret", HTTP: &http.Client{Transport: s}}, StateDir: dir,
		Build: func(list catalog.Market, day time.Time) (catalog.Set, error) {
			return catalog.Builtin().WithMarket(list, day), nil
		}}
}

func price(t *testing.T, m *Models) float64 {
	t.Helper()
	one, ok := m.Set().Find(catalog.Chat, "deepseek-v3")
	if !ok {
		t.Fatal("no deepseek-v3")
	}
	usd, _ := one.Settle(catalog.Turn, nil, catalog.Used{InputTokens: 1_000_000})
	return usd
}

func TestAskedOnceADayAndKept(t *testing.T) {
	dir := t.TempDir()
	s := &service{}
	s.body.Store(dearer)
	synctest.Test(t, func(t *testing.T) {
		m := models(t, s, dir)
		was := price(t, m)
		ctx, stop := context.WithCancel(t.Context())
		go m.Run(ctx)
		time.Sleep(23 * time.Hour)
		if s.asked.Load() != 1 || price(t, m) != .5 || was == .5 {
			t.Errorf("asked %d times; the price was %v and is %v", s.asked.Load(), was, price(t, m))
		}
		if s.seen.Load() != "/v1/market/models " {
			t.Errorf("asked for %q", s.seen.Load())
		}
		stop()
		// The next process knows the list, and does not ask before its day is over.
		next := models(t, s, dir)
		if price(t, next) != .5 {
			t.Errorf("after a restart the price is %v", price(t, next))
		}
		ctx, stop = context.WithCancel(t.Context())
		defer stop()
		go next.Run(ctx)
		time.Sleep(30 * time.Minute)
		if s.asked.Load() != 1 {
			t.Errorf("asked %d times within a day", s.asked.Load())
		}
		time.Sleep(time.Hour)
		if s.asked.Load() != 2 {
			t.Errorf("asked %d times in 24.5 hours", s.asked.Load())
		}
	})
}

func TestBadListsChangeNothing(t *testing.T) {
	for name, body := range map[string]string{
		"missing": "", "a page": "<html>", "changed": `{"models":{"kling":1}}`, "huge": `{"data":[{"id":"` + strings.Repeat("x", 9<<20) + `"}]}`,
		"trailing": dearer + "}", "empty": `{"status":true,"data":[]}`,
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := &service{}
			s.body.Store(dearer)
			m := models(t, s, dir)
			if _, err := m.Refresh(t.Context()); err != nil || price(t, m) != .5 {
				t.Fatal(err, price(t, m))
			}
			s.body.Store(body)
			if _, err := m.Refresh(t.Context()); err == nil && name != "trailing" {
				t.Error("a bad list is no error")
			}
			if price(t, m) != .5 {
				t.Errorf("the price is %v now", price(t, m))
			}
			if again := models(t, s, dir); price(t, again) != .5 {
				t.Errorf("after a restart the price is %v", price(t, again))
			}
		})
	}
}

func TestABrokenFileIsNoList(t *testing.T) {
	for name, text := range map[string]string{"garbage": "{", "another host": `{"host":"https://other","asked":"2026-11-26T00:00:00Z","document":` + dearer + `}`,
		"from the future": `{"host":"https://api.test/v1","asked":"2999-01-01T00:00:00Z","document":` + dearer + `}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		s := &service{}
		s.body.Store("")
		if got := price(t, models(t, s, dir)); got == .5 {
			t.Errorf("%s: the price is %v", name, got)
		}
	}
}
