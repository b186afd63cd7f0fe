package sandbox

import (
	_ "embed"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// marketTable is the list of the service's sister brand as it was read on
// 2026-10-07 (market.md 1), with the tiers of the vendors where the copy kept the
// first alone. Its first lines say what the columns are.
//
//go:embed market.tsv
var marketTable string

// marketList answers GET /v1/market/models, which wants no key (market.md 1.1).
func marketList(w http.ResponseWriter, _ *http.Request) {
	data := []map[string]any{}
	for line := range strings.Lines(marketTable) {
		if line = strings.TrimSuffix(line, "\n"); line != "" && line[0] != '#' {
			data = append(data, marketItem(strings.Split(line, "\t")))
		}
	}
	writeJSON(w, http.StatusOK, map[string]any{"status": true, "data": data})
}

func marketItem(column []string) map[string]any {
	value := func(i int) string {
		if column[i] == "-" {
			return ""
		}
		return column[i]
	}
	id := column[0]
	item := map[string]any{"id": id, "name": id, "issuer": map[string]any{"name": owner(id)}, "private": false,
		"architecture": map[string]any{"input_modalities": []string{"text"}, "output_modalities": strings.Split(column[1], ",")}}
	limits := map[string]any{}
	for i, name := range []string{"context_length", "max_completion_tokens"} {
		if n, err := strconv.Atoi(value(6 + i)); err == nil {
			limits[name] = n
		}
	}
	item["model_constraints"] = limits
	for i, name := range []string{"retirement_at", "suggested_model", "model_alias"} {
		if v := value(3 + i); v != "" {
			item[name] = v
		}
	}
	rules := []map[string]any{}
	for _, tier := range column[8:] {
		rules = append(rules, marketRule(tier, column[2]))
	}
	item["pricing_rules_v2"] = rules
	return item
}

// marketRule is one range of the prompt, and of the answer, with its prices:
// "0-32000/0-200 input=0.0008 output=0.002".
func marketRule(tier, currency string) map[string]any {
	rule := map[string]any{"input_range": []int{0, 99999999}, "output_range": []int{0, 99999999}}
	details := map[string]any{}
	for word := range strings.FieldsSeq(tier) {
		key, price, priced := strings.Cut(word, "=")
		if !priced {
			for i, part := range strings.Split(word, "/") {
				var from, to int
				if _, err := fmt.Sscanf(part, "%d-%d", &from, &to); err == nil {
					rule[[]string{"input_range", "output_range"}[i]] = []int{from, to}
				}
			}
			continue
		}
		amount, _ := strconv.ParseFloat(price, 64)
		unit, size := "token", 1000
		switch {
		case strings.HasSuffix(key, "_quantity"):
			unit, size = "pic", 1
		case strings.HasSuffix(key, "_duration"):
			unit, size = "second", 1
		case key == "web_search_req":
			unit, size = "time", 1
		}
		yuan, usd := amount*6.9, amount
		if currency == "CNY" {
			yuan, usd = amount, amount/6.9
		}
		details[key] = map[string]any{"name": key, "unit_name": unit, "unit_size": size, "unit_price": yuan, "unit_price_usd": usd}
	}
	rule["details_v2"] = details
	return rule
}

// billed answers the statistics of what a key has cost (market.md 3). The sandbox
// bills nothing, so every day costs nothing.
func billed(r *http.Request) (answer, error) {
	query := r.URL.Query()
	if strings.HasSuffix(r.URL.Path, "-detail") {
		for _, name := range []string{"start_date", "end_date"} {
			if _, err := time.Parse(time.DateOnly, query.Get(name)); err != nil {
				return answer{}, bad(name, "%s is a day like 2026-01-31", name)
			}
		}
		return answer{body: map[string]any{"status": true, "data": map[string]any{"currency": "CNY",
			"api_keys": []any{map[string]any{"api_key": "sk-***", "bills": []any{}, "total_fee": 0}}, "total_fee": 0}}}, nil
	}
	switch query.Get("type") {
	case "day", "week", "month":
	default:
		return answer{}, bad("type", "type is day, week or month")
	}
	return answer{body: map[string]any{"status": true, "data": map[string]any{
		"api_keys": []any{map[string]any{"api_key": "sk-***", "models": []any{}, "total_fee": 0}}}}}, nil
}
