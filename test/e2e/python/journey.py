"""One merchant's journey with the official Python SDK: prints what it saw as one JSON object."""
import json
import os
import sys
import time

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


customer = stripe.Customer.create(email="ada@example.com", metadata={"tier": "gold"})
method = stripe.PaymentMethod.attach("pm_card_visa", customer=customer.id)
card = dict(customer=customer.id, payment_method=method.id, currency="usd", confirm=True)

paid = stripe.PaymentIntent.create(amount=2000, metadata={"order": "7"}, expand=["latest_charge"], **card)
seen["paid"] = [paid.status, paid.latest_charge.amount, paid.metadata["order"]]

again = [stripe.PaymentIntent.create(amount=2100, idempotency_key="once", **card).id for _ in range(2)]
seen["replayed"] = again[0] == again[1]
seen["other parameters"] = refused(lambda: stripe.PaymentIntent.create(amount=2200, idempotency_key="once", **card))

held = stripe.PaymentIntent.create(amount=3000, capture_method="manual", **card)
captured = stripe.PaymentIntent.capture(held.id, amount_to_capture=1000)
seen["captured"] = [held.status, captured.status, captured.amount_received]

refund = stripe.Refund.create(payment_intent=paid.id, amount=500)
seen["refund"] = [refund.status, refund.amount]
seen["too much"] = refused(lambda: stripe.Refund.create(payment_intent=paid.id, amount=5000))

declined = dict(amount=2000, currency="usd", payment_method="pm_card_visa_chargeDeclined", confirm=True)
seen["declined"] = refused(lambda: stripe.PaymentIntent.create(**declined))
seen["missing"] = refused(lambda: stripe.PaymentIntent.retrieve("pi_0000000000000000000000"))
seen["no key"] = refused(lambda: stripe.Balance.retrieve(api_key="sk_test_0000000000000000"))

# A customer's list follows its payments by a second or so.
for _ in range(100):
    walked = [intent.id for intent in stripe.PaymentIntent.list(limit=1, customer=customer.id).auto_paging_iter()]
    if len(walked) >= 3:
        break
    time.sleep(0.2)
seen["walked"] = [len(walked), len(set(walked))]
json.dump(seen, sys.stdout)
