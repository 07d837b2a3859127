"""Distances on the ground, without network nor models."""

from math import asin, cos, nan, radians, sin, sqrt

MAP_URL = "https://www.openstreetmap.org/?mlat={lat}&mlon={lon}#map=18/{lat}/{lon}"
EARTH_RADIUS = 6371.0  # km
# Roads are longer than the flight of a crow: the usual detour in the country.
DETOUR = 1.3
ROAD_SPEED = 45.0  # km/h, small roads


def read_point(latitude, longitude):
    """A point as a form or a phone wrote it: a pair of degrees, None when it is none.

    >>> read_point("48.69", "6.18")
    (48.69, 6.18)
    >>> read_point("91", "6.18")
    """
    try:
        point = float(latitude), float(longitude)
    except (TypeError, ValueError):
        point = nan, nan
    return point if abs(point[0]) <= 90 and abs(point[1]) <= 180 else None


def map_url(latitude, longitude):
    """The address of a map of this point, or False without one.

    :param float latitude: degrees (WGS 84)
    :param float longitude: the same; 0, 0 is no point: nobody works in the Gulf of Guinea
    """
    return bool(latitude or longitude) and MAP_URL.format(
        lat=f"{latitude:.6f}", lon=f"{longitude:.6f}"
    )


def crow_km(start, end):
    """Kilometres between two points as the crow flies.

    :param start: pair (latitude, longitude) in degrees
    :param end: the same

    >>> round(crow_km((48.6921, 6.1844), (49.1193, 6.1757)))  # Nancy to Metz
    48
    """
    lat1, lon1, lat2, lon2 = map(radians, (*start, *end))
    half = (
        sin((lat2 - lat1) / 2) ** 2
        + cos(lat1) * cos(lat2) * sin((lon2 - lon1) / 2) ** 2
    )
    return 2 * EARTH_RADIUS * asin(sqrt(half))


def road_km(start, end):
    """An estimate of the kilometres by road."""
    return DETOUR * crow_km(start, end)


def round_trip_km(depot, points):
    """An estimate of a round from ``depot`` by all ``points``, the nearest first.

    :param depot: pair (latitude, longitude)
    :param points: list of pairs
    """
    left, here, total = list(points), depot, 0.0
    while left:
        nearest = min(left, key=lambda point: crow_km(here, point))
        total += road_km(here, nearest)
        left.remove(nearest)
        here = nearest
    return total + road_km(here, depot) if points else 0.0
