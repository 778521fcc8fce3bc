"""The words by which people say that they want no more messages on a channel.

Origin: SEMANTICS 13 (SMS opt-out words). A message is a stop only when it says nothing else:
"please stop the delivery" is for a person to read.
"""

from __future__ import annotations

import re

WORDS = frozenset(
    # Those every provider in North America must obey, then what people write elsewhere.
    """stop stopall unsubscribe cancel end quit revoke optout arret arrêt arrêter arreter
    desabonner désabonner stopp abmelden abbestellen baja alto detener cancelar parar sair
    remover basta annulla cancella disiscrivi afmelden uitschrijven stoppen""".split()
)
_PHRASES = frozenset({"stop all", "opt out", "stop sms", "sms stop", "stop please", "please stop"})
_MARKS = re.compile(r"[\s.!,;:'\"“”„«»*_()\[\]\-\u2013\u2014]+")


def is_stop(words: str) -> bool:
    """Tell whether these words are a stop word and nothing else.

    >>> is_stop("Stop."), is_stop("ARRÊT"), is_stop("Please do not stop the delivery")
    (True, True, False)
    """
    plain = _MARKS.sub(" ", words.casefold()).strip()
    return plain in WORDS or plain in _PHRASES
