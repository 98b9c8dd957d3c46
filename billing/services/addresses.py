"""Where the portal of an organisation is found: under its own name, or under the installation's."""

from urllib.parse import urlsplit

from django.conf import settings

from members.models import Organisation


def portal_url(organisation: Organisation) -> str:
    """Scheme and port are the installation's; no slash at the end."""
    if not organisation.host:
        return str(settings.PUBLIC_URL)
    common = urlsplit(settings.PUBLIC_URL)
    port = f":{common.port}" if common.port else ""
    return f"{common.scheme}://{organisation.host}{port}"
