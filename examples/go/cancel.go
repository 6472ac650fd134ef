// Cancels an order, and finds out what happened where that is in doubt. Usage: go run cancel.go BASE_URL
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
	"strconv"
	"strings"
	"time"
)

var base = "http://127.0.0.1:4232"

// errInDoubt: no response that can be read; the call may have been carried out or not.
var errInDoubt = errors.New("no response that says what happened")

// tryLater: nothing was carried out; the same call may work after so many seconds.
type tryLater int

func (seconds tryLater) Error() string { return fmt.Sprintf("try again after %d s", int(seconds)) }

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
		return read, fmt.Errorf("%w: %v", errInDoubt, err)
	}
	defer response.Body.Close()
	if response.StatusCode == 503 || response.StatusCode == 429 {
		seconds, _ := strconv.Atoi(response.Header.Get("Retry-After"))
		return read, tryLater(seconds)
	}
	// A gateway answers in HTML, with JSON of its own, or breaks off, with status 200 too: only resultCode counts.
	text, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal(text, &read)
	}
	switch {
	case err != nil || read.ResultCode == "":
		return read, errInDoubt
	case read.ResultCode == "0":
		return read, nil
	case read.ResultCode == "EBP-C-0011":
		return read, tryLater(0)
	case response.StatusCode >= 500:
		return read, errInDoubt
	}
	return read, fmt.Errorf("%s: %s", read.ResultCode, read.Message)
}

// cancel cancels the whole order. When in doubt it looks the order up; only a cancel that did not happen is sent again.
func cancel(orderNo, body string) (string, error) {
	for attempt := 0; attempt < 4; attempt++ {
		pause := 1 << attempt
		_, err := call("cancel", body)
		var later tryLater
		switch {
		case err == nil:
			return "cancelled", nil
		case errors.As(err, &later):
			if int(later) > pause {
				pause = int(later)
			}
		case errors.Is(err, errInDoubt):
			detail, err := call("detail", fmt.Sprintf(`{"orderNo": %q}`, orderNo))
			if err != nil {
				return "", err
			}
			if detail.Data.PaymentStatus == "REFUNDED" {
				return "recovered", nil
			}
		default:
			return "", err
		}
		time.Sleep(time.Duration(pause) * time.Second)
	}
	return "", errors.New("four attempts, and the order is not cancelled")
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
