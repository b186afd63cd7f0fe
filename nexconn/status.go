package nexconn

import "strings"

// statusWords are the words of all endpoints and the synonyms that relays and
// vendors use, without case, blanks and signs. A word that is none of them is
// Running.
var statusWords = map[Status][]string{
	Queued: {"queued", "queue", "queueing", "queuing", "inqueue", "initializing", "initialized", "init", "pending", "submitted",
		"submitting", "created", "accepted", "waiting", "notstart", "notstarted", "scheduled", "received", "preparing", "排队中"},
	Succeeded: {"completed", "complete", "succeeded", "succeed", "success", "successful", "done", "finished", "finish", "成功", "完成", "已完成"},
	Failed:    {"failed", "failure", "fail", "error", "errored", "rejected", "blocked", "失败"},
	Canceled:  {"cancelled", "canceled", "cancel", "aborted", "terminated", "revoked", "已取消"},
	Expired:   {"expired", "timeout", "timedout", "deadlineexceeded"},
}

var statusOfWord = func() map[string]Status {
	all := map[string]Status{}
	for status, words := range statusWords {
		for _, w := range words {
			all[w] = status
		}
	}
	return all
}()

var statusSigns = strings.NewReplacer("_", "", "-", "", " ", "", ".", "")

// statusOf is the state that a word means, in whatever case and spelling; no
// word is no state.
func statusOf(word string) Status {
	plain := statusSigns.Replace(strings.ToLower(strings.TrimSpace(word)))
	if plain == "" {
		return ""
	}
	for _, prefix := range []string{"", "jobstate", "jobstatus", "taskstatus", "taskstate", "status", "state"} {
		if rest, ok := strings.CutPrefix(plain, prefix); ok {
			if status, ok := statusOfWord[rest]; ok {
				return status
			}
		}
	}
	return Running
}
