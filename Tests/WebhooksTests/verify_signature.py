"""Verifies recorded webhook messages: v1 with the public library `standardwebhooks` of PyPI, v1a with `cryptography`.

usage: verify_signature.py FILE

FILE holds lines of JSON {"secret", "public_keys", "headers", "body"}, written by the Swift tests where TRADEWIND_WEBHOOK_BODIES
names it. Each message must verify by its secret and by each of its public keys, and must not verify with one byte of its body
changed. Exits 1 otherwise, or where there is no line of a kind.
"""

import base64
import json
import sys
from datetime import datetime, timezone

import standardwebhooks.webhooks as library
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


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


def verifies_v1a(public_key, headers, body):
    """As the specification says: Ed25519 over `id.timestamp.body`; one of the signatures must be this key's."""
    key = Ed25519PublicKey.from_public_bytes(base64.b64decode(public_key.removeprefix("whpk_"), validate=True))
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    for element in headers["webhook-signature"].split(" "):
        version, signature = element.split(",", 1)
        if version != "v1a":
            continue
        try:
            key.verify(base64.b64decode(signature, validate=True), signed)
            return True
        except InvalidSignature:
            pass
    return False


def main(path):
    count, asymmetric = 0, 0
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
            for key in message["public_keys"]:
                if not verifies_v1a(key, headers, body):
                    sys.exit(f"line {number}: no v1a signature is of {key}")
                if verifies_v1a(key, headers, changed):
                    sys.exit(f"line {number}: a changed body verifies by {key}")
                asymmetric += 1
            count += 1
    if count == 0 or asymmetric == 0:
        sys.exit(f"there are {count} messages and {asymmetric} v1a signatures to verify, and must be some of both")
    print(f"{count} webhook messages verified by standardwebhooks, {count} changed ones refused")
    print(f"{asymmetric} v1a signatures verified by cryptography, {asymmetric} of changed messages refused")


if __name__ == "__main__":
    main(sys.argv[1])
