"""The journey of test/clients in Python: prints what it saw as one JSON object."""
import json
import os
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, HTTPServer

import stripe

stripe.api_base = os.environ["API_BASE"]
stripe.api_key = os.environ["API_KEY"]
stripe.max_network_retries = 0
seen = {}


def eventually(attempt):
    for _ in range(300):
        answer = attempt()
        if answer:
            return answer
        time.sleep(0.1)
    return None


def refused(call):
    try:
        call()
    except stripe.StripeError as error:
        decline = error.error.decline_code if error.error is not None else None
        return [type(error).__name__, error.http_status, error.code, decline]
    return None


class Listener(BaseHTTPRequestHandler):
    got = []

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        Listener.got.append((body, self.headers["stripe-signature"]))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Listener)
threading.Thread(target=server.serve_forever, daemon=True).start()
endpoint = stripe.WebhookEndpoint.create(
    url=f"http://127.0.0.1:{server.server_port}/hook",
    enabled_events=["payment_intent.succeeded"],
    api_version=stripe.api_version,
)

card = dict(amount=2000, currency="usd", confirm=True, payment_method="pm_card_visa")
paid = stripe.PaymentIntent.create(metadata={"order": "7"}, **card)
seen["paid"] = [paid.status, paid.amount]
poor = dict(card, payment_method="pm_card_chargeDeclinedInsufficientFunds")
seen["declined"] = refused(lambda: stripe.PaymentIntent.create(**poor))
seen["missing"] = refused(lambda: stripe.PaymentIntent.retrieve("pi_missing"))

for count in range(5):
    stripe.Customer.create(email=f"payer{count}@example.com")
seen["walked"] = len({customer.id for customer in stripe.Customer.list(limit=2).auto_paging_iter()})
found = eventually(lambda: stripe.PaymentIntent.search(query="metadata['order']:'7'").data)
seen["found"] = found is not None and found[0].id == paid.id

eventually(lambda: Listener.got)
body, signature = Listener.got[0]
event = stripe.Webhook.construct_event(body, signature, endpoint.secret)
seen["webhook"] = [event.type, event.data.object.id == paid.id, event.data.object.amount]
try:
    stripe.Webhook.construct_event(body, signature, "whsec_other")
except stripe.SignatureVerificationError as error:
    seen["forged"] = type(error).__name__
stripe.WebhookEndpoint.delete(endpoint.id)

once = dict(card, idempotency_key="once")
first = stripe.PaymentIntent.create(**once)
seen["replayed"] = stripe.PaymentIntent.create(**once).id == first.id
seen["conflicting"] = refused(lambda: stripe.PaymentIntent.create(**dict(once, amount=2100)))
stripe.api_base = os.environ["FLAKY_BASE"]
stripe.max_network_retries = 2
retried = stripe.PaymentIntent.create(**dict(card, amount=2200))
stripe.api_base = os.environ["API_BASE"]
same = [intent for intent in stripe.PaymentIntent.list(limit=100).data if intent.amount == 2200]
seen["retried"] = [retried.status, len(same)]
json.dump(seen, sys.stdout)
