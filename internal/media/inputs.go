package media

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sync/semaphore"

	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// Inputs turns a caller's string into media for a model. The zero value takes
// links and data URLs only.
type Inputs struct {
	// Local allows paths and file:// URLs: over stdio, never over HTTP.
	Local bool
	// Dirs are the folders that local files may lie in, after symlinks.
	Dirs []string
	// Home is the user's home folder; hidden folders and files under it are
	// never read. StateDir, which holds the ledger, never is either.
	Home, StateDir string
	// Task finds output n of an earlier task; nil means there are none.
	Task func(ctx context.Context, taskID string, n int) (Output, error)
	// Upload finds what a caller uploaded, by the id behind upload-; nil means
	// that this server takes no uploads.
	Upload func(ctx context.Context, id string) (Output, error)
	// HTTPOK lets plain http:// links to this machine pass, for a service that
	// runs on it.
	HTTPOK bool
	// Pixels bounds how many pixels are decoded at once in the process; make it
	// with at least MaxPixels. nil means no bound.
	Pixels *semaphore.Weighted
}

// Output is one output of an earlier task, or an upload: its link, a copy, or
// both. Open gives the copy and its size; where it is nil, Path is opened.
type Output struct {
	URL       string
	ExpiresAt time.Time
	MIME      string
	Path      string
	Open      func() (io.ReadCloser, int64, error)
	// Public gives a link by which the service can fetch the copy, empty where
	// there is none; nil is the same.
	Public func() string
	// Note is what the caller should know of it.
	Note string
}

// ask is one input on its way through: which argument, and what the model
// takes there.
type ask struct {
	arg  string
	want catalog.Media
	chat bool
	// hosted says that this server could give a link to what it keeps.
	hosted bool
}

// Take resolves one value of an argument into what the model takes there. The
// strings are warnings: what was changed, or exceeds a limit that is only told.
// The error is a *nexconn.Error that names the argument.
func (in Inputs) Take(ctx context.Context, arg, value string, want catalog.Media) (nexconn.Media, []string, error) {
	return in.take(ctx, ask{arg: arg, want: want, hosted: in.Upload != nil}, value)
}

// Attach is Take for a chat, which also takes qfile ids and texts. A text comes
// back as UTF-8 with MIME text/plain and its file's name, whatever its own type
// is. With no Class in want, every class of media and document is taken.
func (in Inputs) Attach(ctx context.Context, arg, value string, want catalog.Media) (nexconn.Media, []string, error) {
	return in.take(ctx, ask{arg: arg, want: want, chat: true, hosted: in.Upload != nil}, value)
}

// taskRef is MODEL:UPSTREAM_ID#N. A model id has two characters at least, so
// that C:\clip#1 is no task.
var taskRef = regexp.MustCompile(`^([A-Za-z0-9][\w./-]+:[^\s#\\]+)#(\d{1,4})$`)

var schemeHead = regexp.MustCompile(`^([A-Za-z][A-Za-z0-9+.-]+):`)

func (in Inputs) take(ctx context.Context, a ask, value string) (nexconn.Media, []string, error) {
	value = bare(value)
	scheme := ""
	if m := schemeHead.FindStringSubmatch(value); m != nil {
		scheme = strings.ToLower(m[1])
	}
	ref := taskRef.FindStringSubmatch(value)
	switch {
	case value == "":
		return a.refuse("%s is empty", a.arg)
	case scheme == "https", scheme == "http":
		return in.link(a, scheme, value)
	case scheme == "data":
		src, err := dataSource(value, a.chat)
		if err != nil {
			return a.refuse("%s: %w", a.arg, err)
		}
		return in.inline(ctx, a, src)
	case strings.HasPrefix(value, "qfile-"):
		if !a.chat {
			return a.refuse("%s can't be a qfile: uploaded files go into chat only", a.arg)
		}
		return nexconn.Link(value), nil, nil
	case in.Upload != nil && strings.HasPrefix(value, uploadPrefix):
		return in.upload(ctx, a, value)
	case scheme != "file" && ref != nil:
		n, _ := strconv.Atoi(ref[2])
		return in.task(ctx, a, value, ref[1], n)
	case scheme != "" && scheme != "file":
		e := a.fault(nexconn.InvalidArgument, "%s: %q is not a form that is understood", a.arg, brief(value))
		e.Advice = "Give " + forms(in, a) + "; an output of a task is its task_id with #0, #1, … after it."
		return nexconn.Media{}, nil, e
	}
	if !in.Local {
		e := a.fault(nexconn.Forbidden, "%s: this server reads no local files", a.arg)
		e.Advice = "Give " + forms(in, a) + "."
		return nexconn.Media{}, nil, e
	}
	if tooLong(value) {
		return a.refuse("%s is no path or link; if it is base64, put data:TYPE;base64, before it", a.arg)
	}
	if err := a.wantsLink("a local file", source{}); err != nil {
		return nexconn.Media{}, nil, err
	}
	src, err := in.file(a, value)
	if err != nil {
		return nexconn.Media{}, nil, err
	}
	return in.inline(ctx, a, src)
}

func (in Inputs) link(a ask, scheme, value string) (nexconn.Media, []string, error) {
	u, err := url.Parse(value)
	if err != nil || u.Host == "" {
		return a.refuse("%s: %q is not a complete URL", a.arg, brief(value))
	}
	if scheme == "http" && !(in.HTTPOK && loopback.Is(u.Hostname())) {
		return a.refuse("%s: plain http:// links are not taken, give an https:// one", a.arg)
	}
	return nexconn.Link(value), nil, nil
}

// task passes on an output's own link while it lives, else inlines its copy.
func (in Inputs) task(ctx context.Context, a ask, value, id string, n int) (nexconn.Media, []string, error) {
	if in.Task == nil {
		return a.refuse("%s: outputs of earlier tasks can't be used here", a.arg)
	}
	out, err := in.Task(ctx, id, n)
	if err != nil {
		return nexconn.Media{}, nil, a.wrap(err)
	}
	if class := classOf(out.MIME); class != "" && a.want.Class != "" && class != a.want.Class {
		return a.refuse("%s takes %s, and %s is %s", a.arg, article(a.want.Class), value, out.MIME)
	}
	// A minute is kept for the service to fetch it.
	if out.URL != "" && (out.ExpiresAt.IsZero() || time.Until(out.ExpiresAt) > time.Minute) {
		var notes []string
		if out.Note != "" {
			notes = []string{out.Note}
		}
		return nexconn.Link(out.URL), notes, nil
	}
	if out.Open == nil && out.Path == "" {
		why := "has neither a link nor a saved copy"
		if out.URL != "" {
			why = "has a link that expired on " + out.ExpiresAt.UTC().Format(time.DateTime) + " UTC, and no copy was saved"
		}
		return nexconn.Media{}, nil, a.fault(nexconn.NotFound, "%s: %s %s", a.arg, value, why)
	}
	what := value + ", which came without a link,"
	if out.URL != "" {
		what = value + ", whose link has expired,"
	}
	if err := a.wantsLink(what, source{public: out.Public}); err != nil {
		return nexconn.Media{}, nil, err
	}
	src, err := outputSource(value, out)
	if err != nil {
		return nexconn.Media{}, nil, a.fault(nexconn.NotFound, "%s: the saved copy of %s can't be read: %w", a.arg, value, err)
	}
	return in.inline(ctx, a, src)
}

// uploadPrefix begins the name of an upload.
const uploadPrefix = "upload-"

// upload is what the caller sent to an upload address.
func (in Inputs) upload(ctx context.Context, a ask, value string) (nexconn.Media, []string, error) {
	out, err := in.Upload(ctx, strings.TrimPrefix(value, uploadPrefix))
	if err != nil {
		return nexconn.Media{}, nil, a.wrap(err)
	}
	src, err := outputSource("the upload", out)
	if err != nil {
		return nexconn.Media{}, nil, a.fault(nexconn.NotFound, "%s: the upload can't be read: %w", a.arg, err)
	}
	return in.inline(ctx, a, src)
}

// IsReference says that a value names something that is kept here: an output of
// a task, or an upload.
func IsReference(value string) bool {
	value = bare(value)
	return strings.HasPrefix(value, uploadPrefix) || taskRef.MatchString(value) && !strings.Contains(value, "://")
}

// wantsLink refuses what has no public link where the model takes no other.
func (a ask) wantsLink(what string, src source) error {
	if a.want.Form != catalog.URLOnly || src.link() != "" {
		return nil
	}
	e := a.fault(nexconn.InvalidArgument, "%s has to be a public link for this model, which fetches it by itself; %s can't be sent", a.arg, what)
	e.Advice = "Put the file where it has a public https:// address, or choose a model that takes files."
	if a.hosted {
		e.Advice += " An operator who sets NEXCONN_PUBLIC_URL to an https address lets this server give links to uploads and outputs."
	}
	return e
}

func (a ask) fault(code nexconn.Code, format string, args ...any) *nexconn.Error {
	e := nexconn.Errorf(code, format, args...)
	e.Field = a.arg
	return e
}

// wrap is another room's error, told of this argument.
func (a ask) wrap(err error) *nexconn.Error {
	var e *nexconn.Error
	if !errors.As(err, &e) {
		return a.fault(nexconn.Internal, "%s: %w", a.arg, err)
	}
	told := *e
	told.Field, told.Message = a.arg, a.arg+": "+e.Message
	return &told
}

func (a ask) refuse(format string, args ...any) (nexconn.Media, []string, error) {
	return nexconn.Media{}, nil, a.fault(nexconn.InvalidArgument, format, args...)
}

// forms lists what can be written where this ask stands.
func forms(in Inputs, a ask) string {
	list := []string{"an https:// link"}
	if a.want.Form != catalog.URLOnly {
		list = append(list, "a data:TYPE;base64, URL")
		if in.Local {
			list = append(list, "a local path")
		}
	}
	if in.Task != nil {
		list = append(list, "TASK_ID#0")
	}
	if in.Upload != nil {
		list = append(list, "an upload-ID")
	}
	if a.chat {
		list = append(list, "a qfile id")
	}
	if len(list) == 1 {
		return list[0]
	}
	return strings.Join(list[:len(list)-1], ", ") + " or " + list[len(list)-1]
}

// brief shortens a caller's value for a message: it may be megabytes.
func brief(value string) string {
	const most = 120
	runes := []rune(value[:min(len(value), 4*most)])
	if len(runes) <= most && len(value) <= 4*most {
		return value
	}
	return string(runes[:min(len(runes), most)]) + "…"
}

func article(class string) string {
	if strings.HasPrefix(class, classImage) || strings.HasPrefix(class, classAudio) {
		return "an " + class
	}
	return "a " + class
}

// size says a number of bytes to people.
func size(n int64) string {
	switch {
	case n >= 100<<20:
		return fmt.Sprintf("%d MB", n>>20)
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%d KB", n>>10)
	}
	return fmt.Sprintf("%d bytes", n)
}
