package main

import (
	"fmt"
	"net/http"
	"os"
	"sync/atomic"
	"time"
)

// fault is how this release misbehaves:
//
//	never-healthy  fails every check
//	flaky          fails every third check
//	exit           ends at once
//	deaf           runs and does not listen
//	errors         is healthy, and answers real requests with 500
//	slow           is healthy, and takes a second for every real request
//	stubborn       ignores SIGTERM
//	leak           is healthy, and takes more and more memory until the kernel ends it
//
// With FAULT_HOST it does so on this host only.
var fault = faultHere()

func faultHere() string {
	if host := os.Getenv("FAULT_HOST"); host != "" && host != os.Getenv("HANDOVER_HOST") {
		return ""
	}
	return os.Getenv("FAULT")
}

var checks atomic.Int64

// begin is the fault of a program that starts.
func begin(fault string) {
	switch fault {
	case "exit":
		fmt.Println("cannot start: the configuration has no database")
		os.Exit(1)
	case "deaf":
		fmt.Println("waiting for a database that is not there")
		for {
			time.Sleep(time.Hour)
		}
	case "leak":
		go leak()
	}
}

// unhealthy is the fault of a check, in words.
func unhealthy(fault string) string {
	count := checks.Add(1)
	switch {
	case fault == "never-healthy":
		return "no connection to the database"
	case fault == "flaky" && count%3 == 0:
		return "the database did not answer in time"
	}
	return ""
}

// misbehave is the fault of a real request. It returns whether the request has been answered.
func misbehave(fault string, w http.ResponseWriter) bool {
	switch fault {
	case "errors":
		w.Header().Set("x-version", version)
		http.Error(w, "a nil pointer", http.StatusInternalServerError)
		return true
	case "slow":
		time.Sleep(time.Second)
	}
	return false
}

var leaked [][]byte

func leak() {
	for {
		block := make([]byte, 4<<20)
		for i := range block {
			block[i] = 1
		}
		leaked = append(leaked, block)
		time.Sleep(100 * time.Millisecond)
	}
}
