"""Receives webhooks: verifies each, processes it once. Usage: python3 receive.py [PORT]"""
import hashlib
import hmac
import json
import os
import sys
import time
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, HTTPServer

SECRET = os.environ.get("EBP_WEBHOOK_SECRET", "sandbox-webhook-secret").encode()
TOLERANCE_SECONDS = 300

# Digests of the bodies that were processed; a store keeps them with its orders.
processed = set()


def refusal_of(headers, body):
    """Why a webhook is not to be trusted; None where it is."""
    timestamp = headers.get("x-webhook-signature-timestamp")
    signature = headers.get("x-webhook-signature")
    if timestamp is None or signature is None:
        return "no signature"
    # The signature is over the bytes as they came, so it is checked before any JSON parser.
    wanted = hmac.new(SECRET, timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted.encode(), signature.encode()):
        return "wrong signature"
    # Whoever recorded a webhook can send it again; its signature still fits.
    if abs(time.time() - int(timestamp)) > TOLERANCE_SECONDS:
        return "too old"
    return None


def process_once(body):
    """Does what the store has to do, once: the same event can come twice, and events come in any order."""
    digest = hashlib.sha256(body).hexdigest()
    if digest in processed:
        return "duplicate"
    # Amounts are decimals: a float would round them.
    event = json.loads(body, parse_float=Decimal)
    processed.add(digest)
    print(event["eventType"], event["data"]["orderNo"], event["data"]["resultCode"], flush=True)
    return "processed"


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        refusal = refusal_of(self.headers, body)
        said = (refusal or process_once(body)).encode()
        self.send_response(401 if refusal else 200)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    server = HTTPServer(("127.0.0.1", int(sys.argv[1]) if len(sys.argv) > 1 else 0), Receiver)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)
    server.serve_forever()
