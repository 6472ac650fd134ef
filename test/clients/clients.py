"""Two clients of Python, told what to send by lines of stdin; test/clients.test.ts says how."""

import http.client
import sys
import urllib.error
import urllib.request
from contextlib import closing
from urllib.parse import urlsplit

HEADERS = {"Content-Type": "application/json"}


def by_urllib(requests, timeout):
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    for url, body in requests:
        request = urllib.request.Request(url, body.encode(), HEADERS)
        try:
            with opener.open(request, timeout=timeout) as response:
                yield response.status, response.read()
        except urllib.error.HTTPError as refusal:
            yield refusal.code, refusal.read()


def by_http_client(requests, timeout):
    at = urlsplit(requests[0][0])
    connection = http.client.HTTPConnection(at.hostname, at.port, timeout=timeout)
    with closing(connection):
        for url, body in requests:
            at = urlsplit(url)
            connection.request("POST", f"{at.path}?{at.query}", body.encode(), HEADERS)
            response = connection.getresponse()
            yield response.status, response.read()


CLIENTS = {"urllib": by_urllib, "http.client": by_http_client}


def told(answers):
    """What a client was told of each request; its first error is the last of it."""
    try:
        for status, body in answers:
            yield f"{status} {len(body)}"
    except (OSError, http.client.HTTPException) as error:
        # urllib wraps what happened before the response.
        reason = getattr(error, "reason", error)
        yield type(reason).__name__


for line in sys.stdin:
    name, timeout, *parts = line.rstrip("\n").split("\t")
    requests = list(zip(parts[::2], parts[1::2]))
    print("\t".join(told(CLIENTS[name](requests, int(timeout) / 1000))), flush=True)
