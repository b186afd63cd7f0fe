package nexconn

import (
	"cmp"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// refused makes an Error of any answer that is not a success: one function for
// every error shape of the service and of what stands before it. Header may be
// nil.
func refused(status int, header http.Header, body []byte) *Error {
	f := readFault(body)
	e := &Error{
		Code:         f.code(status),
		Status:       status,
		UpstreamCode: cmp.Or(f.upstreamCode, f.kind),
		RequestID:    requestID(header),
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
	switch {
	case status == 400 || status == 404 || status == 503:
		if strings.Contains(words, "no available channel") ||
			strings.Contains(words, "price") && strings.Contains(words, "not set") {
			return UnknownModel
		}
	case status == 402:
		return QuotaExhausted
	case (status == 403 || status == 429) && anyOf(words, quotaWords):
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
	quotaWords = []string{"quota", "balance", "insufficient_funds", "billing", "额度", "余额", "配额", "欠费"}
	// moderationWords are those of defaults.md but "content" and "safety",
	// which a plain refusal of a field uses as well.
	moderationWords = []string{"moderation", "policy", "policies", "sensitive", "prohibited_content", "content_filter", "data_inspection", "审核", "违规"}
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
	return anyOf(strings.ToLower(words), []string{"moderation", "content", "safety", "policy", "sensitive", "审核", "违规"}) ||
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

// requestID is the service's id of a request; clients look for both spellings.
func requestID(h http.Header) string {
	return cmp.Or(h.Get("X-Request-Id"), h.Get("X-Qiniu-Request-Id"))
}

// retryAfter reads Retry-After, in seconds or as a date.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := strings.TrimSpace(h.Get("Retry-After"))
	if v == "" {
		return 0
	}
	if seconds, err := strconv.ParseFloat(v, 64); err == nil {
		const day = 24 * 60 * 60
		return time.Duration(min(max(0, seconds), day) * float64(time.Second))
	}
	if at, err := http.ParseTime(v); err == nil {
		return max(0, at.Sub(now))
	}
	return 0
}
