package sandbox

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// steering is what the phrases of a prompt ask for; the package comment lists them.
type steering struct {
	text     string // the prompt without its phrases
	fate     fate
	filtered string // "", "one" or "all"
	status   int
	quota    bool
	poll     int
	slow     time.Duration
	cut      cut
	before   bool // cut before anything is taken
	html     int
	words    int
}

// fate is how a job ends when it does not succeed.
type fate string

const (
	failContent fate = "content"
	failOther   fate = "other"
)

// cut is how an answer breaks off.
type cut string

const (
	cutDrop     cut = "drop"
	cutTruncate cut = "truncate"
	cutStall    cut = "stall"
)

// steer reads the phrases of a text. What is no phrase of ours stays in the text.
func steer(text string) steering {
	var st steering
	var rest strings.Builder
	for {
		head, tail, found := strings.Cut(text, "[[")
		phrase, after, closed := strings.Cut(tail, "]]")
		if !found || !closed {
			rest.WriteString(text)
			break
		}
		rest.WriteString(head)
		if !st.take(phrase) {
			rest.WriteString("[[" + phrase + "]]")
		}
		text = after
	}
	st.text = strings.TrimSpace(rest.String())
	return st
}

func (st *steering) take(phrase string) bool {
	word, value, _ := strings.Cut(strings.ToLower(phrase), ":")
	switch word {
	case "fail":
		if value != string(failContent) && value != string(failOther) {
			return false
		}
		st.fate = fate(value)
	case "filtered":
		st.filtered = "one"
		if value == "all" {
			st.filtered = "all"
		}
	case "status":
		return number(value, 400, 599, &st.status)
	case "quota":
		st.quota, st.status = true, http.StatusPaymentRequired
		return value == "" || number(value, 400, 599, &st.status)
	case "poll":
		return number(value, 400, 599, &st.poll)
	case "html":
		return number(value, 200, 599, &st.html)
	case "words":
		return number(value, 1, 200_000, &st.words)
	case "slow":
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return false
		}
		st.slow = d
	case "drop":
		st.cut, st.before = cutDrop, value == "before"
	case "truncate", "stall":
		st.cut = cut(word)
	default:
		return false
	}
	return true
}

func number(s string, low, high int, into *int) bool {
	n, err := strconv.Atoi(s)
	if err != nil || n < low || n > high {
		return false
	}
	*into = n
	return true
}

// refuse is the error of a request that is steered away before it is taken.
func (st steering) refuse() error {
	switch {
	case st.before:
		return refusal{drop: true}
	case st.html != 0:
		return refusal{status: st.html, html: true}
	case st.quota:
		return refusal{status: st.status, kind: "quota_exceeded_error", code: "quota_exceeded",
			message: "the daily quota of this API key is used up", retryAfter: retryAfter(st.status)}
	case st.status != 0:
		return refusal{status: st.status, message: statusWords(st.status), retryAfter: retryAfter(st.status)}
	}
	return nil
}

// refuseSync is refuse for what is answered at once, where a fate is an error too.
func (st steering) refuseSync() error {
	if err := st.refuse(); err != nil {
		return err
	}
	switch st.fate {
	case failContent:
		return refusal{status: http.StatusBadRequest, code: "content_policy_violation",
			message: "the request was refused by content moderation"}
	case failOther:
		return refusal{status: http.StatusInternalServerError, message: "the provider could not answer"}
	}
	return nil
}

func retryAfter(status int) int {
	if status == http.StatusTooManyRequests || status == http.StatusServiceUnavailable {
		return 2
	}
	return 0
}

func statusWords(status int) string {
	switch status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity:
		return "invalid parameters"
	case http.StatusUnauthorized:
		return "invalid api key"
	case http.StatusPaymentRequired:
		return "the quota of this API key is used up"
	case http.StatusTooManyRequests:
		return "too many requests, slow down"
	}
	if t := http.StatusText(status); t != "" {
		return strings.ToLower(t)
	}
	return "status " + strconv.Itoa(status)
}
