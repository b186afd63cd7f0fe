package tools

import (
	"encoding/json"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
	"github.com/nexconn-ai/nexconn-mcp/schemas"
)

// ModelSchema is the exact schema of a model's arguments in the tool that has
// most of them.
func ModelSchema(m catalog.Model) json.RawMessage {
	var tool *schemas.Schema
	switch m.Kind {
	case catalog.Chat:
		tool = schemas.Input[chatArgs]("chat", schemas.Options{})
	case catalog.Image:
		tool = schemas.Input[imageArgs]("edit_image", schemas.Options{})
	default:
		tool = schemas.Input[videoArgs]("generate_video", schemas.Options{})
	}
	return schemas.ForModel(tool, m).JSON()
}
