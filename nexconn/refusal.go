package nexconn

import (
	"cmp"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// refused makes an Error of any answer that is not a success: one function for
// every error shape of the service and of what stands before it. Header may be
// nil.
func refused(status int, header http.Header, body []byte) *Error {
	return readFault(body).refusal(status, header)
}

// refusedNode is refused of an error that came inside a success.
func refusedNode(n node) *Error { return faultOf(n).refusal(http.StatusOK, nil) }

func (f fault) refusal(status int, header http.Header) *Error {
	e := &Error{
		Code:         f.code(status),
		Status:       status,
		UpstreamCode: cmp.Or(f.upstreamCode, f.kind),
		RequestID:    cmp.Or(requestID(header), f.requestID),
		RetryAfter:   retryAfter(header, time.Now()),
		Message:      f.words(status),
	}
	switch e.Code {
	case RateLimited:
		e.Retryable = true
	case UpstreamError, UpstreamUnavailable, Timeout:
		if carried := f.status(); status < 300 && carried != 0 {
			status = carried
		}
		e.Retryable = status != http.StatusNotImplemented && (status >= 500 || status == http.StatusRequestTimeout) &&
			!strings.Contains(strings.ToLower(f.message), "not implemented")
	}
	return e
}

// code is what kind of trouble it is: product.md 4.4. The words are looked at
// before the status only where the documents show that the status misleads.
func (f fault) code(status int) Code {
	words := strings.ToLower(f.kind + " " + f.upstreamCode + " " + f.message)
	if status < 300 {
		return f.codeInside()
	}
	unrouted := anyOf(words, unroutedWords) || strings.Contains(words, "price") && strings.Contains(words, "not set")
	switch {
	case unrouted && (status == 400 || status == 404 || status == 503):
		return UnknownModel
	case status == 402:
		return QuotaExhausted
	case (status == 403 || status == 429) && anyOf(words, quotaWords),
		status < 500 && slices.Contains(quotaCodes, statusSigns.Replace(strings.ToLower(cmp.Or(f.upstreamCode, f.kind)))):
		return QuotaExhausted
	}
	switch {
	case status == 401:
		return Unauthorized
	case status == 403:
		return Forbidden
	case f.html && (status == 400 || status == 404 || status == 405):
		// The service speaks JSON: this is what stands before it, or another
		// place altogether.
		return UpstreamUnavailable
	case status == 404:
		return NotFound
	case status == 408:
		return Timeout
	case status == 429:
		return RateLimited
	case status >= 400 && status < 500:
		if f.aboutContent() {
			return ContentRejected
		}
		return InvalidArgument
	case status >= 300 && status < 400:
		return UpstreamUnavailable
	case !f.json:
		return UpstreamUnavailable
	}
	return UpstreamError
}

// status is the HTTP status that the fault itself carries, 0 for none.
func (f fault) status() int {
	if status, err := strconv.Atoi(f.upstreamCode); err == nil && status >= 400 && status < 600 {
		return status
	}
	return 0
}

// codeInside is the same for an error that came under a success status or in
// the middle of a stream, where the words are all there is.
func (f fault) codeInside() Code {
	words := strings.ToLower(f.kind + " " + f.upstreamCode + " " + f.message)
	if status := f.status(); status != 0 {
		return f.code(status)
	}
	switch {
	case anyOf(words, quotaWords):
		return QuotaExhausted
	case anyOf(words, unroutedWords):
		return UnknownModel
	case anyOf(words, []string{"rate_limit", "rate limit", "too many requests"}):
		return RateLimited
	case anyOf(words, []string{"authorization header", "authentication_error"}):
		return Unauthorized
	case f.aboutContent():
		return ContentRejected
	case strings.Contains(words, "invalid_request"):
		return InvalidArgument
	}
	return UpstreamError
}

var (
	quotaWords = []string{"quota", "balance", "insufficient_funds", "insufficient funds", "insufficient credit", "enough credit", "out of credit",
		"billing", "arrear", "额度", "余额", "配额", "欠费", "充值"}
	// quotaCodes are codes, without their signs, that speak of money under any
	// status.
	quotaCodes = []string{"insufficientquota", "insufficientuserquota", "insufficientbalance", "arrearage", "quotaexceeded"}
	// unroutedWords are those of relays that have no route to a model.
	unroutedWords = []string{"no available channel", "无可用渠道", "model_not_found", "model not found"}
	// moderationWords are those of defaults.md but "content" and "safety",
	// which a plain refusal of a field uses as well.
	moderationWords = []string{"moderation", "policy", "policies", "sensitive", "prohibited_content", "content_filter", "data_inspection", "datainspection", "敏感", "审核", "违规", "违禁", "不合规"}
)

// contentPhrases finds "content" said of what was asked or made, not of a field.
var contentPhrases = sync.OnceValue(func() *regexp.Regexp {
	const verdict = `(not allowed|not comply|violat|block|flagged|filter|reject|inappropriate|prohibit|unsafe)`
	// Safety is said with a verdict only where something was judged, never of a
	// setting of that name.
	const unsafe = `(block|violat|reject|refus|flagg)[a-z]*`
	// What was asked is flagged, or found unsafe, without being called content.
	const asked = `\b(prompt|input|request|message|text|image|picture|video|output|response)s? (was|were|is|are|has been|have been) `
	const found = `(flagged|deemed|considered|classified|marked) (as |to be )?(potentially |possibly )?(unsafe|harmful|inappropriate)\b`
	return regexp.MustCompile(asked + `flagged\b|` + found + `|content[^.;]{0,40}\b` + verdict + `|\b` + verdict + `[^.;]{0,40}\bcontent|(safety|content) (system|check|review|filter|guideline|reason)|for safety|` +
		`\bsafety[ :-][^.;]{0,30}\b` + unsafe + `\b|\b` + unsafe + `\b[^.;]{0,30}\bsafety\b`)
})

// settings finds fields whose names have the words of moderation in them, and
// the refusal of a field by its path.
var settings = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`safety[_ -]?(setting|param|field|option|level|threshold|tolerance|checker|identifier)\w*|(param(eter)?|field|option|argument)s?[ :'"]{1,3}safety\b|` +
		`case[- ]sensitive|\bcontent[_ ]blocks?\b|\bcontent[-_ ]?(type|length|encoding)s?\b|[\w\]]\.content (is |was )?(not allowed|rejected)`)
})

// aboutContent tells a refusal by moderation from the refusal of a field that
// happens to be called content or safety_settings.
func (f fault) aboutContent() bool {
	words := strings.ToLower(f.kind + " " + f.upstreamCode + " " + f.message)
	words = settings().ReplaceAllString(words, "")
	return anyOf(words, moderationWords) || contentPhrases().MatchString(words) ||
		strings.Contains(strings.ToLower(f.kind+f.upstreamCode), "safety")
}

// rejectsContent says that a failed job was refused by moderation: the words
// of defaults.md, where a job has failed and nothing else is called content.
func rejectsContent(words string) bool {
	return anyOf(strings.ToLower(words), []string{"moderation", "content", "safety", "policy", "sensitive", "敏感", "审核", "违规"}) ||
		fault{message: words}.aboutContent()
}

func anyOf(s string, words []string) bool {
	for _, w := range words {
		if strings.Contains(s, w) {
			return true
		}
	}
	return false
}

// requestID is the service's id of a request, under the names of the service and
// of the gateways it is built like.
func requestID(h http.Header) string {
	return cmp.Or(h.Get("X-Request-Id"), h.Get("X-Qiniu-Request-Id"), h.Get("X-Oneapi-Request-Id"), h.Get("Request-Id"))
}

// maxRetryAfter bounds what the service may ask us to wait.
const maxRetryAfter = 24 * time.Hour

// retryAfter is when to come again: Retry-After in seconds, whole or not, as a
// date or as a duration, or its relatives in milliseconds. It is never negative.
func retryAfter(h http.Header, now time.Time) time.Duration {
	for _, name := range []string{"Retry-After-Ms", "X-Ms-Retry-After-Ms"} {
		if ms, err := strconv.ParseFloat(strings.TrimSpace(h.Get(name)), 64); err == nil {
			return boundedWait(ms / 1000)
		}
	}
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(v, 64); err == nil {
		return boundedWait(seconds)
	}
	if d, err := time.ParseDuration(strings.ReplaceAll(v, " ", "")); err == nil {
		return boundedWait(d.Seconds())
	}
	at, err := http.ParseTime(v)
	if err != nil {
		at, err = time.Parse(time.RFC3339, v)
	}
	if err != nil {
		return 0
	}
	return boundedWait(at.Sub(now).Seconds())
}

// boundedWait is a number of seconds as a wait; what is no number is none.
func boundedWait(seconds float64) time.Duration {
	if !(seconds > 0) {
		return 0
	}
	return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second))
}
