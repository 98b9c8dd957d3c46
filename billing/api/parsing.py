"""JSON that is read exactly: numbers with a point become decimals, and every fault has its place."""

from typing import IO, Any

from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser

from billing.pricing import PricingFaults, read_json

LARGEST = 2 * 1024 * 1024


class TooLarge(APIException):
    """The body is larger than anybody needs."""

    status_code = 413
    default_detail = "The body is larger than 2 MB: send fewer events at once."


class ExactJson(BaseParser):
    """The body as `manage.py quote` reads its file."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        """The value; refuses what is no JSON with line and column."""
        body = stream.read(LARGEST + 1)
        if len(body) > LARGEST:
            raise TooLarge
        try:
            return read_json(body)
        except PricingFaults as refused:
            raise ParseError({"faults": faults_of(refused)}) from refused


def faults_of(refused: PricingFaults) -> list[dict[str, str]]:
    """Each fault with its path."""
    return [{"path": fault.path, "message": fault.message} for fault in refused.faults]
