//go:build ignore

// Receives webhooks: verifies each, processes it once. Usage: go run receive.go [PORT]
package main

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"sync"
	"time"
)

const tolerance = 300 * time.Second

// processed: digests of the bodies that were processed; a store keeps them with its orders.
var (
	processed = map[[sha256.Size]byte]bool{}
	lock      sync.Mutex
)

func secret() []byte {
	if value := os.Getenv("EBP_WEBHOOK_SECRET"); value != "" {
		return []byte(value)
	}
	return []byte("sandbox-webhook-secret")
}

// refusalOf: why a webhook is not to be trusted; empty where it is.
func refusalOf(headers http.Header, body []byte) string {
	timestamp := headers.Get("x-webhook-signature-timestamp")
	signature := headers.Get("x-webhook-signature")
	if timestamp == "" || signature == "" {
		return "no signature"
	}
	// The signature is over the bytes as they came, so it is checked before any JSON parser.
	mac := hmac.New(sha256.New, secret())
	mac.Write([]byte(timestamp + "."))
	mac.Write(body)
	if !hmac.Equal([]byte(hex.EncodeToString(mac.Sum(nil))), []byte(signature)) {
		return "wrong signature"
	}
	// Whoever recorded a webhook can send it again; its signature still fits.
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil {
		return "no timestamp"
	}
	if age := time.Since(time.Unix(seconds, 0)); age > tolerance || age < -tolerance {
		return "too old"
	}
	return ""
}

type event struct {
	EventType string `json:"eventType"`
	Data      struct {
		OrderNo    string `json:"orderNo"`
		ResultCode string `json:"resultCode"`
		// Amounts are decimals: a float64 would round them.
		RefundedAmount json.Number `json:"refundedAmount"`
	} `json:"data"`
}

// processOnce does what the store has to do: the same event can come twice, and events come in any order.
func processOnce(body []byte) (string, error) {
	lock.Lock()
	defer lock.Unlock()
	digest := sha256.Sum256(body)
	if processed[digest] {
		return "duplicate", nil
	}
	var read event
	if err := json.Unmarshal(body, &read); err != nil {
		return "", err
	}
	processed[digest] = true
	fmt.Println(read.EventType, read.Data.OrderNo, read.Data.ResultCode)
	return "processed", nil
}

func receive(response http.ResponseWriter, request *http.Request) {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return
	}
	if refusal := refusalOf(request.Header, body); refusal != "" {
		response.WriteHeader(http.StatusUnauthorized)
		io.WriteString(response, refusal)
		return
	}
	said, err := processOnce(body)
	if err != nil {
		response.WriteHeader(http.StatusBadRequest)
		return
	}
	io.WriteString(response, said)
}

func main() {
	port := "0"
	if len(os.Args) > 1 {
		port = os.Args[1]
	}
	listener, err := net.Listen("tcp", "127.0.0.1:"+port)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("http://%s\n", listener.Addr())
	http.Serve(listener, http.HandlerFunc(receive))
}
