import json

from django.http import JsonResponse
from django.urls import include, path
from djstripe.models import WebhookEventTrigger


def webhooks(request):
    """What dj-stripe received: the type of each event, and what it could not verify or process."""
    triggers = WebhookEventTrigger.objects.all()
    failed = triggers.exclude(processed=True, valid=True)
    return JsonResponse(
        {
            "received": {event["id"]: event["type"] for event in (json.loads(trigger.body) for trigger in triggers)},
            "failed": [[json.loads(trigger.body)["type"], trigger.exception] for trigger in failed],
        }
    )


urlpatterns = [
    path("stripe/", include("djstripe.urls", namespace="djstripe")),
    path("webhooks", webhooks),
]
