package tools

import (
	"context"
	"strings"

	"github.com/mark3labs/mcp-go/mcp"
	"github.com/mark3labs/mcp-go/server"
)

// Previews says whether a result brings small pictures.
type Previews string

// By client, always, and never. The zero value is by client.
const (
	PreviewsAuto Previews = "auto"
	PreviewsOn   Previews = "on"
	PreviewsOff  Previews = "off"
)

// Client is what is known of a client: what it does with a result. Each fact
// has its source.
type Client struct {
	// Name is that of its clientInfo.
	Name string
	// HidesPictures says that its user does not see pictures of a result, so
	// that a preview costs and shows nothing.
	HidesPictures bool
	// PicturesSource is where that is said.
	PicturesSource string
	// Reads is the half of a result that its model gets: "text" or
	// "structured". Each is enough alone, so it changes nothing here.
	Reads string
	// ReadsSource is where that is said.
	ReadsSource string
}

// Clients are the clients whose ways are known. One that is not here gets all
// that there is.
var Clients = []Client{
	{
		Name:          "claude-ai", // Claude Desktop and claude.ai
		HidesPictures: true, PicturesSource: "https://github.com/anthropics/claude-ai-mcp/issues/643",
		Reads: "text", ReadsSource: "https://github.com/anthropics/claude-ai-mcp/issues/287",
	},
	{
		Name:  "claude-code",
		Reads: "structured", ReadsSource: "seen with npm 2.1.33x: text blocks are dropped where there is structured content",
	},
}

// clientOf is what is known of the client of a call.
func clientOf(ctx context.Context) Client {
	name := clientInfo(ctx).Name
	for _, c := range Clients {
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	return Client{}
}

// clientInfo is what the client says of itself: a modern request in each call,
// a legacy client on initialize, which a stateless endpoint does not remember.
func clientInfo(ctx context.Context) mcp.Implementation {
	if info := server.RequestProtocolInfoFromContext(ctx); info != nil && info.Modern {
		if info.ClientInfo != nil {
			return *info.ClientInfo
		}
		return mcp.Implementation{}
	}
	if session, ok := server.ClientSessionFromContext(ctx).(server.SessionWithClientInfo); ok {
		return session.GetClientInfo()
	}
	return mcp.Implementation{}
}

// wanted says whether a result of this call brings previews.
func (p Previews) wanted(ctx context.Context) bool {
	switch p {
	case PreviewsOn:
		return true
	case PreviewsOff:
		return false
	}
	return !clientOf(ctx).HidesPictures
}
