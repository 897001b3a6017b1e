"""The problems of whoever brings a delivery receipt (`/api/v1/delivery-receipts/sms`)."""

from gateway.api.words import Words

RECEIPT_PROBLEMS: dict[str, Words] = {
    "receipt-refused": Words(
        403, "forbidden",
        "Accusé de réception refusé",
        "Signez `horodatage.corps` en HMAC-SHA-256 avec le secret convenu, à l'heure exacte, puis renvoyez-le.",
        "Delivery receipt refused",
        "Sign `time-stamp.body` by HMAC-SHA-256 with the shared secret, at the right time, then send it again.",
    ),
    "receipt-shape": Words(
        422, "structure",
        "Accusé de réception incompris",
        "Le corps est du JSON qui nomme le message et son état là où `notifications.sms.receipts` le dit.",
        "Delivery receipt not understood",
        "The body is JSON that names the message and its state where `notifications.sms.receipts` says.",
    ),
}  # fmt: skip
