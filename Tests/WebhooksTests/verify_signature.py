"""Verifies recorded webhook messages with the public library `standardwebhooks` of PyPI.

usage: verify_signature.py FILE

FILE holds lines of JSON {"secret", "headers", "body"}, written by the Swift tests where TRADEWIND_WEBHOOK_BODIES names it.
Each message must verify, and must not verify with one byte of its body changed. Exits 1 otherwise, or where there is no line.
"""

import json
import sys
from datetime import datetime, timezone

import standardwebhooks.webhooks as library


class ClockOfTheMessage(datetime):
    """The library compares a message's time with now; the tests' clocks run ahead by days."""

    moment = 0

    @classmethod
    def now(cls, tz=None):
        return datetime.fromtimestamp(cls.moment, tz=tz or timezone.utc)


library.datetime = ClockOfTheMessage


def verifies(secret, headers, body):
    try:
        library.Webhook(secret).verify(body, headers, json_parse=False)
        return True
    except library.WebhookVerificationError:
        return False


def main(path):
    count = 0
    with open(path, encoding="utf-8") as lines:
        for number, line in enumerate(lines, 1):
            message = json.loads(line)
            headers, body = message["headers"], message["body"].encode()
            ClockOfTheMessage.moment = int(headers["webhook-timestamp"])
            changed = bytes([body[0] ^ 1]) + body[1:]
            if not verifies(message["secret"], headers, body):
                sys.exit(f"line {number}: the signature does not verify")
            if verifies(message["secret"], headers, changed):
                sys.exit(f"line {number}: a changed body verifies")
            count += 1
    if count == 0:
        sys.exit("there are no messages to verify")
    print(f"{count} webhook messages verified by standardwebhooks, {count} changed ones refused")


if __name__ == "__main__":
    main(sys.argv[1])
