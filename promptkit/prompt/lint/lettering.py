"""Words on the picture: which exactly, and how many."""

from __future__ import annotations

from collections.abc import Iterator

from promptkit.errors import Finding
from promptkit.prompt.lint.naming import in_section, listed
from promptkit.prompt.phrases import Hit, Reading, is_edge
from promptkit.rules import found

#: Of words on the picture, where the brand sets no limit: more are not spelled right.
MOST_COPY = 10
#: So many words a finding repeats.
_LONGEST_QUOTE = 7
#: Quotes so many words after “saying” are what is said: saying in large letters “Hello”.
_NEAR = 5
#: After “lettering”, where it stands and not what it says.
_PLACES = frozenset("in on at of for to and or with by".split())


def unquoted(reading: Reading, name: str) -> Iterator[Finding]:
    """Yield a wish for words on the picture that does not say which exactly."""
    hits = reading.hits
    asking = [hit for hit in hits.get("lettering", ()) if _words_follow(reading, hit.last + 1)]
    asking += [hit for hit in hits.get("headline", ()) if _name_follows(reading, hit.last + 1)]
    if asking:
        said = [_asked(reading, hit) for hit in asking]
        yield found(
            "text-unquoted",
            f"{listed(said)}{in_section(name)} asks for words on the picture "
            "without saying which exactly",
            "put the exact words in quotes, as in: the headline “Summer Sale”",
        )


#: What somebody in the picture says or reads, not what is to be written on it.
_TALK = frozenset("goodbye hello hi yes grace nothing something that it much thank thanks".split())


def _words_follow(reading: Reading, at: int) -> bool:
    """Say whether plain words follow, and no quotes within the next few."""
    words = reading.words
    if is_edge(words[at]) or words[at].lower() in _TALK:
        return False
    end = at
    while end - at < _NEAR and not is_edge(words[end]):
        if words[end].startswith('"'):
            return False
        end += 1
    quoted_after = words[end] == ":" and words[end + 1].startswith('"')
    return words[at].lower() not in _PLACES and not quoted_after


def _name_follows(reading: Reading, at: int) -> bool:
    after = reading.words[at]
    return after[:1].isupper() and not after.isupper() and after != "Image"


def _asked(reading: Reading, hit: Hit) -> str:
    last = hit.last
    while last - hit.last < _LONGEST_QUOTE and not is_edge(reading.words[last + 1]):
        last += 1
    return f"“{reading.said(hit.first, last)}”"


def too_long(copy: tuple[str, ...], most: int | None, owner: str) -> Iterator[Finding]:
    """Yield copy that has more words than a brand allows, or than a model spells right."""
    for line in copy:
        count = len(line.split())
        if count > (most or MOST_COPY):
            limit = f"{owner} allows {most}"
            why = limit if most else f"more than {MOST_COPY} are seldom spelled right"
            yield found("text-too-long", f"“{line}” has {count} words; {why}", "shorten it")
