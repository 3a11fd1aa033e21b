import json

from django.http import JsonResponse
from django.urls import include, path
from djstripe.models import WebhookEventTrigger


def webhooks(request):
    """What dj-stripe processed, the type by the event's id, and what failed. What it is at work on is neither."""
    triggers = WebhookEventTrigger.objects.all()
    events = [json.loads(trigger.body) for trigger in triggers.filter(processed=True, valid=True)]
    failed = triggers.exclude(exception="")
    return JsonResponse(
        {
            "processed": {event["id"]: event["type"] for event in events},
            "failed": [[json.loads(trigger.body)["type"], trigger.exception] for trigger in failed],
        }
    )


urlpatterns = [
    path("stripe/", include("djstripe.urls", namespace="djstripe")),
    path("webhooks", webhooks),
]
