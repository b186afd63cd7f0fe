package catalog

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// Sent is what of a request's body bears on its price.
type Sent struct {
	// TextBytes is the length of all that may be read as text, and TextTokens
	// how many tokens that is likely to be.
	TextBytes, TextTokens int
	// Images is how many pictures come with it; Others are videos, sounds and
	// documents, whose tokens follow from a length that isn't known here.
	Images, Others int
	// Sound says that videos or sounds are among them.
	Sound bool
	// Stored says that it goes on from something the service keeps.
	Stored bool
	// MaxOutput is the largest of the limits on the answer, 0 where there is none.
	MaxOutput int
	// Answers is how many answers, pictures or videos are asked for.
	Answers int
	// Seconds is the longest length that is named.
	Seconds float64
	// ThinksNot says that thinking is switched off by name; ThinkingBudget is its
	// limit, 0 where there is none.
	ThinksNot      bool
	ThinkingBudget int
	// Searches is how many web searches it allows, AnyNumber where nothing limits
	// them.
	Searches int
	// CacheWrite and CacheHour say that input is written to a cache, for 5
	// minutes or for an hour.
	CacheWrite, CacheHour bool
	// Fields are further things it asks for, by our word: audio, mode,
	// resolution, voice, is_rec.
	Fields map[string]any
	// Unpriced are things it asks for whose price isn't known.
	Unpriced []string
}

// AnyNumber is a number that nothing limits.
const AnyNumber = -1

// Read reads the body of a request in any of the service's protocols: a JSON
// document, in which tokens may stand for the bytes of media. Names are taken
// in any case, with and without underscores, and of several values the one
// that costs most, since services differ in what they make of them. The
// document is read once, front to back.
func Read(doc []byte) Sent {
	r := reader{searches: map[int]int{}}
	scan(doc, &r)
	r.sent.TextBytes = max(0, len(doc)-r.media)
	r.sent.TextTokens = int(math.Ceil(r.tokens))
	r.sent.ThinksNot = r.thinksNot && !r.thinks
	for _, n := range r.searches {
		if n == AnyNumber || r.sent.Searches == AnyNumber {
			r.sent.Searches = AnyNumber
			continue
		}
		r.sent.Searches += n
	}
	return r.sent
}

// reader gathers what scan finds.
type reader struct {
	sent     Sent
	media    int         // bytes of media, which are no text
	tokens   float64     // of text, likely
	searches map[int]int // by the place of the tool; of the body itself by -1
	uses     map[int]int // max_uses by the place of the tool

	thinks, thinksNot bool // is said of thinking
}

// The names of a body without underscores and hyphens, in lower case.
var (
	conversationNames = []string{"messages", "contents", "input", "system", "prompt", "instructions", "systeminstruction"}
	settingsNames     = []string{"generationconfig", "parameters", "config", "extrabody", "thinking", "reasoning", "imageconfig", "thinkingconfig", "chattemplatekwargs", "streamoptions"}
	pictureNames      = []string{"image", "images", "imageurls", "mask"}
	mediaNames        = []string{"url", "data", "imageurl", "videourl", "audiourl", "fileurl", "fileuri", "filedata", "uri", "bytesbase64encoded"}
	limitNames        = []string{"maxtokens", "maxcompletiontokens", "maxoutputtokens", "maxnewtokens", "maxtokenstosample"}
	answerNames       = []string{"n", "candidatecount", "samplecount", "count", "numimages", "numvideos", "numoutputs", "numberofimages", "numberofvideos", "batchsize", "bestof", "maximages"}
	lengthNames       = []string{"seconds", "duration", "durationseconds", "length"}
	budgetNames       = []string{"budgettokens", "thinkingbudget", "reasoningbudget"}
	storedNames       = []string{"previousresponseid", "conversation", "cachedcontent", "previousinteractionid", "container"}
	voiceNames        = []string{"voicelist", "voiceids", "voiceid"}
	searchNames       = []string{"websearch", "googlesearch", "googlesearchretrieval", "enterprisewebsearch", "websearchoptions", "enablesearch", "searchparameters"}
	// callersTools run where the caller is: they cost their text alone.
	callersTools = []string{"function", "custom", "bash", "texteditor", "memory", "localshell"}
	// serversTools are Gemini's that have a price of their own.
	serversTools = []string{"codeexecution", "urlcontext", "filesearch", "googlemaps", "computeruse"}
	standardTier = []string{"auto", "default", "standard", "standardonly", "flex"}
)

var plainer = strings.NewReplacer("_", "", "-", "")

func plainName(name []byte) string { return strings.ToLower(plainer.Replace(string(name))) }

func (r *reader) value(path [][]byte, element int, v []byte, isText bool) {
	if len(path) == 0 {
		return
	}
	top, name := plainName(path[0]), plainName(path[len(path)-1])
	if isText {
		if !r.medium(path, top, name, v) {
			r.tokens += likelyTokens(v)
		}
	}
	switch {
	case top == "tools":
		r.tool(path, element, name, v, isText)
	case slices.Contains(conversationNames, top):
		r.cache(path, name, v)
		if name == "type" && isText && string(v) == "document" {
			r.sent.Others++
		}
	case len(path) == 1 || slices.Contains(settingsNames, top):
		r.setting(top, name, v)
	case slices.Contains(searchNames, top):
		r.searches[-1] = AnyNumber
	}
	switch {
	case slices.Contains(storedNames, top) && len(v) > 0 && string(v) != "null":
		r.sent.Stored = true
	case slices.Contains(voiceNames, top):
		r.field("voice", true)
	}
}

// medium reads a text that is a picture, a sound or a link to one, or says what
// one is. It tells whether the text itself is no text for the model.
func (r *reader) medium(path [][]byte, top, name string, v []byte) bool {
	parent := ""
	if len(path) > 1 {
		parent = plainName(path[len(path)-2])
	}
	switch {
	case slices.Contains(pictureNames, top):
		r.sent.Images++
		return r.looksLikeMedia(v)
	case !slices.Contains(conversationNames, top):
		return false
	case name == "fileid" || name == "fileuri":
		r.sent.Others++
		r.sent.Sound = true
		return true
	case name == "mediatype" || name == "mimetype":
		if !strings.HasPrefix(string(v), "image/") {
			r.sent.Others++
			r.sent.Sound = r.sent.Sound || strings.HasPrefix(string(v), "video/") || strings.HasPrefix(string(v), "audio/")
		}
		return true
	case !slices.Contains(mediaNames, name):
		return false
	}
	if name == "imageurl" || slices.Contains([]string{"imageurl", "source", "inlinedata", "image"}, parent) {
		r.sent.Images++ // what is none says so in its type
	} else {
		r.sent.Others++
		r.sent.Sound = r.sent.Sound || parent != "file" && parent != "fileurl"
	}
	return r.looksLikeMedia(v)
}

// looksLikeMedia says that a text is a link or the bytes of a file, and leaves
// it out of the text.
func (r *reader) looksLikeMedia(v []byte) bool {
	const longLink = 2048
	head := v[:min(len(v), 512)]
	if len(v) > longLink && strings.ContainsAny(string(head), " \n") {
		return false
	}
	r.media += len(v)
	return true
}

func (r *reader) cache(path [][]byte, name string, v []byte) {
	if name != "cachecontrol" && (len(path) < 2 || plainName(path[len(path)-2]) != "cachecontrol") {
		return
	}
	r.sent.CacheWrite = true
	r.sent.CacheHour = r.sent.CacheHour || name == "ttl" && string(v) != "5m"
}

// tool reads what stands in tools; element is the place of the tool.
func (r *reader) tool(path [][]byte, element int, name string, v []byte, isText bool) {
	r.cache(path, name, v)
	second := ""
	if len(path) > 1 {
		second = plainName(path[1])
	}
	kind := strings.TrimRight(plainName(v), "0123456789")
	switch {
	case slices.Contains(searchNames, second):
		r.searches[element] = AnyNumber
	case slices.Contains(serversTools, second):
		r.unpriced("the tool " + string(path[1]))
	case second != name || !isText && name != "maxuses":
	case name == "type" && strings.HasPrefix(kind, "websearch"):
		if r.searches[element] == 0 {
			r.searches[element] = AnyNumber
		}
		if n, ok := r.uses[element]; ok {
			r.searches[element] = n
		}
	case name == "type" && !slices.ContainsFunc(callersTools, func(t string) bool { return strings.HasPrefix(kind, t) }):
		r.unpriced("the tool " + string(v))
	case name == "maxuses":
		n, ok := asNumber(v)
		if !ok {
			return
		}
		if r.uses == nil {
			r.uses = map[int]int{}
		}
		r.uses[element] = max(r.uses[element], int(math.Min(n, 1e6)))
		if _, searching := r.searches[element]; searching {
			r.searches[element] = r.uses[element]
		}
	}
}

func (r *reader) unpriced(what string) {
	if !slices.Contains(r.sent.Unpriced, what) && len(r.sent.Unpriced) < 8 {
		r.sent.Unpriced = append(r.sent.Unpriced, what)
	}
}

// setting reads what stands at the root or in an object of settings.
func (r *reader) setting(top, name string, v []byte) {
	n, isNumber := asNumber(v)
	word := strings.ToLower(string(v))
	at := func(names []string) bool { return isNumber && slices.Contains(names, name) }
	switch {
	case word == "null" || word == "":
	case at(limitNames):
		r.sent.MaxOutput = max(r.sent.MaxOutput, int(math.Min(n, 1e12)))
	case at(answerNames):
		r.sent.Answers = max(r.sent.Answers, int(math.Min(n, 1e9)))
	case at(lengthNames):
		r.sent.Seconds = math.Max(r.sent.Seconds, n)
	case at(budgetNames):
		r.sent.ThinkingBudget = max(r.sent.ThinkingBudget, int(math.Min(n, 1e12)))
	case slices.Contains(searchNames, name) && word != "false":
		r.searches[-1] = AnyNumber
	case name == "enablethinking", top == "thinking" && name == "type":
		off := word == "false" || word == "disabled"
		r.thinks, r.thinksNot = r.thinks || !off, r.thinksNot || off
	case name == "servicetier" && !slices.Contains(standardTier, plainName(v)), name == "speed" && word != "standard", name == "inferencegeo" && word != "global":
		r.unpriced(name)
	case slices.Contains([]string{"sound", "generateaudio", "audio"}, name) && (word == "true" || word == "on"):
		r.field("audio", true)
	case name == "mode":
		r.field("mode", word)
	case name == "resolution" || name == "imagesize":
		r.field("resolution", string(v))
	case name == "isrec" && word == "true":
		r.field("is_rec", true)
	}
}

func (r *reader) field(name string, v any) {
	if r.sent.Fields == nil {
		r.sent.Fields = map[string]any{}
	}
	r.sent.Fields[name] = v
}

// asSent is args with what the body asks for besides.
func asSent(args map[string]any, sent Sent) map[string]any {
	for name, v := range sent.Fields {
		if !given(args[name]) {
			args = with(args, name, v)
		}
	}
	return args
}

// asNumber is a number above 0, also one that was given as text. Beyond what
// can be counted it is the largest.
func asNumber(v []byte) (float64, bool) {
	n, err := strconv.ParseFloat(strings.TrimSpace(string(v)), 64)
	if err != nil && !math.IsInf(n, 1) {
		return 0, false
	}
	return math.Min(n, 1e15), n > 0
}
