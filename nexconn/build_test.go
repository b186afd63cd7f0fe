package nexconn

import (
	"encoding/json"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

func builtVideo(m catalog.Model, op catalog.Op, r VideoRequest) (Call, error) {
	return Build(m, op, &r)
}

func builtImage(m catalog.Model, op catalog.Op, r ImageRequest) (Call, error) {
	return Build(m, op, &r)
}

func builtChat(m catalog.Model, r ChatRequest) (Call, []string, error) {
	call, err := Build(m, catalog.Turn, &r)
	return call, call.Warnings, err
}

func builtNative(p Protocol, model string, body json.RawMessage) (Call, []string, error) {
	call, err := Build(catalog.Free(model), catalog.Turn, &NativeRequest{Protocol: p, Model: model, Body: body})
	return call, call.Warnings, err
}
