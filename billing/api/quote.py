"""`POST /api/quote`: the answer of `manage.py quote` to the same case."""

from rest_framework.request import Request
from rest_framework.response import Response

from billing.api.parsing import faults_of
from billing.api.usage import Door
from billing.pricing import PricingFaults, quote


class Quote(Door):
    """Prices a case; reads and writes no database row."""

    def post(self, request: Request) -> Response:
        """200 with charges, invoices, the end and the total; 422 with every fault and its path."""
        try:
            return Response(quote(request.data))
        except PricingFaults as refused:
            return Response({"faults": faults_of(refused)}, status=422)
