"""Makes, reads, changes and lists policies with `requests`.

    HMS_TOKEN=$(npm run -s token) python3 examples/python/policies.py

HMS_URL says where the service is; http://127.0.0.1:3000 unless given.
"""

import os
import sys
import uuid

import requests
from requests.adapters import HTTPAdapter
from urllib3.util.retry import Retry

url = os.environ.get("HMS_URL", "http://127.0.0.1:3000")
token = os.environ.get("HMS_TOKEN") or sys.exit("Set HMS_TOKEN: HMS_TOKEN=$(npm run -s token)")

hms = requests.Session()
hms.headers["Authorization"] = f"Bearer {token}"
# 429 and 503 say when to come back (Retry-After). A POST is repeated too: its Idempotency-Key makes the
# service carry it out once.
hms.mount(
    url,
    HTTPAdapter(
        max_retries=Retry(
            total=4,
            backoff_factor=0.2,
            status_forcelist=[429, 503],
            allowed_methods=["GET", "PUT", "DELETE", "POST"],
            raise_on_status=False,
        )
    ),
)


def checked(response):
    """The answer, or what the service says is wrong with the request (RFC 9457)."""
    if response.status_code >= 400:
        problem = response.json()
        sys.exit(f"{problem['status']} {problem['code']}: {problem['detail']} (request {problem['requestId']})")
    return response


# Make a policy.
made = checked(
    hms.post(
        f"{url}/policies",
        json={"title": "Winter heating allowance", "tags": ["energy"]},
        headers={"Idempotency-Key": str(uuid.uuid4())},
    )
)
policy = f"{url}/policies/{made.json()['id']}"
print("made", made.json()["id"], "version", made.json()["version"])

# Read it, and ask later whether it is still the same.
read = checked(hms.get(policy))
etag = read.headers["ETag"]
assert hms.get(policy, headers={"If-None-Match": etag}).status_code == 304

# Change one member, provided that nobody else was faster; the answer is the whole policy.
changed = checked(
    hms.put(
        policy,
        json={"description": "Eligible for benefit through Dec 2025"},
        headers={"If-Match": etag, "Change-Reason": "Extended by the rule of October"},
    )
)
print("changed", changed.json()["description"], "version", changed.json()["version"])

# The old ETag is refused now: read again, and decide again.
stale = hms.put(policy, json={"description": "Too late"}, headers={"If-Match": etag})
print("refused", stale.status_code, stale.json()["code"])

# Every policy of the agency, page after page.
count, query = 0, {"limit": 100}
while True:
    page = checked(hms.get(f"{url}/policies", params=query)).json()
    count += len(page["items"])
    if page["page"]["nextCursor"] is None:
        break
    query["cursor"] = page["page"]["nextCursor"]
print("listed", count)
