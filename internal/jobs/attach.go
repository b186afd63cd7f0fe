package jobs

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/order"
	"github.com/nexconn-ai/nexconn-mcp/nexconn"
	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// attached is one attachment of a turn: where it is said, what its caller wrote,
// and where it stands in the request.
type attached struct {
	arg, ref string
	at       *nexconn.Media
}

// attachments are those of a turn and of its messages.
func attachments(r *nexconn.ChatRequest) (all []attached) {
	list := func(arg string, media []nexconn.Media) {
		for i := range media {
			all = append(all, attached{fmt.Sprintf("%s[%d]", arg, i), media[i].Ref, &media[i]})
		}
	}
	list("attachments", r.Attachments)
	for i := range r.Messages {
		list(fmt.Sprintf("messages[%d].attachments", i), r.Messages[i].Attachments)
	}
	return all
}

// attach takes the attachments of a turn in. One that is refused is left empty
// in its place, so that the others keep theirs.
func (in inputs) attach(ctx context.Context, m catalog.Model, r *nexconn.ChatRequest, faults *order.Faults) (warnings []string) {
	all := attachments(r)
	for _, a := range all {
		warnings = append(warnings, in.attachOne(ctx, a, 0, faults)...)
	}
	if most := m.Chat.DirectBytes; most > 0 {
		warnings = append(warnings, in.shrink(ctx, all, most, faults)...)
	}
	return warnings
}

// attachOne takes one attachment in, a picture with at most so many bytes; 0 is
// no limit.
func (in inputs) attachOne(ctx context.Context, a attached, most int64, faults *order.Faults) []string {
	got, notes, err := in.Attach(ctx, a.arg, a.ref, catalog.Media{Form: catalog.DataURI, Bytes: most})
	if err != nil {
		faults.AddErr(a.arg, err)
	}
	*a.at = got
	return notes
}

// leastShare is what a picture is not scaled below: little would be left to see.
const leastShare = 64 << 10

// shrink scales the larger pictures of a turn down where all its media together
// are more than goes with one request. What can't be scaled is refused with the
// request, if it is still too much.
func (in inputs) shrink(ctx context.Context, all []attached, most int64, faults *order.Faults) (warnings []string) {
	left := most
	var pictures []attached
	for _, a := range all {
		switch blob := a.at.Blob; {
		case blob == nil, strings.HasPrefix(blob.MIME, "text/"):
		case strings.HasPrefix(blob.MIME, "image/"):
			pictures = append(pictures, a)
		default:
			left -= blob.Size
		}
	}
	slices.SortStableFunc(pictures, func(a, b attached) int { return cmp.Compare(a.at.Blob.Size, b.at.Blob.Size) })
	for i, a := range pictures {
		share := left / int64(len(pictures)-i)
		if a.at.Blob.Size > share && share >= leastShare {
			warnings = append(warnings, in.attachOne(ctx, a, share, faults)...)
		}
		if a.at.Blob != nil {
			left -= a.at.Blob.Size
		}
	}
	return warnings
}
