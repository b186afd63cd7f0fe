// Command nexconn-mcp is the MCP server for the Nexconn LLM API Service.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/nexconn-ai/nexconn-mcp/internal/command"
)

func main() {
	ends := []os.Signal{os.Interrupt, syscall.SIGTERM}
	if !signal.Ignored(syscall.SIGHUP) { // as it is under nohup
		ends = append(ends, syscall.SIGHUP)
	}
	ctx, stop := signal.NotifyContext(context.Background(), ends...)
	// The first interrupt asks for a clean end; another one ends the process, but
	// for the same one come twice, as wrappers like timeout and npx pass it on.
	context.AfterFunc(ctx, func() { time.AfterFunc(time.Second, stop) })
	code := command.Run(ctx, command.ProcessEnv(), os.Args[1:])
	stop()
	os.Exit(code)
}
