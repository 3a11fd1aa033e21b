"""A Django project with dj-stripe: syncs every model, then receives webhooks; prints what it saw as one JSON object."""
import json
import os
import threading
import time
from io import StringIO
from wsgiref.simple_server import WSGIRequestHandler, make_server

import django
from django.conf import settings

settings.configure(
    SECRET_KEY="not secret",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "djstripe"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": os.environ["DATABASE"]}},
    STRIPE_API_HOST=os.environ["API_BASE"],
    STRIPE_TEST_SECRET_KEY=os.environ["API_KEY"],
    STRIPE_LIVE_MODE=False,
    DJSTRIPE_FOREIGN_KEY_TO_FIELD="id",
)
django.setup()

import stripe
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from django.urls import include, path
from djstripe import models
from djstripe.settings import djstripe_settings

urlpatterns = [path("stripe/", include("djstripe.urls", namespace="djstripe"))]
key = os.environ["API_KEY"]
stripe.api_key = key

call_command("migrate", verbosity=0)
out, err = StringIO(), StringIO()
call_command("djstripe_sync_models", api_keys=[key], stdout=out, stderr=err)
synced = {
    line.split()[2]: int(line.split()[1]) for line in out.getvalue().splitlines() if line.startswith("  Synced ")
}


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


server = make_server("127.0.0.1", 0, get_wsgi_application(), handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
uuid = "6a4ee1f5-6b4b-4f0a-9f5e-5e3ef4f8d0c1"
made = stripe.WebhookEndpoint.create(
    url=f"http://127.0.0.1:{server.server_port}/stripe/webhook/{uuid}/",
    enabled_events=["*"],
    api_version=djstripe_settings.STRIPE_API_VERSION,
    metadata={"djstripe_uuid": uuid},
)
endpoint = models.WebhookEndpoint.sync_from_stripe_data(made, api_key=key)
models.WebhookEndpoint.objects.filter(pk=endpoint.pk).update(djstripe_uuid=uuid, secret=made.secret)

card = dict(currency="usd", confirm=True)
customer = stripe.Customer.create(email="ada@example.com", payment_method="pm_card_visa")
paid = stripe.PaymentIntent.create(amount=2000, payment_method="pm_card_visa", **card)
stripe.Refund.create(payment_intent=paid.id, amount=500)
try:
    stripe.PaymentIntent.create(amount=2000, payment_method="pm_card_chargeDeclined", **card)
except stripe.CardError:
    pass
stripe.PaymentIntent.create(amount=2000, payment_method="pm_card_createDispute", **card)
stripe.SetupIntent.create(payment_method="pm_card_visa", confirm=True)
product = stripe.Product.create(name="Tea")
stripe.Price.create(product=product.id, currency="usd", unit_amount=900)
stripe.Customer.modify(customer.id, name="Ada")
stripe.Customer.delete(customer.id)

before, calm = 0, 0
while calm < 10:
    time.sleep(0.3)
    now = models.WebhookEventTrigger.objects.count()
    calm = calm + 1 if now == before and now > 0 else 0
    before = now
triggers = models.WebhookEventTrigger.objects.all()
failed = triggers.exclude(processed=True, valid=True)
errors = [line.strip() for line in err.getvalue().splitlines() if line.startswith("  Error")]
print(
    json.dumps(
        {
            "synced": synced,
            "errors": errors,
            "webhooks": sorted({json.loads(trigger.body)["type"] for trigger in triggers}),
            "failed": [[json.loads(trigger.body)["type"], trigger.exception] for trigger in failed],
        }
    )
)
