package command

import (
	"time"

	"github.com/zalando/go-keyring"

	"github.com/nexconn-ai/nexconn-mcp/nexconn"
)

// The keychain's entry of the key.
const (
	keychainService = "nexconn-mcp"
	keychainUser    = "api-key"
)

// keychainKey is the key in the OS keychain, empty if there is none. A
// keychain that does not answer in time has none.
func keychainKey() nexconn.Secret {
	found := make(chan nexconn.Secret, 1)
	go func() {
		key, err := keyring.Get(keychainService, keychainUser)
		if err != nil {
			key = ""
		}
		found <- nexconn.Secret(key)
	}()
	select {
	case key := <-found:
		return key
	case <-time.After(3 * time.Second):
		return ""
	}
}
