"""Compression of what phones are sent: gzip, which every browser reads."""

import gzip
from functools import lru_cache

import zopfli.gzip
from werkzeug.http import parse_accept_header

SMALLEST = 300  # bytes; below, headers cost more than what is won
KINDS = ("text/", "application/json", "application/manifest+json")


@lru_cache(maxsize=8)
def pack(content):
    """``content`` as gzip, the same bytes each time; kept, since every phone asks for it.

    Zopfli takes half a second once, and a thirtieth off every phone's first start.

    :param bytes content: what is sent
    """
    return zopfli.gzip.compress(content)


def accepts_gzip(httprequest):
    """Whether who asks can read it."""
    accepted = parse_accept_header(httprequest.headers.get("Accept-Encoding"))
    return accepted.quality("gzip") > 0


def pack_response(response, httprequest):
    """Compress a small text answer on its way out."""
    if (
        response.is_streamed
        or response.direct_passthrough
        or response.headers.get("Content-Encoding")
        or not response.mimetype.startswith(KINDS)
        or not accepts_gzip(httprequest)
    ):
        return
    content = response.get_data()
    if len(content) < SMALLEST:
        return
    response.set_data(gzip.compress(content, 6, mtime=0))
    response.headers["Content-Encoding"] = "gzip"
    response.headers["Vary"] = "Accept-Encoding"
