package nexconn

import (
	"context"
	"errors"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// sendOnce sends what may cost something. Only a connection that was refused, so
// that not a byte can have been taken, is tried again.
func sendOnce(ctx context.Context, send func() *Error) *Error {
	err := retry(ctx, 3, 200*time.Millisecond, send, func(e *Error) bool {
		return !e.Unsure && refusedConnection(e)
	})
	if err != nil && err.Unsure {
		err.Retryable = false
	}
	return err
}

// retryQuery sends what changes nothing, a query, until it is answered: again
// after a 429, a 5xx or a broken connection, but never past the deadline.
func retryQuery(ctx context.Context, c *Client, send func(context.Context) *Error) *Error {
	ctx, cancel := context.WithTimeoutCause(ctx, limitsOf(c).answer, errTimeout)
	defer cancel()
	return retry(ctx, 5, 500*time.Millisecond, func() *Error {
		e := send(ctx)
		if e != nil && e.Unsure {
			e.Unsure, e.Retryable = false, e.Code != Cancelled
		}
		return e
	}, func(e *Error) bool { return e.Retryable })
}

// retry calls send up to tries times while an error may pass. The service's
// own Retry-After counts; one that lies past the deadline is not waited for.
func retry(ctx context.Context, tries uint, first time.Duration, send func() *Error, may func(*Error) bool) *Error {
	steps := backoff.NewExponentialBackOff()
	steps.InitialInterval, steps.Multiplier, steps.MaxInterval = first, 2, 10*time.Second
	left := time.Duration(0) // no limit
	if deadline, ok := ctx.Deadline(); ok {
		left = max(time.Until(deadline), 1)
	}
	var last *Error
	_, _ = backoff.Retry(ctx, func() (struct{}, error) {
		last = send()
		switch {
		case last == nil:
			return struct{}{}, nil
		case !may(last):
			return struct{}{}, backoff.Permanent(last)
		case last.RetryAfter > 0:
			return struct{}{}, &backoff.RetryAfterError{Duration: last.RetryAfter}
		}
		return struct{}{}, last
	}, backoff.WithBackOff(steps), backoff.WithMaxTries(tries), backoff.WithMaxElapsedTime(left))
	if last != nil && errors.Is(ctx.Err(), context.Canceled) && last.Code != Cancelled {
		return &Error{Code: Cancelled, Message: "the call was cancelled while waiting to ask again", Cause: last}
	}
	return last
}

// refusedConnection knows the system's refusal, also in Windows' own number,
// which package syscall has no name for.
func refusedConnection(e *Error) bool {
	const wsaRefused = syscall.Errno(10061)
	return errors.Is(e, syscall.ECONNREFUSED) || errors.Is(e, wsaRefused)
}
