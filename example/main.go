// The example application: a small HTTP service that says which version and which replica answers, and that can
// misbehave in the ways that a release can. Everything is set in the environment:
//
//	PORT     the port to listen on (8080)
//	VERSION  what it says it is (v1)
//	WARMUP   how long it is not healthy after its start, such as 1s (0s)
//	FAULT    how it misbehaves, see fault.go (not at all)
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"syscall"
	"time"
)

var (
	version    = setting("VERSION", "v1")
	replica, _ = os.Hostname()
	started    = time.Now()
)

func main() {
	warmup, err := time.ParseDuration(setting("WARMUP", "0s"))
	if err != nil {
		fmt.Println("WARMUP:", err)
		os.Exit(2)
	}
	begin(fault)

	http.HandleFunc("/healthz", func(w http.ResponseWriter, _ *http.Request) {
		if wait := warmup - time.Since(started); wait > 0 {
			refuse(w, fmt.Sprintf("still warming up, %d ms to go", wait.Milliseconds()))
		} else if reason := unhealthy(fault); reason != "" {
			refuse(w, reason)
		} else {
			fmt.Fprintln(w, "ok")
		}
	})
	http.HandleFunc("/", serve(answer))
	http.HandleFunc("/slow", serve(slow))
	http.HandleFunc("/posts", serve(post))
	http.HandleFunc("/events", serve(events))
	http.HandleFunc("/echo", serve(echo))
	http.HandleFunc("/download", serve(download))

	server := &http.Server{Addr: ":" + setting("PORT", "8080")}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		term := make(chan os.Signal, 1)
		signal.Notify(term, syscall.SIGTERM)
		<-term
		for fault == "stubborn" {
			<-term
		}
		fmt.Println("ending when the last request is answered")
		_ = server.Shutdown(context.Background())
	}()
	fmt.Printf("%s listens on port %s\n", version, setting("PORT", "8080"))
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		fmt.Println(err)
		os.Exit(1)
	}
	<-ended
}

// serve lets a request have the fault that real requests have, if any.
func serve(handler http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !misbehave(fault, w) {
			handler(w, r)
		}
	}
}

func refuse(w http.ResponseWriter, reason string) {
	fmt.Println("not healthy:", reason)
	http.Error(w, reason, http.StatusServiceUnavailable)
}

// answer says who answers, and repeats the request's id.
func answer(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("content-type", "application/json")
	w.Header().Set("x-version", version)
	_ = json.NewEncoder(w).Encode(map[string]string{
		"version": version,
		"replica": replica,
		"host":    os.Getenv("HANDOVER_HOST"),
		"id":      r.Header.Get("x-request-id"),
	})
}

// slow takes its time: /slow?ms=2000
func slow(w http.ResponseWriter, r *http.Request) {
	ms, _ := strconv.Atoi(r.URL.Query().Get("ms"))
	time.Sleep(time.Duration(ms) * time.Millisecond)
	answer(w, r)
}

// post counts: one line in the log for each request that it has taken.
func post(w http.ResponseWriter, r *http.Request) {
	fmt.Println("post", r.Header.Get("x-request-id"))
	answer(w, r)
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}
