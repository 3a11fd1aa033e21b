"""What the Python SDK sees of a day that was settled: one JSON object."""
import json
import os
import sys
import time

import stripe

stripe.api_base = os.environ["API_BASE"]
stripe.api_key = os.environ["API_KEY"]
seen = {}

for _ in range(300):
    payouts = [payout for payout in stripe.Payout.list().auto_paging_iter() if payout.status == "paid"]
    if payouts:
        break
    time.sleep(0.25)
payout = payouts[0]
lines = list(stripe.BalanceTransaction.list(payout=payout.id, limit=3).auto_paging_iter())
seen["payout"] = [payout.status, payout.automatic, payout.currency]
# The payout itself is one of them, and takes what the others brought.
seen["lines add up"] = sum(line.net for line in lines) == 0
seen["types"] = sorted({line.type for line in lines})
json.dump(seen, sys.stdout)
