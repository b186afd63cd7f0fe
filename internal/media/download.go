package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// DefaultMax is the most bytes of one download where nothing else is set.
const DefaultMax = 2 << 30

// Downloader fetches results. It sends no key, cookie or referrer, follows no
// more than five redirects, and reaches public addresses over https only. Make
// it with NewDownloader.
type Downloader struct {
	HTTP *http.Client
	// Max is the most bytes of one file.
	Max int64
	// Idle is how long a transfer may stand still.
	Idle time.Duration

	pause time.Duration
}

// NewDownloader makes a Downloader of files up to max bytes (0: DefaultMax).
// With local, links to this machine are fetched too, also over http: for a
// service that itself runs here. Proxy is http.ProxyFromEnvironment or its
// like; nil means none.
func NewDownloader(max int64, local bool, proxy func(*http.Request) (*url.URL, error)) *Downloader {
	return newDownloader(max, newGuard(local, proxy, net.DefaultResolver))
}

func newDownloader(max int64, g *guard) *Downloader {
	if max <= 0 {
		max = DefaultMax
	}
	return &Downloader{
		HTTP:  &http.Client{Transport: g, CheckRedirect: redirect},
		Max:   max,
		Idle:  time.Minute,
		pause: 500 * time.Millisecond,
	}
}

func redirect(req *http.Request, via []*http.Request) error {
	if len(via) > 5 {
		return refused{"it redirects more than five times"}
	}
	if loopback.Is(hostOf(req.URL)) && !loopback.Is(hostOf(via[0].URL)) {
		return refused{"it redirects to this machine"}
	}
	// The link before holds a token that the next host has no business with.
	req.Header.Del("Referer")
	req.URL.User = nil
	return nil
}

// Fetches says whether a link is of a kind that Save fetches at all: https, or
// http on this machine where that is allowed. Where it leads is seen only then.
func (d *Downloader) Fetches(link string) bool {
	u, err := url.Parse(link)
	if err != nil {
		return false
	}
	if loopback.Is(hostOf(u)) {
		g, ok := d.HTTP.Transport.(*guard)
		return ok && g.loopbackOK
	}
	return u.Scheme == "https"
}

// Save fetches a link into the target folder and gives the file its final name
// only once it is whole, of a type that makes sense, and on the disk. A cut
// transfer goes on where it stopped. Progress, if not nil, is told the bytes so
// far and in all (-1 if unknown). The error is a *nexconn.Error.
func (d *Downloader) Save(ctx context.Context, link string, dst Target, progress func(done, total int64)) (Saved, error) {
	p, err := newPart(dst.Dir)
	if err != nil {
		return Saved{}, err
	}
	defer p.discard()
	if err := d.fill(ctx, link, p, progress); err != nil {
		return Saved{}, told(ctx, err)
	}
	return p.land(dst)
}

// told is a failed download in words; the link with its token stays out of them.
func told(ctx context.Context, err error) error {
	var ready *nexconn.Error
	if errors.As(err, &ready) {
		return ready
	}
	var no refused
	if errors.As(err, &no) {
		return nexconn.Errorf(nexconn.Forbidden, "the link is not fetched: %w", no)
	}
	if ctx.Err() != nil {
		return nexconn.Errorf(nexconn.Cancelled, "the download was stopped: %w", ctx.Err())
	}
	var wrapped *url.Error
	if errors.As(err, &wrapped) {
		err = wrapped.Err
	}
	e := nexconn.Errorf(nexconn.UpstreamUnavailable, "the download failed: %w", err)
	e.Retryable = true
	return e
}

// A download that gets nowhere is given up after so many tries in a row, and
// one that crawls on by a few bytes each time after so many in all.
const (
	stuckTries = 6
	allTries   = 200
)

func (d *Downloader) fill(ctx context.Context, link string, p *part, progress func(done, total int64)) error {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval = d.pause
	wait.MaxInterval = 20 * time.Second
	stuck := 0
	for range allTries {
		before := p.n
		err := d.fetch(ctx, link, p, progress)
		var e *nexconn.Error
		if err == nil || ctx.Err() != nil || errors.Is(err, errRefused) || (errors.As(err, &e) && !e.Retryable) {
			return err
		}
		stuck++
		if p.n > before {
			stuck = 0
			wait.Reset()
		}
		if stuck >= stuckTries {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(wait.NextBackOff()):
		}
	}
	return nexconn.Errorf(nexconn.UpstreamUnavailable, "the download was cut again and again, at last after %d bytes", p.n)
}

var errIdle = errors.New("nothing came for a long time")

// fetch makes one try, going on from what is there.
func (d *Downloader) fetch(ctx context.Context, link string, p *part, progress func(done, total int64)) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	idle := time.AfterFunc(d.Idle, func() { cancel(errIdle) })
	defer idle.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, link, nil)
	if err != nil {
		return nexconn.Errorf(nexconn.UpstreamError, "the result's link is not a URL")
	}
	req.URL.User = nil
	req.Header.Set("User-Agent", "nexconn-mcp")
	req.Header.Set("Accept-Encoding", "identity")
	if p.n > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", p.n))
		if p.validator != "" {
			req.Header.Set("If-Range", p.validator)
		}
	}
	resp, err := d.HTTP.Do(req)
	if err != nil {
		return cause(ctx, err)
	}
	defer resp.Body.Close()
	if err := p.begin(resp); err != nil {
		return err
	}
	if p.total > d.Max {
		return tooLarge(d.Max)
	}
	buf := make([]byte, 64<<10)
	for {
		n, err := resp.Body.Read(buf)
		if n > 0 {
			idle.Reset(d.Idle)
			if p.n+int64(n) > d.Max {
				return tooLarge(d.Max)
			}
			if err := p.write(buf[:n]); err != nil {
				return nexconn.Errorf(nexconn.Internal, "the file can't be written: %w", err)
			}
			if progress != nil {
				progress(p.n, p.total)
			}
		}
		if err == io.EOF {
			break
		}
		if err != nil {
			return cause(ctx, err)
		}
	}
	if p.total >= 0 && p.n != p.total {
		return fmt.Errorf("%d bytes came of %d", p.n, p.total)
	}
	return nil
}

// cause is the idle timer's word where that is what ended the request.
func cause(ctx context.Context, err error) error {
	if c := context.Cause(ctx); errors.Is(c, errIdle) {
		return c
	}
	return err
}

func tooLarge(max int64) error {
	e := nexconn.Errorf(nexconn.Forbidden, "the file is larger than %s", size(max))
	e.Advice = "Fetch it by its link, or raise NEXCONN_MAX_DOWNLOAD."
	return e
}

// begin readies the part for a response's body.
func (p *part) begin(resp *http.Response) error {
	switch code := resp.StatusCode; {
	case code == http.StatusOK:
		if err := p.restart(); err != nil {
			return err
		}
		p.total = resp.ContentLength
		p.validator = resp.Header.Get("ETag")
		if p.validator == "" || strings.HasPrefix(p.validator, "W/") {
			p.validator = resp.Header.Get("Last-Modified")
		}
		return nil
	case code == http.StatusPartialContent && p.n > 0:
		from, total, ok := contentRange(resp.Header.Get("Content-Range"))
		if !ok || from != p.n || (p.total >= 0 && total >= 0 && total != p.total) {
			return errors.Join(errors.New("the rest that came does not fit"), p.restart())
		}
		return nil
	case code == http.StatusRequestedRangeNotSatisfiable:
		return errors.Join(errors.New("the rest could not be had"), p.restart())
	case code == http.StatusForbidden, code == http.StatusNotFound, code == http.StatusGone, code == http.StatusUnauthorized:
		return nexconn.Errorf(nexconn.NotFound, "the link answers %d: it has expired, or the file is gone", code)
	case code == http.StatusRequestTimeout, code == http.StatusTooEarly, code == http.StatusTooManyRequests, code >= 500:
		return fmt.Errorf("the link answers %d", code)
	default:
		return nexconn.Errorf(nexconn.UpstreamError, "the link answers %d", code)
	}
}

// contentRange reads "bytes 100-199/200"; an unknown total is -1.
func contentRange(header string) (from, total int64, ok bool) {
	span, all, found := strings.Cut(strings.TrimPrefix(header, "bytes "), "/")
	first, _, dash := strings.Cut(span, "-")
	from, err := strconv.ParseInt(first, 10, 64)
	if !found || !dash || err != nil {
		return 0, 0, false
	}
	if all == "*" {
		return from, -1, true
	}
	total, err = strconv.ParseInt(all, 10, 64)
	return from, total, err == nil
}
