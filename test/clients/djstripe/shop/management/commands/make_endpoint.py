"""Makes a webhook endpoint at Sluice and in dj-stripe. The form of dj-stripe's admin does the same, but refuses addresses of this machine."""
import uuid

import stripe
from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse
from djstripe import models
from djstripe.settings import djstripe_settings


class Command(BaseCommand):
    def add_arguments(self, parser):
        parser.add_argument("base_url")

    def handle(self, *, base_url, **options):
        key = settings.STRIPE_TEST_SECRET_KEY
        own = str(uuid.uuid4())
        made = stripe.WebhookEndpoint.create(
            api_key=key,
            url=base_url + reverse("djstripe:djstripe_webhook_by_uuid", kwargs={"uuid": own}),
            enabled_events=["*"],
            # As its form in the admin sends it.
            connect=False,
            api_version=djstripe_settings.STRIPE_API_VERSION,
            metadata={"djstripe_uuid": own},
        )
        models.WebhookEndpoint.sync_from_stripe_data(made, api_key=key)
        self.stdout.write(made.id)
