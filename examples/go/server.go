// A gorilla/websocket server of one's own that logs in JSON, as log/slog does:
//
//	PORT=8080 go run server.go > app.log
//	npx wsdiag check app.log
//
// It knows the handshake: the hello is the first message, and a welcome answers it. BROKEN=1 has a mistake in its
// logging: see below. With Debian's golang-github-gorilla-websocket-dev it is run by
// GO111MODULE=off GOPATH=/usr/share/gocode go run server.go
package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"
)

type hello struct {
	Session string `json:"session_id"`
	Number  int    `json:"connection_sequence"`
}

var (
	upgrader = websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	mutex    sync.Mutex
	seen     = map[string]int{}
	sockets  = map[*websocket.Conn]bool{}
	served   sync.WaitGroup
)

// Go 1.21 has log/slog for it.
func logged(message string, fields map[string]any) {
	fields["time"] = time.Now().UTC().Format(time.RFC3339Nano)
	fields["level"], fields["msg"] = "INFO", message
	line, _ := json.Marshal(fields)
	mutex.Lock()
	defer mutex.Unlock()
	os.Stdout.Write(append(line, '\n'))
}

func lastSeen(of hello) int {
	mutex.Lock()
	defer mutex.Unlock()
	last := seen[of.Session]
	if of.Number > last {
		seen[of.Session] = of.Number
	}
	return last
}

func connected(socket *websocket.Conn, is bool) {
	mutex.Lock()
	defer mutex.Unlock()
	if is {
		sockets[socket] = true
	} else {
		delete(sockets, socket)
	}
}

func serve(response http.ResponseWriter, request *http.Request) {
	socket, err := upgrader.Upgrade(response, request, nil)
	if err != nil {
		return
	}
	served.Add(1)
	defer served.Done()
	defer socket.Close()
	var who hello
	socket.SetReadDeadline(time.Now().Add(5 * time.Second))
	if err := socket.ReadJSON(&who); err != nil || who.Session == "" || who.Number < 1 {
		return
	}
	last := lastSeen(who)
	id := make([]byte, 8)
	rand.Read(id)
	client, opened := hex.EncodeToString(id), time.Now()
	line := func() map[string]any {
		number := who.Number
		if os.Getenv("BROKEN") != "" {
			// The mistake: it logs how many it has seen of the session before, which is one too few.
			number = last
		}
		return map[string]any{"client_id": client, "session_id": who.Session, "connection_sequence": number}
	}
	logged("connection opened", line())
	connected(socket, true)
	defer connected(socket, false)
	code := pump(socket, client, last)
	closed := line()
	closed["close_code"], closed["duration_seconds"] = code, time.Since(opened).Seconds()
	logged("connection closed", closed)
}

// pump answers each message with itself, until the connection ends; the close code is what it returns.
func pump(socket *websocket.Conn, client string, last int) int {
	welcome := map[string]any{"type": "welcome", "version": 1, "client_id": client, "last_seen_sequence": last}
	alive := func(string) error { return socket.SetReadDeadline(time.Now().Add(3 * time.Second)) }
	alive("")
	socket.SetPongHandler(alive)
	// By one goroutine: writes that meet would mix.
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	go func() {
		for range ticker.C {
			if socket.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) != nil {
				return
			}
		}
	}()
	if socket.WriteJSON(welcome) != nil {
		return websocket.CloseAbnormalClosure
	}
	for {
		kind, message, err := socket.ReadMessage()
		var closed *websocket.CloseError
		if errors.As(err, &closed) && closed.Code != websocket.CloseAbnormalClosure {
			return closed.Code
		}
		if err != nil || socket.WriteMessage(kind, message) != nil {
			return websocket.CloseAbnormalClosure
		}
	}
}

func main() {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	server := &http.Server{Addr: "127.0.0.1:" + port, Handler: http.HandlerFunc(serve)}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	go server.ListenAndServe()
	<-stop
	server.Shutdown(context.Background())
	goodbye := websocket.FormatCloseMessage(websocket.CloseServiceRestart, "restart")
	mutex.Lock()
	for socket := range sockets {
		socket.WriteControl(websocket.CloseMessage, goodbye, time.Now().Add(time.Second))
		socket.SetReadDeadline(time.Now().Add(2 * time.Second))
	}
	mutex.Unlock()
	served.Wait()
}
