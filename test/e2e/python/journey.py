"""A day of a shop with the official Python SDK, as journey.test.ts has it in Node: prints what it saw as one JSON object."""
import json
import os
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, HTTPServer

import stripe

stripe.api_base = os.environ["API_BASE"]
stripe.api_key = os.environ["API_KEY"]
stripe.max_network_retries = 0
seen = {}


def refused(call):
    try:
        call()
    except stripe.StripeError as error:
        return [type(error).__name__, error.http_status, error.code]
    return None


def eventually(attempt):
    """What the attempt answers once it is something; nothing after more than a minute, as in test/world/deployed.ts."""
    for _ in range(300):
        answer = attempt()
        if answer:
            return answer
        time.sleep(0.25)
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
    url=f"http://127.0.0.1:{server.server_port}/hook", enabled_events=["*"]
)

customer = stripe.Customer.create(email="ada@example.com", metadata={"tier": "gold"})
method = stripe.PaymentMethod.attach("pm_card_visa", customer=customer.id)
card = dict(customer=customer.id, payment_method=method.id, currency="usd", confirm=True)

paid = stripe.PaymentIntent.create(
    amount=2000, metadata={"order": "7"}, expand=["latest_charge.balance_transaction"], **card
)
charge = paid.latest_charge
seen["paid"] = [paid.status, charge.amount, charge.balance_transaction.fee, paid.metadata["order"]]


def told():
    events = [stripe.Webhook.construct_event(body, signature, endpoint.secret) for body, signature in Listener.got]
    own = [event.type for event in events if paid.id in json.dumps(event.data.object.to_dict())]
    return own if len(own) >= 3 else None


seen["webhooks"] = eventually(told)
body, signature = Listener.got[0]
seen["forged"] = None
try:
    stripe.Webhook.construct_event(body, signature, "whsec_other")
except stripe.SignatureVerificationError:
    seen["forged"] = "SignatureVerificationError"
seen["endpoint deleted"] = stripe.WebhookEndpoint.delete(endpoint.id).deleted

typed = stripe.PaymentMethod.create(
    type="card", card={"number": "5555555555554444", "exp_month": 12, "exp_year": 2034, "cvc": "123"}
)
by_number = stripe.PaymentIntent.create(
    amount=2500, currency="usd", payment_method=typed.id, confirm=True, expand=["latest_charge"]
)
details = by_number.latest_charge.payment_method_details.card
seen["typed in"] = [by_number.status, typed.card.brand, typed.card.last4, details.checks.cvc_check]

again = [stripe.PaymentIntent.create(amount=2100, idempotency_key="once", **card).id for _ in range(2)]
seen["replayed"] = again[0] == again[1]
seen["other parameters"] = refused(lambda: stripe.PaymentIntent.create(amount=2200, idempotency_key="once", **card))

asked = stripe.PaymentIntent.create(
    amount=2300,
    currency="usd",
    payment_method="pm_card_authenticationRequired",
    return_url="http://127.0.0.1:9/back",
    confirm=True,
)


class Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_):
        return None


def location_of(url, data=None):
    """Where the response redirects to."""
    try:
        urllib.request.build_opener(Stay).open(url, data=data)
    except urllib.error.HTTPError as answer:
        return answer.headers["location"]
    return None


# The payer passes the challenge, returns to Sluice, and from there to the shop.
returned = location_of(asked.next_action.redirect_to_url.url, data=b"result=complete")
back = urllib.parse.urlparse(location_of(returned))
query = urllib.parse.parse_qs(back.query)
seen["challenged"] = [
    asked.status,
    query["payment_intent"] == [asked.id],
    query["redirect_status"],
    eventually(lambda: stripe.PaymentIntent.retrieve(asked.id).status == "succeeded"),
]

lost = stripe.PaymentIntent.create(
    amount=2400, currency="usd", payment_method="pm_card_sandbox_lostResponse", confirm=True
)
seen["lost"] = eventually(lambda: stripe.PaymentIntent.retrieve(lost.id).status == "succeeded")

held = stripe.PaymentIntent.create(amount=3000, capture_method="manual", **card)
captured = stripe.PaymentIntent.capture(held.id, amount_to_capture=1000)
seen["captured"] = [held.status, captured.status, captured.amount_received]
dropped = stripe.PaymentIntent.create(amount=3000, capture_method="manual", **card)
canceled = stripe.PaymentIntent.cancel(dropped.id, cancellation_reason="abandoned")
seen["canceled"] = [canceled.status, canceled.cancellation_reason]

refund = stripe.Refund.create(payment_intent=paid.id, amount=500, reason="requested_by_customer")
seen["refund"] = [refund.status, refund.amount, stripe.Charge.retrieve(charge.id).amount_refunded]
seen["too much"] = refused(lambda: stripe.Refund.create(payment_intent=paid.id, amount=5000))

declined = dict(amount=2000, currency="usd", payment_method="pm_card_visa_chargeDeclined", confirm=True)
seen["declined"] = refused(lambda: stripe.PaymentIntent.create(**declined))
blocked = dict(declined, payment_method="pm_card_riskLevelHighest")
seen["blocked"] = refused(lambda: stripe.PaymentIntent.create(**blocked))
reviewed = stripe.PaymentIntent.create(**dict(declined, payment_method="pm_card_riskLevelElevated"))
review = stripe.Review.approve(reviewed.review)
seen["reviewed"] = [reviewed.status, review.open, review.closed_reason]

seen["missing"] = refused(lambda: stripe.PaymentIntent.retrieve("pi_0000000000000000000000"))
seen["unknown"] = refused(lambda: stripe.PaymentIntent.create(amount=2000, currency="usd", foo="bar"))
seen["no key"] = refused(lambda: stripe.Balance.retrieve(api_key="sk_test_0000000000000000"))
publishable = os.environ["API_PUBLISHABLE_KEY"]
seen["publishable"] = refused(lambda: stripe.Refund.create(payment_intent=paid.id, api_key=publishable))
stranger = os.environ["API_OTHER_KEY"]
seen["stranger"] = refused(lambda: stripe.PaymentIntent.retrieve(paid.id, api_key=stranger))

# A customer's list follows its payments by a second or so.
def walk():
    ids = [intent.id for intent in stripe.PaymentIntent.list(limit=1, customer=customer.id).auto_paging_iter()]
    return ids if len(ids) >= 4 else None


walked = eventually(walk)
seen["walked"] = [len(walked), len(set(walked))]
found = eventually(lambda: stripe.PaymentIntent.search(query='metadata["order"]:"7"').data)
seen["found"] = [intent.id == paid.id for intent in found]
json.dump(seen, sys.stdout)
