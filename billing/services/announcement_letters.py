"""The announcements of a file that go by post, as one PDF for the printer."""

from billing.models import CollectionBatch
from billing.services import letters as post
from billing.services.announcements import letters


def letters_of(batch: CollectionBatch) -> bytes:
    """All of them, sorted for franking; empty when there are none."""
    return post.printed(post.letters(batch.organisation, letters(batch)))
