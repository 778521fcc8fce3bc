"""What customers write back: short texts in their language, and what they mean by them.

Written for this simulator; the intents are those of SEMANTICS 11. Languages without a text of
their own for an intent answer in English.
"""

from __future__ import annotations

import random

from dunwell.sim import habits

TEXTS: dict[str, dict[str, tuple[str, ...]]] = {
    "promise_to_pay": {
        "en": ("We will pay {amount} for {items} on {date}.",
               "Sorry for the delay. {items} is in our payment run of {date}."),
        "de": ("Wir zahlen {amount} für {items} am {date}.",
               "Entschuldigung, {items} geht mit dem Zahllauf am {date} raus."),
        "fr": ("Nous réglerons {amount} pour {items} le {date}.",),
        "es": ("Pagaremos {amount} de {items} el {date}.",),
        "it": ("Pagheremo {amount} per {items} il {date}.",),
        "nl": ("Wij betalen {amount} voor {items} op {date}.",),
        "pt": ("Pagaremos {amount} de {items} em {date}.",),
    },
    "dispute": {
        "en": ("We cannot pay {items}: {reason}. Please check.",),
        "de": ("{items} können wir so nicht zahlen: {reason}. Bitte prüfen.",),
        "fr": ("Nous contestons {items} : {reason}.",),
        "es": ("No estamos de acuerdo con {items}: {reason}.",),
        "it": ("Contestiamo {items}: {reason}.",),
        "nl": ("Wij betwisten {items}: {reason}.",),
        "pt": ("Contestamos {items}: {reason}.",),
    },
    "already_paid": {
        "en": ("{items} was paid on {date}, please look again.",),
        "de": ("{items} wurde am {date} bezahlt.",),
        "fr": ("{items} a été payée le {date}.",),
        "es": ("{items} se pagó el {date}.",),
        "it": ("{items} è stata pagata il {date}.",),
        "nl": ("{items} is op {date} betaald.",),
        "pt": ("{items} foi paga em {date}.",),
    },
    "request_document": {
        "en": ("We do not have {items}. Please send a copy.",),
        "de": ("{items} liegt uns nicht vor. Bitte senden Sie eine Kopie.",),
        "fr": ("Nous n'avons pas reçu {items}. Merci de nous en envoyer une copie.",),
        "es": ("No tenemos {items}. Envíenos una copia, por favor.",),
        "it": ("Non abbiamo {items}. Inviateci una copia, per favore.",),
        "nl": ("Wij hebben {items} niet. Stuurt u ons een kopie?",),
        "pt": ("Não temos {items}. Enviem uma cópia, por favor.",),
    },
    "out_of_office": {
        "en": ("I am out of the office until {date}.",),
        "de": ("Ich bin bis {date} nicht im Büro.",),
        "fr": ("Je suis absent jusqu'au {date}.",),
        "es": ("Estoy fuera de la oficina hasta el {date}.",),
        "it": ("Sono fuori ufficio fino al {date}.",),
        "nl": ("Ik ben afwezig tot {date}.",),
        "pt": ("Estou ausente até {date}.",),
    },
    "acknowledgement": {
        "en": ("Thank you, we have received your message.",),
        "de": ("Danke, wir haben Ihre Nachricht erhalten.",),
        "fr": ("Merci, nous avons bien reçu votre message.",),
    },
    "question": {"en": ("Which bank account should we use for {items}?",),
                 "de": ("Auf welches Konto sollen wir {items} überweisen?",)},
    "wrong_contact": {"en": ("I no longer look after invoices here.",),
                      "de": ("Für Rechnungen bin ich nicht mehr zuständig.",)},
    "hardship": {"en": ("We are in difficulty and cannot pay {items} now.",),
                 "de": ("Wir sind in Schwierigkeiten und können {items} jetzt nicht zahlen.",)},
    "payment_plan_request": {"en": ("Could we pay {items} in three instalments?",),
                             "de": ("Können wir {items} in drei Raten zahlen?",)},
    "bankruptcy_or_insolvency": {"en": ("We filed for insolvency on {date}.",),
                                 "de": ("Wir haben am {date} Insolvenz angemeldet.",)},
}  # fmt: skip

_REASONS = {
    "price": "the price is not the one agreed", "quantity": "fewer pieces came than billed",
    "quality": "the goods were damaged", "not_received": "nothing was delivered",
    "duplicate": "it was billed twice", "missing_po": "our order number is missing",
    "wrong_entity": "it is addressed to the wrong company", "tax": "the tax is wrong",
    "terms": "other terms were agreed", "cancelled": "we cancelled this order",
}  # fmt: skip


def text(
    rng: random.Random,
    *,
    intent: str,
    language: str,
    items: str,
    date: str,
    amount: str,
    reason: str | None,
) -> str:
    """Return what a customer writes when it means `intent`."""
    choices = TEXTS[intent]
    words = habits.pick(rng, choices.get(language) or choices["en"])
    said = _REASONS.get(reason or "", "it is not right")
    return words.format(items=items, date=date, amount=amount, reason=said)
