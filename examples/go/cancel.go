// Cancels an order, and finds out what happened where the response is lost. Usage: go run cancel.go BASE_URL
package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

var base = "http://127.0.0.1:4232"

// errLost: no response came; the call may have been carried out or not.
var errLost = errors.New("no response")

var client = &http.Client{Timeout: 10 * time.Second}

type answer struct {
	ResultCode string `json:"resultCode"`
	Message    string `json:"message"`
	Data       struct {
		PaymentStatus string `json:"paymentStatus"`
	} `json:"data"`
}

func setting(name, otherwise string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return otherwise
}

func call(path, body string) (answer, error) {
	var read answer
	request, err := http.NewRequest("POST", base+"/api/v2/payment/"+path, strings.NewReader(body))
	if err != nil {
		return read, err
	}
	// The signature is over the bytes that are sent, so the body is serialized once.
	digest := sha256.Sum256([]byte(body + setting("EBP_HASH_KEY", "sandbox-hash-key")))
	for name, value := range map[string]string{
		"Content-Type":    "application/json; charset=utf-8",
		"Accept":          "application/json",
		"X-Access-Key":    setting("EBP_ACCESS_KEY", "sandbox-access-key"),
		"X-EBP-Signature": hex.EncodeToString(digest[:]),
		"X-Division-Code": "SBX",
		"X-Store-Id":      "SANDBOX",
		"X-Channel-Code":  "SBX",
		"X-Ric-Code":      "KIC",
		"X-Country-Code":  "KR",
		"X-Currency-Code": "KRW",
	} {
		request.Header.Set(name, value)
	}
	response, err := client.Do(request)
	if err != nil {
		return read, fmt.Errorf("%w: %v", errLost, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return read, fmt.Errorf("%w: %v", errLost, err)
	}
	if err := json.Unmarshal(text, &read); err != nil {
		return read, err
	}
	if read.ResultCode != "0" {
		return read, fmt.Errorf("%s: %s", read.ResultCode, read.Message)
	}
	return read, nil
}

// cancel cancels the whole order. A lost response is looked up; only a cancel that did not happen is sent again.
func cancel(orderNo, body string) (string, error) {
	for attempt := 1; attempt <= 3; attempt++ {
		_, err := call("cancel", body)
		if err == nil {
			return "cancelled", nil
		}
		if !errors.Is(err, errLost) {
			return "", err
		}
		detail, err := call("detail", fmt.Sprintf(`{"orderNo": %q}`, orderNo))
		if err != nil {
			return "", err
		}
		if detail.Data.PaymentStatus == "REFUNDED" {
			return "recovered", nil
		}
	}
	return "", errors.New("three attempts, and the order is not cancelled")
}

const body = `{"orderNo": "ORD20251224001", "totalCancelAmount": 106000.0, "items": [
  {"seq": 1, "itemType": "PHYSICAL", "itemId": "P001", "quantity": 2, "amount": 50000.0, "taxAmount": 5000.0},
  {"seq": 2, "itemType": "PHYSICAL", "itemId": "P002", "quantity": 1, "amount": 3000.0, "taxAmount": 0.0},
  {"seq": 3, "itemType": "PHYSICAL", "itemId": "P003", "quantity": 1, "amount": 3000.0, "taxAmount": 0.0}]}`

func main() {
	if len(os.Args) > 1 {
		base = os.Args[1]
	}
	done, err := cancel("ORD20251224001", body)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(done)
}
