"""Cancels an order, and finds out what happened where that is in doubt. Usage: python3 cancel.py BASE_URL"""
import hashlib
import http.client
import json
import os
import sys
import time
import urllib.error
import urllib.request
from decimal import Decimal

BASE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:4232"
ACCESS_KEY = os.environ.get("EBP_ACCESS_KEY", "sandbox-access-key")
HASH_KEY = os.environ.get("EBP_HASH_KEY", "sandbox-hash-key")


class InDoubt(Exception):
    """No response that can be read: the call may have been carried out or not."""


class TryLater(Exception):
    """Nothing was carried out: the same call may work after a pause."""

    def __init__(self, seconds):
        self.seconds = seconds


def call(path, body):
    # The signature is over the bytes that are sent, so the body is serialized once.
    data = body.encode()
    headers = {
        "Content-Type": "application/json; charset=utf-8",
        "Accept": "application/json",
        "X-Access-Key": ACCESS_KEY,
        "X-EBP-Signature": hashlib.sha256(data + HASH_KEY.encode()).hexdigest(),
        "X-Division-Code": "SBX",
        "X-Store-Id": "SANDBOX",
        "X-Channel-Code": "SBX",
        "X-Ric-Code": "KIC",
        "X-Country-Code": "KR",
        "X-Currency-Code": "KRW",
    }
    request = urllib.request.Request(f"{BASE}/api/v2/payment/{path}", data, headers)
    try:
        try:
            response = urllib.request.urlopen(request, timeout=10)
        except urllib.error.HTTPError as refusal:
            response = refusal
        with response:
            text = response.read()
    except (OSError, http.client.HTTPException) as cause:
        raise InDoubt() from cause
    if response.status in (503, 429):
        raise TryLater(int(response.headers.get("Retry-After", 0)))
    # A gateway answers in HTML, with JSON of its own, or breaks off, with status 200 too: only resultCode counts.
    try:
        # Amounts are decimals: a float would round them.
        answer = json.loads(text, parse_float=Decimal)
        code = answer["resultCode"]
    except (ValueError, KeyError) as cause:
        raise InDoubt() from cause
    if code == "EBP-C-0011":
        raise TryLater(0)
    if code != "0":
        raise InDoubt() if response.status >= 500 else RuntimeError(f"{code}: {answer['message']}")
    return answer


def cancel(order_no, body):
    """Cancels the whole order. When in doubt it looks the order up; only a cancel that did not happen is sent again."""
    for attempt in range(4):
        pause = 2**attempt
        try:
            call("cancel", body)
            return "cancelled"
        except TryLater as later:
            pause = max(pause, later.seconds)
        except InDoubt:
            detail = call("detail", json.dumps({"orderNo": order_no}))
            if detail["data"]["paymentStatus"] == "REFUNDED":
                return "recovered"
        time.sleep(pause)
    raise RuntimeError("four attempts, and the order is not cancelled")


ORDER_NO = "ORD20251224001"
BODY = """{"orderNo": "ORD20251224001", "totalCancelAmount": 106000.0, "items": [
  {"seq": 1, "itemType": "PHYSICAL", "itemId": "P001", "quantity": 2, "amount": 50000.0, "taxAmount": 5000.0},
  {"seq": 2, "itemType": "PHYSICAL", "itemId": "P002", "quantity": 1, "amount": 3000.0, "taxAmount": 0.0},
  {"seq": 3, "itemType": "PHYSICAL", "itemId": "P003", "quantity": 1, "amount": 3000.0, "taxAmount": 0.0}]}"""

if __name__ == "__main__":
    print(cancel(ORDER_NO, BODY))
