"""What to keep out of a picture, and what to show instead."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from promptkit.brand.color import parse_hex
from promptkit.documents import Strict

Severity = Literal["must", "should"]


def as_list(value: Any) -> Any:
    """Let an author write one word where a list may stand."""
    return [value] if isinstance(value, str) else value


def one_thing(value: Any) -> Any:
    """Refuse several things in one text: as one ban they would be no ban at all.

    Raises:
        ValueError: several things stand there with commas between.
    """
    if isinstance(value, str) and "," in value:
        items = ", ".join(part.strip() for part in value.split(",") if part.strip())
        raise ValueError(f"several things stand here; write them in brackets: [{items}]")
    return value


class OrOne:
    """Tells the schema that one word may stand where a list is meant."""

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Return the schema of the list, or of the word."""
        return {"anyOf": [handler(schema), {"type": "string"}]}


OneOrMore = BeforeValidator(as_list)

Words = Annotated[list[str], OneOrMore, OrOne()]


class Avoid(Strict):
    """One thing to keep out. Short form: the thing alone."""

    what: str = Field(min_length=1)
    """The thing, as a noun: "neon", "stock-photo smiles"."""
    instead: str = ""
    """What to show in its place: models follow a wish better than a ban."""
    severity: Severity = "should"
    """`must` is never dropped from a prompt, `should` may be."""
    looks: Words = []
    """Only for these looks; empty means for all. A studio shot need not hear of beaches."""
    near: Annotated[str, BeforeValidator(parse_hex)] | None = None
    """For a colour to avoid: its hex, for the check of finished pictures."""
    tolerance: float | None = Field(None, ge=0, le=100)
    """For a colour to avoid: how near (ΔE00) is too near."""

    @model_validator(mode="before")
    @classmethod
    def _short(cls, data: Any) -> Any:
        return data if isinstance(data, Mapping) else {"what": data}


Avoids = Annotated[list[Avoid], OneOrMore, BeforeValidator(one_thing), OrOne()]
