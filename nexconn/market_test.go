package nexconn

import (
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/sandbox"
)

// The sandbox's list, which was written down apart from the catalogue, gives the
// prices of the catalogue wherever both have one.
func TestMarketAgreesWithTheCatalogue(t *testing.T) {
	s := httptest.NewServer(sandbox.New(sandbox.Options{}))
	defer s.Close()
	document, err := (&Client{BaseURL: s.URL, Key: "k"}).MarketDocument(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	list, err := ReadMarket(document)
	if err != nil || len(list) < 40 {
		t.Fatalf("%d models, %v", len(list), err)
	}
	set := catalog.Builtin().WithMarket(list, time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC))
	repriced := 0
	for _, now := range set {
		was, ok := catalog.Builtin().Find(now.Kind, now.ID)
		if !ok || was.ID != now.ID || was.Price == nil || now.Price == was.Price {
			continue
		}
		repriced++
		if source := now.Price.Rates[0].Source; source.Certainty != catalog.ByService || source.Date != "2026-11-26" {
			t.Errorf("%s: the price is said to come from %+v", now.ID, source)
		}
		for op := range withTurn(now.Ops) {
			for _, args := range []map[string]any{
				{}, {"seconds": 5.0}, {"seconds": 10.0, "mode": "pro"}, {"seconds": 5.0, "audio": true}, {"seconds": 5.0, "mode": "pro", "audio": true},
				{"seconds": 8.0, "resolution": "1080p", "audio": false}, {"seconds": 8.0, "resolution": "4k", "audio": true},
				{"seconds": 5.0, "reference_videos": []any{"x"}, "mode": "std"}, {"seconds": 5.0, "resolution": "720p", "source_video": "x"}, {"resolution": "4K"},
			} {
				sent := catalog.Sent{MaxOutput: 1000}
				a, b := was.Quote(op, args, sent).Expected, now.Quote(op, args, sent).Expected
				if (a == nil) != (b == nil) || a != nil && (*a-*b > 1e-6 || *b-*a > 1e-6) {
					t.Errorf("%s %s %v: %v by the catalogue, %v by the list", now.ID, op, args, show(a), show(b))
				}
			}
		}
	}
	if repriced < 30 {
		t.Errorf("only %d models are priced by the list", repriced)
	}
	if m, ok := set.Find(catalog.Chat, "claude-sonnet-5"); !ok || m.ID != "anthropic/claude-sonnet-5" || m.Chat.Context != 1000000 {
		t.Errorf("a chat model newer than the catalogue is %+v", m)
	}
	if m, ok := set.Find(catalog.Chat, "claude-opus-4-6"); !ok || m.ID != "claude-4.6-opus" || m.RetiredOn != "2027-02-05" {
		t.Errorf("an alias of the list finds %s, which retires on %q", m.ID, m.RetiredOn)
	}
}

func withTurn(ops map[catalog.Op]catalog.Operation) map[catalog.Op]catalog.Operation {
	if len(ops) == 0 {
		return map[catalog.Op]catalog.Operation{catalog.Turn: {}}
	}
	return ops
}

func show(usd *float64) any {
	if usd == nil {
		return "unknown"
	}
	return *usd
}

func TestReadMarketOdd(t *testing.T) {
	for name, body := range map[string]string{
		"not a list": `{"status":true,"data":{"total":3}}`, "failed": `{"status":false,"data":[{"id":"a"}]}`, "a page": "<html>", "empty": `{"data":[]}`,
		"cut": `{"data":[{"id":"kling-v3"`, "no ids": `{"data":[{"name":"x"},7,null]}`,
	} {
		if list, err := ReadMarket([]byte(body)); err == nil {
			t.Errorf("%s: read as %+v", name, list)
		}
	}
	list, err := ReadMarket([]byte("\ufeff" + `{"data":[{"id":"m","model_alias":["a","b, c"],"retirement_at":"2026-07-28T00:00:00+08:00","suggested_model":"x,y",
		"model_constraints":{"context_length":"1000"},"architecture":{"output_modalities":"text"},
		"pricing_rules_v2":[{"input_range":[0,"32000"],"output_range":[0,99999999],"details_v2":{"input":{"unit_size":"1000","unit_price":"0.69"},"broken":{"unit_size":0,"unit_price_usd":1}}},7]}, 9, {"id":"m"}]}`))
	if err != nil || len(list) != 1 {
		t.Fatalf("%+v, %v", list, err)
	}
	o := list[0]
	if strings.Join(o.Aliases, "|") != "a|b|c" || o.RetiredOn != "2026-07-27" || strings.Join(o.Successors, "|") != "x|y" || o.Context != 1000 ||
		len(o.Tiers) != 1 || o.Tiers[0].UpToInput != 32000 || o.Tiers[0].UpToOutput != 0 || len(o.Tiers[0].USD) != 1 || math.Abs(o.Tiers[0].USD["input"]-1e-4) > 1e-12 {
		t.Errorf("%+v", o)
	}
}

func TestBilledByDay(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.RequestURI() != "/v2/stat/usage/apikey/cost-detail?end_date=2026-11-26&grain=day&start_date=2026-11-25" || r.Header.Get("Authorization") != "Bearer k" {
			t.Errorf("asked %s", r.URL.RequestURI())
		}
		_, _ = w.Write([]byte(`{"status":true,"data":{"api_keys":[{"api_key":"sk-7***","bills":[
			{"date":"2026-11-26","models":[{"model_id":"kling-v3","items":[{"name":"x","fee":6.9},{"fee":"6.9"}]}]},
			{"date":"2026-11-25","models":[{"model_id":"deepseek-v3","total_fee":3.45}],"total_fee":3.45}],"total_fee":17.25}]}}`))
	}))
	defer s.Close()
	b, err := (&Client{BaseURL: s.URL, Key: "k"}).Billed(t.Context(), time.Date(2026, 11, 25, 0, 0, 0, 0, time.UTC), time.Date(2026, 11, 26, 0, 0, 0, 0, time.UTC))
	if err != nil || len(b.Days) != 2 || b.USD != 2.5 || b.Days[0].Date != "2026-11-25" || b.Days[0].USD != 0.5 || b.Days[1].Models["kling-v3"] != 2 {
		t.Errorf("%+v, %v", b, err)
	}
}
