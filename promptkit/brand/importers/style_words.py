"""The words of a style: freed of what only one family of models reads, and of empty praise."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from promptkit.brand.importers.naming import clean

_LONGEST_PHRASE = 2000

_SUBJECT = re.compile(r"\{\s*prompt\s*\}", re.IGNORECASE)
#: Extra networks, embeddings, breaks, wildcards, and words that come and go while drawing.
_COMMANDS = re.compile(
    r"<\w+:[^<>]*>|\bBREAK\b|\bembedding:[^\s,]+|__[\w/*.-]+__|(?<!\S)--[a-z]+(?:\s+[\d.:]+)?"
    r"|\{[^{}]*\}|\[[^\[\]]*:\s*[\d.]+\s*\]|\[[^\[\]]*\|[^\[\]]*\]"
)
_WEIGHED = re.compile(
    r"\(+[^()]*\)+(?:\++|-+)?|\[+[^\[\]]*\]+|[\w-]+(?:\++|-{2,})(?=[\s,.]|$)", re.ASCII
)
_WEIGHTS = re.compile(r":\s*[\d.]+\s*(?=\))|(?<=[\w)])(?:\++|-{2,})(?=[\s,.)\]]|$)|[()\[\]]")
#: Brackets that are written with a backslash are meant as brackets.
_MEANT = {r"\(": "\ue000", r"\)": "\ue001", r"\[": "\ue002", r"\]": "\ue003"}
_MARKS = " \"'“”`:-–—*_#"
_SPLIT = re.compile(r"[,;|\n\r，。、；]|\.(?=\s|$)")
_LINKS = (
    "of|about|with|featuring|depicting|showing|presenting|illustrating|representing|forming|into"
)
#: What is left hanging where the subject stood: “oil painting of a”, “, with”.
_BEFORE_SUBJECT = re.compile(
    rf"(?:(?:^|\s+)(?:an?|the|for|from|in|on|at|and|by|{_LINKS}))+$", re.IGNORECASE
)
_AFTER_SUBJECT = re.compile(r"^(?:(?:'s|’s)|(?:and|with|an?)\b)\s*", re.IGNORECASE)
#: A sentence that needs its subject: “painting of dark {prompt}”, “{prompt} on a table”.
_NEEDS_SUBJECT = re.compile(
    rf"\b(?:{_LINKS})(?:\s+(?!an?\b|the\b)[\w-]+){{1,2}}\s*\{{\s*prompt\s*\}}"
    r"|\{\s*prompt\s*\}(?:'s|’s|\s+(?:in|on|at|as|is|are|by|from|under|inside|made|wearing)\b)",
    re.IGNORECASE,
)

#: A phrase of these words alone, with one of the first group, says nothing that could be drawn.
_PRAISE = set(
    "masterpiece masterwork quality detail details detailed resolution res highres hires absurdres "
    "2k 4k 8k 16k 32k hd uhd fhd artstation cgsociety deviantart awardwinning award professional "
    "breathtaking stunning stunningly gorgeous beautiful amazing budget intricate".split()
)
_PADDING = set(
    "best high highest top great good ultra hyper super full extremely extreme highly very most "
    "incredibly insanely perfect real fine epic trending on featured winning professionally".split()
)

_FLAWS = (
    r"(?:the\s)?(?:worst|low|lowest|normal|poor|bad|jpeg)[\s-]?(?:quality|res|resolution|details?"
    r"|artifacts?|artefacts?)",
    r"low-?res|jpe?g|error|ugl(?:y|iness)|morbid|duplicated?|deform\w*|disfigur\w*|malform\w*"
    r"|mutat\w*|mutilat\w*|mutant|dehydrated|cross-eyed|long ?body|poorly drawn|(?:bad|poor) art",
    r"(?:bad|poor(?:ly)?|wrong|extra|missing|fused|fewer|too many|more than|mutat\w+|malformed"
    r"|deform\w+|disfigured|disconnected|disappearing|floating|cloned|duplicate|abnormal|gross"
    r"|huge|long|broken|interlocked|unnatural|ugly|strong)\b.*\b(?:anatomy|bod(?:y|ies)"
    r"|proportions?|hands?|fingers?|digits?|limbs?|arms?|legs?|feet|foot|faces?|eyes?"
    r"|eye proportion|iris|pupils|teeth|neck|calf|heads?|ears?|shadows?|drawn|photo"
    r"|photography|malformed)",
    r"(?:bad|easy|ng)[-_]?\w*(?:negative|neg|hands|prompt|artist|image|deepnegative)[-_\w]*"
    r"|[\w-]*(?:negative|_neg|-neg)[-_\w]*",
)
_FLAW = re.compile("|".join(f"(?:{flaw})" for flaw in _FLAWS), re.IGNORECASE)
_LETTERING = re.compile(
    r"(?:artist |user|brand )?(?:text|texts|text font|words?|letters?|lettering|digits|logos?"
    r"|watermarks?|signatures?|autograph|trademark|username|user name|name|captions?|copyright)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Words:
    """The phrases of a style, and what was taken out of them."""

    phrases: tuple[str, ...]
    weighed: tuple[str, ...] = ()
    """Words that had a weight; they stay, without it."""
    commands: tuple[str, ...] = ()
    empty: tuple[str, ...] = ()
    """Praise, or flaws of drawing, that say nothing to a model that reads sentences."""
    lettering: tuple[str, ...] = ()
    """Lettering to keep out, which every prompt says anyway."""


@dataclass
class _Kept:
    phrases: list[str] = field(default_factory=list)
    empty: list[str] = field(default_factory=list)
    lettering: list[str] = field(default_factory=list)


def needs_subject(text: str) -> bool:
    """Tell whether words close round the subject's place, so that they may hang without it."""
    return bool(_NEEDS_SUBJECT.search(text))


def words_for(text: str) -> Words:
    """Return what a picture of the style shows."""
    kept = _Kept()
    plain, weighed, commands = _plain(text)
    for phrase in _phrases(plain):
        (kept.empty if _is_praise(phrase) else kept.phrases).append(phrase)
    return Words(tuple(kept.phrases), weighed, commands, tuple(kept.empty))


def words_against(text: str) -> Words:
    """Return what a picture of the style keeps out."""
    kept = _Kept()
    plain, weighed, commands = _plain(text)
    for phrase in _phrases(plain):
        flaw = _FLAW.fullmatch(phrase) or _is_praise(phrase)
        lettering = _LETTERING.fullmatch(phrase)
        group = kept.empty if flaw else kept.lettering if lettering else kept.phrases
        group.append(phrase)
    return Words(tuple(kept.phrases), weighed, commands, tuple(kept.empty), tuple(kept.lettering))


def _plain(text: str) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """Return text without weights and commands, and those. The subject's place is a line's end."""
    for sign, meant in _MEANT.items():
        text = text.replace(sign, meant)
    text = _SUBJECT.sub("\n", text)
    commands = tuple(found[0] for found in _COMMANDS.finditer(text))
    text = _COMMANDS.sub(" , ", text)
    weighed = tuple(clean(found[0]) for found in _WEIGHED.finditer(text))
    text = _WEIGHTS.sub("", text)
    for sign, meant in _MEANT.items():
        text = text.replace(meant, sign[1:])
    return text, weighed, commands


def _phrases(text: str) -> Iterator[str]:
    seen = set()
    for part in _SPLIT.split(text):
        phrase = _AFTER_SUBJECT.sub("", clean(part, _LONGEST_PHRASE)).strip(_MARKS)
        phrase = _BEFORE_SUBJECT.sub("", phrase).strip()
        if phrase and phrase.casefold() not in seen:
            seen.add(phrase.casefold())
            yield phrase


def _is_praise(phrase: str) -> bool:
    words = set(re.split(r"[\s-]+", phrase.casefold()))
    return bool(words & _PRAISE) and words <= _PRAISE | _PADDING
