"""One class per shape, not per letter: Cyrillic letters that look like Latin ones or like digits share their class.

Which letter is meant follows from the numbering scheme (`crates/plates`). Class 0 is the blank of CTC, class k is `ALPHABET[k - 1]`.
"""

ALPHABET = "0123456789ABCDEFGHIJKLMNPQRSTUVWXYZБГДЖИЙЛПФЦЧШЩЫЭЮЯЬ-/"
CLASSES = 1 + len(ALPHABET)
BLANK = 0

_FOLDED = str.maketrans("OАВЕЗКМНОРСТУХ", "0ABE3KMH0PCTYX")
_UNMARKED = str.maketrans("", "", " .,·()[]")
_CLASS = {shape: k for k, shape in enumerate(ALPHABET, 1)}


def fold(text):
    """Letters become shapes; blanks, dots and brackets vanish. Raises KeyError on a sign that has no shape here."""
    folded = text.translate(_UNMARKED).upper().translate(_FOLDED)
    for sign in folded:
        _CLASS[sign]
    return folded


def encode(text):
    return [_CLASS[sign] for sign in fold(text)]


def greedy(classes):
    """The text along the best path: repeats merged, blanks dropped. `classes` is a sequence of class indices."""
    text, before = [], BLANK
    for k in classes:
        if k != before and k != BLANK:
            text.append(ALPHABET[k - 1])
        before = k
    return "".join(text)


def unmarked(text):
    """What figures compare: separators stand differently on every plate."""
    return text.replace("-", "").replace("/", "")
