package oauth

import (
	"bytes"
	"context"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

// The purposes of the server's keys.
const (
	forTokens  = "oauth tokens"
	forClients = "oauth clients"
	forForms   = "oauth forms"
	forSecrets = "oauth secrets"
)

var (
	encoding  = base64.RawURLEncoding.Strict()
	errForged = errors.New("not made by this server")
)

// seal encrypts and authenticates text under key; what it is for goes in too.
func seal(key, text, about []byte) ([]byte, error) {
	aead, err := gcm(key)
	if err != nil {
		return nil, err
	}
	return aead.Seal(nil, nil, text, about), nil
}

func unseal(key, sealed, about []byte) ([]byte, error) {
	aead, err := gcm(key)
	if err != nil {
		return nil, err
	}
	text, err := aead.Open(nil, nil, sealed, about)
	if err != nil {
		return nil, errForged
	}
	return text, nil
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCMWithRandomNonce(block)
}

// sign appends a code to text that only this server can make.
func sign(key, text []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write(text)
	return mac.Sum(bytes.Clone(text))
}

func verify(key, signed []byte) ([]byte, error) {
	if len(signed) < sha256.Size {
		return nil, errForged
	}
	text := signed[:len(signed)-sha256.Size]
	if !hmac.Equal(sign(key, text), signed) {
		return nil, errForged
	}
	return text, nil
}

// use is what a token is good for.
type use byte

const (
	codeUse use = iota + 1
	accessUse
	refreshUse
)

// Prefix begins every token that this server gives out.
const Prefix = "nxo_"

// ticket is what a code, an access token or a refresh token says. All tokens of
// one sign-in have the same grant and share.
type ticket struct {
	use   use
	grant [16]byte
	// share is the clients' half of the key that encrypts their secret.
	share [32]byte
	// generation counts the refreshes.
	generation uint32
	ends       time.Time
}

// ticketSize is that of a ticket in bytes, without its code.
const ticketSize = 1 + 16 + 32 + 4 + 8

func newTicket() ticket {
	var t ticket
	rand.Read(t.grant[:])
	rand.Read(t.share[:])
	return t
}

// with is a ticket of the same sign-in for another use.
func (t ticket) with(u use, ends time.Time) ticket {
	t.use, t.ends = u, ends
	return t
}

func (t ticket) id() string { return encoding.EncodeToString(t.grant[:]) }

func (s grants) write(ctx context.Context, t ticket) (string, error) {
	key, err := s.Secret.Key(ctx, forTokens)
	if err != nil {
		return "", err
	}
	text := append([]byte{byte(t.use)}, t.grant[:]...)
	text = append(text, t.share[:]...)
	text = binary.BigEndian.AppendUint32(text, t.generation)
	text = binary.BigEndian.AppendUint64(text, uint64(t.ends.Unix())) //nolint:gosec // after 1970
	return Prefix + encoding.EncodeToString(sign(key, text)), nil
}

// read is the ticket that a token is; errForged for anything else.
func (s grants) read(ctx context.Context, token string) (ticket, error) {
	var t ticket
	rest, ok := strings.CutPrefix(token, Prefix)
	signed, err := encoding.DecodeString(rest)
	if !ok || err != nil || len(signed) != ticketSize+sha256.Size {
		return t, errForged
	}
	key, err := s.Secret.Key(ctx, forTokens)
	if err != nil {
		return t, err
	}
	text, err := verify(key, signed)
	if err != nil {
		return t, err
	}
	t.use = use(text[0])
	copy(t.grant[:], text[1:])
	copy(t.share[:], text[17:])
	t.generation = binary.BigEndian.Uint32(text[49:])
	t.ends = time.Unix(int64(binary.BigEndian.Uint64(text[53:])), 0) //nolint:gosec // written above
	return t, nil
}

// secretKey encrypts the secret of a sign-in. It takes both halves.
func (s grants) secretKey(ctx context.Context, t ticket) ([]byte, error) {
	ours, err := s.Secret.Key(ctx, forSecrets)
	if err != nil {
		return nil, err
	}
	return hkdf.Key(sha256.New, append(bytes.Clone(ours), t.share[:]...), t.grant[:], forSecrets, sha256.Size)
}
