"""Cancels an order, and finds out what happened where the response is lost. Usage: python3 cancel.py BASE_URL"""
import hashlib
import http.client
import json
import os
import sys
import urllib.error
import urllib.request
from decimal import Decimal

BASE = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:4232"
ACCESS_KEY = os.environ.get("EBP_ACCESS_KEY", "sandbox-access-key")
HASH_KEY = os.environ.get("EBP_HASH_KEY", "sandbox-hash-key")


class ResponseLost(Exception):
    """No response came: the call may have been carried out or not."""


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
            with urllib.request.urlopen(request, timeout=10) as response:
                text = response.read()
        except urllib.error.HTTPError as refusal:
            text = refusal.read()
    except (OSError, http.client.HTTPException) as cause:
        raise ResponseLost() from cause
    # Amounts are decimals: a float would round them.
    answer = json.loads(text, parse_float=Decimal)
    if answer["resultCode"] != "0":
        raise RuntimeError(f"{answer['resultCode']}: {answer['message']}")
    return answer


def cancel(order_no, body):
    """Cancels the whole order. A lost response is looked up; only a cancel that did not happen is sent again."""
    for _ in range(3):
        try:
            call("cancel", body)
            return "cancelled"
        except ResponseLost:
            detail = call("detail", json.dumps({"orderNo": order_no}))
            if detail["data"]["paymentStatus"] == "REFUNDED":
                return "recovered"
    raise RuntimeError("three attempts, and the order is not cancelled")


ORDER_NO = "ORD20251224001"
BODY = """{"orderNo": "ORD20251224001", "totalCancelAmount": 106000.0, "items": [
  {"seq": 1, "itemType": "PHYSICAL", "itemId": "P001", "quantity": 2, "amount": 50000.0, "taxAmount": 5000.0},
  {"seq": 2, "itemType": "PHYSICAL", "itemId": "P002", "quantity": 1, "amount": 3000.0, "taxAmount": 0.0},
  {"seq": 3, "itemType": "PHYSICAL", "itemId": "P003", "quantity": 1, "amount": 3000.0, "taxAmount": 0.0}]}"""

if __name__ == "__main__":
    print(cancel(ORDER_NO, BODY))
