package serve

import (
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/nexconn-ai/nexconn-mcp/internal/loopback"
)

// Check is every setting at fault, each naming itself.
func (h HTTP) Check() []error {
	var faults []error
	fault := func(format string, args ...any) { faults = append(faults, fmt.Errorf(format, args...)) }

	listens := checkAddress(fault, "--listen", h.Listen)
	if h.MetricsListen != "" && checkAddress(fault, "--metrics-listen", h.MetricsListen) &&
		h.MetricsListen == h.Listen && !strings.HasSuffix(h.Listen, ":0") {
		fault("--metrics-listen: %s is taken by --listen; give the metrics a port of their own", h.MetricsListen)
	}
	switch h.Auth {
	case "":
		if listens && !loopback.Is(h.Listen) {
			fault("--auth: %s can be reached from other machines, so callers have to be told apart: set passthrough, tokens or oidc, or listen on 127.0.0.1", h.Listen)
		}
	case "passthrough":
	case "tokens":
		if h.TokensFile == "" {
			fault("--tokens-file: needed by --auth tokens; make an entry with: nexconn-mcp token new NAME")
		} else if list, _, err := readTokens(h.TokensFile); err != nil {
			fault("--tokens-file: %w", err)
		} else {
			faults = append(faults, h.checkToolsets(list)...)
		}
	case "oidc":
		if u, err := url.Parse(h.OIDCIssuer); err != nil || u.Host == "" || u.Scheme != "https" && !(u.Scheme == "http" && loopback.Is(u.Host)) {
			fault("NEXCONN_OIDC_ISSUER: %q is not an https URL; --auth oidc needs the issuer of the tokens", h.OIDCIssuer)
		}
		if h.OIDCAudience == "" {
			fault("NEXCONN_OIDC_AUDIENCE: needed by --auth oidc; without it any token of the issuer would do")
		}
	default:
		fault("--auth: %q is not one of passthrough, tokens, oidc", h.Auth)
	}
	if h.TokensFile != "" && h.Auth != "tokens" {
		fault("--tokens-file: only used with --auth tokens, and --auth is %q", h.Auth)
	}
	if (h.OIDCIssuer != "" || h.OIDCAudience != "") && h.Auth != "oidc" {
		fault("NEXCONN_OIDC_ISSUER, NEXCONN_OIDC_AUDIENCE: only used with --auth oidc, and --auth is %q", h.Auth)
	}
	faults = append(faults, h.checkOAuth()...)
	for _, origin := range h.AllowedOrigins {
		u, err := url.Parse(origin)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" || u.Scheme+"://"+u.Host != origin {
			fault("NEXCONN_ALLOWED_ORIGINS: %q is not an origin; write it like https://app.example.com", origin)
		}
	}
	for _, host := range h.AllowedHosts {
		if host == "" || strings.ContainsAny(host, "/*@ ") {
			fault("NEXCONN_ALLOWED_HOSTS: %q is not a host; write it like mcp.example.com or mcp.example.com:8443", host)
		}
	}
	if h.RatePerCaller < 0 || h.Burst < 0 {
		fault("NEXCONN_RATE_PER_CALLER: a rate is not negative; 0 is none")
	}
	if h.ConcurrencyPerCaller < 0 || h.Concurrency < 0 {
		fault("NEXCONN_CONCURRENCY_PER_CALLER: a number of calls is not negative; 0 is no limit")
	}
	if h.MaxBody < 0 {
		fault("NEXCONN_MAX_BODY: a size is not negative; 0 is %d MiB", defaultMaxBody>>20)
	}
	return faults
}

// checkOAuth finds what keeps the sign-in from being safe.
func (h HTTP) checkOAuth() (faults []error) {
	if h.OAuth == nil {
		return nil
	}
	if h.Auth != "tokens" && h.Auth != "passthrough" {
		faults = append(faults, fmt.Errorf("NEXCONN_OAUTH: it stands in front of --auth tokens or passthrough, and --auth is %q", h.Auth))
	}
	// Who is asked by another name than this machine's is behind a proxy.
	if h.PublicURL == "" && (!loopback.Is(h.Listen) || len(h.AllowedHosts) > 0) {
		faults = append(faults, errors.New("NEXCONN_OAUTH: needs NEXCONN_PUBLIC_URL, the https address that clients know; only on loopback it can do without"))
	}
	return faults
}

// checkToolsets finds toolsets that no tool has; a misspelt one would lock its
// caller out without a word.
func (h HTTP) checkToolsets(list []token) (faults []error) {
	if h.Server == nil || h.Toolset == nil {
		return nil
	}
	var known []string
	for name := range h.Server.ListTools() {
		for set := range strings.SplitSeq(h.Toolset(name), ",") {
			if set = strings.TrimSpace(set); set != "" && !slices.Contains(known, set) {
				known = append(known, set)
			}
		}
	}
	slices.Sort(known)
	for _, t := range list {
		for _, set := range t.Toolsets {
			if !slices.Contains(known, set) {
				faults = append(faults, fmt.Errorf("--tokens-file: token %q has toolset %q; there are %s", t.Name, set, strings.Join(known, ", ")))
			}
		}
	}
	return faults
}

func checkAddress(fault func(string, ...any), setting, address string) bool {
	_, port, err := net.SplitHostPort(address)
	if err == nil {
		_, err = strconv.ParseUint(port, 10, 16)
	}
	if err != nil {
		fault("%s: %q is not host:port; write it like 127.0.0.1:8080", setting, address)
	}
	return err == nil
}
