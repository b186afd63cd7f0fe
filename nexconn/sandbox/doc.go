// Package sandbox plays the Nexconn LLM API in-process: the same paths,
// statuses, ids, error shapes, delays and traps as the service's documents
// describe, without a key, a network or a bill. It is an [http.Handler], used
// by --sandbox, by the demo and by the tests.
//
// It is the second, independent reading of the documents: it shares no wire
// struct with the client, so that a misreading on one side shows on the other.
// It refuses what the service is documented to refuse and lets pass what only
// second-hand sources forbid. Nothing is fetched and nothing is called back:
// a URL given as input is looked at, never opened.
//
// # Results
//
// Images are PNGs that show prompt, model and size. Videos are short H.264
// clips of the asked length. Chat answers are the same for the same question,
// and say that no model was run. Links to results lie on another host
// ([Server.Media]) that wants no key and stops serving a link when its e=
// parameter says so.
//
// # Steering
//
// A phrase in double brackets, anywhere in a prompt, in the last user message
// or in a file's source_url, decides how a request ends:
//
//	[[fail:content]]  the job fails moderation; a chat ends with content_filter,
//	                  an image answered at once is refused with 400
//	[[fail:other]]    the job fails for another reason; what is answered at once is a 500
//	[[filtered]]      Veo completes with one video fewer than asked; [[filtered:all]] with none
//	[[status:NNN]]    the create or the answer has that status, in the face's error
//	                  envelope; 429 and 503 carry Retry-After: 2
//	[[quota:NNN]]     the same, in words about a spent quota (402 without a number)
//	[[poll:NNN]]      the job is made; the first half of its life its query answers NNN
//	[[slow:20s]]      the job or the answer takes 20 real seconds, whatever the time scale
//	[[drop]]          the request is taken, then the connection is cut; a stream is
//	                  cut in the middle of its text
//	[[drop:before]]   the connection is cut and nothing was taken
//	[[truncate]]      the request is taken, the answer's body ends half way; a stream
//	                  ends without finish or [DONE]
//	[[stall]]         a stream falls silent in the middle of its text and stays open
//	[[html:NNN]]      a proxy's HTML page with that status; nothing was taken
//	[[words:N]]       the chat answer is N words long
package sandbox
