"""Files that leave the console: saved by the browser, never shown as a page of ours.

Reach for `handed_out()`.
"""

from __future__ import annotations

from urllib.parse import quote

from starlette.responses import Response

from ops_hub.service.table import Document

_APART = "default-src 'none'; sandbox"  # were it shown after all, it would be a stranger here, without scripts


def handed_out(made: Document) -> Response:
    """Return a document as a download, under its name."""
    name = made.name.replace("/", "-")
    plain = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign in "-._")) or "file"
    headers = {
        "content-disposition": f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}",
        "content-security-policy": _APART,
    }
    return Response(made.content, media_type=made.media_type, headers=headers)
