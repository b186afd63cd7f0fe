package nexconn

import (
	"fmt"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/nexconn/catalog"
)

// veoAnswer reads CreateVideoGenerationResponse, which is an id alone, and
// VideoGenerationJobInfo with its VideoGenerationData and VideoResult. Its
// words are capitalised, its times ISO 8601. video.md 3.2.
func veoAnswer(body []byte) (*Job, error) {
	a, err := openJob(body)
	if err != nil {
		return nil, err
	}
	j := a.read("id", "video/mp4")
	if j.Status == Succeeded {
		a.filter(j)
	}
	return j, nil
}

// filter reads what the safety filter withheld: all of it is a failure.
func (a jobAnswer) filter(j *Job) {
	data := a.find("data").one()
	withheld := max(data.at("raiMediaFilteredCount").count(), a.find("raiMediaFilteredCount").count())
	why := data.at("raiMediaFilteredReasons")
	if why.empty() {
		why = a.find("raiMediaFilteredReasons")
	}
	say := joined(why)
	if why.isText() {
		say = clip(why.text(), maxWords)
	}
	reasons := ""
	if say != "" {
		reasons = ": " + say
	}
	switch {
	case len(j.Outputs) == 0 && !a.unreachable && (withheld > 0 || reasons != ""):
		j.Status = Failed
		j.Failure = &Failure{Code: ContentRejected, Message: "every clip was withheld by the safety filter" + reasons}
	case withheld > 0:
		j.Warnings = append(j.Warnings, fmt.Sprintf("The safety filter withheld %d of the clips%s.", withheld, reasons))
	}
	j.noOutput("The service says that the job is completed but names no clip.")
}

// veoStatus knows that an unknown id is a 500 here. video.md 3.2.
func veoStatus(m catalog.Model, id string, code int, body []byte) (*Job, string, error) {
	if code >= 400 {
		if f := readFault(body); strings.Contains(strings.ToLower(f.message), "record not found") {
			return nil, "", Errorf(NotFound, "%s", f.words(code))
		}
	}
	return statusBy(veoAnswer)(m, id, code, body)
}
