// Package catalog is the models as data, one file a model: what each is asked
// with, what it takes, what it costs and which page says so. It computes and
// never does: no network, no state but the set itself.
//
// Facts are of two sorts. Those read on the service's own pages (marked
// [nexconn], [qiniu] or [qiniu:live] in the documents) are hard: a call that
// breaks one is refused. All others are unverified: a call that breaks one
// goes through with a warning, and the service decides.
package catalog

// Kind is what a caller wants of a model.
type Kind string

// The kinds.
const (
	Chat  Kind = "chat"
	Image Kind = "image"
	Video Kind = "video"
)

// Wire is the form a model is asked in: one request struct, one way of asking
// after the job. Models that differ in shape have different wires.
type Wire string

// The wires. Each has its wire_*.go in package nexconn.
const (
	ChatWire       Wire = "chat"        // /v1/chat/completions
	KlingImages    Wire = "kling-image" // /v1/images/*, asked after at /v1/images/tasks
	GeminiImages   Wire = "gemini-image"
	KlingImageList Wire = "kling-image-queue" // /queue, kling-image-o1
	KlingVideo     Wire = "kling-video"       // /v1/videos, input_reference and image_tail
	KlingOmni      Wire = "kling-omni"        // /v1/videos, image_list and video_list
	SoraVideo      Wire = "sora"
	VeoVideo       Wire = "veo"       // /v1/videos/generations
	VeoQueue       Wire = "veo-queue" // /queue/fal-ai/veo3.1
	Seedance       Wire = "seedance"  // /v3/contents/generations/tasks
	Vidu           Wire = "vidu"      // /queue/fal-ai/vidu
)

// Op is what is asked of a kind. It follows from which inputs are given;
// nobody names it in a call.
type Op string

// The operations, in the words of results.
const (
	TextToImage    Op = "text_to_image"
	ImageToImage   Op = "image_to_image"
	MultiImage     Op = "multi_image"
	TextToVideo    Op = "text_to_video"
	ImageToVideo   Op = "image_to_video"
	FirstLastFrame Op = "first_last_frame"
	Reference      Op = "reference"
	Subject        Op = "subject"
	EditVideo      Op = "edit_video"
	VideoReference Op = "video_reference"
	MotionControl  Op = "motion_control"
	MultiShot      Op = "multi_shot"
	Remix          Op = "remix"
)

// Turn is the operation of a chat call. It has no word in results.
const Turn Op = ""

// Model is everything known of one model for one kind of work.
type Model struct {
	ID     string
	Kind   Kind
	Wire   Wire
	Vendor string
	// Summary is one sentence: what it is good for and what it can't do.
	Summary string
	// Capabilities are further words an agent would look for ("sound",
	// "multi-shot", "reasoning", "vision", …); operations and the arguments it
	// takes are found without being named here.
	Capabilities []string
	// Ops are the operations it offers. A chat model has none.
	Ops map[Op]Operation
	// Takes is what every operation takes, keyed by the caller's word.
	// Anything that neither this nor the operation's own Takes names is refused.
	Takes Takes
	// Defaults are what the service does where nothing is said, for rules and
	// prices. They are never sent, but for the other half of a size of which
	// one half is given.
	Defaults map[string]any
	Rules    []Rule
	Price    *Price
	// Chat is set on chat models, and on image models that also chat.
	Chat *ChatFacts
	// BodyBytes is how large a request may be, media and all; 0 means that
	// nothing is known. Not verified: a warning only.
	BodyBytes int64
	// TypicalSeconds is the shortest run known: the first poll waits for it.
	TypicalSeconds float64
	// Retired marks a model that the service is said to have withdrawn, with
	// its successor where one is named. Calls still go through. RetiredOn is the
	// day, where one is known; it may be to come, so RetiredBy is what tells.
	Retired   bool
	RetiredOn string
	Successor string
	// WarnOnly says that a value outside its limits is only warned about: the
	// models file's choice.
	WarnOnly bool
	// Off hides a model until the models file enables it.
	Off bool
	// Listed says that its id stands in the tool's description.
	Listed bool
	// Pattern makes this entry stand for every id that starts with ID.
	Pattern bool
	// Aliases are other names that people and the service's own list have for it.
	Aliases []string
	// Recommended marks the models to try first.
	Recommended bool
	// Docs is the page, Checked the day its facts were last read there.
	Docs, Checked string
}

// WireID is the id the service knows the model by.
func (m Model) WireID() string { return m.ID }

// Operation is one thing a model offers: where it is asked and what it takes
// besides what every operation of the model does.
type Operation struct {
	// Path is from the host root: /v1, /v3 and /queue are siblings.
	Path  string
	Takes Takes
	Docs  string
}

// Takes is an allow-list: the caller's word for an argument, and its bounds.
type Takes map[string]Bound

// ChatFacts is what a chat needs to know of a model.
type ChatFacts struct {
	// Takes is what a turn takes.
	Takes     Takes
	Reasoning Reasoning
	// Inputs are the kinds of attachment it understands: image, video, audio,
	// document, qfile. Not verified: a warning only.
	Inputs []string
	// DirectBytes is how much media may come with one request, in all; larger
	// files go through an upload. 0 means that nothing is known. Enforced.
	DirectBytes int64
	// Context and MaxOutput are in tokens. Not verified: a warning only.
	Context, MaxOutput int
	// NoTools says that the catalogue of a client lists it without tools.
	NoTools bool
	// ImageConfig says that image_config means something to it.
	ImageConfig bool
}

// Reasoning is how a model is asked to think.
type Reasoning struct {
	Style ReasoningStyle
	// CannotStop says that it always thinks: off is an error.
	CannotStop bool
	// None says that it never thinks.
	None bool
	// Hidden says that its thoughts are counted but not shown.
	Hidden bool
	// Levels are those the vendor has, the least first; empty means all of ours.
	// Not verified: a warning only.
	Levels []string
	// MinBudget and MaxBudget bound reasoning_budget, in tokens; HardBudget
	// says that MinBudget is enforced.
	MinBudget, MaxBudget int
	HardBudget           bool
	// Beside is how many tokens it may think besides max_tokens, 0 where
	// max_tokens counts its thoughts too.
	Beside int
}

// levels are the words for how much a model thinks, the least first.
var levels = []string{"minimal", "low", "medium", "high"}

// Has are the levels of thinking that a model is said to have.
func (r Reasoning) Has() []string {
	if len(r.Levels) > 0 {
		return r.Levels
	}
	return levels
}

// ReasoningStyle is the switch on the wire.
type ReasoningStyle string

// The switches: chat.md section 6 and defaults.md.
const (
	// Effort is reasoning_effort.
	Effort ReasoningStyle = "reasoning_effort"
	// EffortOrBudget is reasoning_effort, or thinking.budget_tokens with a budget.
	EffortOrBudget ReasoningStyle = "reasoning_effort or thinking"
	// Budget is thinking{type, budget_tokens} (Claude).
	Budget ReasoningStyle = "thinking.budget_tokens"
	// Switch is thinking.type enabled or disabled.
	Switch ReasoningStyle = "thinking.type"
	// EnableThinking is enable_thinking (Qwen).
	EnableThinking ReasoningStyle = "enable_thinking"
)

var registry []func() Model

// add registers a model; package-level variables of the model files call it.
// It is made when Builtin is first asked for, so that a start doesn't pay for it.
func add(model func() Model) struct{} {
	registry = append(registry, model)
	return struct{}{}
}
