package schemas

// Argument is what a schema says of one argument besides its type.
type Argument struct {
	// Text is its description; empty where the name says enough, since every
	// session pays for the list of tools.
	Text     string
	Required bool
	// Enum are the only words it takes.
	Enum []string
	// Min and Max bound a number; nil leaves an end open.
	Min, Max *float64
	// MinItems is how many items a list has at least.
	MinItems int
}

const (
	mediaText = "Media: https or data URL, local path (stdio), TASK_ID#N, or upload-ID (HTTP)."
	extraText = "More fields of the service's request, merged in."
)

var (
	zero, one = 0.0, 1.0
	hundred   = 100.0
	// A file is kept from an hour to a week: vidu-images-files.md.
	hour, week = 3600.0, 604800.0
)

// arguments is every argument of every tool, by its name or, where a tool
// differs, by TOOL.NAME. A field of an object is NAME.FIELD. An argument that
// isn't here has no description and no bounds.
var arguments = map[string]Argument{
	"model":           {Required: true},
	"prompt":          {Required: true},
	"task_id":         {Required: true, Text: "MODEL:ID, as a task tool returned it."},
	"file_id":         {Required: true},
	"wait_seconds":    {Min: &zero},
	"idempotency_key": {Text: "A repeated call with the same key is not sent again."},
	"dry_run":         {Text: "Check and price; send nothing."},
	"limit":           {Min: &one, Max: &hundred},
	"count":           {Min: &one},
	"extra":           {Text: extraText},
	"aspect_ratio":    {Text: "E.g. 16:9, 1:1."},

	"list_models.kind":       {Enum: []string{"chat", "image", "video"}},
	"list_models.capability": {Text: "Operation, argument or feature, e.g. last frame, lip sync, pdf, 4k, cheap."},
	"list_models.model":      {Text: "An id: every limit and price of that model."},
	"list_models.live":       {Text: "Ask the service what it has today."},

	"chat.prompt":             {},
	"chat.messages":           {Text: "OpenAI's form; each may have attachments."},
	"chat.attachments":        {Text: mediaText + " Or qfile-ID."},
	"chat.reasoning":          {Enum: []string{"off", "minimal", "low", "medium", "high"}},
	"chat.reasoning_budget":   {Min: &one, Text: "In tokens."},
	"chat.max_tokens":         {Min: &one},
	"chat.json_schema":        {Text: "JSON schema of the answer, or {name, schema, strict}."},
	"chat.tools":              {Text: "{name, description, parameters}."},
	"chat.tool_choice":        {Text: "auto, none, required or a tool's name."},
	"image_config.image_size": {Text: "E.g. 1K, 4K."},

	"native_chat.protocol": {Required: true, Enum: []string{"anthropic", "bypass_anthropic", "bypass_gemini", "bypass_responses"}},
	"native_chat.body":     {Required: true, Text: "The vendor's own request. model may be left out; stream is dropped."},

	"generate_image.resolution":  {Text: "E.g. 1K, 2K, 4K."},
	"edit_image.images":          {Required: true, MinItems: 1, Text: mediaText},
	"edit_image.mask":            {Text: "Media: white areas may change."},
	"edit_image.scene_image":     {Text: "Media."},
	"edit_image.style_image":     {Text: "Media."},
	"edit_image.image_reference": {Enum: []string{"subject", "face"}},
	"edit_image.resolution":      {Text: "E.g. 1K, 2K, 4K."},

	"generate_video.prompt":             {Text: "Required unless the inputs do without."},
	"generate_video.first_frame":        {Text: mediaText},
	"generate_video.last_frame":         {Text: "Media."},
	"generate_video.reference_images":   {Text: "Media."},
	"generate_video.reference_videos":   {Text: "Media."},
	"generate_video.reference_audios":   {Text: "Media."},
	"generate_video.subjects":           {Text: "Subjects that the prompt names as @id."},
	"generate_video.source_video":       {Text: "Media: the video to edit."},
	"generate_video.motion_video":       {Text: "Media: the movement; first_frame is the character."},
	"generate_video.motion_orientation": {Enum: []string{"image", "video"}},
	"generate_video.shots":              {Text: "Shots of one video, in order."},
	"generate_video.resolution":         {Text: "E.g. 720p, 1080p."},
	"generate_video.mode":               {Enum: []string{"std", "pro"}},
	"generate_video.style":              {Text: "general or anime."},
	"generate_video.movement":           {Text: "auto, small, medium or large."},
	"generate_video.count":              {Min: &one, Text: "How many videos."},
	"subjects.id":                       {Required: true},
	"subjects.images":                   {Required: true},
	"shots.prompt":                      {Required: true},
	"shots.seconds":                     {Required: true},

	"remix_video.task_id": {Required: true, Text: "A finished Sora task."},

	"query_task.task_id":  {Text: "MODEL:ID, as a task tool returned it."},
	"query_task.task_ids": {Text: "Up to 20; returns when one ends."},

	"list_tasks.kind":   {Enum: []string{"image", "video", "chat"}},
	"list_tasks.status": {Enum: []string{"queued", "running", "succeeded", "failed", "cancelled", "expired", "unknown"}},
	"list_tasks.model":  {},

	"save_outputs.task_id":   {Required: true},
	"save_outputs.directory": {Text: "A folder inside the output folder."},
	"save_outputs.file_name": {Text: "Without its ending."},

	"upload_file.source_url":         {Text: "Public http(s) URL."},
	"upload_file.local":              {Text: "HTTP: answer with an upload address."},
	"upload_file.model":              {Text: "A Gemini model."},
	"upload_file.expires_in_seconds": {Min: &hour, Max: &week},
	"upload_file.idempotency_key":    {},
	"kodo.bucket":                    {Required: true},
	"kodo.key":                       {Required: true},

	"list_files.after":  {Text: "next_cursor of the page before."},
	"list_files.status": {Enum: []string{"pending", "uploading", "ready", "failed", "expired"}},

	"get_usage.period": {Enum: []string{"day", "week", "month", "all"}},
	"get_usage.by":     {Enum: []string{"model", "day", "tool"}},
	"get_usage.billed": {Text: "Also ask the service what it billed to this key."},
}

// argument is what the table says of a field of a tool's arguments.
func argument(tool, path string) Argument {
	if a, ok := arguments[tool+"."+path]; ok {
		return a
	}
	return arguments[path]
}

// describe puts the table's words and bounds on the fields of an object;
// within is the argument it is the value of, empty at the root.
func (s *Schema) describe(tool, within string) {
	s.Required = nil
	for _, p := range s.Properties {
		path, field := p.Name, p.Schema
		if within != "" {
			path = within + "." + p.Name
		}
		a := argument(tool, path)
		if a.Required {
			s.Required = append(s.Required, p.Name)
		}
		field.Description, field.Minimum, field.Maximum, field.MinItems = a.Text, a.Min, a.Max, a.MinItems
		for _, word := range a.Enum {
			field.Enum = append(field.Enum, word)
		}
		if field.Items != nil {
			field.Items.describe(tool, path)
		}
		field.describe(tool, path)
	}
}
