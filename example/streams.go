package main

import (
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"time"
)

// events sends one server-sent event every 200 ms, until the client leaves.
func events(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("content-type", "text/event-stream")
	w.Header().Set("x-version", version)
	for number := 0; ; number++ {
		fmt.Fprintf(w, "data: %s %d\n\n", version, number)
		w.(http.Flusher).Flush()
		select {
		case <-r.Context().Done():
			return
		case <-time.After(200 * time.Millisecond):
		}
	}
}

// download is a large file, sent as fast as the client takes it: /download?mb=50
func download(w http.ResponseWriter, r *http.Request) {
	mb, _ := strconv.Atoi(r.URL.Query().Get("mb"))
	w.Header().Set("content-type", "application/octet-stream")
	w.Header().Set("content-length", strconv.Itoa(mb<<20))
	w.Header().Set("x-version", version)
	block := make([]byte, 1<<20)
	for ; mb > 0; mb-- {
		if _, err := w.Write(block); err != nil {
			return
		}
	}
}

// echo is a WebSocket that sends back what it gets: small text messages, as RFC 6455 frames them.
func echo(w http.ResponseWriter, r *http.Request) {
	key := r.Header.Get("sec-websocket-key")
	if key == "" {
		http.Error(w, "a WebSocket is expected here", http.StatusUpgradeRequired)
		return
	}
	connection, buffered, err := w.(http.Hijacker).Hijack()
	if err != nil {
		return
	}
	defer connection.Close()
	hash := sha1.Sum([]byte(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"))
	fmt.Fprintf(buffered, "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\n"+
		"sec-websocket-accept: %s\r\nx-version: %s\r\n\r\n", base64.StdEncoding.EncodeToString(hash[:]), version)
	_ = buffered.Flush()
	for {
		head := make([]byte, 6)
		if _, err := io.ReadFull(buffered, head); err != nil {
			return
		}
		length := int(head[1] & 0x7f)
		if head[0] != 0x81 || head[1]&0x80 == 0 || length > 125 {
			return
		}
		message := make([]byte, length)
		if _, err := io.ReadFull(buffered, message); err != nil {
			return
		}
		for i := range message {
			message[i] ^= head[2+i%4]
		}
		_, _ = buffered.Write(append([]byte{0x81, byte(length)}, message...))
		_ = buffered.Flush()
	}
}
